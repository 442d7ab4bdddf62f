"""Carrying a transfer out: one transaction, proved before it commits (design §3)."""

import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import F

from scarabee.dossiers.bulk import chunks, fetch_rows
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Before, Dossier, Employer
from scarabee.dossiers.services import holds, safety
from scarabee.dossiers.services.dossiers import journal_creation, open_dossier
from scarabee.dossiers.services.import_surveys import actor_of, stale
from scarabee.dossiers.services.importing import what_failed
from scarabee.dossiers.services.locking import LOOK_SECONDS, in_turn, lock_dossiers, lock_more
from scarabee.maintenance import journal, lifesigns
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.transfers.enums import Declaring, IfExists
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Selection
from scarabee.transfers.services.completing import complete
from scarabee.transfers.services.copying import CopyDiffers, copy_all, prove
from scarabee.transfers.services.maps import maps
from scarabee.transfers.services.planning import Plan, check, plan_from_maps


def transfer_now(
    *,
    actor: Actor,
    source: Dossier,
    destination: Dossier | None,
    destination_name: str = "",
    selection: Selection,
    if_exists: IfExists = IfExists.COMPLETE,
    choices: Mapping[str, IfExists] | None = None,
    declaring: Declaring = Declaring.SOURCE,
) -> Transfer:
    """Transfer at once, in this process. Raises `Refusal` when it must not be done; then nothing was written."""
    check(
        actor=actor,
        source=source,
        destination=destination,
        destination_name=destination_name,
        selection=selection,
    )
    began = now()
    with transaction.atomic():
        act = Act.objects.create(
            kind=Act.Kind.TRANSFER, state=Act.State.RUNNING, dossier=destination, actor_name=actor.name,
            dossier_name=destination.name if destination else destination_name.strip(), user_id=actor.user_id,
            created_at=began, heartbeat=began,
        )  # fmt: skip
        transfer = Transfer.objects.create(
            act=act, source=source, source_name=source.name, destination_name=act.dossier_name,
            selection=selection.to_json(), choices=dict(choices or {}), if_exists=if_exists, declaring=declaring,
            source_revision=source.revision, destination_revision=destination.revision if destination else 0,
            created_destination=destination is None,
        )  # fmt: skip
    _attempt(actor, transfer)
    return transfer


@transaction.atomic
def confirm(*, actor: Actor, transfer: Transfer) -> None:
    """Send a draft off: it is checked again, then carried out in the background. Raises `Refusal`."""
    act = (
        Act.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=transfer.act_id, kind=Act.Kind.TRANSFER)
        .first()
    )
    transfer = Transfer.objects.select_related("source").get(pk=transfer.pk) if act else transfer
    if act is None or act.state != Act.State.PREPARED or act.user_id != actor.user_id:
        raise Refusal("Ce transfert est déjà parti.", remedy="Regardez la liste des transferts.")
    if transfer.source is None:
        raise Refusal("Le dossier d’origine n’existe plus.", remedy="Commencez un autre transfert.")
    _require_destination(transfer, act)
    check(
        actor=actor, source=transfer.source, destination=act.dossier, destination_name=transfer.destination_name,
        selection=Selection.from_json(transfer.selection),
    )  # fmt: skip
    act.state, act.heartbeat = Act.State.QUEUED, now()
    act.save(update_fields=["state", "heartbeat"])
    journal.record(actor, "transfer.start", dossier_uuid=act.dossier.uuid if act.dossier else None, act=act.pk)
    transaction.on_commit(partial(_ring, act.pk))


def run(number: int) -> None:
    """Carry out a queued transfer. Harmless when run twice: it is done once, and its act says how it ended."""
    queued = Act.objects.filter(pk=number, kind=Act.Kind.TRANSFER, state=Act.State.QUEUED)
    if not queued.update(state=Act.State.RUNNING, heartbeat=now()):
        return
    transfer = Transfer.objects.select_related("act__user").get(pk=number)
    try:
        actor = actor_of(transfer.act)
    except Refusal as refusal:
        fail(transfer.act, str(refusal).replace("import", "transfert"))
        return
    with suppress(Refusal):  # the act says it
        _attempt(actor, transfer)


def close_interrupted() -> list[int]:
    """Close the transfers whose process was killed, and ring again for those still waiting; returns the closed ones.

    A transfer holds the row of its act as long as it runs, and writes nothing before its end: one that can be locked
    although it says *en cours*, a while after it began, is dead and left nothing.
    """
    for number in Act.objects.filter(stale(), kind=Act.Kind.TRANSFER, state=Act.State.QUEUED).values_list(
        "pk", flat=True
    ):
        _ring(number)
    under_way = Act.objects.filter(stale(), kind=Act.Kind.TRANSFER, state=Act.State.RUNNING)
    if not under_way.exists():
        return []
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            under_way = under_way.select_for_update(of=("self",), skip_locked=True, no_key=True)
        dead = list(under_way.values_list("pk", flat=True))
        message = "Le transfert a été interrompu. Rien n’a été copié, vos données sont intactes. Recommencez."
        Act.objects.filter(pk__in=dead).update(state=Act.State.INTERRUPTED, message=message, finished_at=now())
    return dead


