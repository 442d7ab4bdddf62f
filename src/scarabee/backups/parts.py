"""An archive of a part: one dossier, some of its employers, one employee. For oneself, and for another bureau if asked.

It holds a SQLite database of the current schema with the chosen rows only, as they are, read in one transaction on
either engine. Acts come along for their numbers and dates alone: what they tell may speak of somebody else. No key of
the vault, no account, no deposit, no return. It gets its name once it was read again and proved.
"""

import errno
import itertools
import os
import platform
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.backups import archive, contents, keys, places, proving, recipients, scratch, selecting, snapshot, tables
from scarabee.backups.connecting import connected
from scarabee.backups.errors import NotWritten
from scarabee.backups.models import Backup
from scarabee.backups.selecting import Selection
from scarabee.dossiers import registry
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Content, Dossier, Employee, Employer
from scarabee.dossiers.services.dossiers import require_kept
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.lasting import publish, sync_folder
from scarabee.maintenance.models import JournalEntry

SAVED, SEALED = "partie.sauvegardee", "partie.scellee"
_ACT_COLUMNS = ("id", "kind", "state", "actor_name", "created_at", "finished_at")


@dataclass(frozen=True, slots=True)
class Part:
    """What goes into the archive, and in French what it is."""

    selection: Selection
    kind: Backup.Kind
    what: str


def save(
    *,
    actor: Actor,
    dossier: Dossier,
    employers: Sequence[Employer] = (),
    employee: Employee | None = None,
    others: Sequence[str] = (),
    sender: str = "",
    reason: str,
    folder: Path | None = None,
    name: str = "",
) -> Backup:
    """Write an archive of a dossier, of some of its employers, or of one employee, and prove it.

    `others`: public keys (`age1…`) of those who may open it besides this installation; `sender`: who we are, as they
    will read it. `folder` and `name` as for `writing.back_up`. Raises `NotAllowed` or `NotVisible` unless the actor is
    Gestionnaire of the dossier, `Refusal` for a key that is none or a name that is taken, `NotWritten`,
    `ArchiveUnreadable`.
    """
    require_kept(actor, dossier)
    part = _part(dossier, employers, employee)
    to = [keys.recipient(keys.writing_identity()), *map(recipients.checked, others)]
    started = now()
    about: dict[str, Any] = {
        "kind": part.kind.value,
        "what": part.what,
        "reason": reason,
        "made_at": started.isoformat(),
    }
    about |= {"made_by": actor.name, "sender": sender, "dossier": {"uuid": str(dossier.uuid), "name": dossier.name}}
    path = Path(settings.DATA_FOLDER) / "sauvegardes" / name
    try:
        free = _places(folder or places.backups_folder(), name, part.kind.value)
        with places.scratch_folder() as draft:
            written = _write(draft, part.selection, about, to)
            proof = proving.prove(written.path)
            path = _publish(written.path, free)
    except OSError as error:
        raise NotWritten(path, error) from error
    with transaction.atomic():
        backup = Backup.objects.create(
            kind=part.kind, what=part.what, reason=reason, actor_name=actor.name, machine=platform.node(),
            path=str(path), size=written.size, sha256=written.sha256, started_at=started, made_at=now(),
            proved_at=now(), counts=dict(proof.rows),
        )  # fmt: skip
        journal.record(
            actor, SEALED if others else SAVED, dossier_uuid=dossier.uuid, backup=backup.pk, archive=path.name,
            bytes=written.size, archive_sha256=written.sha256, because=reason,
            **({"public_key": ", ".join(to[1:])} if others else {}),
        )  # fmt: skip
    return backup


def _part(dossier: Dossier, employers: Sequence[Employer], employee: Employee | None) -> Part:
    where = f"dossier « {dossier.name} »"
    if ({one.dossier_id for one in employers} | ({employee.dossier_id} if employee else set())) - {dossier.pk}:
        raise NotVisible(f"Le {where} ne contient pas tout ce qui est demandé.")
    if employee is not None:
        what = f"{employee}, employeur {employee.employer.siret}, {where}"
        return Part(Selection(dossier.pk, (employee.employer_id,), employee.pk), Backup.Kind.EMPLOYEE, what[:255])
    if employers:
        told = f"employeur {employers[0]} ({employers[0].siret})"
        what = f"{told if len(employers) == 1 else f'{len(employers)} employeurs'}, {where}"
        return Part(Selection(dossier.pk, tuple(one.pk for one in employers)), Backup.Kind.EMPLOYER, what[:255])
    return Part(Selection(dossier.pk), Backup.Kind.DOSSIER, where)


def _places(folder: Path, name: str, what: str) -> Iterator[Path]:
    """Where the archive may go; its folder is made when missing. Without a name, those that the moment gives."""
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if name:
        return iter([folder / name])
    moment = now()
    names = (contents.archive_name(moment, f"{what}-{n}" if n > 1 else what) for n in itertools.count(1))
    return (folder / one for one in names)


