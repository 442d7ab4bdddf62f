"""Returning to a backup: everything as the archive holds it, in one transaction, after a copy of what is here.

Scarabée is closed meanwhile. Killed before the commit, everything is as before; after it, everything is as in the
archive. Files and keys are added beforehand and replace nothing: without their rows they do no harm. Sessions, links
and bells do not come back, nor what would leave by itself (`filings.services.after_restore`).
"""

import hashlib
import platform
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.models import Model

from scarabee.accounts.models import PortalBinding
from scarabee.accounts.portal import binding
from scarabee.accounts.services import authority
from scarabee.accounts.vault import keys as vault_keys
from scarabee.backups import anchors, comparing, contents, keys, places, scratch, tables, writing
from scarabee.backups.anchors import RESTORED
from scarabee.backups.comparing import Comparison
from scarabee.backups.models import Backup, Script, Watch
from scarabee.backups.scratch import Scratch
from scarabee.backups.tables import Table
from scarabee.dossiers.models import ImportFile
from scarabee.filings.models import ReceivedFile
from scarabee.filings.services import after_restore
from scarabee.filings.services.after_restore import Settled
from scarabee.maintenance import journal, window
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.lasting import publish
from scarabee.privacy import replaying, settling

_REASON = "Retour à une sauvegarde"
_WAITING = (ImportFile, ReceivedFile)
"""The models whose column `path` names a file of the data folder."""
_OF_THIS_COMPUTER: tuple[type[Model], ...] = (Backup, Script, Watch)
"""Their rows tell of files and folders of this computer; they come along onto a new one only."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and where what stood here is kept (None: nothing did)."""

    comparison: Comparison
    tables: list[Table]
    settled: Settled
    safety: Path | None


def look(*, actor: Actor, path: Path, identities: Sequence[str] = ()) -> Comparison:
    """What returning to this archive would change. `identities`: of a trousse, beside those that are here.

    Raises `NotAllowed`, `Refusal` for an archive of a part or of another portal, `ArchiveUnreadable`, `NoRoom`.
    """
    authority.require_administrator(actor)
    with scratch.opened(path, [*identities, *keys.identities()]) as there:
        _require_ours(there)
        return comparing.compare(there)


def restore(
    *,
    actor: Actor,
    path: Path,
    identities: Sequence[str] = (),
    tell: Callable[[str], object] = lambda line: None,
) -> Restored:
    """Return to this archive; `tell` gets a line at each step. Raises as `look` and `window.closed` do."""
    authority.require_administrator(actor)
    tell("Lecture et vérification de l’archive…")
    with scratch.opened(path, [*identities, *keys.identities()]) as there:
        _require_ours(there)
        with window.closed(actor=actor, reason=_REASON, tell=tell):
            comparison = comparing.compare(there)
            safety = None if comparison.is_new else _save_first(actor, tell)
            _adopt_keys(there, identities)
            moved = _place_files(there.files)
            tell("Remplacement des données…")
            copied, settled = _replace(actor, path, there, comparison.is_new, moved, safety)
            settling.settle()
            anchors.note_head()
    return Restored(comparison, copied, settled, safety)


def _require_ours(there: Scratch) -> None:
    kind, portal = there.manifest["kind"], there.manifest["portal"]
    if kind != Backup.Kind.INSTALLATION:
        raise Refusal(
            f"Cette archive ne contient pas toute l’installation ({there.manifest['what']}).",
            remedy="Choisissez l’archive d’une installation entière.",
        )
    bound = PortalBinding.objects.values_list("portal", flat=True).first() or binding.asked_for()
    if bound and bound != portal:
        raise Refusal(
            f"Cette archive vient d’une installation qui travaille avec {binding.words(portal)} ; celle-ci travaille "
            f"avec {binding.words(bound)}.",
            remedy="Restaurez-la dans un dossier de données neuf (--donnees CHEMIN).",
        )


