"""Small monthly declarations told line by line, and the findings of comparing them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.dossiers.small_files import ASSOCIATION, envoi
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier
from scarabee.dsn.findings import Finding
from scarabee.filings.comparing.comparison import compare

LAST, MONTH, NEXT = "2026-02", "2026-03", "2026-04"


@dataclass(frozen=True)
class Job:
    """A contract: lines of blocs 41 to 65 in `more`."""

    number: str = "00001"
    start: str = "01092020"
    planned_end: str = ""
    more: tuple[str, ...] = ()

    def ends(self, day: str) -> "Job":
        return replace(self, more=(*self.more, f"S21.G00.62.001,'{day}'", "S21.G00.62.002,'031'"))

    def formerly(self, rubrique: str, value: str) -> "Job":
        return replace(self, more=(*self.more, "S21.G00.41.001,'01032026'", f"S21.G00.41.{rubrique},'{value}'"))

    def lines(self) -> list[str]:
        planned = [f"S21.G00.40.010,'{self.planned_end}'"] if self.planned_end else []
        number = f"S21.G00.40.009,'{self.number}'"
        return [f"S21.G00.40.001,'{self.start}'", "S21.G00.40.007,'01'", number, *planned, *self.more]


@dataclass(frozen=True)
class Someone:
    """A person of a month."""

    nir: str = "1850575123456"
    name: str = "MERCIER"
    ntt: str = ""
    former_nir: str = ""
    jobs: tuple[Job, ...] = (Job(),)
    net: str = "1500.00"
    gross: str = "1900.00"
    rate: str = "4.30"
    kind: str = "01"
    bonus: str = ""

    def working(self, *jobs: Job) -> "Someone":
        return replace(self, jobs=jobs)

    def lines(self) -> list[str]:
        lines = [f"S21.G00.30.001,'{self.nir}'"] if self.nir else []
        lines += [f"S21.G00.30.002,'{self.name}'", "S21.G00.30.004,'Alain'", "S21.G00.30.006,'12051985'"]
        lines += [f"S21.G00.30.020,'{self.ntt}'"] if self.ntt else []
        lines += ["S21.G00.31.001,'01032026'", f"S21.G00.31.008,'{self.former_nir}'"] if self.former_nir else []
        for job in self.jobs:
            lines += job.lines()
        lines += [
            "S21.G00.50.001,'28032026'", "S21.G00.50.002,'1600.00'", f"S21.G00.50.004,'{self.net}'",
            f"S21.G00.50.006,'{self.rate}'", f"S21.G00.50.007,'{self.kind}'",
            "S21.G00.51.001,'01032026'", "S21.G00.51.010,'00001'", "S21.G00.51.011,'001'",
            f"S21.G00.51.013,'{self.gross}'",
            "S21.G00.51.001,'01032026'", "S21.G00.51.010,'00001'", "S21.G00.51.011,'002'", "S21.G00.51.013,'9999.00'",
        ]  # fmt: skip
        return lines + (["S21.G00.52.001,'026'", f"S21.G00.52.002,'{self.bonus}'"] if self.bonus else [])


ALAIN = Someone()
ZOE = Someone("2900675234567", "NOËL")
TEAM = tuple(Someone(f"18505751234{number}", f"MARTIN {number}") for number in range(10, 20))


def month(
    *people: Someone, month: str = MONTH, siret: str = ASSOCIATION, fraction: str = "11", order: str = "1",
    kind: str = "", champ: str = "01",
) -> list[str]:  # fmt: skip
    """The lines of a monthly declaration."""
    year, number = month.split("-")
    lines = [
        "S20.G00.05.001,'01'", f"S20.G00.05.002,'{kind or ('01' if people else '02')}'",
        f"S20.G00.05.003,'{fraction}'", f"S20.G00.05.004,'{order}'", f"S20.G00.05.005,'01{number}{year}'",
        f"S20.G00.05.007,'05{number}{year}'", f"S20.G00.05.008,'{champ}'", "S20.G00.05.010,'01'",
        f"S21.G00.06.001,'{siret[:9]}'", f"S21.G00.06.002,'{siret[9:]}'",
        f"S21.G00.11.001,'{siret[9:]}'", "S21.G00.11.005,'VALENCE'",
    ]  # fmt: skip
    return lines + [line for person in people for line in person.lines()]


def end_notice(person: Someone, *, kind: str = "01", order: str = "1", replaces: str = "") -> list[str]:
    """A signalement of end of contract (FCTU)."""
    lines = [
        line for line in month(person, order=order, kind=kind) if not line.startswith(("S20.G00.05.005", "S21.G00.5"))
    ]
    lines[0] = "S20.G00.05.001,'07'"
    return lines[:4] + ([f"S20.G00.05.006,'{replaces}'"] if replaces else []) + lines[4:]


def dossier_of(*declarations: Sequence[str], real: bool = True, name: str = "Val") -> Dossier:
    """A dossier with these declarations, each imported by itself."""
    return scenes.dossier_of(name, [envoi(one, real=real) for one in declarations])


def add(dossier: Dossier, *declarations: Sequence[str], real: bool = True) -> None:
    for one in declarations:
        scenes.take(dossier, envoi(one, real=real))


def find(dossier: Dossier, declaration: Sequence[str], *, real: bool = True, line_end: str = "\n") -> list[Finding]:
    """The findings on a declaration, the third of a file where it begins at line 11."""
    data = "".join(f"{line}{line_end}" for line in declaration).encode("latin-1")
    found = compare(dossier=dossier, declaration=data, is_real=real, rank=2, first_line=11)
    assert all(one.declaration == 2 and not one.certain and one.message and one.remedy for one in found)
    return found


def rules(dossier: Dossier, declaration: Sequence[str], *, real: bool = True) -> list[str]:
    """The rules of the findings, the same before and after the declaration is imported."""
    found = find(dossier, declaration, real=real)
    add(dossier, declaration, real=real)
    assert find(dossier, declaration, real=real) == found
    return [one.rule for one in found]


def line_of(declaration: Sequence[str], start: str) -> int:
    """The line of the first rubrique that starts so, in a file where the S20 begins at line 11."""
    return 11 + next(index for index, line in enumerate(declaration) if line.startswith(start))
