"""How the anomalies of each nature of returns live: which are work, which are one, what closes them (retours §3, §8).

A return closes what it could have shown and no longer shows. That is sure of a newer version of the same return, and of
what comes back for each monthly declaration; a return about an event speaks of few people, so it closes nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scarabee.netentreprises.documents import Anomaly, Family, Head, Identity
from scarabee.returns.models import Return


class Rhythm(StrEnum):
    """When a nature comes back: with every monthly DSN, once a year for the year before, or after an event."""

    MONTHLY = "monthly"
    YEARLY = "yearly"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Kind:
    """`group`: what natures that show the same anomalies share. `closes`: the natures whose anomalies it may close."""

    group: str
    closes: frozenset[str]
    rhythm: Rhythm = Rhythm.MONTHLY


def _alone(nature: str, rhythm: Rhythm = Rhythm.MONTHLY) -> Kind:
    return Kind(nature, frozenset({nature}), rhythm)


_URSSAF, _MSA = Kind("119", frozenset({"119", "120"})), Kind("130", frozenset({"130", "136"}))
_KINDS = {
    "119": _URSSAF,
    "120": _URSSAF,
    "130": _MSA,
    "136": _MSA,
    "20": Kind("20", frozenset({"20", "121"})),  # whoever the BIS recognises, the CRM Identité does too
    **{one: _alone(one) for one in ("10", "11", "51", "61", "62", "71", "80", "93", "94", "95", "116", "121")},
    **{one: _alone(one, Rhythm.YEARLY) for one in ("124", "125", "132", "134")},
}
_ACKNOWLEDGEMENTS = frozenset({"30", "40", "50", "60", "70", "92"})
_FINE_WHEN_OK = frozenset({"10", "11", "61"})
"""AEE and CCO; the 61 then tells amounts and mandates, to be read on its page."""
_RECOGNISED = "I0310"
_STOPS_EARLY = "KO"


def kind_of(nature: str) -> Kind:
    """The kind of a nature; one that is not known here comes after an event, which closes least."""
    return _KINDS.get(nature, _alone(nature, Rhythm.EVENT))


def is_work(nature: str, head: Head, anomaly: Anomaly, identity: Identity | None) -> bool:
    """Whether somebody has something to do about it."""
    if nature in _ACKNOWLEDGEMENTS or anomaly.category == "information":
        return False
    if nature in _FINE_WHEN_OK and head.state == "OK":
        return False
    return not (anomaly.code == _RECOGNISED and identity is not None and not identity.differences)


def moment_of(item: Return) -> datetime:
    """When a return was published, else when it came."""
    return item.published_at or item.arrived_at


def is_newer(one: Return, other: Return) -> bool:
    """Whether a return speaks of a later month than another, or of the same one later."""
    if kind_of(one.nature).rhythm is Rhythm.MONTHLY and one.month and other.month and one.month != other.month:
        return one.month > other.month
    return (moment_of(one), one.pk) > (moment_of(other), other.pk)


def may_close(item: Return, shown: Return) -> bool:
    """Whether what `shown` shows is over when `item` does not show it. Both with their `filing`."""
    kind = kind_of(item.nature)
    if shown.nature not in kind.closes or _is_cut_short(item):
        return False
    if item.pk == shown.pk:
        return True
    if kind.rhythm is Rhythm.EVENT or not is_newer(item, shown) or not _same_part(item, shown):
        return False
    if kind.rhythm is Rhythm.YEARLY:
        return True
    if not item.month:
        return False
    of_one_deposit = item.month == shown.month and item.idflux == shown.idflux
    return not of_one_deposit or kind.group == kind_of(shown.nature).group


def _is_cut_short(item: Return) -> bool:
    """A KO tells what stopped it and maybe nothing else; a bilan d'anomalies tells everything."""
    return item.state == _STOPS_EARLY and item.nature != "11" and item.family != Family.NEORES


def _same_part(item: Return, shown: Return) -> bool:
    """Of the same organisme and fraction, as far as both tell."""
    if (item.ops, item.delegataire) != (shown.ops, shown.delegataire):
        return False
    return item.filing is None or shown.filing is None or item.filing.fraction == shown.filing.fraction
