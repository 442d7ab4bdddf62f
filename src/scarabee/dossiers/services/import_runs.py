"""An import as a person makes it: files received and surveyed, choices, then the work itself in the background.

The rows are the truth, the queue is only a bell: a file is imported once however often `run` is called, and a run
whose worker was killed goes on where it stopped (engineering §2, laws 1 to 3).
"""

import logging
import traceback
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from scarabee.dossiers.models import Act, Dossier, ImportFile
from scarabee.dossiers.services import importing, uploads
from scarabee.dossiers.services.dossiers import delete_dossier
from scarabee.dossiers.services.import_surveys import (
    Heartbeat,
    actor_of,
    is_surveyed,
    stale,
    survey_files,
    writable_ids,
)
from scarabee.dossiers.services.uploads import Incoming, Kept
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

SURVEY_AT_ONCE_BYTES = 8 << 20
"""Files up to this size together are surveyed while the person waits."""
KILLED_SECONDS = 900
"""An import at the command line without a sign of life for that long was killed."""
MAX_ATTEMPTS = 5
"""How often a run that dies on the same file is taken up again."""
UNDER_WAY = (Act.State.QUEUED, Act.State.RUNNING)

logger = logging.getLogger(__name__)


def prepare_import(*, actor: Actor, dossier: Dossier, files: Iterable[Incoming], created_dossier: bool = False) -> Act:
    """Receive files for a dossier and survey them; nothing is imported yet. Returns the act, `prepared`.

    `created_dossier`: the dossier was made for this import, whose undo takes it away again when it is empty.
    Small files are surveyed on the spot, others in the background (`is_surveyed` says when it is done). Raises
    `Refusal` when the dossier may not be changed, or the files cannot be kept.
    """
    importing.require_writable(actor, dossier)
    folder, kept = uploads.keep(files)
    try:
        with transaction.atomic():
            act = importing.open_import(actor=actor, dossier=dossier, state=Act.State.PREPARED)
            act.progress_total = sum(one.size for one in kept)
            act.receipt = {"created_dossier": True} if created_dossier else {}
            act.save(update_fields=["progress_total", "receipt"])
            home = uploads.adopt(folder, act)
            ImportFile.objects.bulk_create([_row(act, home, one) for one in kept])
    except BaseException:
        uploads.remove_folder(folder)
        raise
    if act.progress_total <= SURVEY_AT_ONCE_BYTES:
        survey_files(act.pk)
    else:
        _ring_survey(act.pk)
    act.refresh_from_db()
    return act


def find_import(*, actor: Actor, number: int) -> Act:
    """The import of this number. Raises `NotVisible` when there is none, or its dossier is not the actor's to see."""
    act = Act.objects.select_related("dossier", "user").filter(pk=number, kind=Act.Kind.IMPORT).first()
    if act is not None and (
        actor.is_administrator or Dossier.objects.visible_to(actor).filter(pk=act.dossier_id).exists()
    ):
        return act
    raise NotVisible(f"L’import n° {number} n’existe pas, ou vous n’y avez pas accès.")


@transaction.atomic
def choose(*, actor: Actor, act: Act, routes: Mapping[str, int | None]) -> None:
    """Say where employers go: {siret: dossier id, or None to leave it out}; those not named keep their choice.

    Raises `Refusal` when the import began, or a dossier may not be changed by the actor.
    """
    act = _open(actor, act)
    if set(routes.values()) - {None} - writable_ids(actor):
        raise Refusal(
            "Un des dossiers choisis n’existe plus, est archivé ou ne vous est pas ouvert.",
            safe="Aucun choix n’a été enregistré.",
            remedy="Rechargez la page et choisissez de nouveau.",
        )
    for row in act.files.filter(status=ImportFile.Status.WAITING):
        held = [one["siret"] for one in row.survey.get("employers", [])]
        chosen = {siret: routes[siret] for siret in held if siret in routes}
        if chosen:
            row.routes = {siret: where for siret, where in {**row.routes, **chosen}.items() if where != act.dossier_id}
            row.save(update_fields=["routes"])


@transaction.atomic
def start(*, actor: Actor, act: Act) -> Act:
    """Put a prepared import in the queue. Raises `Refusal` when it began already, or is not surveyed yet."""
    act = _open(actor, act)
    if not is_surveyed(act):
        raise Refusal(
            "Les fichiers ne sont pas encore tous lus.",
            remedy="Attendez la fin de la lecture, puis confirmez.",
        )
    act.state, act.heartbeat, act.progress = Act.State.QUEUED, now(), 0
    act.save(update_fields=["state", "heartbeat", "progress"])
    journal.record(actor, "import.start", dossier_uuid=_uuid(act), act=act.pk, files=act.files.count())
    _ring(act.pk)
    act.refresh_from_db()
    return act


