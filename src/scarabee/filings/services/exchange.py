"""The exchange folder of a dossier: DSN files laid there come in by themselves (docs/admin/echange.md).

What was read is moved to « traités », what was refused to « refusés » with a text that says why; nothing is deleted. A
clock that is killed between reading and moving leaves a file whose bytes are known: it is moved next time, and makes no
second filing; nor do two clocks.
"""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.timezone import localtime

from scarabee.dossiers.models import Dossier
from scarabee.filings.enums import FileState, FilingState, Source
from scarabee.filings.models import DossierFiling, Filing, ReceivedFile
from scarabee.filings.services import dropped, intake
from scarabee.filings.services.dropped import Dropped, Look, Looks
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

DONE, REFUSED = "traités", "refusés"
AT_ONCE = 200
"""Files of one batch."""
TOLD = 20
"""Findings written beside a refused file."""
_LINK = "C’est un lien vers un autre endroit : déposez ici le fichier lui-même."
_WORDS = {
    errno.ENOENT: "il n’existe plus, ou son disque n’est pas branché",
    errno.ENOTDIR: "ce n’est pas un dossier",
    errno.EACCES: "Scarabée n’a pas le droit d’y lire ou d’y écrire",
    errno.EPERM: "Scarabée n’a pas le droit d’y lire ou d’y écrire",
    errno.EROFS: "il est en lecture seule",
    errno.ENOSPC: "son disque est plein",
    errno.EEXIST: f"un fichier ou un lien y tient la place du dossier « {DONE} » ou « {REFUSED} »",
}

_STAYS = "Ce qui s’y trouve y reste ; Scarabée recommence chaque minute."


class Settled(NamedTuple):
    """A file that was taken in. `why` it is refused, empty when it is not."""

    look: Look
    why: str


_looks = Looks()
_settled: dict[Path, Settled] = {}
"""What was taken in and is not moved yet, so that a file that cannot be moved is not read every minute."""


def scan(moment: datetime | None = None) -> int:
    """Take in what lies whole in the exchange folders; how many files were moved away. For the clock, each minute.

    What keeps a folder from being read is written on its dossier, in French, and goes by itself once cured.
    """
    moment = moment or now()
    rows = DossierFiling.objects.exclude(folder="").select_related("dossier").order_by("dossier_id")
    return sum(_scan(row, moment) for row in rows)


def _scan(row: DossierFiling, moment: datetime) -> int:
    """One folder."""
    if row.dossier.is_archived:
        _tell(row, f"Le dossier « {row.dossier.name} » est archivé : son dossier d’échange n’est pas lu.")
        return 0
    moved, problems = 0, list[str]()
    try:
        for paths in _chunks(_whole(Path(row.folder), moment)):
            homes = {name: _home(Path(row.folder) / name, moment) for name in (DONE, REFUSED)}
            _take_in(row.dossier, paths, problems)
            moved += sum(_put_away(path, homes, problems) for path in paths)
    except Refusal as refusal:
        problems.append(" ".join(part for part in (refusal.message, refusal.remedy) if part))
    except OSError as error:
        problems.append(f"Le dossier d’échange n’a pas pu être lu : {_why(error)}. {_STAYS}")
    _tell(row, problems[0] if problems else "")
    return moved


def _whole(folder: Path, moment: datetime) -> list[Path]:
    """The files that stopped growing, and the links, which are refused unread. Raises OSError."""
    there = dropped.candidates(folder)
    _looks.forget_gone(folder, set(there))
    for gone in [one for one in _settled if one.parent == folder and one not in there]:
        del _settled[gone]
    found = []
    for path in there:
        with suppress(FileNotFoundError):
            look = dropped.look_at(path.lstat())
            if path.is_symlink() or _looks.is_whole(path, look, moment.timestamp()):
                found.append(path)
    return found


def _take_in(dossier: Dossier, paths: Iterable[Path], problems: list[str]) -> None:
    """Hand in what was not yet: plain files as one batch, each archive as its own. Raises `Refusal`."""
    with ExitStack() as stack:
        files = [file for path in paths if (file := _opened(path, stack, problems))]
        plain = [one for one in files if not one.is_archive]
        if plain:
            rows = _received(dossier, plain)
            for file, row in zip(plain, rows, strict=True):
                _settle(file, [row])
        for archive in (one for one in files if one.is_archive):
            _settle(archive, _received(dossier, [archive]))


