"""DSN files small enough to be written by hand in a test, and the ways to spoil them."""

from collections.abc import Sequence
from dataclasses import dataclass

ASSOCIATION = "84125796700015"
OTHER_ASSOCIATION = "79034512800017"


@dataclass(frozen=True)
class Someone:
    """A person of a small file."""

    nir: str = "1850575123456"
    family_name: str = "MERCIER"
    given_names: str = "Alain"
    matricule: str = "M001"
    net: str = "1500.00"


ALAIN = Someone()
BRIGITTE = Someone("2900675234567", "NOËL", "Brigitte", "M002", "1720.50")


def s10(*, real: bool = False) -> list[str]:
    return [
        "S10.G00.00.001,'Paie du Val'",
        f"S10.G00.00.005,'{'02' if real else '01'}'",
        "S10.G00.00.006,'P26V01'",
        "S10.G00.00.007,'01'",
        "S10.G00.00.008,'01'",
        "S10.G00.01.001,'467665535'",
        "S10.G00.01.002,'00010'",
        "S10.G00.01.003,'Cabinet du Val'",
    ]


def declaration(
    people: Sequence[Someone] = (ALAIN,),
    *,
    siret: str = ASSOCIATION,
    month: str = "2026-03",
    order: str = "1",
    kind: str = "01",
) -> list[str]:
    """The lines of a monthly declaration."""
    year, number = month.split("-")
    lines = [
        "S20.G00.05.001,'01'",
        f"S20.G00.05.002,'{kind}'",
        "S20.G00.05.003,'11'",
        f"S20.G00.05.004,'{order}'",
        f"S20.G00.05.005,'01{number}{year}'",
        f"S20.G00.05.007,'0{min(9, int(order[:1] or 1))}{number}{year}'",
        "S20.G00.05.008,'01'",
        "S20.G00.05.010,'01'",
        f"S21.G00.06.001,'{siret[:9]}'",
        f"S21.G00.06.002,'{siret[9:]}'",
        f"S21.G00.11.001,'{siret[9:]}'",
        "S21.G00.11.005,'VALENCE'",
    ]
    for person in people:
        lines += [
            f"S21.G00.30.001,'{person.nir}'",
            f"S21.G00.30.002,'{person.family_name}'",
            f"S21.G00.30.004,'{person.given_names}'",
            "S21.G00.30.006,'12051985'",
            f"S21.G00.30.019,'{person.matricule}'",
            "S21.G00.40.001,'01092020'",
            "S21.G00.40.009,'C1'",
            f"S21.G00.50.001,'28{number}{year}'",
            f"S21.G00.50.002,'{person.net}'",
            f"S21.G00.50.004,'{person.net}'",
        ]
    return lines


def envoi(*declarations: Sequence[str], real: bool = False, totals: tuple[int, int] | None = None) -> bytes:
    """A whole envoi, its S90 totals right unless `totals` says (rubriques, declarations)."""
    lines = [*s10(real=real), *(line for one in declarations for line in one)]
    rubriques, count = totals or (len(lines) + 2, len(declarations))
    lines += [f"S90.G00.90.001,'{rubriques}'", f"S90.G00.90.002,'{count}'"]
    return "".join(f"{line}\n" for line in lines).encode("latin-1")


def small_file(people: Sequence[Someone] = (ALAIN, BRIGITTE), **options: str) -> bytes:
    """One envoi of one declaration."""
    return envoi(declaration(people, **options))
