"""What the screens of transfers read: drafts, past transfers, SIRETs held by several dossiers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.dossiers.search_keys import search_key
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Mode, Selection
from scarabee.transfers.services.drafts import drafts, open_to

PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Ticks:
    """What is ticked in all: whole employers, parts of some, single employees, records alone."""

    whole: int = 0
    all_but: int = 0
    some: int = 0
    people: int = 0
    records: int = 0

    def __bool__(self) -> bool:
        return bool(self.whole or self.all_but or self.some or self.records)


def ticks(selection: Selection) -> Ticks:
    """The ticks of the whole tree, hidden and unloaded ones included."""
    modes = [ticked.mode for ticked in selection.employers.values()]
    some = [one for one in selection.employers.values() if one.mode is Mode.SOME and one.employees]
    return Ticks(
        modes.count(Mode.WHOLE),
        modes.count(Mode.ALL_BUT),
        len(some),
        sum(len(one.employees) for one in some),
        sum(one.is_record_only for one in selection.employers.values()),
    )


def visible_transfers(actor: Actor) -> QuerySet[Transfer]:
    """Transfers that have left and whose two dossiers one may see, newest first.

    Of one's own, a dossier that is gone hides nothing.
    """
    left = Transfer.objects.exclude(act__state=Act.State.PREPARED).select_related("act__dossier", "source")
    if not actor.is_administrator:
        both_stand = Q(source__isnull=False, act__dossier__isnull=False)
        left = open_to(actor, left).filter(Q(act__user=actor.user_id) | both_stand)
    return left.order_by("-act_id")


def visible_transfer(actor: Actor, number: int) -> Transfer:
    """The transfer of this number, left or one's own draft. Raises `NotVisible`."""
    found = visible_transfers(actor).filter(pk=number).first() or own_draft(actor, number)
    if found is None:
        raise NotVisible(
            f"Le transfert n° {number} n’existe pas, ou il ne vous est pas ouvert.",
            remedy="Cherchez-le dans la liste des transferts.",
        )
    return found


def own_draft(actor: Actor, number: int) -> Transfer | None:
    """The actor's draft of this number, None when it is gone, another's, or has left."""
    return drafts(actor).filter(pk=number).first()


TRANSFER_SORTS = {
    "numero": "act_id",
    "quand": "act__created_at",
    "de": "source_name",
    "vers": "destination_name",
    "par": "act__actor_name",
    "etat": "act__state",
}


def found_transfers(actor: Actor, *, search: str, sort: str) -> QuerySet[Transfer]:
    """Past transfers by number, name of a dossier or author; `sort`: a key of TRANSFER_SORTS, "-" turns it."""
    found = visible_transfers(actor)
    if is_number(search):
        found = found.filter(pk=int(search))
    elif search:
        found = found.filter(
            Q(source_name__icontains=search)
            | Q(destination_name__icontains=search)
            | Q(act__actor_name__icontains=search)
        )
    column = TRANSFER_SORTS.get(sort.removeprefix("-"))
    return found.order_by(f"{'-' * sort.startswith('-')}{column}", "-act_id") if column else found


@dataclass(slots=True)
class Holder:
    """One dossier that holds a SIRET."""

    employer: Employer
    employees: int


@dataclass(slots=True)
class Duplicate:
    """A SIRET that stands in several dossiers. `declared_by`: None when the actor may not see which."""

    siret: str
    holders: list[Holder] = field(default_factory=list)
    declared_by: Dossier | None = None

    @property
    def name(self) -> str:
        return next((holder.employer.name for holder in self.holders if holder.employer.name), "")


DUPLICATE_SORTS = {"siret": "siret", "dossiers": "dossiers"}


def duplicate_page(
    actor: Actor, *, search: str, sort: str, number: int | str | None
) -> tuple[Page[str], list[Duplicate]]:
    """A page of the SIRETs that several dossiers of the actor hold, and what is known of each."""
    mine = _of(actor)
    page = Paginator(_several(mine, search=search, sort=sort), PAGE_LENGTH).get_page(number)
    return page, _duplicates(mine, list(page.object_list))


def all_duplicates(actor: Actor, *, search: str, sort: str) -> Iterator[Duplicate]:
    """The same, all of them, a page at a time."""
    mine = _of(actor)
    for page in Paginator(_several(mine, search=search, sort=sort), 10 * PAGE_LENGTH):
        yield from _duplicates(mine, list(page.object_list))


def _of(actor: Actor) -> QuerySet[Employer]:
    return Employer.objects.filter(dossier__in=Dossier.objects.visible_to(actor).values("pk"))


def _several(mine: QuerySet[Employer], *, search: str, sort: str) -> QuerySet[Employer, str]:
    several = mine.order_by().values("siret").annotate(dossiers=Count("pk")).filter(dossiers__gt=1)
    digits = "".join(search.split())
    if digits.isdigit():
        several = several.filter(siret__startswith=digits)
    elif search:
        named = mine.order_by()
        for word in search_key(search).split():
            named = named.filter(search_key__contains=word)
        several = several.filter(siret__in=named.values("siret"))
    column = DUPLICATE_SORTS.get(sort.removeprefix("-"), "siret")
    return several.order_by(f"{'-' * sort.startswith('-')}{column}", "siret").values_list("siret", flat=True)


def _duplicates(mine: QuerySet[Employer], sirets: list[str]) -> list[Duplicate]:
    employers = list(
        mine.filter(siret__in=sirets)
        .select_related("dossier")
        .only("siret", "name", "town", "declaring", "dossier__name", "dossier__archived_at")
        .order_by("siret", "dossier__name_key")
    )
    counts = _employees(employer.pk for employer in employers)
    by_siret = {siret: Duplicate(siret) for siret in sirets}
    for employer in employers:
        duplicate = by_siret[employer.siret]
        duplicate.holders.append(Holder(employer, counts.get(employer.pk, 0)))
        if employer.declaring:
            duplicate.declared_by = employer.dossier
    return list(by_siret.values())


def _employees(employer_ids: Iterable[int]) -> dict[int, int]:
    counted = Employee.objects.filter(employer_id__in=list(employer_ids)).order_by().values_list("employer_id")
    return dict(counted.annotate(Count("pk")))
