"""What belongs to an employer or an employee, in one list that transfer, undo, deletion and packages walk.

An app whose rows hang on an employer, an employee or a declaration registers them here (design §1): then they travel,
are deleted and come back with the rest. A test compares the list with the models.
"""

from dataclasses import dataclass
from typing import Literal

from django.db import models

from scarabee.dossiers.models import Contract, Declaration, Employee, EmployeeMonth, Employer, Envoi, Identifier


@dataclass(frozen=True, slots=True)
class RowKind:
    """A kind of row. Every model has the columns id, dossier_id and act_id.

    `parents`: {foreign key column: name of the kind it points at}, to remap in a copy.
    `key`: the columns that name a row at its destination, beside nothing else: a second row with them is the same row.
    `arrives`: such rows come by themselves, as rates do: they are no change that keeps undo from removing what they
    hang on, and go with it.
    """

    name: str
    model: type[models.Model]
    owner: Literal["employer", "employee", "declaration", "dossier"]
    parents: dict[str, str]
    key: tuple[str, ...]
    arrives: bool = False

    @property
    def is_of_people(self) -> bool:
        """Whether its rows hang on an employee, at least some of them."""
        return "employees" in self.parents.values()


_KINDS: dict[str, RowKind] = {}


def register(kind: RowKind) -> None:
    """Add a kind; the kinds it points at must be there already. Raises ValueError otherwise, or when it is known."""
    if kind.name in _KINDS:
        raise ValueError(f"{kind.name} is registered already")
    missing = set(kind.parents.values()) - _KINDS.keys()
    if missing:
        raise ValueError(f"{kind.name} hangs on unknown kinds: {sorted(missing)}")
    _KINDS[kind.name] = kind


def kinds() -> list[RowKind]:
    """All kinds, in the order in which they can be copied; the reverse is the order of deletion."""
    return list(_KINDS.values())


def by_name(name: str) -> RowKind:
    """The kind of that name. Raises KeyError when none is registered under it."""
    return _KINDS[name]


for _kind in (
    RowKind("employers", Employer, "dossier", {}, ("dossier_id", "siret")),
    RowKind("employees", Employee, "employer", {"employer_id": "employers"}, ("id",)),
    RowKind(
        "identifiers", Identifier, "employee", {"employer_id": "employers", "employee_id": "employees"},
        ("employer_id", "kind", "value"),
    ),
    RowKind("contracts", Contract, "employee", {"employee_id": "employees"}, ("employee_id", "number", "start")),
    RowKind("envois", Envoi, "dossier", {}, ("dossier_id", "digest")),
    RowKind(
        "declarations", Declaration, "employer", {"employer_id": "employers", "envoi_id": "envois"},
        (
            "employer_id", "month", "nature", "is_real", "champ", "fraction", "type", "order_number", "whole_hash",
        ),
    ),
    RowKind(
        "employee_months", EmployeeMonth, "employee",
        {"declaration_id": "declarations", "employee_id": "employees"}, ("declaration_id", "position"),
    ),
):  # fmt: skip
    register(_kind)
