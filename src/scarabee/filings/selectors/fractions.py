"""The filings of one month of one employer, fraction by fraction: which one counts, which came after it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from scarabee.dossiers.selectors.wording import fraction_text
from scarabee.filings.enums import STANDS
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing
from scarabee.filings.selectors.searching import is_searched, searched_until
from scarabee.filings.selectors.signs import NOTHING, SIGNS, Sign

_STUCK = frozenset({S.REJECTED_LOCALLY, S.REFUSED, S.ANOMALIES, S.UNKNOWN, S.NOT_DEPOSITED})


@dataclass(slots=True)
class Part:
    """One fraction. `filing`: the one that counts, None while nothing of it came.

    `later`: newer ones, its successors, and whatever else is ordered.
    `label`: « fraction 1 sur 2 », empty for a month in one piece.
    """

    label: str
    filing: Filing | None = None
    later: list[Filing] = field(default_factory=list)
    dates: dict[str, datetime] = field(default_factory=dict)
    """When the portal answered: {AEE, ARE, CCO, BAN: moment}."""

    @property
    def stage(self) -> str:
        return self.filing.state if self.filing else NOTHING

    @property
    def sign(self) -> Sign:
        return SIGNS[self.stage]

    @property
    def is_searched(self) -> bool:
        """Whether nobody knows how it ended, and Scarabée may still find out."""
        return self.filing is not None and is_searched(self.filing)

    @property
    def searched_until(self) -> datetime | None:
        return searched_until(self.filing) if self.filing else None

    @property
    def stopped(self) -> int:
        """How many of its filings are ordered and do not leave."""
        return sum(one.state == S.PLANNED and one.problem != "" for one in (self.filing, *self.later) if one)

    @property
    def is_stuck(self) -> bool:
        """Whether something of it waits for a person."""
        waiting = [one for one in (self.filing, *self.later) if one]
        return any(one.state in _STUCK or one.problem for one in waiting)


def parts_of(filings: Iterable[Filing]) -> list[Part]:
    """The fractions of réel filings of one month, the oldest first; a fraction that others announce is there too.

    Of the filings of a fraction the newest that stands at the portal counts, else the one that leaves first, else the
    newest, a given up one last.
    """
    slots: dict[tuple[str, str], list[Filing]] = {}
    for filing in filings:
        slots.setdefault((filing.champ, filing.fraction), []).append(filing)
    for champ, fraction in list(slots):
        if len(fraction) == 2 and fraction.isdigit():
            for rank in range(1, int(fraction[1]) + 1):
                slots.setdefault((champ, f"{rank}{fraction[1]}"), [])
    return [_part(fraction, slots[champ, fraction]) for champ, fraction in sorted(slots)]


def _leaves(filing: Filing) -> bool:
    """Whether it leaves by itself, as far as is planned."""
    return filing.state == S.PLANNED or (filing.state == S.HELD and filing.release_at is not None)


def _part(fraction: str, filings: list[Filing]) -> Part:
    told = fraction_text(fraction)
    part = Part(f"fraction {told}" if told else "")
    kept = [one for one in filings if one.state != S.CANCELLED]
    if kept:
        standing = [one for one in kept if one.state in STANDS]
        leaving = sorted(filter(_leaves, kept), key=lambda one: one.planned_at or one.release_at or one.state_at)
        part.filing = standing[-1] if standing else [*kept, *leaving[:1]][-1]
        part.later = [one for one in kept if one is not part.filing and (one.pk > part.filing.pk or one in leaving)]
    elif filings:
        part.filing = filings[-1]
    return part