def _opened(path: Path, stack: ExitStack, problems: list[str]) -> Dropped | None:
    """The file to be read, open until the stack ends; None for a link, and for what was read already or went."""
    try:
        file = None if path.is_symlink() else dropped.open_whole(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(f"« {path.name} » n’a pas pu être lu : {_why(error)}. {_STAYS}")
        return None
    if file is None:
        return None
    stack.callback(file.stream.close)
    known = _settled.get(path)
    if known is not None and known.look == file.look:
        return None
    _settled.pop(path, None)
    return file


def _received(dossier: Dossier, files: list[Dropped]) -> list[ReceivedFile]:
    batch = intake.receive(
        actor=Actor.owner("service"), dossier=dossier, files=files, source=Source.FOLDER, orders_essais=True, here=True
    )
    return list(batch.files.order_by("pk"))


def _settle(file: Dropped, rows: list[ReceivedFile]) -> None:
    """Note why a file that was taken in is refused, if it is; one that changed meanwhile is read again."""
    if file.is_unchanged and not any(row.state == FileState.WAITING for row in rows):
        _settled[file.path] = Settled(file.look, "\n\n".join(filter(None, map(_why_refused, rows))))


def _why_refused(row: ReceivedFile) -> str:
    """Why a file is refused, or nothing of it can be deposited; empty otherwise."""
    told = [one for one in row.findings if one["severity"] == "blocking"] if row.state == FileState.REFUSED else []
    filings = list(Filing.objects.filter(file=row).select_related("found"))
    if filings and all(one.state == FilingState.REJECTED_LOCALLY for one in filings):
        told = [one for filing in filings for one in filing.found.findings if one["certain"]]
    return "\n".join([f"{row.name} : refusé.", *map(_line, told[:TOLD])]) if told else ""


def _line(told: dict[str, Any]) -> str:
    where = f"Ligne {told['line']} : " if told["line"] else ""
    return f"{where}{told['message']} {told['remedy']}".strip()


def _put_away(path: Path, homes: dict[str, Path], problems: list[str]) -> bool:
    """Move one file that was taken in, or a link; whether it was moved."""
    if path.is_symlink():
        why = _LINK
    elif path in _settled and _is_still_there(path):
        why = _settled[path].why
    else:
        return False
    try:
        target = dropped.put_away(path, homes[REFUSED if why else DONE])
        if target is not None and why:
            dropped.write_beside(target, f"{why}\n")
    except OSError as error:
        problems.append(f"« {path.name} » a été lu, mais n’a pas pu être rangé : {_why(error)}. {_STAYS}")
        return False
    _settled.pop(path, None)
    return target is not None


def _is_still_there(path: Path) -> bool:
    """Whether what stands there is what was taken in, not a file that was laid over it since."""
    with suppress(FileNotFoundError):
        return dropped.look_at(path.lstat()) == _settled[path].look
    return False


def _home(place: Path, moment: datetime) -> Path:
    """`traités/AAAA-MM`, made when missing. Raises OSError, also for a file or a link of that name."""
    month = place / f"{localtime(moment):%Y-%m}"
    for one in (place, month):
        if one.is_symlink() or (one.exists() and not one.is_dir()):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(one))
    month.mkdir(parents=True, exist_ok=True)
    return month


def _tell(row: DossierFiling, problem: str) -> None:
    changes: dict[str, Any] = {"folder_problem": problem}
    if not problem:
        changes["folder_read_at"] = now()
    # what was read may no longer be the folder that is set
    DossierFiling.objects.filter(pk=row.pk, folder=row.folder).update(**changes)


def _why(error: OSError) -> str:
    return _WORDS.get(error.errno or 0) or error.strerror or str(error)


def _chunks(paths: list[Path]) -> Iterator[list[Path]]:
    for start in range(0, len(paths), AT_ONCE):
        yield paths[start : start + AT_ONCE]
