"""What an import keeps in mind of the employers and declarations it adds, and what it says it added."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scarabee.dossiers.services.staging import StagedDeclaration
from scarabee.dsn import fields


@dataclass(slots=True)
class Landed:
    """What a file added. `differences`: where a DSN says otherwise than what a person typed."""

    employers: int = 0
    employees: int = 0
    declarations: int = 0
    employee_months: int = 0
    known_declarations: int = 0
    changed: int = 0
    joined: int = 0
    left_out: int = 0
    differences: list[dict[str, str]] = field(default_factory=list)
    employer_differences: list[dict[str, str]] = field(default_factory=list)
    dossier_ids: set[int] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)
    """What other apps have to say of those who came (see `newcomers`)."""

    @property
    def counts(self) -> dict[str, int]:
        return {
            "employers": self.employers,
            "employees": self.employees,
            "declarations": self.declarations,
            "employee_months": self.employee_months,
        }


@dataclass(slots=True, eq=False)
class LandingEmployer:
    pk: int
    dossier_id: int
    freshness: str
    typed: dict[str, Any]
    name: str
    best: StagedDeclaration | None = None


@dataclass(slots=True, eq=False)
class Target:
    """A staged declaration and the row it becomes, or completes."""

    staged: StagedDeclaration
    employer: LandingEmployer
    pk: int
    is_real: bool
    is_new: bool
    positions: set[int] | None = None
    """Positions already held, where the row was partial."""
    in_force: bool = True


def differences(lines: bytes, typed: dict[str, Any], codes: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """(rubrique, typed value, what the lines say) where the lines say something else."""
    told = fields.line_values(lines)
    for code in sorted(codes):
        said = fields.text(told.get(code.encode(), b""))
        if said and said != typed[code]["value"]:
            yield code, typed[code]["value"], said
