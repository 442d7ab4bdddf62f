"""Declarations past their time, with the months of everybody in them, and people of whom nothing is left."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from scarabee.dossiers import registry
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Declaration, Dossier, Employee, EmployeeMonth, Envoi
from scarabee.dossiers.services import locking
from scarabee.dossiers.services.deletion import take_away
from scarabee.dossiers.services.dossiers import touch
from scarabee.dossiers.services.in_force import settle
from scarabee.dossiers.services.refresh import refresh_employees, refresh_employers
from scarabee.filings.models import Filing
from scarabee.maintenance.journal import Actor
from scarabee.privacy.deposits import MAY_LEAVE
from scarabee.privacy.retention.answers import Found

AT_ONCE = 200
"""Declarations of one transaction: others wait for a moment only."""


def find_declarations(before: date) -> Found:
    """(dossier, declarations, oldest month, newest month, held back) of what speaks of months before that day's."""
    found = _older(before).annotate(held_back=_under_way())
    rows = (
        found.order_by()
        .values("dossier__name")
        .annotate(
            figure=Count("pk", filter=Q(held_back=False)),
            oldest=Min("freshness"),
            newest=Max("freshness"),
            kept=Count("pk", filter=Q(held_back=True)),
        )
        .order_by("dossier__name_key")
    )
    told = rows.values_list("dossier__name", "figure", "oldest", "newest", "kept")
    return [(name, count, _month(oldest), _month(newest), kept) for name, count, oldest, newest, kept in told]


def remove_declarations(actor: Actor, before: date) -> int:
    """Remove them, dossier by dossier in small transactions; how many declarations went."""
    count = 0
    for dossier in Dossier.objects.filter(pk__in=_older(before).order_by().values("dossier")).order_by("pk"):
        going = list(_older(before).filter(~_under_way(), dossier=dossier).order_by("pk").values_list("pk", flat=True))
        for some in chunks(going, AT_ONCE):
            with transaction.atomic():
                locking.lock_dossiers([dossier.pk])
                _remove(some)
                touch(dossier)
            count += len(some)
    return count


def _remove(ids: Sequence[int]) -> None:
    declarations = Declaration.objects.filter(pk__in=ids)
    employers = set(declarations.values_list("employer_id", flat=True))
    envois = set(declarations.values_list("envoi_id", flat=True))
    people = set(EmployeeMonth.objects.filter(declaration__in=declarations).values_list("employee_id", flat=True))
    for kind in reversed(registry.kinds()):
        if "declaration_id" in kind.parents:
            rows = kind.model._default_manager.filter(declaration_id__in=ids).order_by()
            rows._raw_delete(rows.db)
    declarations.order_by()._raw_delete(declarations.db)
    used = Declaration.objects.filter(envoi_id=OuterRef("pk"))
    unused = Envoi.objects.filter(~Exists(used), pk__in=envois)
    Envoi.objects.filter(pk__in=list(unused.values_list("pk", flat=True))).delete()
    left = set(EmployeeMonth.objects.filter(employee_id__in=people).values_list("employee_id", flat=True))
    for one in _gone(people - left):
        take_away(one)
    settle(employers)
    refresh_employees(left)
    refresh_employers(employers)


def _gone(ids: set[int]) -> Iterator[Employee]:
    """The people of whom no month is left, but for those of whom somebody typed something."""
    for some in chunks(sorted(ids)):
        yield from Employee.objects.filter(pk__in=some, typed={}).select_related("employer")


def _older(before: date) -> QuerySet[Declaration]:
    """What speaks of a month before that day's; a signalement, of an event before it."""
    monthly = Q(month__gt="", month__lt=f"{before:%Y-%m}")
    told: QuerySet[Declaration] = Declaration.objects.filter(
        monthly | Q(month="", made_on__gt="", made_on__lt=f"{before:%Y%m%d}")
    )
    return told


def _under_way() -> Exists:
    same = Filing.objects.filter(
        siret=OuterRef("employer__siret"), whole_hash=OuterRef("whole_hash"), is_real=OuterRef("is_real"),
        state__in=MAY_LEAVE,
    )  # fmt: skip
    return Exists(same)


def _month(freshness: str) -> str:
    """AAAA-MM, from what declarations are sorted by."""
    told = "".join(one for one in freshness[:10] if one.isdigit())
    return f"{told[:4]}-{told[4:6]}"
