"""The list of returns: what came, about whom, what was read. Names come from the dossiers that the reader sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from scarabee.dossiers.models import Employer
from scarabee.dossiers.selectors.employers import matching
from scarabee.filings.selectors.naming import Named
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.netentreprises.documents import Nature, nature_of
from scarabee.netentreprises.documents.values import Family
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Return, ReturnAbout
from scarabee.returns.services.seeing import seen_among, visible_returns, with_sight

PAGE_LENGTH = 50
SORTS = {
    "arrivee": ("-id",),
    "publication": ("-published_at", "-id"),
    "nature": ("nature", "-id"),
    "employeur": ("siret", "-id"),
    "mois": ("-month", "-id"),
}
_ENOUGH_ABOUTS = 3
_NONE = "aucun"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown of the list; empty texts ask for everything. `state`: OK, ANO, KO, or « aucun » for none.

    `dossier`: a number. `only`: « non-lus », « a-recuperer », « problemes », « essais ». `text`: an employer.
    """

    nature: str = ""
    state: str = ""
    dossier: str = ""
    month: str = ""
    only: str = ""
    text: str = ""
    sort: str = "arrivee"


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return in the list. `employers`: the first of those the reader may read of, of `about` in all; `is_whole`:
    whether these are all that it is about. Its figures are not told to who sees a part of it only."""

    item: Return
    kind: Nature
    employers: tuple[Named, ...]
    about: int
    is_whole: bool

    @property
    def people(self) -> int | None:
        return self.item.people if self.is_whole else None

    @property
    def anomalies(self) -> int | None:
        return self.item.anomalies if self.is_whole else None

    @property
    def is_unread(self) -> bool:
        return self.item.seen_at is None and self.item.fetch != FetchState.TO_FETCH


def return_page(actor: Actor, asked: Asked, page: str | None) -> Page[Any]:
    """A page of `ReturnRow`; four queries, whatever the number of returns."""
    found: Page[Any] = Paginator(returns(actor, asked), PAGE_LENGTH).get_page(page)
    found.object_list = return_rows(actor, list(found.object_list))
    return found


def returns(actor: Actor, asked: Asked) -> QuerySet[Any]:
    """The returns that the actor sees and asked for, in the order asked for."""
    rows = visible_returns(actor).select_related("filing").defer("filing__seen", "filing__candidates")
    if asked.nature:
        rows = rows.filter(nature=asked.nature)
    if asked.state:
        rows = rows.filter(state="" if asked.state == _NONE else asked.state)
    if asked.month:
        rows = rows.filter(month=asked.month)
    rows = rows.filter(_ONLY.get(asked.only, Q()))
    if is_number(asked.dossier) or asked.text.strip():
        employers = Employer.objects.visible_to(actor).order_by()
        if is_number(asked.dossier):
            employers = employers.filter(dossier_id=int(asked.dossier))
        if asked.text.strip():
            employers = employers.filter(matching(asked.text))
        abouts = ReturnAbout.objects.filter(item=OuterRef("pk"), siret__in=employers.values("siret"))
        rows = rows.filter(Exists(abouts))
    return rows.order_by(*SORTS.get(asked.sort, SORTS["arrivee"]))


_ONLY = {
    "non-lus": Q(seen_at=None) & ~Q(fetch=FetchState.TO_FETCH),
    "a-recuperer": Q(fetch=FetchState.TO_FETCH),
    "problemes": ~Q(problem="") | Q(family=Family.UNKNOWN),
    "essais": Q(is_real=False),
}


def return_rows(actor: Actor, items: list[Return]) -> list[ReturnRow]:
    """Returns with the employers that the actor may read of; two queries."""
    told: dict[int, dict[str, bool]] = {}
    abouts = with_sight(actor, ReturnAbout.objects.filter(item__in=items)).order_by("pk")
    for pk, siret, is_seen in abouts.values_list("item", "siret", "is_seen"):
        told.setdefault(pk, {})[siret] = is_seen
    names = names_of(actor, {siret for abouts in told.values() for siret, is_seen in abouts.items() if is_seen})
    return [_row(one, told.get(one.pk, {}), names) for one in items]


def names_of(actor: Actor, sirets: Iterable[str]) -> dict[str, Named]:
    """{siret: the employer as the actor knows it}, the one of its declaring dossier first; one query."""
    columns = ("siret", "name", "pk", "dossier_id", "declaring")
    rows = Employer.objects.visible_to(actor).filter(siret__in=list(sirets)).order_by("declaring", "pk")
    return {row[0]: Named(*row) for row in rows.values_list(*columns)}


def employers_of(actor: Actor, item: Return) -> tuple[list[Named], frozenset[str] | None]:
    """The employers that a return is about, as the actor knows them, in its order, and as `visible_sirets` tells those
    that they may read of; one query."""
    columns = ("siret", "name", "pk", "dossier_id", "declaring")
    known = Employer.objects.visible_to(actor).filter(siret=OuterRef("siret")).order_by("-declaring", "-pk")
    told = Subquery(known.values(told=JSONObject(**{name: name for name in columns}))[:1])
    rows = with_sight(actor, item.abouts.order_by("pk")).annotate(told=told)
    found = list(rows.values_list("siret", "told", "is_seen"))
    names = [Named(**told) if told else Named(siret) for siret, told, _ in found]
    return names, seen_among(actor, {siret: is_seen for siret, _, is_seen in found})


def natures_seen(actor: Actor) -> list[tuple[str, str]]:
    """(number, words) of the natures that there are to choose from."""
    found = visible_returns(actor).exclude(nature="").order_by("nature").values_list("nature", flat=True).distinct()
    return natures_in_words(found)


def natures_in_words(natures: Iterable[str]) -> list[tuple[str, str]]:
    """(number, words) of these natures, in the order of their numbers."""
    return [(one, nature_words(one)) for one in sorted(natures, key=lambda one: (len(one), one))]


def nature_words(nature: str) -> str:
    """94 → « 94 · Taux de prélèvement à la source (CRM nominatif) »."""
    return f"{nature} · {nature_of(nature).label}"


def _row(item: Return, told: Mapping[str, bool], names: Mapping[str, Named]) -> ReturnRow:
    seen = [names.get(siret) or Named(siret) for siret, is_seen in told.items() if is_seen]
    kind = nature_of(item.nature, Family(item.family) if item.family else Family.UNKNOWN)
    return ReturnRow(item, kind, tuple(seen[:_ENOUGH_ABOUTS]), len(seen), len(seen) == len(told))
