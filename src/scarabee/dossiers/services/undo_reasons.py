"""Why undo leaves an item where it is: something changed under it since, or another app says so (design §3, Undo)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from scarabee.dossiers import registry
from scarabee.dossiers.bulk import chunks, columns_of, fetch_rows
from scarabee.dossiers.models import Act, Before, Declaration, Employee, Employer
from scarabee.dsn.readable import readable_month

SHOWN_REFUSALS = 200

RECORDS: dict[str, Any] = {"employer": Employer, "employee": Employee}
"""Kinds of `Before` that keep the former values of a record."""

Reasons = dict[tuple[str, int], str]
Guard = Callable[[Act], Reasons]

GUARDS: list[Guard] = []
"""Other apps say here why rows an act created must stay: {("employer" | "employee" | "declaration", id): reason}."""


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """An item that undo leaves alone, and why."""

    label: str
    reason: str


class Kept:
    """Created items that must stay, with their reasons."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.reasons: Reasons = {}
        self._changed_since()
        for guard in GUARDS:
            for item, reason in guard(act).items():
                self.reasons.setdefault(item, reason)
        self._follow()

    @property
    def count(self) -> int:
        return len(self.reasons)

    def ids(self, kind: str) -> set[int]:
        return {pk for of, pk in self.reasons if of == kind}

    def _changed_since(self) -> None:
        """Rows of a later act, or a hand edit, under something this act created."""
        act = self.act.pk
        for table in (
            kind.model._meta.db_table
            for kind in registry.kinds()
            if "employee_id" in columns_of(kind.model) and not kind.arrives
        ):
            for pk, other in fetch_rows(
                f"SELECT p.id, MAX(r.act_id) FROM dossiers_employee p JOIN {table} r ON r.employee_id = p.id "
                "WHERE p.act_id = %s AND r.act_id <> %s GROUP BY p.id",
                (act, act),
            ):
                self.reasons.setdefault(("employee", pk), f"complété depuis par {_named(other)}")
        for (pk,) in fetch_rows("SELECT id FROM dossiers_employee WHERE act_id = %s AND revision > 0", (act,)):
            self.reasons.setdefault(("employee", pk), "corrigé à la main depuis")
        for (pk,) in fetch_rows("SELECT id FROM dossiers_employer WHERE act_id = %s AND revision > 0", (act,)):
            self.reasons.setdefault(("employer", pk), "nommé ou corrigé à la main depuis")
        self._overwritten_since()
        for pk, other in fetch_rows(
            "SELECT d.id, MAX(m.act_id) FROM dossiers_declaration d "
            "JOIN dossiers_employeemonth m ON m.declaration_id = d.id "
            "WHERE d.act_id = %s AND m.act_id <> %s GROUP BY d.id",
            (act, act),
        ):
            self.reasons.setdefault(("declaration", pk), f"complétée depuis par {_named(other)}")
        for kind, table, changed, reason in (
            ("employee", "dossiers_employee", "joined", "réuni depuis avec une autre fiche par"),
            ("employee", "dossiers_employee", "employee", "changé depuis par"),
            ("employer", "dossiers_employer", "employer", "changé depuis par"),
        ):
            for pk, other in fetch_rows(
                f"SELECT o.id, MAX(b.act_id) FROM dossiers_before b JOIN {table} o ON o.id = b.object_id "
                "WHERE b.kind = %s AND b.act_id > %s AND o.act_id = %s GROUP BY o.id",
                (changed, act, act),
            ):
                self.reasons.setdefault((kind, pk), f"{reason} {_named(other)}")

    def _overwritten_since(self) -> None:
        """Records that the act changed and did not create, when somebody changed them again."""
        for before in Before.objects.filter(act=self.act, kind__in=RECORDS):
            current = RECORDS[before.kind].objects.filter(pk=before.object_id).values_list("revision", flat=True)
            later = later_act(before)
            if later is not None:
                reason = f"changé de nouveau depuis par {_named(later)}"
                self.reasons.setdefault((before.kind, before.object_id), reason)
            elif current and current[0] != before.values["revision"]:
                self.reasons.setdefault((before.kind, before.object_id), "corrigé à la main depuis")

    def _follow(self) -> None:
        """An employer stays when something under it stays; a declaration, when a person's part of it stays."""
        act = self.act.pk
        employees = self.ids("employee")
        held = {pk for some in chunks(list(employees)) for pk in _parents(Employee, "employer_id", some)}
        held |= {
            pk for some in chunks(list(self.ids("declaration"))) for pk in _parents(Declaration, "employer_id", some)
        }
        for some in chunks(sorted(held)):
            for pk in Employer.objects.filter(pk__in=some, act_id=act).values_list("pk", flat=True):
                self.reasons.setdefault(("employer", pk), "des salariés ou des déclarations y restent")
        for (pk,) in fetch_rows(
            "SELECT e.id FROM dossiers_employer e WHERE e.act_id = %s AND ("
            "EXISTS (SELECT 1 FROM dossiers_employee p WHERE p.employer_id = e.id AND p.act_id <> %s) OR "
            "EXISTS (SELECT 1 FROM dossiers_declaration d WHERE d.employer_id = e.id AND d.act_id <> %s))",
            (act, act, act),
        ):
            self.reasons.setdefault(("employer", pk), "d’autres données y sont arrivées depuis")

    def listed(self) -> list[RefusedItem]:
        """The first refusals, in words; people and employers before declarations."""
        order = {"employer": 0, "employee": 1, "joined": 1, "declaration": 2}
        items = sorted(self.reasons.items(), key=lambda item: (order[item[0][0]], item[0][1]))[:SHOWN_REFUSALS]
        return [RefusedItem(_label(kind, pk), reason) for (kind, pk), reason in items]


def later_act(before: Before) -> int | None:
    """A later act that changed the same thing and was not taken back."""
    rows = Before.objects.filter(kind=before.kind, object_id=before.object_id, act_id__gt=before.act_id)
    return rows.order_by("-act_id").values_list("act_id", flat=True).first()


def _named(act_id: int) -> str:
    act = Act.objects.filter(pk=act_id).first()
    if act is None:
        return "un autre acte"
    article = {Act.Kind.IMPORT: "l’", Act.Kind.TRANSFER: "le "}.get(Act.Kind(act.kind), "la ")
    return f"{article}{act.get_kind_display().lower()} n° {act.pk}"


def _label(kind: str, pk: int) -> str:
    if kind == "joined":
        told = Before.objects.get(pk=pk).values["employee"]
        return f"{told['family_name']} {told['given_names']}".strip()
    if kind == "employee":
        person = Employee.objects.select_related("employer").get(pk=pk)
        return f"{person} ({person.employer})"
    if kind == "employer":
        return str(Employer.objects.get(pk=pk))
    declaration = Declaration.objects.select_related("employer").get(pk=pk)
    month = readable_month(declaration.month[5:7] + declaration.month[:4]) or "événementielle"
    return f"DSN {month}, {declaration.employer}"


def _parents(model: Any, column: str, ids: Iterable[int]) -> set[int]:
    return set(model.objects.filter(pk__in=list(ids)).values_list(column, flat=True))
