"""Which of the deposits that the portal lists, and that nobody here knows, is that of which filing (api-dsn §8.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from scarabee.filings.enums import FilingState, ProofKind
from scarabee.filings.models import Filing
from scarabee.filings.services.answers import Answer
from scarabee.filings.services.deposits_listed import CLOCK_DOUBT, ZONE_DOUBT
from scarabee.filings.services.reports import Verdict, judge
from scarabee.netentreprises.documents import DeclarationOf
from scarabee.netentreprises.listings import ListedDeposit

_FAR = ZONE_DOUBT + CLOCK_DOUBT + timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Found:
    """A deposit that the portal lists, and its answers of nature 10 and 11 so far."""

    listed: ListedDeposit
    answers: list[Answer]

    @property
    def conformity(self) -> Answer | None:
        """Its last CCO or BAN, the only answer that names the declaration."""
        of_it = [one for one in self.answers if one.kind in (ProofKind.CCO, ProofKind.BAN)]
        return of_it[-1] if of_it else None

    @property
    def is_rejected(self) -> bool:
        """Whether the portal rejected the file as soon as it came: nothing will ever name its declaration."""
        return any(one.kind == ProofKind.ARE for one in self.answers)

    def is_sent_by(self, sender: str) -> bool:
        """Whether its receipt names this sender (SIRET of S10.G00.01)."""
        return any(one.report is not None and one.report.sender == sender != "" for one in self.answers)

    @property
    def declared(self) -> DeclarationOf | None:
        """The declaration that it is about, when that is told."""
        report = self.conformity.report if self.conformity is not None else None
        return report.declarations[0] if report is not None and report.declarations else None

    @property
    def siret(self) -> str:
        return self.declared.siret if self.declared else ""

    @property
    def month(self) -> str:
        return self.declared.month if self.declared else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`adopted`: the one deposit that is surely this filing's. `possible`: those that may be.

    `may_become_clear`: whether an answer that has not come yet may tell.
    """

    adopted: Found | None
    possible: list[Found] = field(default_factory=list)
    may_become_clear: bool = False


def outcome_of(filing: Filing, everyone: Sequence[Filing], found: Sequence[Found], *, is_whole: bool) -> Outcome:
    """What these deposits prove of a filing. `everyone`: all filings that one of them may be, this one included.

    `is_whole`: whether no other deposit can come. Adopted is the only possible one, if all that names its declaration
    is equal and it can be no other filing's; or a rejected file of the same sender, which names none, if no other
    deposit can come and no other filing is looked for.
    """
    possible = [one for one in found if _may_be(filing, one)]
    clear = [one for one in possible if _verdict(filing, one) is Verdict.SAME]
    if len(possible) == 1:
        (one,) = possible
        rivals = [other for other in everyone if other.pk != filing.pk and _may_be(other, one)]
        is_only = is_whole and len(everyone) == 1 and one.is_rejected and one.is_sent_by(filing.sender)
        if not rivals and (clear or is_only):
            return Outcome(one, possible)
    waits = any(one.conformity is None and not one.is_rejected for one in possible)
    return Outcome(None, possible, waits)


def _may_be(filing: Filing, found: Found) -> bool:
    listed = found.listed
    if listed.idflux in filing.seen or _verdict(filing, found) is Verdict.OTHER:
        return False
    if listed.date is None or filing.started_at is None or filing.state == FilingState.RECORDED_BY_HAND:
        return True
    return abs(listed.date - filing.started_at) < _FAR


def _verdict(filing: Filing, found: Found) -> Verdict:
    verdicts = {judge(filing, one.report) for one in found.answers}
    if Verdict.OTHER in verdicts:
        return Verdict.OTHER
    return judge(filing, found.conformity.report) if found.conformity is not None else Verdict.DOUBTFUL