def _save_first(actor: Actor, tell: Callable[[str], object]) -> Path:
    tell("Copie de sécurité de ce qui est ici…")
    names = (contents.archive_name(now(), f"avant-retour-{number}") for number in count(1))
    name = next(one for one in names if not (places.backups_folder() / one).exists())
    return Path(writing.back_up(actor=actor, reason="Avant le retour à une sauvegarde", name=name).path)


def _adopt_keys(there: Scratch, identities: Sequence[str]) -> None:
    """Keep the keys of the archive beside those that are here: what they seal or wrote opens again."""
    keys.adopt(identities)
    vault_keys.adopt(there.vault_keys.decode().split())


def _place_files(source: Path) -> dict[str, str]:
    """Add the waiting files to the data folder; the new paths of those whose place is taken by another file."""
    home, moved = Path(settings.DATA_FOLDER), dict[str, str]()
    for path in sorted(one for one in source.rglob("*") if one.is_file()):
        name = path.relative_to(source.parent).as_posix()
        target = home / name
        digest = _sha256(path)
        if target.exists() and _sha256(target) != digest:
            target = target.with_name(f"{digest[:12]}-{target.name}")
            moved[name] = target.relative_to(home).as_posix()
        if not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _put(path, target)
    return moved


def _put(path: Path, target: Path) -> None:
    draft = target.with_name(f"{target.name}.partiel")
    shutil.copyfile(path, draft)
    draft.chmod(0o600)
    publish(draft, target)


def _replace(
    actor: Actor, path: Path, there: Scratch, is_new: bool, moved: dict[str, str], safety: Path | None
) -> tuple[list[Table], Settled]:
    """The one transaction: empty, copy, compare, hold back, tell the journal."""
    models = [one for one in tables.kept_models() if is_new or one not in _OF_THIS_COMPUTER]
    sequence, head = comparing.last_entry()
    try:
        with _unchecked(), transaction.atomic(durable=True):
            erased = replaying.remember()
            tables.empty(DEFAULT_DB_ALIAS, models)
            copied = tables.copy_all(there.alias, DEFAULT_DB_ALIAS, models)
            _follow(moved)
            if is_new:
                _mark_made(path, there)
            journal.record(
                actor, RESTORED, archive=path.name, archive_sha256=_sha256(path),
                safety=safety.name if safety else None, archive_made_at=there.made_at.isoformat(),
                rows=sum(one.rows for one in copied), replaced_head=sequence, replaced_hash=head,
            )  # fmt: skip
            settled = after_restore.settle(actor=actor, made_at=there.made_at)
            replaying.replay(erased, actor=actor, since=there.made_at)
            if connection.vendor == "sqlite":
                connection.check_constraints()
            window.hold()
    except DatabaseError as error:
        raise Refusal(
            f"La base de données a refusé le remplacement : {str(error).partition(chr(10))[0]}.",
            safe="Rien n’a été remplacé : tout est comme avant.",
            remedy="Vérifiez la place libre, puis recommencez.",
        ) from error
    return copied, settled


def _mark_made(path: Path, there: Scratch) -> None:
    """The very backup that is restored was being written when it took its rows: it is made, and read to its end."""
    Backup.objects.filter(started_at=there.made_at, made_at=None, problem="").update(
        path=str(path.resolve()), machine=platform.node(), size=path.stat().st_size, sha256=_sha256(path),
        made_at=there.made_at, proved_at=now(),
    )  # fmt: skip


def _unchecked() -> AbstractContextManager[object]:
    """On SQLite, links between rows are checked once, at the end, rather than row by row."""
    return connection.constraint_checks_disabled() if connection.vendor == "sqlite" else nullcontext()


def _follow(moved: dict[str, str]) -> None:
    models: tuple[type[Model], ...] = _WAITING
    for former, path in moved.items():
        for model in models:
            model._base_manager.filter(path=former).update(path=path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
