"""Files to deposit, on top of the small ones of the dossiers."""

from tests.dossiers.small_files import ALAIN, BRIGITTE, Someone, declaration, envoi

NO_NIR = Someone("", "INCONNU", "Max", "M003")
CONTRACTS = [
    "S21.G00.15.001,'SANTE-1'",
    "S21.G00.15.002,'AMUT01'",
    "S21.G00.15.001,'PREV-1'",
    "S21.G00.15.002,'P0942'",
    "S21.G00.15.003,'DGEST1'",
]


def with_contracts(lines: list[str]) -> list[str]:
    """The contracts of the employer with its organismes, where they stand: before the people."""
    first = next(place for place, line in enumerate(lines) if line.startswith("S21.G00.30."))
    return lines[:first] + CONTRACTS + lines[first:]


def monthly(people: tuple[Someone, ...] = (ALAIN, BRIGITTE), *, real: bool = False) -> bytes:
    """A conform monthly DSN with two contracts; a person without NIR is declared by an NTT."""
    lines = with_contracts(declaration(people))
    lines = [line for line in lines if line != "S21.G00.30.001,''"]
    if NO_NIR in people:
        place = next(place for place, line in enumerate(lines) if line == "S21.G00.30.019,'M003'")
        lines.insert(place + 1, "S21.G00.30.020,'28412579670001'")
    return envoi(lines, real=real)


def two_declarations() -> bytes:
    return envoi(declaration(), declaration())


def arret() -> bytes:
    """A signalement of arrêt de travail, subrogated, of ten days."""
    lines = [line for line in declaration((ALAIN,)) if ".05.005" not in line and not line.startswith("S21.G00.50")]
    lines[0] = "S20.G00.05.001,'04'"
    lines += [
        "S21.G00.60.001,'01'",
        "S21.G00.60.002,'01112026'",
        "S21.G00.60.003,'11112026'",
        "S21.G00.60.004,'01'",
    ]
    return envoi(lines)


def end_of_contract() -> bytes:
    """A signalement of fin de contrat."""
    lines = [line for line in declaration((ALAIN,)) if ".05.005" not in line and not line.startswith("S21.G00.50")]
    return envoi(["S20.G00.05.001,'07'", *lines[1:], "S21.G00.62.001,'31102026'"])


MONTHLY = monthly()