def _attempt(actor: Actor, transfer: Transfer) -> None:
    """Carry out, and say in the act why not when it fails. Raises `Refusal`."""
    act = transfer.act
    try:
        if act.dossier is not None:
            ticked = Selection.from_json(transfer.selection).employers
            with lifesigns.alive(partial(_say_alive, act.pk)):
                safety.keep(actor=actor, dossier=act.dossier, like=ticked, reason=f"avant le transfert n° {act.pk}")
        in_turn(act.pk, partial(carry_out, actor=actor, transfer=transfer))
    except Refusal as refusal:
        fail(act, str(refusal))
        raise
    except CopyDiffers as error:
        damaged = Refusal(
            f"Le transfert a été arrêté : la copie ne correspondait pas à l’original ({error}).",
            safe="Rien n’a été gardé de cette copie, vos données sont intactes.",
            remedy="Recommencez ; si cela se reproduit, signalez-le avec ce message.",
        )
        fail(act, str(damaged))
        raise damaged from error
    except (DatabaseError, OSError) as error:
        message = what_failed(error).replace("de ce fichier ", "").replace("Le fichier", "Le transfert")
        fail(act, message)
        raise Refusal(message, safe="") from error
    except BaseException:
        fail(act, "Le transfert a été interrompu par une erreur. Rien n’a été copié, vos données sont intactes.")
        raise


def _say_alive(number: int) -> None:
    Act.objects.filter(pk=number, state=Act.State.RUNNING).update(heartbeat=now())


def fail(act: Act, message: str) -> None:
    """Close a transfer that was not carried out; when even that cannot be written, `close_interrupted` will."""
    with suppress(DatabaseError):
        Act.objects.filter(pk=act.pk).update(state=Act.State.REFUSED, message=message, finished_at=now())


def carry_out(*, actor: Actor, transfer: Transfer) -> None:
    """Do the transfer and write its receipt, or nothing.

    Raises `Refusal`, `CopyDiffers` or a database error, `Busy` while another work has one of its dossiers.
    """
    started = time.monotonic()
    with transaction.atomic():
        act = Act.objects.select_for_update(of=("self",), no_key=True).get(pk=transfer.act_id)
        _require_under_way(act)
        source, destination = _lock(transfer, act)
        selection = Selection.from_json(transfer.selection)
        check(
            actor=actor, source=source, destination=destination, destination_name=transfer.destination_name,
            selection=selection,
        )  # fmt: skip
        if destination is None:
            destination = open_dossier(actor=actor, name=transfer.destination_name)
            seen = (transfer.source_revision, destination.revision)
        else:
            seen = (transfer.source_revision, transfer.destination_revision)
        if (source.revision, destination.revision) != seen:
            raise Refusal(
                "Les données ont changé depuis l’aperçu : quelqu’un a importé ou modifié quelque chose entre-temps.",
                remedy="Relisez le nouvel aperçu, puis cliquez de nouveau sur Transférer.",
            )
        act.dossier, act.dossier_name = destination, destination.name
        choices = {key: IfExists(choice) for key, choice in transfer.choices.items()}
        with maps(
            source=source, destination=destination, selection=selection,
            if_exists=IfExists(transfer.if_exists), choices=choices,
        ):  # fmt: skip
            plan = plan_from_maps(source=source, destination=destination, selection=selection)
            _require_free(plan, Declaring(transfer.declaring))
            created = copy_all(act=act, destination=destination)
            replaced = complete(act=act)
            handed = _hand_over(actor, act, source, destination, Declaring(transfer.declaring))
            holds.tell_peopled([one.siret for one in plan.employers])
            proof = prove(destination=destination)
        _write_receipt(act, plan, created, replaced, handed, proof.expected, proof.identical, started)
        if sum(created.values()) + sum(replaced.values()) + len(handed):
            Dossier.objects.filter(pk=destination.pk).update(revision=destination.revision + 1)
        act.receipt["created_dossier"] = transfer.created_destination
        act.receipt["digest"] = dossier_digest(destination)
        act.receipt["seconds"] = round(time.monotonic() - started, 3)
        act.state, act.finished_at = Act.State.DONE, now()
        act.save()
        transfer.act = act
        transfer.save()
        if transfer.created_destination:
            journal_creation(actor, destination)
        journal.record(
            actor, "transfer.done", dossier_uuid=destination.uuid, act=act.pk, source=str(source.uuid),
            expected=proof.expected, identical=proof.identical,
            **{f"created_{kind}": count for kind, count in created.items()},
        )  # fmt: skip


def _require_under_way(act: Act) -> None:
    """Raise `Refusal` for a transfer of which it was said meanwhile that nothing would come of it."""
    if act.state == Act.State.INTERRUPTED:
        raise Refusal(
            "Ce transfert avait été déclaré interrompu : sa préparation ne donnait plus signe de vie.",
            remedy="Recommencez-le.",
        )


