"""Rows of an earlier moment are back: what left meanwhile is not known here, and must not leave a second time.

Nothing goes by itself any more: what was planned, or held by a standing order, waits for a person; what was leaving is
unknown. No identifiers go before the blue ball tried them, which are as old as the backup. Standing orders rest until
an Administrateur confirms them. No réel is ordered before the portal was asked what was deposited since (`inquiries`),
unless somebody decides otherwise and says why. One Act without a dossier tells all this: it runs until the portal was
asked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localtime

from scarabee.accounts.portal.identities import stop_all
from scarabee.accounts.services import authority
from scarabee.dossiers.models import Act
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, FilingMove, PortalQueue
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

TAKEN_BACK, CONFIRMED, CLOSED = "depot.repris", "depot.ordres_confirmes", "depot.recherche_close"
PAUSED = "paused"
LEAVING = Q(state=FilingState.PLANNED) | Q(state=FilingState.HELD, release_at__isnull=False)
"""What would leave by itself."""
SINCE = "Scarabée est revenu à une sauvegarde"
"""How the reason begins for which a deposit that was planned waits."""
_LEFT = "Un envoi était en cours quand la sauvegarde a été faite."
_RESTING = (
    "Les ordres permanents sont suspendus depuis le retour à une sauvegarde : un Administrateur les confirme, ou cette "
    "déclaration s’ordonne d’un clic."
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of the rows: `act` is the number of the Act that tells of it; `orders`: standing orders that rest."""

    act: int
    held: int
    unknown: int
    orders: int


def settle(*, actor: Actor, made_at: datetime, asks: bool = True, using: str = DEFAULT_DB_ALIAS) -> Settled:
    """Let nothing of a database that is as it was at `made_at` leave by itself; within the caller's transaction.

    `asks` False: nothing can have left since. `using`: the alias of that database.
    """
    held = _hold(actor, made_at if asks else None, using)
    unknown = _make_unknown(actor, using)
    if asks:
        stop_all(using=using)
    Filing.objects.using(using).filter(state=FilingState.RECORDED_BY_HAND, idflux="").update(next_at=now())
    PortalQueue.objects.using(using).update(busy_until=None, busy_token="", retry_at=None)
    orders = _standing_orders(using).count()
    receipt = {"made_at": made_at.isoformat(), "orders": PAUSED if orders else "", "looks": {}, "found": {}}
    act = Act.objects.using(using).create(
        kind=Act.Kind.RESTORATION, state=Act.State.RUNNING if asks else Act.State.DONE, actor_name=actor.name,
        created_at=now(), receipt=receipt,
    )  # fmt: skip
    journal.record_in(
        using, actor, TAKEN_BACK,
        {
            "act": act.pk, "held": held, "in_doubt": unknown, "orders": orders,
            "archive_made_at": made_at.isoformat(),
        },
    )  # fmt: skip
    return Settled(act.pk, held, unknown, orders)


def why_not(filing: Filing) -> str:
    """Why a réel filing must not be ordered yet, in French; empty when it may, or when somebody decided so."""
    if not filing.is_real or filing.again_reason:
        return ""
    act = open_acts().last()
    if act is None:
        return ""
    return (
        f"Scarabée est revenu à une sauvegarde du {_day(made_at_of(act))} et demande encore au portail ce qui a été "
        "déposé depuis : cette déclaration l’est peut-être déjà."
    )


def resting() -> str:
    """Why standing orders send nothing, in French; empty when they do."""
    return _RESTING if _paused().exists() else ""


def resting_orders() -> int | None:
    """How many standing orders wait to be confirmed; None when none does."""
    return _standing_orders(DEFAULT_DB_ALIAS).count() if _paused().exists() else None


def unsettled() -> QuerySet[Act]:
    """The returns to a backup after which an Administrateur has still something to do or to wait for."""
    return _acts().filter(Q(state=Act.State.RUNNING) | Q(receipt__orders=PAUSED))


