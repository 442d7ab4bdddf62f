"""What a person orders: deposit now or later, retain, give up, pass what was found, deposit a second time (design §5).

A réel declaration that was deposited cannot be taken back: it leaves on a person's word only, or by a standing order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from django.db import transaction

from scarabee.dossiers.models import Employer
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import after_restore, sight
from scarabee.filings.services.duplicates import REPLACING_TYPES, twins, words_of
from scarabee.filings.services.moves import move
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

ORDERABLE = frozenset({FilingState.CHECKED, FilingState.HELD, FilingState.NOT_DEPOSITED, FilingState.PLANNED})
RETAINABLE = frozenset({FilingState.HELD, FilingState.PLANNED})
CANCELLABLE = frozenset(
    {
        FilingState.RECEIVED, FilingState.CHECKED, FilingState.REJECTED_LOCALLY, FilingState.HELD, FilingState.PLANNED,
        FilingState.NOT_DEPOSITED, FilingState.RECORDED_BY_HAND,
    }
)  # fmt: skip
GRACE = timedelta(minutes=5)
"""How long after the minute asked for an order still counts as given in time."""
MIN_REASON = 5
"""Characters a typed reason has at least."""


@dataclass(slots=True)
class Ordered:
    """What will go, and what will not, with the reason in French."""

    planned: list[Filing] = field(default_factory=list)
    refused: list[tuple[Filing, str]] = field(default_factory=list)


def order(
    *, actor: Actor, filings: Iterable[Filing], real_confirmed: bool = False, planned_at: datetime | None = None
) -> Ordered:
    """Plan deposits, for now when `planned_at` is None; each on its own, so that one refused stops no other.

    Réel ones need `real_confirmed`. Raises `NotVisible` or `NotAllowed` for a filing that is not the actor's to send,
    `Refusal` for a moment that is past: nobody wants a réel to leave at once for a year mistyped.
    """
    wanted = list(filings)
    for filing in wanted:
        sight.writable(actor, filing)
    moment = now()
    if planned_at is not None and planned_at < moment - GRACE:
        raise Refusal(
            "Le moment choisi est passé : rien n’a été ordonné.",
            safe="Rien n’est parti.",
            remedy="Choisissez un moment à venir, ou déposez maintenant.",
        )
    due = max(planned_at.astimezone(UTC), moment) if planned_at else moment
    result = Ordered()
    for filing in wanted:
        with transaction.atomic():
            current = _lock_key(filing)
            why = why_not(current, real_confirmed=real_confirmed)
            if why:
                result.refused.append((current, why))
                continue
            move(
                current, FilingState.PLANNED, actor=actor, planned_at=due, next_at=due, release_at=None, problem="",
                standing=False, ordered_by=actor.name, ordered_at=moment,
            )  # fmt: skip
            result.planned.append(current)
    return result


def why_not(filing: Filing, *, real_confirmed: bool) -> str:
    """Why this filing cannot be ordered now, in French; empty when it can."""
    if filing.state not in ORDERABLE:
        return f"Son état est « {FilingState(filing.state).label} » : il ne s’ordonne plus, ou pas encore."
    if filing.content_id is None:
        return "Son fichier n’a jamais été reçu ici : il n’y a rien à envoyer."
    if filing.certain:
        return "Le portail le refuserait sûrement : corrigez le fichier, puis envoyez-le de nouveau."
    if filing.blocking and not filing.passed_reason:
        return "Un constat est bloquant : corrigez le fichier, ou passez outre en écrivant pourquoi."
    if filing.is_real and not real_confirmed:
        return "C’est une déclaration réelle : confirmez que vous voulez la déposer."
    return undeclared(filing) or words_of(filing, twins(filing)) or after_restore.why_not(filing)


def undeclared(filing: Filing) -> str:
    """Why its dossier may not deposit it: archived, gone, or not the one that declares the SIRET (design §3)."""
    dossier = filing.dossier
    if dossier is None:
        return "Son dossier n’existe plus."
    if dossier.is_archived:
        return f"Le dossier « {dossier.name} » est archivé."
    if not Employer.objects.filter(siret=filing.siret, dossier=dossier, declaring=True).exists():
        return f"Le dossier « {dossier.name} » ne déclare pas l’employeur {filing.siret}."
    return ""


@transaction.atomic
def retain(*, actor: Actor, filing: Filing) -> Filing:
    """Keep a filing from going until a person orders it. Raises `Refusal` once it began to leave."""
    filing = _lock(actor, filing, RETAINABLE, "il ne se retient plus")
    return move(filing, FilingState.HELD, actor=actor, why="Retenu.", release_at=None, next_at=None, planned_at=None)


@transaction.atomic
def cancel(*, actor: Actor, filing: Filing, why: str = "") -> Filing:
    """Give a filing up, or take back a deposit recorded by hand in error; what was imported stays.

    A decision to deposit its key a second time goes with it: it spoke of what stood then. Raises `Refusal` once it
    began to leave from here.
    """
    filing = _lock(actor, filing, CANCELLABLE, "il ne s’abandonne plus")
    if filing.state == FilingState.RECORDED_BY_HAND and filing.started_at is not None:
        raise Refusal(
            f"Le dépôt n° {filing.pk} est peut-être parti d’ici avant d’être enregistré à la main.",
            remedy="S’il porte un mauvais idflux ou un mauvais jour, enregistrez de nouveau le bon.",
        )
    return move(
        filing, FilingState.CANCELLED, actor=actor, why=why, release_at=None, next_at=None, planned_at=None, problem="",
        idflux="", by_hand_on=None, again_reason="", again_by="", exempt=filing.type in REPLACING_TYPES,
    )  # fmt: skip


@transaction.atomic
def reopen(*, actor: Actor, filing: Filing) -> Filing:
    """Take up again a filing that was given up. Raises `Refusal` when it was not, or has no file."""
    filing = _lock(actor, filing, frozenset({FilingState.CANCELLED}), "il n’est pas abandonné")
    if filing.content_id is None:
        raise Refusal(
            "Son fichier n’est plus gardé ici : il n’y a rien à reprendre."
            if filing.sha256
            else "Son fichier n’a jamais été reçu ici : il n’y a rien à reprendre.",
            remedy="Recevez le fichier, ou enregistrez de nouveau le dépôt fait à la main.",
        )
    return move(filing, FilingState.REJECTED_LOCALLY if filing.certain else FilingState.CHECKED, actor=actor)


@transaction.atomic
def pass_findings(*, actor: Actor, filing: Filing, reason: str) -> Filing:
    """Let a filing be ordered in spite of its blocking findings, for a reason that is written down.

    Raises `Refusal` when the portal surely refuses it, when there is nothing to pass, or without a reason.
    """
    filing = _lock(actor, filing, ORDERABLE, "rien ne s’y passe plus outre")
    if filing.certain:
        raise Refusal(
            "Un de ces constats ne se passe pas outre : le portail refuserait sûrement le fichier.",
            remedy="Corrigez-le dans le logiciel de paie, puis envoyez-le de nouveau.",
        )
    if not filing.blocking:
        raise Refusal("Aucun constat n’est bloquant : il n’y a rien à passer outre.")
    filing.passed_reason, filing.passed_by, filing.passed_at = written(reason), actor.name, now()
    filing.save(update_fields=["passed_reason", "passed_by", "passed_at"])
    journal.record(
        actor, "depot.passe_outre", dossier_uuid=_uuid(filing), filing=filing.pk, siret=filing.siret,
        blocking=filing.blocking,
    )  # fmt: skip
    return filing


@transaction.atomic
def decide_again(*, actor: Actor, filing: Filing, reason: str) -> Filing:
    """Decide that a key is deposited a second time, for a reason that is written down (design §5).

    The filing still has to be ordered. Raises `Refusal` when nothing stands in its way, or without a reason.
    """
    filing = _lock(actor, filing, ORDERABLE, "il ne se redépose plus")
    found = twins(filing)
    if not found and not after_restore.why_not(filing):
        raise Refusal("Rien n’empêche ce dépôt : il n’y a pas de décision à prendre.", remedy="Ordonnez-le.")
    if any(one.state == FilingState.SENDING for one in found):
        raise Refusal(
            "Le premier dépôt est en train de partir.", remedy="Attendez sa réponse, puis décidez si c’est nécessaire."
        )
    filing.again_reason, filing.again_by, filing.exempt = written(reason), actor.name, True
    filing.save(update_fields=["again_reason", "again_by", "exempt"])
    journal.record(
        actor, "depot.second", dossier_uuid=_uuid(filing), filing=filing.pk, siret=filing.siret,
        first=found[0].pk if found else None,
    )  # fmt: skip
    return filing


def written(reason: str) -> str:
    """The reason, tidied. Raises `Refusal` when it says nothing."""
    reason = " ".join(reason.split())
    if len(reason) < MIN_REASON:
        raise Refusal("La raison manque.", remedy="Écrivez en quelques mots pourquoi : elle reste dans l’historique.")
    return reason[:1000]


def _lock(actor: Actor, filing: Filing, states: frozenset[FilingState], otherwise: str) -> Filing:
    """The filing as it is now, locked, in one of these states, and the actor's to change."""
    sight.writable(actor, filing)
    current = cast(Filing, Filing.objects.select_for_update(of=("self",), no_key=True).get(pk=filing.pk))
    if current.state not in states:
        raise Refusal(
            f"Le dépôt n° {current.pk} est à l’état « {FilingState(current.state).label} » : {otherwise}.",
            remedy="Rechargez la page pour voir où il en est.",
        )
    return current


def _lock_key(filing: Filing) -> Filing:
    """The filing as it is now, locked with all of its key, so that two of them are never ordered at the same moment."""
    same = Filing.objects.select_for_update(of=("self",), no_key=True).filter(siret=filing.siret, month=filing.month)
    list(same.order_by("pk"))
    return Filing.objects.get(pk=filing.pk)


def _uuid(filing: Filing) -> UUID | None:
    return filing.dossier.uuid if filing.dossier else None
