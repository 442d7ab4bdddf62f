"""What is wrong with a file, in words a payroll clerk understands."""

from dataclasses import dataclass, field

MAX_KEPT_WARNINGS = 500


@dataclass(frozen=True, slots=True)
class Remark:
    """One warning or error: `line` counts from 1 (0: the file as a whole), `rubrique` may be empty."""

    line: int
    rubrique: str
    message: str


class DsnError(Exception):
    """The file is refused: `remark` says where and why, and what was expected."""

    def __init__(self, message: str, *, line: int = 0, rubrique: str = "") -> None:
        super().__init__(message)
        self.remark = Remark(line, rubrique, message)

    def __str__(self) -> str:
        where = f"ligne {self.remark.line} : " if self.remark.line else ""
        what = f"{self.remark.rubrique} : " if self.remark.rubrique else ""
        return f"{where}{what}{self.remark.message}"


@dataclass(slots=True)
class Warnings:
    """The warnings of one file: the first `MAX_KEPT_WARNINGS` in full, the others counted."""

    kept: list[Remark] = field(default_factory=list)
    count: int = 0
    _said_once: set[str] = field(default_factory=set)

    def add(self, line: int, rubrique: str, message: str) -> None:
        self.count += 1
        if len(self.kept) < MAX_KEPT_WARNINGS:
            self.kept.append(Remark(line, rubrique, message))

    def add_once(self, key: str, line: int, rubrique: str, message: str) -> None:
        """A remark that holds for the whole file is said where it is met first."""
        if key not in self._said_once:
            self._said_once.add(key)
            self.add(line, rubrique, message)
