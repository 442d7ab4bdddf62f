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
from scarabee.netentreprises.documents import Nature, nature_of
from scarabee.netentreprises.documents.values import Family
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Return, ReturnAbout
from scarabee.returns.services.seeing import visible_returns

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
    """A return in the list. `employers`: the first of those the reader may know, of `about` in all."""

    item: Return
    kind: Nature
    employers: tuple[Named, ...]
    about: int

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
    if asked.dossier.isdigit() or asked.text.strip():
        employers = Employer.objects.visible_to(actor).order_by()
        if asked.dossier.isdigit():
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
    """Returns with the employers that the actor may know; two queries."""
    sirets: dict[int, list[str]] = {}
    for pk, siret in ReturnAbout.objects.filter(item__in=items).order_by("pk").values_list("item", "siret"):
        sirets.setdefault(pk, []).append(siret)
    names = names_of(actor, {one for told in sirets.values() for one in told})
    return [_row(actor, one, sirets.get(one.pk, []), names) for one in items]


def names_of(actor: Actor, sirets: Iterable[str]) -> dict[str, Named]:
    """{siret: the employer as the actor knows it}, the one of its declaring dossier first; one query."""
    columns = ("siret", "name", "pk", "dossier_id", "declaring")
    rows = Employer.objects.visible_to(actor).filter(siret__in=list(sirets)).order_by("declaring", "pk")
    return {row[0]: Named(*row) for row in rows.values_list(*columns)}


def employers_of(actor: Actor, item: Return) -> list[Named]:
    """The employers that a return is about, as the actor knows them, in its order; one query."""
    columns = ("siret", "name", "pk", "dossier_id", "declaring")
    known = Employer.objects.visible_to(actor).filter(siret=OuterRef("siret")).order_by("-declaring", "-pk")
    told = Subquery(known.values(told=JSONObject(**{name: name for name in columns}))[:1])
    rows = item.abouts.order_by("pk").annotate(told=told).values_list("siret", "told")
    return [Named(**told) if told else Named(siret) for siret, told in rows]


def seen_of(actor: Actor, employers: Iterable[Named]) -> frozenset[str] | None:
    """Those of the employers of a return that the actor may read of, as `visible_sirets` tells."""
    if actor.is_administrator or all(one.pk for one in employers):
        return None
    return frozenset(one.siret for one in employers if one.pk)


def natures_seen(actor: Actor) -> list[tuple[str, str]]:
    """(number, label) of the natures that there are to choose from."""
    found = visible_returns(actor).exclude(nature="").order_by("nature").values_list("nature", flat=True).distinct()
    return sorted(((one, nature_of(one).label) for one in found), key=lambda pair: (len(pair[0]), pair[0]))


def _row(actor: Actor, item: Return, sirets: list[str], names: Mapping[str, Named]) -> ReturnRow:
    """An administrator also sees the employers that no dossier holds."""
    told = [names.get(one) or Named(one) for one in sirets if one in names or actor.is_administrator]
    kind = nature_of(item.nature, Family(item.family) if item.family else Family.UNKNOWN)
    return ReturnRow(item, kind, tuple(told[:_ENOUGH_ABOUTS]), len(told))
