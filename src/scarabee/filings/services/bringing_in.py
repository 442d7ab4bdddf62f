"""A received file is also imported into its dossier, as versions awaiting their answer (design §5)."""

from collections.abc import Mapping

from django.db import transaction

from scarabee.dossiers.models import Act, ImportFile
from scarabee.dossiers.services import import_runs, importing
from scarabee.dossiers.services.import_surveys import Heartbeat
from scarabee.filings.enums import Source
from scarabee.filings.models import Batch, ReceivedFile
from scarabee.filings.services import receiving
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


def actor_of(batch: Batch) -> Actor:
    """Who a batch acts for: the person who uploaded it; the owner of the data for a command or an exchange folder.

    Raises `Refusal` when that person's account is closed.
    """
    if batch.source != Source.UPLOAD or batch.user is None:
        return Actor.owner("service")
    if batch.user.is_active:
        return Actor.of(batch.user, via="service")
    raise Refusal(
        f"Le compte « {batch.actor_name} », qui a envoyé ce fichier, n’est plus actif.",
        safe="Rien n’en a été gardé.",
        remedy="Envoyez-le de nouveau avec un autre compte.",
    )


def import_file(batch: Batch, row: ReceivedFile, foreign: Mapping[str, bool]) -> None:
    """Import one file, once however often this is called; the SIRETs that another dossier declares stay out.

    `foreign`: {siret: whether another dossier declares it}. Raises `Refusal` when the import refuses the file.
    """
    if all(foreign.values()):
        return
    actor = actor_of(batch)
    act, file = _opened(actor, batch, row)
    if file.status == ImportFile.Status.WAITING:
        routes: dict[str, int | None] = {siret: None for siret, other in foreign.items() if other}
        beat = Heartbeat(act.pk, Act.State.RUNNING)
        with receiving.open_waiting(row) as stream:
            file = importing.import_file(
                actor=actor, act=act, stream=stream, name=row.name, routes=routes, row=file, progress=beat.beat
            )
    if file.status == ImportFile.Status.REFUSED:
        error = file.report["errors"][0]
        raise Refusal(f"L’import l’a refusé : {error['message']}", safe="Rien n’a été déposé.")


def finish(batch: Batch) -> None:
    """Close the import of a batch that was read. Harmless when repeated."""
    if batch.act is not None:
        ImportFile.objects.filter(act=batch.act, status=ImportFile.Status.WAITING).delete()  # a fault stopped it
        import_runs.finish(Actor.owner("service"), batch.act)


@transaction.atomic
def _opened(actor: Actor, batch: Batch, row: ReceivedFile) -> tuple[Act, ImportFile]:
    """The import of the batch and its row for this file, made when missing; the row keeps which file it is."""
    locked = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    if locked.act is None:
        assert batch.dossier is not None
        locked.act = importing.open_import(actor=actor, dossier=batch.dossier)
        locked.save(update_fields=["act"])
    batch.act = act = locked.act
    mark = {"received": row.pk}
    file = ImportFile.objects.filter(act=act, survey=mark).first()
    return act, file or ImportFile.objects.create(act=act, name=row.name, size=row.size, survey=mark)
