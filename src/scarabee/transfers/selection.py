"""What is ticked in the tree: a value that survives hiding, searching and paging.

An employer is ticked *en totalité*, or with some employees, or alone (*fiche seule*: no employee). Ticks of employees
that are not loaded, or hidden by the green square, are kept as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self


class Mode(StrEnum):
    """How an employer is taken."""

    WHOLE = "totalite"
    """With all its employees and all their history."""
    ALL_BUT = "sauf"
    """As WHOLE, but for the employees unticked since."""
    SOME = "choix"
    """Its own record and some employees; none: *fiche seule*."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """One employer's ticks. `employees`: those ticked (SOME) or unticked (ALL_BUT), by id."""

    mode: Mode
    employees: frozenset[int] = frozenset()

    @property
    def is_record_only(self) -> bool:
        """*Fiche seule*: the employer's record without any employee."""
        return self.mode is Mode.SOME and not self.employees

    def has(self, employee_id: int) -> bool:
        """Whether this employee's box is ticked."""
        if self.mode is Mode.SOME:
            return employee_id in self.employees
        return employee_id not in self.employees

    def with_employee(self, employee_id: int, *, ticked: bool) -> Self:
        """The same ticks but for one employee."""
        listed = ticked == (self.mode is Mode.SOME)
        employees = self.employees | {employee_id} if listed else self.employees - {employee_id}
        mode = self.mode
        if mode is not Mode.SOME:
            mode = Mode.ALL_BUT if employees else Mode.WHOLE
        return type(self)(mode, employees)


@dataclass(frozen=True, slots=True)
class Selection:
    """The ticks of a whole tree: {employer id: Ticked}. An employer that is absent is not ticked."""

    employers: Mapping[int, Ticked] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.employers)

    def tick_employer(self, employer_id: int, *, ticked: bool) -> Self:
        """Tick an employer *en totalité*, or untick it with its employees."""
        employers = dict(self.employers)
        employers.pop(employer_id, None)
        if ticked:
            employers[employer_id] = Ticked(Mode.WHOLE)
        return type(self)(employers)

    def tick_employee(self, employer_id: int, employee_id: int, *, ticked: bool) -> Self:
        """Tick or untick one employee. An employer that was there for its employees only goes with the last of them."""
        current = self.employers.get(employer_id)
        if current is None and not ticked:
            return self
        changed = (current or Ticked(Mode.SOME)).with_employee(employee_id, ticked=ticked)
        employers = dict(self.employers)
        if changed.is_record_only and current is not None and not current.is_record_only and current.mode is Mode.SOME:
            del employers[employer_id]
        else:
            employers[employer_id] = changed
        return type(self)(employers)

    def untick_employees(self) -> Self:
        """The white square: no employee is ticked any more, hidden and unloaded ones too.

        An employer that was *en totalité* becomes *fiche seule*; one that was there for some employees only goes.
        """
        kept = {
            pk: Ticked(Mode.SOME)
            for pk, ticked in self.employers.items()
            if ticked.mode is not Mode.SOME or ticked.is_record_only
        }
        return type(self)(kept)

    def to_json(self) -> dict[str, Any]:
        return {
            str(pk): {"mode": ticked.mode.value, "employees": sorted(ticked.employees)}
            for pk, ticked in sorted(self.employers.items())
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises ValueError when `stored` is not what `to_json` gives."""
        try:
            return cls(
                {
                    int(pk): Ticked(Mode(said["mode"]), frozenset(int(one) for one in said["employees"]))
                    for pk, said in stored.items()
                }
            )
        except (KeyError, TypeError) as error:
            raise ValueError("this is no selection") from error