def _lock(transfer: Transfer, act: Act) -> tuple[Dossier, Dossier | None]:
    """Both dossiers, locked together with those that will lose a SIRET."""
    wanted = {pk for pk in (transfer.source_id, act.dossier_id) if pk is not None}
    if transfer.declaring == Declaring.DESTINATION:
        wanted |= _declarants(Selection.from_json(transfer.selection))
    locked = lock_dossiers(wanted, seconds=LOOK_SECONDS, act=act.pk)
    if transfer.source_id not in locked:
        raise Refusal("Le dossier d’origine n’existe plus.", remedy="Choisissez-en un autre.")
    _require_destination(transfer, act)
    return locked[transfer.source_id], locked.get(act.dossier_id) if act.dossier_id else None


def _declarants(selection: Selection) -> set[int]:
    """The dossiers that declare the selected employers' SIRETs."""
    found: set[int] = set()
    for some in chunks(sorted(selection.employers)):
        sirets = Employer.objects.filter(pk__in=some).values("siret")
        found.update(Employer.objects.filter(siret__in=sirets, declaring=True).values_list("dossier_id", flat=True))
    return found


def _require_destination(transfer: Transfer, act: Act) -> None:
    if act.dossier_id is None and not transfer.created_destination:
        raise Refusal("Le dossier de destination n’existe plus.", remedy="Choisissez-en un autre.")


def _ring(number: int) -> None:
    from scarabee.transfers import tasks

    tasks.run_transfer.enqueue(number)


def _require_free(plan: Plan, declaring: Declaring) -> None:
    """Raise `Refusal` when a SIRET that is to be handed over is held where it is declared."""
    if declaring is Declaring.DESTINATION:
        for one in plan.employers:
            if one.held:
                refusal = holds.immovable(one.siret, one.held)
                refusal.remedy += " Sinon, transférez sans changer le dossier déclarant."
                raise refusal


def _hand_over(
    actor: Actor, act: Act, source: Dossier, destination: Dossier, declaring: Declaring
) -> list[dict[str, str]]:
    """Make the destination declare the selected SIRETs when asked; one that nobody declares it declares anyway.

    Raises `Refusal` when a third dossier declares one and the actor may not change it.
    """
    asked = declaring is Declaring.DESTINATION
    found = fetch_rows(
        "SELECT t.dst, d.siret, o.id, o.dossier_id FROM tr_employer t JOIN dossiers_employer d ON d.id = t.dst "
        "LEFT JOIN dossiers_employer o ON o.siret = d.siret AND o.declaring "
        f"WHERE NOT d.declaring{'' if asked else ' AND o.id IS NULL'}"
    )
    givers = {dossier: siret for _, siret, former, dossier in found if former and dossier != source.pk}
    for dossier in lock_more(givers).values():
        _require_giver(actor, dossier, givers[dossier.pk])
    Before.objects.bulk_create(
        Before(act=act, kind="declaring", object_id=copy, values={"former": former}) for copy, _, former, _ in found
    )
    for chunk in chunks(found):
        Employer.objects.filter(pk__in=[former for _, _, former, _ in chunk if former]).update(declaring=False)
        Employer.objects.filter(pk__in=[copy for copy, _, _, _ in chunk]).update(declaring=True)
    Dossier.objects.filter(pk__in=givers).update(revision=F("revision") + 1)
    holds.follow([holds.Handover(siret, dossier, destination.pk) for _, siret, _, dossier in found if dossier])
    holds.tell_declared([siret for _, siret, _, _ in found])
    return [{"siret": siret, "dossier": destination.name} for _, siret, _, _ in found]


def _require_giver(actor: Actor, dossier: Dossier, siret: str) -> None:
    """The message stays with the transfer, for all who see it: it does not name the third dossier."""
    if Dossier.objects.writable_by(actor).filter(pk=dossier.pk).exists():
        return
    raise NotAllowed(
        f"L’employeur {siret} est déclaré par un troisième dossier, que vous ne pouvez pas modifier.",
        remedy="Transférez sans changer le dossier déclarant, ou demandez à un Administrateur de le changer.",
    )


def _write_receipt(
    act: Act,
    plan: Plan,
    created: dict[str, int],
    replaced: dict[str, int],
    handed: list[dict[str, str]],
    expected: int,
    identical: int,
    started: float,
) -> None:
    counts = ("employers", "employees", "declarations", "employee_months")
    receipt: dict[str, Any] = {
        "created": {kind: created[kind] for kind in counts},
        "completed": plan.completed.as_json(),
        "left": plan.left.as_json(),
        "replaced": replaced,
        "expected": expected,
        "identical": identical,
        "declaring": handed,
        "notes": plan.notes,
        "employers": [
            {
                "siret": one.siret,
                "name": one.name,
                "town": one.town,
                "whole": one.whole,
                "record_only": one.record_only,
                "standing": one.standing.value,
                "employees": one.employees,
                "created": one.created.as_json(),
                "left": one.left.as_json(),
            }
            for one in plan.employers
        ],
    }
    act.receipt = receipt
