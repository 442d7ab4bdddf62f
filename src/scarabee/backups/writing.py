"""Making a backup: one at a time, written beside its name, proved, told to the journal.

The row is there before the first byte. Killed at any point, a backup leaves a row that was never made, a partial file
and a scratch folder: whoever comes next removes them and says so (`sweep_interrupted`).
"""

import itertools
import os
import platform
import shutil
from datetime import UTC, datetime
from pathlib import Path

from django.db import DatabaseError, transaction

from scarabee.accounts.services import authority
from scarabee.backups import archive, contents, keys, places, proving, snapshot
from scarabee.backups.errors import NoRoom, NotWritten
from scarabee.backups.models import Backup
from scarabee.backups.reading import SPARE_BYTES
from scarabee.dossiers.services.uploads import in_words
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

MADE, FAILED = "sauvegarde.faite", "sauvegarde.echouee"
WHAT = "toute l’installation"
INTERRUPTED = "Interrompue avant la fin : aucune archive n’a été gardée."


def back_up(*, actor: Actor, reason: str, folder: Path | None = None, name: str = "", script: str = "") -> Backup:
    """Save the whole installation into one archive, and prove it.

    `reason` in French, as it is shown. `folder`: where it goes, made when missing (0700); `sauvegardes` of the data
    folder if not said. `name`: of the file, if not the one that its moment gives. Raises `NotAllowed` unless an
    Administrateur asks, `Refusal` when another backup is under way or the name is taken, `NoRoom`, `NotWritten`,
    `ArchiveUnreadable` when the archive could not be proved. The row says what became of it.
    """
    authority.require_administrator(actor)
    with places.alone() as mine:
        if not mine:
            raise Refusal(
                "Une autre sauvegarde est en cours.",
                remedy="Attendez qu’elle finisse (« scarabee sauvegardes » le dit), puis recommencez.",
            )
        _sweep()
        backup = _begin(actor, reason, folder or places.backups_folder(), name, script)
        try:
            _write(actor, backup)
        except BaseException as error:
            refusal = NotWritten(Path(backup.path), error) if isinstance(error, OSError) else error
            _give_up(actor, backup, refusal)
            raise refusal from None
        proving.verify(actor=actor, path=Path(backup.path), backup=backup)
    return backup


def sweep_interrupted() -> int:
    """Say of the backups whose process died that they were interrupted, and remove what they left; how many.

    Nothing while a backup is being written.
    """
    if not Backup.objects.filter(made_at=None, problem="").exists():
        return 0
    with places.alone() as mine:
        return _sweep() if mine else 0


def _sweep() -> int:
    places.sweep_folder()
    rows = list(Backup.objects.filter(made_at=None, problem=""))
    for backup in rows:
        backup.problem = INTERRUPTED
        if backup.machine == platform.node():
            path = Path(backup.path)
            path.with_name(path.name + archive.PARTIAL).unlink(missing_ok=True)
            if path.is_file():
                found = path.stat()
                backup.made_at = datetime.fromtimestamp(found.st_mtime, UTC)
                backup.size, backup.problem = found.st_size, proving.NOT_PROVED
        backup.save()
    return len(rows)


def _begin(actor: Actor, reason: str, folder: Path, name: str, script: str) -> Backup:
    moment = now()
    path = folder.resolve() / name if name else _free_name(folder.resolve(), moment)
    if path.exists():
        raise Refusal(
            f"« {path} » existe déjà : une sauvegarde n’en remplace jamais une autre.", remedy="Donnez un autre nom."
        )
    return Backup.objects.create(
        kind=Backup.Kind.INSTALLATION,
        what=WHAT,
        reason=reason,
        script=script,
        actor_name=actor.name,
        machine=platform.node(),
        path=str(path),
        started_at=moment,
    )


def _free_name(folder: Path, moment: datetime) -> Path:
    """The name that the moment gives; with a number, when another backup of the same second has it."""
    kind = Backup.Kind.INSTALLATION.value
    names = (contents.archive_name(moment, f"{kind}-{n}" if n > 1 else kind) for n in itertools.count(1))
    return next(path for path in map(folder.__truediv__, names) if not path.exists())


def _write(actor: Actor, backup: Backup) -> None:
    path = Path(backup.path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    require_room(path.parent)
    recipient = keys.recipient(keys.writing_identity())
    about = {
        "kind": backup.kind,
        "what": backup.what,
        "reason": backup.reason,
        "made_at": backup.started_at.isoformat(),
        "made_by": backup.actor_name,
    }
    with places.scratch_folder() as scratch, snapshot.taken(scratch, **about) as taken:
        written = archive.write(
            path,
            recipients=[recipient],
            manifest=taken.manifest,
            members=taken.members,
            findings=taken.findings,
            scratch=scratch,
        )
    with transaction.atomic():
        backup.size, backup.sha256, backup.made_at = written.size, written.sha256, now()
        backup.counts = dict(taken.findings()["rows"])
        backup.save()
        journal.record(
            actor,
            MADE,
            backup=backup.pk,
            archive=path.name,
            bytes=written.size,
            archive_sha256=written.sha256,
            because=backup.reason,
        )


def require_room(folder: Path) -> None:
    """Raise `NoRoom` unless the scratch copy and the archive fit, with some room left for others to work."""
    size = snapshot.expected_size()
    here = places.backups_folder()
    same = os.stat(here).st_dev == os.stat(folder).st_dev
    for place, wanted in ((here, size * 2 if same else size), (folder, size)):
        free = shutil.disk_usage(place).free
        if free < wanted + SPARE_BYTES:
            raise NoRoom(
                f"Il reste {in_words(free)} sur le disque de « {place} » : la sauvegarde peut en demander "
                f"{in_words(wanted + SPARE_BYTES)}.",
                remedy="Libérez de la place, ou choisissez un dossier d’un autre disque, puis recommencez.",
            )


def _give_up(actor: Actor, backup: Backup, error: BaseException) -> None:
    """Write down that there is no archive, and why; the database may be what failed."""
    why = str(error) if isinstance(error, Refusal) else INTERRUPTED
    try:
        with transaction.atomic():
            Backup.objects.filter(pk=backup.pk).update(problem=why)
            journal.record(actor, FAILED, backup=backup.pk, archive=Path(backup.path).name, failure=why)
    except DatabaseError:  # the next sweep says it
        return
