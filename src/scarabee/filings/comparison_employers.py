"""Employers whose declaration of a month has not come while those before did."""

from dataclasses import dataclass

from scarabee.dossiers.models import Declaration, Dossier, Employer
from scarabee.filings.comparison_months import MONTHLY, month_before
from scarabee.maintenance.journal import Actor

MONTHS_REMEMBERED = 3
"""An employer that stopped declaring longer ago is no longer awaited."""


@dataclass(frozen=True, slots=True)
class MissingEmployer:
    """An employer without réel declaration of a month. `last_month`: its last one, AAAA-MM; `tested`: an essai is."""

    siret: str
    name: str
    last_month: str
    tested: bool


def missing_employers(*, dossier: Dossier, month: str, actor: Actor) -> list[MissingEmployer]:
    """Employers that a dossier declares, with a réel monthly declaration of late, and none for `month` (AAAA-MM).

    Whoever went on under another SIRET by then is awaited under that one. Sorted by name.
    """
    rows = Employer.objects.visible_to(actor).filter(dossier=dossier).defer("lines", "typed")
    employers = {one.pk: one for one in rows}
    follower = {one.successor_of_id: one.pk for one in rows if one.successor_of_id and one.successor_from <= month}
    since = month_before(month, MONTHS_REMEMBERED)
    held = Declaration.objects.filter(dossier=dossier, nature=MONTHLY, in_force=True, month__range=(since, month))
    last: dict[int, str] = {}
    declared, tested = set[int](), set[int]()
    for pk, told, is_real in held.values_list("employer_id", "month", "is_real").distinct():
        if told == month:
            (declared if is_real else tested).add(pk)
        elif is_real and pk in employers:
            awaited = _awaited(follower, pk)
            last[awaited] = max(told, last.get(awaited, ""))
    missing = [employers[pk] for pk in last if pk not in declared and employers[pk].declaring]
    missing.sort(key=lambda one: (one.search_key, one.siret))
    return [MissingEmployer(one.siret, one.name, last[one.pk], one.pk in tested) for one in missing]


def _awaited(follower: dict[int, int], pk: int) -> int:
    """The employer that goes on where another one stopped."""
    passed = set[int]()
    while pk in follower and pk not in passed:
        passed.add(pk)
        pk = follower[pk]
    return pk
