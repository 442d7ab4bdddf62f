"""Files come in: each is checked, compared, imported into the dossier, and becomes one filing per declaration.

The rows are the truth: a file is read once however often `treat` is called, and a batch whose reader was killed goes on
where it stopped. Nothing is ever sent from here.
"""

import logging
import traceback
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Q

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services import importing, uploads
from scarabee.dossiers.services.uploads import Incoming, Kept
from scarabee.filings.enums import FileState, Source
from scarabee.filings.models import Batch, ReceivedFile
from scarabee.filings.services import bringing_in, reading, receiving
from scarabee.filings.services.remarks import refused
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

AT_ONCE_BYTES = 4 << 20
"""Batches up to this size are read while the person waits."""
STALE_SECONDS = 60
MAX_ATTEMPTS = 5
"""How often a file on which the reader dies is taken up again."""

logger = logging.getLogger(__name__)


def receive(
    *,
    actor: Actor,
    dossier: Dossier,
    files: Iterable[Incoming],
    source: Source,
    filer: User | None = None,
    orders_essais: bool = False,
    here: bool = False,
) -> Batch:
    """Keep the files and read them: at once when they are small or `here` is set, else in the background.

    Nothing is sent. `filer` is whose identifiers serve first. `orders_essais`: essai files without blocking finding go
    off at once. Raises `Refusal` when the dossier may not be changed, or the files cannot be kept.
    """
    importing.require_writable(actor, dossier)
    arrived, kept = uploads.keep(files)
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                dossier=dossier, dossier_name=dossier.name, source=source, user=filer, actor_name=actor.name,
                orders_essais=orders_essais,
            )  # fmt: skip
            home = receiving.adopt(arrived, batch)
            ReceivedFile.objects.bulk_create([_row(batch, uploads.relative(home / _name(one)), one) for one in kept])
            journal.record(actor, "lot.recu", dossier_uuid=dossier.uuid, batch=batch.pk, files=len(kept))
    except BaseException:
        uploads.remove_folder(arrived)
        raise
    if here or sum(one.size for one in kept) <= AT_ONCE_BYTES:
        treat(batch.pk)
    else:
        _ring(batch.pk)
    batch.refresh_from_db()
    return batch


def treat(batch_id: int) -> None:
    """Read every waiting file of a batch. Harmless when run twice, or never."""
    if not _claim(batch_id):
        return
    batch = Batch.objects.select_related("dossier", "user").get(pk=batch_id)
    for row in batch.files.filter(state=FileState.WAITING):
        receiving.beat(batch.pk)
        _treat_file(batch, row)
    _finish(batch)


def resume_stale() -> list[int]:
    """Ring again for batches without a sign of life; returns their numbers. To be called every minute."""
    rung = []
    for pk in Batch.objects.filter(_stale(), finished_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            if Batch.objects.filter(_stale(), pk=pk, finished_at=None).update(heartbeat=now()):
                Batch.objects.filter(pk=pk).update(heartbeat=None)
                _ring(pk)
                rung.append(pk)
    receiving.sweep()
    return rung


def _treat_file(batch: Batch, row: ReceivedFile) -> None:
    """One file. A fault of ours refuses it in words, and is logged without the values of the file."""
    ReceivedFile.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
    if row.attempts >= MAX_ATTEMPTS:
        message = f"La lecture de ce fichier s’est arrêtée {MAX_ATTEMPTS} fois. Rien n’en a été gardé."
        _refuse(row, message, "Gardez-le et signalez l’erreur.")
        return
    try:
        _read(batch, row)
    except FileNotFoundError:
        _refuse(row, "Le fichier reçu n’est plus là. Rien n’en a été gardé.", "Envoyez-le de nouveau.")
    except Refusal as refusal:
        _refuse(row, f"{refusal.message} {refusal.safe}", refusal.remedy)
    except (OSError, OperationalError) as error:
        _refuse(row, importing.what_failed(error), "")
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Batch %s, file %s: %s\n%s", batch.pk, row.pk, type(error).__name__, where)
        _refuse(
            row,
            "Scarabée a rencontré une erreur imprévue en lisant ce fichier. Rien n’a été déposé, vos données sont "
            "intactes.",
            "Gardez ce fichier et signalez l’erreur.",
        )


def _read(batch: Batch, row: ReceivedFile) -> None:
    """Once more when another reading wrote the same rows at the same moment: they are known then."""
    try:
        reading.read_file(batch, row)
    except IntegrityError:
        reading.read_file(batch, row)


def _refuse(row: ReceivedFile, message: str, remedy: str) -> None:
    ReceivedFile.objects.filter(pk=row.pk, state=FileState.WAITING).update(
        state=FileState.REFUSED, findings=refused(message, remedy)
    )


def _claim(batch_id: int) -> bool:
    """Take a batch that nobody reads now."""
    return Batch.objects.filter(_stale(), pk=batch_id, finished_at=None).update(heartbeat=now()) == 1


def _finish(batch: Batch) -> None:
    """Close a batch of which every file was read; said last, so that whoever is killed here is followed by another."""
    if ReceivedFile.objects.filter(batch=batch, state=FileState.WAITING).exists():
        return
    batch.refresh_from_db()
    bringing_in.finish(batch)
    receiving.forget(batch)
    Batch.objects.filter(pk=batch.pk, finished_at=None).update(finished_at=now(), heartbeat=None)


def _stale() -> Q:
    return Q(heartbeat=None) | Q(heartbeat__lt=now() - timedelta(seconds=STALE_SECONDS))


def _row(batch: Batch, path: str, kept: Kept) -> ReceivedFile:
    row = ReceivedFile(batch=batch, name=kept.name, size=kept.size)
    if kept.path is None:
        row.state, row.findings = FileState.REFUSED, refused(kept.refusal, "")
    else:
        row.path = path
    return row


def _name(kept: Kept) -> str:
    return kept.path.name if kept.path is not None else "absent"


def _ring(batch_id: int) -> None:
    from scarabee.filings import tasks

    tasks.treat_batch.enqueue(batch_id)