def run(act_id: int) -> None:
    """Import every waiting file of a queued import, each all or nothing. Harmless when run twice, or never."""
    act = _claim(act_id)
    if act is None:
        return
    try:
        actor = actor_of(act)
    except Refusal as refusal:
        actor = Actor.owner(via="service")
        for row in act.files.filter(status=ImportFile.Status.WAITING):
            _refuse(row, str(refusal))
    beat, done = Heartbeat(act.pk, Act.State.RUNNING), 0
    for row in act.files.all():
        if row.status == ImportFile.Status.WAITING:
            _import(actor, act, row, beat, done)
            row.refresh_from_db()
            if row.status == ImportFile.Status.WAITING:  # another run took it
                return
        done += row.size
        beat.beat(done, at_once=True)
    finish(actor, act)


def abandon(*, actor: Actor, act: Act) -> None:
    """Give up an import that did not begin: its files go, and the dossier made for it while that is empty.

    Raises `Refusal` when it began.
    """
    with transaction.atomic():
        act = _open(actor, act, states=(Act.State.PREPARED, Act.State.QUEUED))
        act.state, act.finished_at = Act.State.INTERRUPTED, now()
        act.message = "Abandonné avant de commencer : rien n’a été importé."
        act.save(update_fields=["state", "finished_at", "message"])
        journal.record(actor, "import.abandon", dossier_uuid=_uuid(act), act=act.pk)
        if act.dossier and act.receipt.get("created_dossier") and _is_unused(act.dossier, act):
            delete_dossier(actor=actor, dossier=act.dossier)
    uploads.forget(act)


def resume_stale_imports() -> list[int]:
    """Ring again for imports without a sign of life (worker killed, bell lost), close those forgotten.

    Returns the numbers of those rung for. To be called when a worker starts and every minute.
    """
    rung = []
    # an import at the command line keeps no file waiting, and is nobody else's to resume
    waiting = Act.objects.filter(stale(), kind=Act.Kind.IMPORT, state__in=UNDER_WAY, files__path__gt="").distinct()
    for pk in waiting.values_list("pk", flat=True):
        with transaction.atomic():
            if Act.objects.filter(stale(), pk=pk, state__in=UNDER_WAY).update(state=Act.State.QUEUED, heartbeat=now()):
                _ring(pk)
                rung.append(pk)
    prepared = Act.objects.filter(kind=Act.Kind.IMPORT, state=Act.State.PREPARED)
    unread = Q(files__status=ImportFile.Status.WAITING, files__survey={})
    for pk in prepared.filter(stale(), unread).values_list("pk", flat=True).distinct():
        _ring_survey(pk)
        rung.append(pk)
    for act in prepared.filter(created_at__lt=now() - timedelta(days=uploads.KEEP_DAYS)):
        _interrupt(act, f"Laissé {uploads.KEEP_DAYS} jours sans être confirmé : rien n’a été importé.")
    close_killed()
    return rung


def close_killed() -> None:
    """Close the imports at the command line that were killed: each of their files is there whole, or not at all."""
    running = Act.objects.filter(stale(KILLED_SECONDS), kind=Act.Kind.IMPORT, state=Act.State.RUNNING)
    long_ago = now() - timedelta(seconds=KILLED_SECONDS)
    for act in running.filter(created_at__lt=long_ago).exclude(files__path__gt="").distinct():
        Act.objects.filter(pk=act.pk).update(message="Arrêté brutalement avant la fin.")
        try:
            actor = actor_of(act)
        except Refusal:  # the account was closed since
            actor = Actor.owner(via="service")
        finish(actor, act)


# -- one run ----------------------------------------------------------------------------------------------------


def _claim(act_id: int) -> Act | None:
    """Take a queued import, or a running one whose worker died; None when another has it."""
    free = Q(state=Act.State.QUEUED) | (Q(state=Act.State.RUNNING) & stale())
    if not Act.objects.filter(free, pk=act_id, kind=Act.Kind.IMPORT).update(state=Act.State.RUNNING, heartbeat=now()):
        return None
    act = Act.objects.select_related("dossier", "user").get(pk=act_id)
    waiting = act.files.filter(status=ImportFile.Status.WAITING).count()
    tried = act.receipt.get("tried", {})
    attempts = tried.get("times", 0) + 1 if tried.get("waiting") == waiting else 1
    act.receipt = {**act.receipt, "tried": {"waiting": waiting, "times": attempts}}
    act.save(update_fields=["receipt"])
    if attempts > MAX_ATTEMPTS:
        _refuse(
            act.files.filter(status=ImportFile.Status.WAITING)[0],
            f"l’import s’est arrêté {MAX_ATTEMPTS} fois pendant la lecture de ce fichier. Rien n’en a été gardé. "
            "Gardez-le et signalez l’erreur.",
        )
    return act


