"""Each rule broken in exactly one place of a valid file: what is changed, and which finding must come of it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.dsn.checking.bases import Lines, find, value

from scarabee.dsn.checking import Rule
from scarabee.dsn.findings import Severity

Change = Callable[[Lines], int]
"""Edits the lines, and returns the index of the one that the finding must name."""
BLOCKING, WARNING, INFO = Severity.BLOCKING, Severity.WARNING, Severity.INFO
SIREN, NIC, NIR, NTT = "S21.G00.06.001", "S21.G00.11.001", "S21.G00.30.001", "S21.G00.30.020"


@dataclass(frozen=True)
class Mutation:
    """`also`: rules that the same change breaks too, by its nature. `counted`: whether totals follow the change."""

    rule: Rule
    change: Change
    rubrique: str
    severity: Severity = BLOCKING
    base: str = "month"
    also: tuple[Rule, ...] = ()
    certain: bool = False
    counted: bool = True


def put(code: str, text: str, nth: int = 0) -> Change:
    """Another value."""

    def change(lines: Lines) -> int:
        at = find(lines, code, nth)
        lines[at] = f"{code},'{text}'"
        return at

    return change


def drop(code: str, *, named: str = "", nth: int = 0) -> Change:
    """One line less; the finding names the line before it of the code `named`, or the one that takes its place."""

    def change(lines: Lines) -> int:
        at = find(lines, code, nth)
        del lines[at]
        return max(here for here in range(at) if lines[here].startswith(named)) if named else at

    return change


def drop_bloc(code: str, *, named: str) -> Change:
    """The lines of one bloc less."""

    def change(lines: Lines) -> int:
        at = find(lines, code)
        while lines[at].startswith(code):
            del lines[at]
        return max(here for here in range(at) if lines[here].startswith(named))

    return change


def add(code: str, text: str, *, after: str, nth: int = 0) -> Change:
    """One line more."""

    def change(lines: Lines) -> int:
        at = find(lines, after, nth) + 1
        lines.insert(at, f"{code},'{text}'")
        return at

    return change


def again(code: str, *, nth: int = 0) -> Change:
    """The same line twice."""

    def change(lines: Lines) -> int:
        at = find(lines, code, nth)
        lines.insert(at, lines[at])
        return at + 1

    return change


def swap(code: str) -> Change:
    """A line after the one that should follow it."""

    def change(lines: Lines) -> int:
        at = find(lines, code)
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
        return at + 1

    return change


def write(code: str, how: Callable[[str], str]) -> Change:
    """The same line written otherwise."""

    def change(lines: Lines) -> int:
        at = find(lines, code)
        lines[at] = how(lines[at])
        return at

    return change


def in_a_lot(lines: Lines) -> int:
    lines[:] = ["S05.G51.00.001,'01'", "S06.G51.00.001,'01'", *lines, "S96.G51.00.001,'1'", "S95.G51.00.001,'1'"]
    return 0


def without_header(lines: Lines) -> int:
    lines[:] = [line for line in lines if not line.startswith("S10.")]
    in_a_lot(lines)
    return find(lines, "S20.G00.05.001")


def without_declaration(lines: Lines) -> int:
    lines[:] = [line for line in lines if line.startswith(("S10.", "S90."))]
    lines[find(lines, "S90.G00.90.002")] = "S90.G00.90.002,'0'"
    return 0


def twice(lines: Lines) -> int:
    before = len(lines)
    lines += lines
    return before


def in_utf8(lines: Lines) -> int:
    lines[:] = [line.encode().decode("latin-1") for line in lines]
    return 0


def after_a_bom(lines: Lines) -> int:
    lines[0] = "ï»¿" + lines[0]
    return 0


def cut(lines: Lines) -> int:
    del lines[find(lines, "S90.") :]
    return len(lines) - 1


def without_people(lines: Lines) -> int:
    """The first declaration keeps its type, and loses its people and their places of work."""
    start = find(lines, "S21.G00.30.001")
    end = find(lines, "S20.G00.05.001", 1)
    del lines[start:end]
    return find(lines, "S20.G00.05.002")


def person_twice(lines: Lines) -> int:
    start, end = find(lines, NIR), find(lines, NIR, 1)
    lines[end:end] = lines[start:end]
    return end


def two_people(lines: Lines) -> int:
    """A second person where the nature admits one."""
    start = find(lines, NIR)
    end = len(lines) - 2
    person = list(lines[start:end])
    person[0] = f"{NIR},'{person[0][16:21]}01101011'"
    lines[end:end] = person
    return find(lines, "S20.G00.05.001")


def end_before_start(begin: str, end: str) -> Change:
    def change(lines: Lines) -> int:
        at = find(lines, end)
        started = max(here for here in range(at) if lines[here].startswith(begin))
        lines[at] = f"{end},'{lines[started][16:22]}{int(lines[started][22:24]) - 1:02d}'"
        return at

    return change


def other_year(lines: Lines) -> int:
    at = find(lines, NIR)
    year = (int(lines[at][17:19]) + 1) % 100
    lines[at] = f"{lines[at][:17]}{year:02d}{lines[at][19:]}"
    return at


def without_number(lines: Lines) -> int:
    at = find(lines, NIR)
    del lines[at]
    return at


def with_key(lines: Lines) -> int:
    from scarabee.dsn.identifiers import nir_key

    return put(NIR, value(lines, NIR) + nir_key(value(lines, NIR)))(lines)


def ntt_of_another(lines: Lines) -> int:
    at = find(lines, "S21.G00.30.019") + 1
    lines.insert(at, f"{NTT},'1000000000MATRICULE'")
    return at


def same_declaration(lines: Lines) -> int:
    """The first declaration again, as another one of the file."""
    start, end = find(lines, "S20.G00.05.001"), find(lines, "S20.G00.05.001", 1)
    count = int(value(lines, "S90.G00.90.002"))
    lines[find(lines, "S90.G00.90.002")] = f"S90.G00.90.002,'{count + 1}'"
    lines[end:end] = lines[start:end]
    return end


def contract_of_same_number(lines: Lines) -> int:
    start, end = find(lines, "S21.G00.40.001"), find(lines, "S21.G00.50.001")
    lines[end:end] = lines[start:end]
    return find(lines, "S21.G00.40.009", 1)


def unpaid(lines: Lines) -> int:
    """A second contract of the first person, named by nothing."""
    start, end = find(lines, "S21.G00.40.001"), find(lines, "S21.G00.50.001")
    second = [line.replace(value(lines, "S21.G00.40.009"), "AUTRE-NUMERO") for line in lines[start:end]]
    lines[end:end] = second
    return find(lines, "S21.G00.40.009", 1)


def blank_after(code: str) -> Change:
    def change(lines: Lines) -> int:
        at = find(lines, code) + 1
        lines.insert(at, "")
        return at

    return change


def orphan(lines: Lines) -> int:
    """A bloc 79 where no bloc 78 is open any more."""
    start, at = find(lines, "S21.G00.79."), find(lines, "S21.G00.86.005") + 1
    lines[at:at] = lines[start : start + 2]
    return at


def replaced_by_nobody(lines: Lines) -> int:
    put("S20.G00.05.002", "05")(lines)
    return find(lines, "S20.G00.05.006")


def bloc_too_late(lines: Lines) -> int:
    """The payments of the first establishment after its bordereau."""
    start, end = find(lines, "S21.G00.20."), find(lines, "S21.G00.22.")
    after = find(lines, "S21.G00.30.")
    payments = lines[start:end]
    lines[start:after] = [*lines[end:after], *payments]
    return start + after - end


def workplaces_too_soon(lines: Lines) -> int:
    """The places of work before the people, who then come too late."""
    start = find(lines, "S21.G00.85.")
    end = next(at for at in range(start, len(lines)) if not lines[at].startswith("S21.G00.85."))
    places = lines[start:end]
    del lines[start:end]
    people = max(at for at in range(start) if lines[at].startswith("S20.G00.05.001"))
    people = next(at for at in range(people, len(lines)) if lines[at].startswith("S21.G00.30."))
    lines[people:people] = places
    return people + len(places)


def past_the_length(code: str, length: int) -> Change:
    return write(code, lambda line: f"{line[:16]}{'9' * length}'")


R = Rule
MUTATIONS = [
    # the file and the envoi
    Mutation(R.UNREADABLE, cut, "S90.G00.90.001", certain=True, counted=False),
    Mutation(R.UNREADABLE, write("S21.G00.50.004", lambda line: line[:-1]), "S21.G00.50.004", certain=True),
    Mutation(R.NO_HEADER, without_header, "S10.G00.00", certain=True, counted=False, also=(R.LOT, R.TOTALS)),
    Mutation(R.NO_DECLARATION, without_declaration, "S20.G00.05", certain=True),
    Mutation(R.LOT, in_a_lot, "", counted=False),
    Mutation(R.SEVERAL_ENVOIS, twice, "S10.G00.00", counted=False),
    Mutation(R.ENCODING, in_utf8, ""),
    Mutation(R.ENCODING, after_a_bom, ""),
    Mutation(R.TOTALS, put("S90.G00.90.001", "12"), "S90.G00.90.001", counted=False),
    Mutation(R.TOTALS, put("S90.G00.90.002", "99"), "S90.G00.90.002"),
    Mutation(R.NIL_ENVOI, put("S10.G00.00.008", "02"), "S10.G00.00.008"),
    Mutation(R.NORM, put("S10.G00.00.006", "VERS01"), "S10.G00.00.006"),
    Mutation(R.NORM, put("S10.G00.00.006", "P24V01"), "S10.G00.00.006", WARNING, also=(R.UNKNOWN_RUBRIQUE,)),
    Mutation(R.NORM, put("S10.G00.00.006", "P25V09"), "S10.G00.00.006", WARNING),
    # how lines are written
    Mutation(R.BLANK_LINE, blank_after("S21.G00.50.004"), ""),
    Mutation(R.BLANK_LINE, blank_after("S21.G00.11.001"), ""),
    Mutation(R.LONG_LINE, past_the_length("S21.G00.40.006", 241), "S21.G00.40.006", also=(R.LENGTH,)),
    Mutation(R.WRITING, write("S21.G00.50.004", lambda line: line.replace(",", " , ")), "S21.G00.50.004"),
    Mutation(R.WRITING, write("S10.G00.00.001", lambda line: line.replace("'", "")), "S10.G00.00.001"),
    Mutation(R.WRITING, write("S20.G00.07.002", lambda line: line.replace("'", "")), "S20.G00.07.002"),
    Mutation(R.EMPTY, put("S21.G00.30.004", ""), "S21.G00.30.004"),
    Mutation(R.EMPTY, put("S21.G00.11.003", "   "), "S21.G00.11.003"),
    # blocs and rubriques
    Mutation(R.UNKNOWN_BLOC, add("S21.G00.99.001", "1", after="S21.G00.86.005"), "S21.G00.99"),
    Mutation(R.UNKNOWN_BLOC, add("S20.G00.96.001", "1", after="S20.G00.07.004"), "S20.G00.96"),
    Mutation(R.BLOC_PLACE, bloc_too_late, "S21.G00.20"),
    Mutation(R.BLOC_PLACE, workplaces_too_soon, "S21.G00.30"),
    Mutation(R.BLOC_PLACE, orphan, "S21.G00.79"),
    Mutation(R.BLOC_FORBIDDEN, add("S21.G00.71.002", "RUAA", after="S21.G00.60.004"), "S21.G00.71",
             base="signalement 04", also=(R.BLOC_PLACE,)),
    Mutation(R.BLOC_FORBIDDEN, add("S21.G00.45.001", "46766553500010", after="S21.G00.40.043"), "S21.G00.45"),
    Mutation(R.BLOC_MISSING, drop("S21.G00.71.002", named="S21.G00.40.001"), "S21.G00.71"),
    Mutation(R.BLOC_MISSING, drop_bloc("S10.G00.02", named="S10.G00.00.001"), "S10.G00.02"),
    Mutation(R.BLOC_MISSING, drop("S21.G00.63.001", named="S21.G00.62.001"), "S21.G00.63", base="signalement 07"),
    Mutation(R.TOO_MANY, again("S10.G00.02.001"), "S10.G00.02", also=(R.MISSING,)),
    Mutation(R.TOO_MANY, two_people, "S21.G00.30", base="signalement 04"),
    Mutation(R.UNKNOWN_RUBRIQUE, add("S21.G00.06.903", "X", after="S21.G00.06.015"), "S21.G00.06.903"),
    Mutation(R.UNKNOWN_RUBRIQUE, add("S21.G00.40.082", "30", after="S21.G00.40.043"), "S21.G00.40.082"),
    Mutation(R.REPEATED, again("S21.G00.40.006"), "S21.G00.40.006"),
    Mutation(R.REPEATED, again("S21.G00.30.002"), "S21.G00.30.002"),
    Mutation(R.REPEATED, again("S21.G00.30.006"), "S21.G00.30.006"),
    Mutation(R.REPEATED, again("S20.G00.05.007"), "S20.G00.05.007"),
    Mutation(R.RUBRIQUE_ORDER, swap("S21.G00.51.010"), "S21.G00.51.010"),
    Mutation(R.RUBRIQUE_ORDER, swap("S21.G00.30.008"), "S21.G00.30.008"),
    Mutation(R.RUBRIQUE_ORDER, swap("S10.G00.00.006"), "S10.G00.00.006"),
    Mutation(R.MISSING, drop("S21.G00.50.004", named="S21.G00.50.001"), "S21.G00.50.004"),
    Mutation(R.MISSING, drop("S21.G00.40.024", named="S21.G00.40.001"), "S21.G00.40.024", base="new norm"),
    Mutation(R.MISSING, drop("S20.G00.05.005", named="S20.G00.05.001"), "S20.G00.05.005"),
    Mutation(R.MISSING, drop("S10.G00.00.006", named="S10.G00.00.001"), "S10.G00.00.006"),
    Mutation(R.FORBIDDEN, add("S20.G00.05.005", "01012025", after="S20.G00.05.004"), "S20.G00.05.005",
             base="signalement 07"),
    Mutation(R.FORBIDDEN, add("S21.G00.40.007", "01", after="S21.G00.40.001"), "S21.G00.40.007", base="signalement 04"),
    # values
    Mutation(R.CHARACTER, put("S21.G00.30.007", "VAL\x92BRUME"), "S21.G00.30.007"),
    Mutation(R.BLANK_END, put("S21.G00.30.008", "3 rue du Port "), "S21.G00.30.008"),
    Mutation(R.BLANK_END, put("S21.G00.40.006", " Moniteur"), "S21.G00.40.006"),
    Mutation(R.LENGTH, put("S21.G00.30.009", "1234"), "S21.G00.30.009"),
    Mutation(R.LENGTH, put("S21.G00.40.004", "621AB"), "S21.G00.40.004"),
    Mutation(R.LENGTH, put("S10.G00.00.003", "1.0.0.0.0.0"), "S10.G00.00.003"),
    Mutation(R.FORMAT, put("S21.G00.50.004", "+1200.50"), "S21.G00.50.004"),
    Mutation(R.FORMAT, put("S21.G00.50.004", "1200,50"), "S21.G00.50.004"),
    Mutation(R.FORMAT, put("S21.G00.11.005", "SAINT-DENIS"), "S21.G00.11.005"),
    Mutation(R.FORMAT, put("S21.G00.30.006", "01131980"), "S21.G00.30.006", also=(R.NIR_BIRTH,)),
    Mutation(R.LIST, put("S21.G00.40.002", "77"), "S21.G00.40.002"),
    Mutation(R.LIST, put("S20.G00.05.010", "03"), "S20.G00.05.010"),
    Mutation(R.DATE, put("S21.G00.50.001", "31022025"), "S21.G00.50.001"),
    Mutation(R.DATE, put("S21.G00.40.001", "29022023"), "S21.G00.40.001"),
    Mutation(R.NAME, put("S21.G00.30.002", "DURAND-"), "S21.G00.30.002", WARNING),
    Mutation(R.PERIOD, end_before_start("S21.G00.51.001", "S21.G00.51.002"), "S21.G00.51.002"),
    Mutation(R.PERIOD, end_before_start("S21.G00.22.003", "S21.G00.22.004"), "S21.G00.22.004"),
    Mutation(R.PERIOD, end_before_start("S21.G00.40.001", "S21.G00.62.001"), "S21.G00.62.001"),
    # keys and people
    Mutation(R.SIRET, put(SIREN, "123456789"), SIREN),
    Mutation(R.SIRET, put(NIC, "12345"), NIC),
    Mutation(R.SIRET, put("S21.G00.06.002", "12345"), "S21.G00.06.002", WARNING),
    Mutation(R.SIRET, put("S10.G00.01.002", "12345"), "S10.G00.01.002", WARNING),
    Mutation(R.NIR, put(NIR, "1801375116999"), NIR, also=(R.NIR_BIRTH,)),
    Mutation(R.NIR, with_key, NIR),
    Mutation(R.NIR_BIRTH, other_year, NIR),
    Mutation(R.NTT, ntt_of_another, NTT),
    Mutation(R.UNIDENTIFIED, without_number, NIR),
    Mutation(R.PERSON_TWICE, person_twice, NIR),
    # links
    Mutation(R.CONTRACT_TWICE, contract_of_same_number, "S21.G00.40.009"),
    Mutation(R.CONTRACT_LINK, put("S21.G00.78.006", "AUTRE-NUMERO"), "S21.G00.78.006"),
    Mutation(R.CONTRACT_LINK, put("S21.G00.86.005", "AUTRE-NUMERO"), "S21.G00.86.005"),
    Mutation(R.CONTRACT_UNPAID, unpaid, "S21.G00.40.009"),
    Mutation(R.ADHESION_LINK, put("S21.G00.70.013", "9"), "S21.G00.70.013"),
    Mutation(R.AFFILIATION_LINK, put("S21.G00.78.005", "9"), "S21.G00.78.005"),
    Mutation(R.WORKPLACE, put("S21.G00.40.019", "CHANTIER7"), "S21.G00.40.019"),
    # the declaration
    Mutation(R.TYPE, put("S20.G00.05.002", "04"), "S20.G00.05.002"),
    Mutation(R.TYPE, put("S20.G00.05.002", "02"), "S20.G00.05.002", base="signalement 07"),
    Mutation(R.PEOPLE, without_people, "S20.G00.05.002"),
    Mutation(R.PEOPLE, put("S20.G00.05.002", "02"), "S20.G00.05.002"),
    Mutation(R.FRACTION, put("S20.G00.05.003", "32"), "S20.G00.05.003"),
    Mutation(R.FRACTION, put("S20.G00.05.003", "12"), "S20.G00.05.003", base="signalement 04"),
    Mutation(R.REPLACED, add("S20.G00.05.006", "030120251", after="S20.G00.05.005"), "S20.G00.05.006"),
    Mutation(R.REPLACED, replaced_by_nobody, "S20.G00.05.006", WARNING, base="replacement", also=(R.PEOPLE,)),
    Mutation(R.MONTH, put("S20.G00.05.005", "01092025"), "S20.G00.05.005", WARNING, also=(R.MADE_ON,)),
    Mutation(R.MADE_ON, put("S20.G00.05.007", "03092025"), "S20.G00.05.007", WARNING),
    Mutation(R.DEPOSIT_POINT, put("S20.G00.05.008", "02"), "S20.G00.05.008"),
    Mutation(R.DECLARATION_TWICE, same_declaration, "S20.G00.05.005"),
]  # fmt: skip
