"""The key of backups: an age identity (X25519) in a file that age itself can use.

Each line `AGE-SECRET-KEY-1…` of the file is one identity, the newest first: that one writes, all are tried for reading.
Other lines are left alone. The **trousse** is the first of these lines, kept elsewhere: with it and an archive,
everything comes back.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage
from django.conf import settings
from django.db import transaction

from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.lasting import replace_file
from scarabee.maintenance.locks import exclusive_lock
from scarabee.maintenance.models import JournalEntry

SHOWN, PUT_AWAY, TRUSTED = "trousse.montree", "trousse.rangee", "trousse.ajoutee"
_PREFIX = "AGE-SECRET-KEY-1"
_UNSAID = "le système le refuse"


class KeyFileUnusable(Refusal):
    """The file of the key cannot be read or written."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"Le fichier de clé des sauvegardes ({path}) ne peut pas être lu ou écrit : {error.strerror or _UNSAID}.",
            remedy="Vérifiez que ce dossier existe, les droits et la place libre, puis recommencez.",
        )


def key_path() -> Path:
    """The key file of this data folder."""
    return Path(settings.BACKUP_KEY_FILE).resolve()


def identities(path: Path | None = None) -> list[str]:
    """Every identity of the key file, or of another one, the newest first; none without a file.

    Raises `KeyFileUnusable`.
    """
    path = path or key_path()
    try:
        if path == key_path() and os.name != "nt" and path.stat().st_mode & 0o077:
            _keep_to_oneself(path)
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise KeyFileUnusable(path, error) from None
    return in_text(text)


def in_text(text: str) -> list[str]:
    """The identities in a text, as a file or a kit holds them, in its order."""
    return [line for line in map(str.strip, text.splitlines()) if _is_identity(line)]


def adopt(others: Iterable[str]) -> None:
    """Keep these identities too, behind those of the key file: what they wrote stays readable.

    Raises `KeyFileUnusable`.
    """
    with _file_lock():
        known = identities()
        if new := [one for one in dict.fromkeys(others) if one not in known]:
            _write(_current_text(), *(f"# {recipient(one)}\n{one}\n" for one in new))


def writing_identity() -> str:
    """The identity that archives are made for; a new one, written down for good, when there is none.

    Raises `KeyFileUnusable`.
    """
    if found := identities():
        return found[0]
    with _file_lock():
        if found := identities():
            return found[0]
        identity = str(pyrage.x25519.Identity.generate())
        _write(f"# {now():%Y-%m-%dT%H:%M:%SZ}\n# {recipient(identity)}\n{identity}\n", _current_text())
        return identity


def recipient(identity: str) -> str:
    """The public half (`age1…`), which may be told to anybody: archives are encrypted with it."""
    return str(pyrage.x25519.Identity.from_str(identity).to_public())


def kit(*, actor: Actor) -> str:
    """The trousse: the one line to print, or to keep elsewhere. The journal says that it was shown, not what it is.

    Raises `NotAllowed` unless an Administrateur asks, `KeyFileUnusable`.
    """
    _require_administrator(actor)
    identity = writing_identity()
    with transaction.atomic():
        journal.record(actor, SHOWN, public_key=recipient(identity))
    return identity


def put_away(*, actor: Actor) -> None:
    """Say that the trousse of today's key is kept elsewhere. Raises as `kit` does."""
    _require_administrator(actor)
    identity = writing_identity()
    with transaction.atomic():
        journal.record(actor, PUT_AWAY, public_key=recipient(identity))


def trust(found: Iterable[str], *, actor: Actor) -> None:
    """Keep the keys of a trousse that somebody typed, so that what they wrote can be read. Raises as `kit` does."""
    _require_administrator(actor)
    found = list(found)
    adopt(found)
    with transaction.atomic():
        for one in found:
            journal.record(actor, TRUSTED, public_key=recipient(one))


def is_put_away() -> bool:
    """Whether somebody said that the trousse of the key that writes is kept elsewhere; so too before there is one."""
    found = identities()
    said = JournalEntry.objects.filter(code=PUT_AWAY)
    return not found or said.filter(facts__public_key=recipient(found[0])).exists()


def _require_administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise NotAllowed("Seul un Administrateur peut voir la trousse de clés.")


def _is_identity(line: str) -> bool:
    if not line.startswith(_PREFIX):
        return False
    try:
        pyrage.x25519.Identity.from_str(line)
    except pyrage.IdentityError:
        return False
    return True


def _keep_to_oneself(path: Path) -> None:
    try:
        path.chmod(0o600)
    except PermissionError:  # given to us by somebody else, as a mounted secret is: its rights are theirs to set
        return


@contextmanager
def _file_lock() -> Iterator[None]:
    path = key_path()
    try:
        with exclusive_lock(path.with_name(f"{path.name}.verrou")):
            yield
    except OSError as error:
        raise KeyFileUnusable(path, error) from None


def _current_text() -> str:
    try:
        return key_path().read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        return ""


def _write(*texts: str) -> None:
    """Replace the key file at one stroke, and make it last."""
    replace_file(key_path(), "".join(texts).encode())