@transaction.atomic
def confirm_orders(*, actor: Actor) -> int:
    """Let the standing orders that came back send again; how many. Raises `NotAllowed`, `Refusal` when none rests."""
    authority.require_administrator(actor)
    acts = list(_paused().select_for_update(of=("self",), no_key=True))
    if not acts:
        raise Refusal("Aucun ordre permanent n’est suspendu.", remedy="Il n’y a rien à confirmer.")
    for act in acts:
        act.receipt["orders"] = f"{actor.name}, {localtime(now()):%d/%m/%Y %H:%M}"
        act.save(update_fields=["receipt"])
    count = _standing_orders(DEFAULT_DB_ALIAS).count()
    journal.record(actor, CONFIRMED, act=acts[-1].pk, orders=count)
    return count


@transaction.atomic
def close(*, actor: Actor, reason: str) -> None:
    """Stop asking the portal what was deposited since the backup: a person looked there.

    Raises `NotAllowed`, `Refusal` when nothing is asked, or without a reason.
    """
    from scarabee.filings.services.orders import written

    authority.require_administrator(actor)
    acts = list(open_acts().select_for_update(of=("self",), no_key=True))
    if not acts:
        raise Refusal("Aucune recherche n’est en cours sur le portail.", remedy="Il n’y a rien à clore.")
    why = written(reason)
    for act in acts:
        finish(act, f"Close par {actor.name} : {why}")
        journal.record(actor, CLOSED, act=act.pk, reason=why)


def open_acts() -> QuerySet[Act]:
    """The returns to a backup of which the portal was not wholly asked yet."""
    return _acts().filter(state=Act.State.RUNNING)


def last_act() -> Act | None:
    """The last return to a backup; None when there was none."""
    return _acts().last()


def made_at_of(act: Act) -> datetime:
    """The moment to which the rows came back."""
    return datetime.fromisoformat(act.receipt["made_at"])


def finish(act: Act, message: str) -> None:
    """The portal was asked, or need not be any more."""
    act.state, act.finished_at, act.message = Act.State.DONE, now(), message
    act.save(update_fields=["state", "finished_at", "message", "receipt"])


def _acts() -> QuerySet[Act]:
    return Act.objects.filter(kind=Act.Kind.RESTORATION, dossier=None, receipt__has_key="looks").order_by("pk")


def _paused() -> QuerySet[Act]:
    return _acts().filter(receipt__orders=PAUSED)


def _standing_orders(using: str) -> QuerySet[Any]:
    from scarabee.filings.models import EmployerFiling

    return EmployerFiling.objects.using(using).filter(standing_dossier__isnull=False)


def _hold(actor: Actor, made_at: datetime | None, using: str) -> int:
    since = f"{SINCE} du {_day(made_at)}" if made_at else "Scarabée a changé de serveur"
    doubt = "il est peut-être parti depuis : regardez, puis ordonnez-le" if made_at else "ordonnez-le de nouveau"
    why = f"{since} : ce dépôt était prévu, {doubt}."
    changes = {"problem": why, "release_at": None, "planned_at": None, "next_at": None, "standing": False}
    return _move_all(actor, LEAVING, FilingState.HELD, why, using, changes)


def _make_unknown(actor: Actor, using: str) -> int:
    """What was leaving may have arrived; what was unknown is looked for at once."""
    from scarabee.filings.services.outcomes import UNKNOWN_WORDS  # which leads here, by way of the orders

    Filing.objects.using(using).filter(state=FilingState.UNKNOWN).update(next_at=now(), candidates=[])
    changes = {"problem": f"{_LEFT} {UNKNOWN_WORDS}", "next_at": now(), "candidates": []}
    return _move_all(actor, Q(state=FilingState.SENDING), FilingState.UNKNOWN, _LEFT, using, changes)


def _move_all(actor: Actor, which: Q, state: FilingState, why: str, using: str, changes: dict[str, Any]) -> int:
    """As `moves.move`, for all of them at once; one entry of the journal tells of it."""
    moment = now()
    rows = Filing.objects.using(using).filter(which).order_by("pk")
    FilingMove.objects.using(using).bulk_create(
        FilingMove(
            filing_id=pk, former=former, state=state, at=moment, actor_name=actor.name, automatic=True, why=why
        )
        for pk, former in rows.values_list("pk", "state")
    )  # fmt: skip
    return rows.update(state=state, state_at=moment, **changes)


def _day(moment: datetime) -> str:
    return f"{localtime(moment):%d/%m/%Y à %H h %M}"
