"""Where the journal had come to, written down outside of the database: the chain alone does not show a cut end.

A small file of the data folder, replaced at each tick of the clock and after each backup or return to one. Whoever cuts
the last entries off the database has to change it too; a chain that ends before it, or says otherwise there, was cut.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from scarabee.backups.comparing import last_entry
from scarabee.maintenance.clock import now
from scarabee.maintenance.lasting import replace_file
from scarabee.maintenance.models import JournalEntry

FILE = "journal-tete.json"
RESTORED = "installation.restauree"
"""The code of the entry that a return to a backup leaves."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last entry at a moment."""

    sequence: int
    hash: str
    at: datetime

    @property
    def stands(self) -> bool:
        """Whether the journal still has this very entry, or says that a return to a backup replaced it."""
        kept = JournalEntry.objects.filter(sequence=self.sequence, hash=self.hash)
        return self.sequence == 0 or kept.exists() or self._was_replaced

    @property
    def _was_replaced(self) -> bool:
        entries = JournalEntry.objects.filter(code=RESTORED, at__gte=self.at)
        return any(entry.facts["replaced_head"] >= self.sequence for entry in entries)


def note_head() -> None:
    """Write down where the journal is, unless it lost what was written down before. Raises OSError."""
    before = last_noted()
    sequence, head = last_entry()
    if before is not None and (before.hash == head or not before.stands):
        return
    replace_file(_path(), json.dumps({"sequence": sequence, "hash": head, "at": now().isoformat()}).encode())


def last_noted() -> Anchor | None:
    """What was last written down here; None before the first time, or when it cannot be read."""
    try:
        told = json.loads(_path().read_text(encoding="utf-8"))
        return Anchor(told["sequence"], told["hash"], datetime.fromisoformat(told["at"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def cut_since() -> Anchor | None:
    """The last entry that was written down and is no longer there; None when nothing is missing.

    A return to a backup leaves out what came after it: its own entry says what it replaced.
    """
    noted = last_noted()
    return None if noted is None or noted.stands else noted


def _path() -> Path:
    return Path(settings.DATA_FOLDER) / FILE