def _write(draft: Path, selection: Selection, about: dict[str, Any], to: Sequence[str]) -> archive.Written:
    base = draft / contents.DATABASE
    try:
        manifest = _fill(base, selection) | about
    except OperationalError as error:  # of SQLite: the disk is full, or does not answer
        raise OSError(errno.ENOSPC if "full" in str(error) else errno.EIO, "") from error
    with closing(sqlite3.connect(base)) as database:
        rows = snapshot.count_rows(database)
    found = {"rows": rows, "dossiers": [manifest.pop("digest")], "journal": manifest.pop("journal")}
    with base.open("rb") as file:
        member = archive.Member(contents.DATABASE, base.stat().st_size, archive.chunks_of(file))
        return archive.write(
            draft / "partie", recipients=to, manifest=manifest, members=[member], findings=lambda: found, scratch=draft
        )


def _fill(base: Path, selection: Selection) -> dict[str, Any]:
    """Copy the chosen rows out, all of one moment; what the manifest and the proof say of them."""
    portal = bind_or_refuse()
    base.touch(mode=0o600)
    with connected("part", scratch.settings_of(base)) as alias:
        scratch.create_tables(alias)
        target = connections[alias]
        still = nullcontext() if connection.in_atomic_block else snapshot.frozen()  # its caller's transaction will do
        with still, target.constraint_checks_disabled(), transaction.atomic(using=alias):
            manifest = snapshot.origin() | {"portal": portal, "tables": {}, "vault_keys": 0}
            manifest["vault_keys_missing"] = False
            last = JournalEntry.objects.order_by("-sequence").values("sequence", "hash").first()
            manifest["journal"] = last or {"sequence": 0, "hash": ""}
            _note_migrations(alias, manifest["migrations"])
            _copy(alias, selection)
        dossier = Dossier.objects.using(alias).get()
        told = {"uuid": str(dossier.uuid), "name": dossier.name, "digest": dossier_digest(dossier)}
    return manifest | {"digest": told}


def _note_migrations(alias: str, migrations: Mapping[str, Iterable[str]]) -> None:
    """What a later version needs to know which of its migrations these rows have still to receive."""
    recorder = MigrationRecorder(connections[alias])
    recorder.ensure_schema()
    for app, names in migrations.items():
        for name in names:
            recorder.record_applied(app, name)


def _copy(alias: str, selection: Selection) -> None:
    acts: set[int] = set()
    tables.insert(alias, Dossier, selecting.batches(DEFAULT_DB_ALIAS, Dossier, f"id = {selection.dossier:d}"))
    for kind in registry.kinds():
        rows = selecting.batches(DEFAULT_DB_ALIAS, kind.model, selection.where(kind))
        tables.insert(alias, kind.model, _let_go(kind, rows, acts))
    tables.insert(alias, Content, selecting.batches(DEFAULT_DB_ALIAS, Content, selection.contents()))
    for some in chunks(sorted(acts)):
        kept = Act.objects.filter(pk__in=some).only(*_ACT_COLUMNS)
        Act.objects.using(alias).bulk_create(
            Act(dossier_id=selection.dossier, **{name: getattr(act, name) for name in _ACT_COLUMNS}) for act in kept
        )
    for chosen in Employer.objects.using(alias).exclude(successor_of=None):
        if not Employer.objects.using(alias).filter(pk=chosen.successor_of_id).exists():
            Employer.objects.using(alias).filter(pk=chosen.pk).update(successor_of=None, successor_from="")


def _let_go(kind: registry.RowKind, rows: Iterator[list[tables.Row]], acts: set[int]) -> Iterator[list[tables.Row]]:
    """The rows without what points out of the part; the acts they name are noted."""
    act, lost = selecting.columns(kind.model)["act_id"], set(selecting.outside(kind.model))
    for batch in rows:
        acts.update(row[act] for row in batch)
        yield [tuple(None if place in lost else value for place, value in enumerate(row)) for row in batch] if lost \
            else batch  # fmt: skip


def _publish(written: Path, free: Iterator[Path]) -> Path:
    """Give the archive the first of these names that no file has; which one."""
    path = _taken(free)
    try:
        _move(written, path)
    except OSError:
        path.unlink()
        raise
    return path


def _move(written: Path, path: Path) -> None:
    """Let it stand there for good, on another disk if need be."""
    try:
        os.replace(written, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        partial = path.with_name(path.name + archive.PARTIAL)
        shutil.copyfile(written, partial)
        partial.chmod(0o600)
        publish(partial, path)
    else:
        sync_folder(path.parent)


def _taken(free: Iterator[Path]) -> Path:
    """Take a name, by an empty file: two that save at the same moment never take the same."""
    for path in free:
        with suppress(FileExistsError), path.open("xb"):
            return path
    raise FileExistsError(errno.EEXIST, "ce nom est déjà pris")
