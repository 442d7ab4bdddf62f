"""Employers of a dossier: the list, and what is known of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from scarabee.dossiers.models import Declaration, Dossier, Employee, Employer
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.selectors.dossiers import with_right
from scarabee.dossiers.selectors.wording import rubrique_of, words
from scarabee.dsn.fields import line_values, text
from scarabee.dsn.readable import readable_value
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor

PAGE_LENGTH = 50
SORTS = {
    "nom": ("search_key", "siret"),
    "-nom": ("-search_key", "-siret"),
    "siret": ("siret",),
    "-siret": ("-siret",),
    "ville": ("town", "search_key", "siret"),
    "-ville": ("-town", "search_key", "siret"),
}


@dataclass(frozen=True, slots=True)
class EmployerRow:
    """An employer in a list. `months`: how many distinct months are in force."""

    employer: Employer
    employees: int
    months: int
    last_month: str
    partial: int
    """Declarations in force of which some people only are held."""


def employers_of(*, actor: Actor, dossier: Dossier, text: str = "", sort: str = "nom") -> Any:
    """The employers of a dossier that the text names: name, town or the start of a SIRET; a queryset."""
    employers = Employer.objects.visible_to(actor).filter(dossier=dossier)
    return employers.filter(matching(text)).order_by(*SORTS.get(sort, SORTS["nom"]))


def matching(asked: str) -> Q:
    """Every word in the name or the town, or the digits at the start of the SIRET; everything when empty."""
    digits = "".join(asked.split())
    if digits.isdigit() and len(digits) >= 3:
        return Q(siret__startswith=digits)
    found = Q()
    for word in search_key(asked).split():
        found &= Q(search_key__contains=word)
    return found


def employer_page(
    *, actor: Actor, dossier: Dossier, text: str = "", sort: str = "nom", page: str | None = None
) -> Page[Any]:
    """A page of `EmployerRow`."""
    employers = employers_of(actor=actor, dossier=dossier, text=text, sort=sort)
    found = Paginator(employers, PAGE_LENGTH).get_page(page)
    found.object_list = employer_rows(found.object_list)
    return found


def employer_rows(employers: Iterable[Employer]) -> list[EmployerRow]:
    """Employers with their figures, in two queries."""
    listed = list(employers)
    ids = [employer.pk for employer in listed]
    people = dict(
        Employee.objects.filter(employer_id__in=ids)
        .order_by()
        .values("employer_id")
        .annotate(figure=Count("pk"))
        .values_list("employer_id", "figure")
    )
    months: dict[int, set[str]] = {}
    partial: dict[int, int] = {}
    in_force = Declaration.objects.filter(employer_id__in=ids, in_force=True).exclude(month="")
    grouped = (
        in_force.order_by()
        .values("employer_id", "month", "held", "individus")
        .annotate(figure=Count("pk"))
        .values_list("employer_id", "month", "held", "individus", "figure")
    )
    for pk, month, held, individus, figure in grouped:
        months.setdefault(pk, set()).add(month)
        partial[pk] = partial.get(pk, 0) + figure * (held < individus)
    return [
        EmployerRow(
            employer,
            people.get(employer.pk, 0),
            len(months.get(employer.pk, ())),
            max(months.get(employer.pk, ("",))),
            partial.get(employer.pk, 0),
        )
        for employer in listed
    ]


def get_employer(*, actor: Actor, pk: int) -> Employer:
    """The employer with its dossier, when the actor may see it. Raises `NotVisible`."""
    employers = with_right(actor, Employer.objects.visible_to(actor), "dossier_id")
    employer: Any = employers.select_related("dossier", "successor_of").filter(pk=pk).first()
    if employer is None:
        raise NotVisible("Cet employeur n’existe pas, ou vous n’y avez pas accès.")
    employer.dossier.is_writable = employer.is_writable
    return cast(Employer, employer)


@dataclass(frozen=True, slots=True)
class Fact:
    """One rubrique of an identity: what the DSN says, what a person typed; shown = typed, else DSN."""

    code: str
    label: str
    told: str
    typed: str = ""
    typed_by: str = ""
    typed_at: str = ""

    @property
    def shown(self) -> str:
        return self.typed or self.told

    @property
    def differs(self) -> bool:
        return bool(self.typed and self.told and self.typed != self.told)


def facts(lines: bytes, typed: dict[str, Any]) -> list[Fact]:
    """The rubriques of verbatim lines, in their order, beside what was typed; then what was typed alone."""
    told = {code.decode("latin-1"): text(value) for code, value in line_values(bytes(lines)).items()}
    codes = [*told, *sorted(typed.keys() - told.keys())]
    return [_fact(code, told.get(code, ""), typed) for code in codes]


def _fact(code: str, told: str, typed: dict[str, Any]) -> Fact:
    rubrique, said = rubrique_of(code), typed.get(code)
    label = rubrique.label if rubrique else "Rubrique inconnue de la norme"
    if not said:
        return Fact(code, label, _readable(code, told))
    shown, by, at = _readable(code, str(said["value"])), str(said.get("by", "")), str(said.get("at", ""))
    return Fact(code, label, _readable(code, told), shown, by, at[:10])


def _readable(code: str, value: str) -> str:
    label = words(code, value)
    return f"{value} – {label}" if label != value else readable_value(rubrique_of(code), value)


def same_siret_elsewhere(*, actor: Actor, employer: Employer) -> list[Employer]:
    """The copies of this employer in the other dossiers the actor may see."""
    copies = Employer.objects.visible_to(actor).filter(siret=employer.siret).exclude(pk=employer.pk)
    return list(copies.select_related("dossier").order_by("dossier__name_key")[:20])


def same_siren(*, employer: Employer) -> list[Employer]:
    """The other establishments of the same SIREN in the same dossier."""
    others = Employer.objects.filter(dossier_id=employer.dossier_id, siret__startswith=employer.siren)
    return list(others.exclude(pk=employer.pk).order_by("siret")[:50])


def unnamed(*, actor: Actor, dossier: Dossier, page: str | None = None) -> Page[Any]:
    """A page of the employers of a dossier that nobody named yet."""
    employers = Employer.objects.visible_to(actor).filter(dossier=dossier, name="").order_by("town", "siret")
    return Paginator(employers, PAGE_LENGTH).get_page(page)


def unnamed_count(dossier: Dossier) -> int:
    """How many employers of a dossier have no name."""
    return Employer.objects.filter(dossier=dossier, name="").count()
