"""Setting how long a kind is kept, looking at what is past its time, and removing it once somebody confirmed that."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from scarabee.accounts.services import authority
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.privacy.models import RetentionRule
from scarabee.privacy.retention.kinds import (
    LEAST_MONTHS,
    MOST_MONTHS,
    PROPOSED,
    Kind,
    Share,
    limit_of,
    months_of,
    shares_of,
)

SET, APPLIED = "conservation.reglee", "conservation.appliquee"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What of one kind is past its time. `since`, `by`: when and by whom the duration was set, None and "": ours."""

    kind: Kind
    months: int
    before: date
    shares: list[Share]
    since: datetime | None
    by: str

    @property
    def count(self) -> int:
        return sum(one.count for one in self.shares)

    @property
    def kept(self) -> int:
        return sum(one.kept for one in self.shares)

    @property
    def oldest(self) -> str:
        return min((one.oldest for one in self.shares), default="")

    @property
    def newest(self) -> str:
        return max((one.newest for one in self.shares), default="")


def proposal_of(*, actor: Actor, kind: Kind) -> Proposal:
    """What of this kind is past its time now. Writes nothing. Raises `NotAllowed` unless Administrateur."""
    authority.require_administrator(actor)
    rule = RetentionRule.objects.filter(kind=kind.code).first()
    months = rule.months if rule else kind.months
    before = limit_of(months)
    since, by = (rule.set_at, rule.set_by) if rule else (None, "")
    return Proposal(kind, months, before, shares_of(kind, before), since, by)


def proposals(*, actor: Actor) -> list[Proposal]:
    """The same of every kind."""
    return [proposal_of(actor=actor, kind=kind) for kind in PROPOSED]


@transaction.atomic
def set_months(*, actor: Actor, kind: Kind, months: int) -> RetentionRule:
    """Keep a kind for so many months from now on. Removes nothing. Raises `NotAllowed`, `Refusal`."""
    authority.require_administrator(actor)
    if not LEAST_MONTHS <= months <= MOST_MONTHS:
        raise Refusal("Cette durée n’est pas possible.", remedy=f"De {LEAST_MONTHS} à {MOST_MONTHS} mois.")
    if months < kind.floor:
        raise Refusal(
            f"{kind.label} : {months} mois est moins que ce que la loi demande.",
            remedy=f"Choisissez au moins {kind.floor} mois. {kind.source}",
        )
    former = months_of(kind)
    rule, _ = RetentionRule.objects.update_or_create(
        kind=kind.code, defaults={"months": months, "set_at": now(), "set_by": actor.name}
    )
    if former != months:
        journal.record(actor, SET, kind=kind.code, former_months=former, kept_months=months)
    return rule


def apply(*, actor: Actor, kind: Kind, count: int) -> int:
    """Remove what is past its time of this kind; how many. `count`: what the preview said.

    Raises `NotAllowed`, and `Refusal` when there is another number now, or none.
    """
    told = proposal_of(actor=actor, kind=kind)
    if told.count != count:
        raise Refusal(
            f"{kind.label} : l’aperçu en montrait {count}, il y en a {told.count} maintenant.",
            remedy="Relisez le nouvel aperçu, puis confirmez de nouveau.",
        )
    if not count:
        raise Refusal(f"{kind.label} : rien n’est au-delà de sa durée.", remedy="Il n’y a rien à faire.")
    removed = kind.remove(actor, told.before)
    with transaction.atomic():
        journal.record(
            actor, APPLIED, kind=kind.code, before=told.before.isoformat(), removed=removed, kept_months=told.months
        )
    return removed
