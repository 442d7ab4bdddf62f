"""Dossiers and what each holds, in figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Aggregate, Count, Exists, F, Model, OuterRef, QuerySet, Subquery, Sum

from scarabee.dossiers.models import Declaration, Dossier, Employee, Employer
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor

PAGE_LENGTH = 50
SORTS = {"nom": "name_key", "-nom": "-name_key", "cree": "created_at", "-cree": "-created_at"}


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one dossier: versions and months held, whole or partial (COUNTS of design §8)."""

    employers: int = 0
    employees: int = 0
    declarations: int = 0
    employee_months: int = 0


def names_of(uuids: Iterable[UUID]) -> dict[UUID, str]:
    """{uuid: name} of the dossiers that still exist, in one query."""
    return dict(Dossier.objects.filter(uuid__in=list(uuids)).values_list("uuid", "name"))


def counts_of(dossier_ids: Iterable[int]) -> dict[int, Counts]:
    """{dossier id: counts} in one query."""
    counted = Dossier.objects.filter(pk__in=list(dossier_ids)).order_by()
    figures = counted.values_list(
        "pk",
        _per_dossier(Employer, Count("pk")),
        _per_dossier(Employee, Count("pk")),
        _per_dossier(Declaration, Count("pk")),
        _per_dossier(Declaration, Sum("held")),
    )
    return {pk: Counts(*(figure or 0 for figure in row)) for pk, *row in figures}


def _per_dossier(model: type[Model], figure: Aggregate) -> Subquery:
    rows: QuerySet[Any] = model._default_manager.filter(dossier_id=OuterRef("pk")).order_by()
    return Subquery(rows.values("dossier_id").annotate(figure=figure).values("figure"))


@dataclass(frozen=True, slots=True)
class DossierRow:
    """A dossier in the list."""

    dossier: Dossier
    counts: Counts


def rows_of(dossiers: QuerySet[Any]) -> list[DossierRow]:
    """These dossiers with their figures, in one query."""
    found = dossiers.annotate(
        held_employers=_per_dossier(Employer, Count("pk")),
        held_employees=_per_dossier(Employee, Count("pk")),
        held_declarations=_per_dossier(Declaration, Count("pk")),
        held_months=_per_dossier(Declaration, Sum("held")),
    )
    return [
        DossierRow(
            one,
            Counts(one.held_employers or 0, one.held_employees or 0, one.held_declarations or 0, one.held_months or 0),
        )
        for one in found
    ]


def dossier_page(*, actor: Actor, sort: str = "nom", page: str | None = None) -> Page[Any]:
    """A page of `DossierRow`: those the actor may see, the archived ones last."""
    dossiers = Dossier.objects.visible_to(actor).order_by(
        F("archived_at").asc(nulls_first=True), SORTS.get(sort, "name_key"), "pk"
    )
    found = Paginator(dossiers, PAGE_LENGTH).get_page(page)
    counts = counts_of(dossier.pk for dossier in found.object_list)
    found.object_list = [DossierRow(dossier, counts[dossier.pk]) for dossier in found.object_list]
    return found


def get_dossier(*, actor: Actor, uuid: UUID) -> Dossier:
    """The dossier, when the actor may see it. Raises `NotVisible`."""
    dossier: Dossier | None = with_right(actor, Dossier.objects.visible_to(actor), "pk").filter(uuid=uuid).first()
    if dossier is None:
        raise NotVisible("Ce dossier n’existe pas, ou vous n’y avez pas accès.")
    return dossier


def with_right(actor: Actor, rows: QuerySet[Any], dossier: str) -> QuerySet[Any]:
    """These rows with `is_writable`, whether the actor may change their dossier (the column `dossier`)."""
    writable = Dossier.objects.writable_by(actor).order_by().filter(pk=OuterRef(dossier))
    found: QuerySet[Any] = rows.annotate(is_writable=Exists(writable))
    return found


def may_write(*, actor: Actor, dossier: Dossier) -> bool:
    """Whether the actor may change the dossier; no query where it was read with its right."""
    if hasattr(dossier, "is_writable"):
        return bool(dossier.is_writable)
    if actor.is_administrator or dossier.is_archived:
        return not dossier.is_archived
    return bool(Dossier.objects.writable_by(actor).filter(pk=dossier.pk).exists())