def _import(actor: Actor, act: Act, row: ImportFile, beat: Heartbeat, done: int) -> None:
    """One file. A fault of ours refuses it in words, and is logged without the values of the file."""
    for last_try in (False, True):
        try:
            with uploads.open_waiting(row) as stream:
                importing.import_file(
                    actor=actor, act=act, stream=stream, name=row.name, routes=row.routes, row=row,
                    progress=beat.starting_at(done),
                )  # fmt: skip
            return
        except FileNotFoundError:
            _refuse(row, "le fichier reçu n’est plus là. Rien n’en a été gardé. Envoyez-le de nouveau.")
            return
        except IntegrityError as error:  # two imports brought the same employer at the same moment
            if last_try:
                _log(act, row, error)
                _refuse(row, "un autre import écrivait les mêmes lignes. Rien n’en a été gardé. Recommencez.")
        except Exception as error:
            _log(act, row, error)
            _refuse(
                row,
                "Scarabée a rencontré une erreur imprévue en lisant ce fichier. Rien n’en a été gardé, vos données "
                "sont intactes. Gardez ce fichier et signalez l’erreur.",
            )
            return


def _refuse(row: ImportFile, message: str) -> None:
    report = refused_report(message)
    ImportFile.objects.filter(pk=row.pk, status=ImportFile.Status.WAITING).update(
        status=ImportFile.Status.REFUSED, report=report
    )


def _log(act: Act, row: ImportFile, error: Exception) -> None:
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("Import %s, file %s: %s\n%s", act.pk, row.pk, type(error).__name__, where)


def finish(actor: Actor, act: Act) -> None:
    """Close an import that was under way: receipt, state, journal. Harmless when another run closed it."""
    with transaction.atomic():
        act = Act.objects.select_for_update(of=("self",), no_key=True).get(pk=act.pk)
        if act.state not in UNDER_WAY:
            return
        act.receipt.pop("tried", None)
        act.receipt |= totals(act)
        refused = act.receipt["statuses"].get(ImportFile.Status.REFUSED, 0)
        act.state = Act.State.REFUSED if refused == act.receipt["files"] else Act.State.DONE
        act.finished_at, act.progress = now(), act.progress_total
        act.save(update_fields=["receipt", "state", "finished_at", "progress"])
        journal.record(
            actor, "import.end", dossier_uuid=_uuid(act), act=act.pk, refused=refused, **act.receipt["counts"]
        )
    uploads.forget(act)


def totals(act: Act) -> dict[str, object]:
    """The receipt of an import: {"files", "statuses": {status: count}, "counts": what was new, "warnings"}."""
    counts, statuses, warnings = dict(importing.NOTHING_NEW), dict[str, int](), 0
    reports = act.files.values_list("status", "report")
    for status, report in reports:
        statuses[status] = statuses.get(status, 0) + 1
        warnings += report.get("warning_count", 0)
        for what, count in report.get("counts", {}).items():
            counts[what] += count
    return {"files": len(reports), "statuses": statuses, "counts": counts, "warnings": warnings}


def _interrupt(act: Act, message: str) -> None:
    ended = Act.objects.filter(pk=act.pk, state__in=(Act.State.PREPARED, *UNDER_WAY)).update(
        state=Act.State.INTERRUPTED, finished_at=now(), message=message
    )
    if ended:
        uploads.forget(act)


# -- small parts ------------------------------------------------------------------------------------------------


def _open(actor: Actor, act: Act, states: tuple[str, ...] = (Act.State.PREPARED,)) -> Act:
    """The act, locked and fresh, when the actor may still decide about it."""
    act = Act.objects.select_for_update(of=("self",), no_key=True).select_related("dossier").get(pk=act.pk)
    if act.dossier is not None:
        importing.require_writable(actor, act.dossier)
    if act.state not in states:
        raise Refusal(
            f"L’import n° {act.pk} est {act.get_state_display()} : il ne se change plus.",
            remedy="Ouvrez-le pour voir où il en est. Une fois terminé, il peut être annulé.",
        )
    if act.dossier is None:
        raise Refusal("Le dossier de destination n’existe plus.", remedy="Abandonnez cet import et recommencez.")
    return act


def _is_unused(dossier: Dossier, act: Act) -> bool:
    return not dossier.employers.exists() and not dossier.acts.exclude(pk=act.pk).exists()


def _row(act: Act, home: Path, kept: Kept) -> ImportFile:
    row = ImportFile(act=act, name=kept.name, size=kept.size)
    if kept.path is None:
        row.status, row.report = ImportFile.Status.REFUSED, refused_report(kept.refusal)
    else:
        row.path = uploads.relative(home / kept.path.name)
    return row


def refused_report(message: str) -> dict[str, object]:
    """The report of a file of which nothing could be read."""
    error = {"line": 0, "rubrique": "", "message": message}
    return {"counts": dict(importing.NOTHING_NEW), "warnings": [], "warning_count": 0, "errors": [error]}


def _ring(act_id: int) -> None:
    from scarabee.dossiers import tasks

    tasks.run_import.enqueue(act_id)


def _ring_survey(act_id: int) -> None:
    from scarabee.dossiers import tasks

    tasks.survey_import.enqueue(act_id)


def _uuid(act: Act) -> UUID | None:
    return act.dossier.uuid if act.dossier else None
