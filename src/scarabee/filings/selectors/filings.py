"""The list of filings: searched, filtered, sorted, paged."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.selectors.employers import matching
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.selectors.naming import Named, employers_of
from scarabee.filings.services import sight
from scarabee.filings.services.orders import ORDERABLE
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number

PAGE_LENGTH = 50
SORTS = {
    "numero": ("pk",),
    "siret": ("siret", "-pk"),
    "mois": ("month", "-pk"),
    "etat": ("state", "-pk"),
    "depuis": ("state_at", "-pk"),
    "envoye": ("sent_at", "-pk"),
}
KINDS = {"reel": "réels", "essai": "essais", "signalement": "signalements"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown of the list; empty texts ask for everything."""

    text: str = ""
    state: str = ""
    month: str = ""
    dossier: str = ""
    kind: str = ""
    sort: str = "-numero"


@dataclass(frozen=True, slots=True)
class ListedFiling:
    """A filing in the list. `place`: its dossier, as far as the reader may know it."""

    filing: Filing
    employer: Named
    place: str


def found(actor: Actor, asked: Asked) -> QuerySet[Any]:
    """The filings asked for, in the order asked for."""
    rows: QuerySet[Any] = sight.visible_filings(actor).filter(_text(actor, asked.text))
    if asked.state in FilingState.values:
        rows = rows.filter(state=asked.state)
    if asked.month:
        rows = rows.filter(month=asked.month)
    if is_number(asked.dossier):
        rows = rows.filter(dossier_id=int(asked.dossier), dossier__in=_seen(actor))
    if asked.kind in ("reel", "essai"):
        rows = rows.filter(is_real=asked.kind == "reel")
    elif asked.kind == "signalement":
        rows = rows.filter(month="")
    return rows.defer("seen", "candidates").order_by(*_order(asked.sort))


def page_of(actor: Actor, asked: Asked, page: str | None) -> Page[Any]:
    """A page of `ListedFiling`."""
    shown: Page[Any] = Paginator(found(actor, asked), PAGE_LENGTH).get_page(page)
    shown.object_list = lines(actor, list(shown.object_list))
    return shown


def unsent(employer: Employer, month: str) -> list[Filing]:
    """The réel filings of a month (AAAA-MM) that wait for an order in the dossier of this employer, oldest first."""
    rows = Filing.objects.filter(
        dossier=employer.dossier_id, siret=employer.siret, month=month, is_real=True, state__in=ORDERABLE
    )
    return list(rows.defer("seen", "candidates").order_by("pk"))


def lines(actor: Actor, filings: Iterable[Filing]) -> list[ListedFiling]:
    """Filings with the names that the reader may know; two queries."""
    listed = list(filings)
    names, places = employers_of(actor, listed), sight.places(actor, listed)
    return [ListedFiling(one, names[one.pk], places[one.pk]) for one in listed]


def _seen(actor: Actor) -> QuerySet[Any]:
    rows: QuerySet[Any] = Dossier.objects.visible_to(actor).order_by().values("pk")
    return rows


def _text(actor: Actor, text: str) -> Q:
    """A number of filing, an idflux, the start of a SIRET, or words of an employer's name or town."""
    compact = "".join(text.split())
    if not compact:
        return Q()
    if is_number(compact) and len(compact) < 9:
        return Q(pk=int(compact)) | Q(siret__startswith=compact)
    if compact.isdigit():
        return Q(siret__startswith=compact) | Q(idflux=compact)
    named = Employer.objects.visible_to(actor).filter(matching(text)).order_by().values("siret")
    return Q(siret__in=named) | Q(idflux=compact)


def _order(sort: str) -> tuple[str, ...]:
    columns = SORTS.get(sort.removeprefix("-"), ("pk",))
    if sort.startswith("-") or sort.removeprefix("-") not in SORTS:
        first = columns[0]
        return (f"-{first}", *columns[1:])
    return columns
