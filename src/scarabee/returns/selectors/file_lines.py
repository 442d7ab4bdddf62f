"""The line of a deposited file that an anomaly speaks of: by its number, else by the person and the rubrique."""

from dataclasses import dataclass

from scarabee.dsn.identifiers import matching_nir
from scarabee.netentreprises.documents import Anomaly, Person

_NIR, _NTT = "S21.G00.30.001", "S21.G00.30.020"
_PERSON = "S21.G00.30.001,"


@dataclass(frozen=True, slots=True)
class FileLine:
    """A line of the file that was sent, from 1. `is_told`: the return gives its number.

    `inside`: the line within the person's part, from 1; 0 outside.
    """

    number: int
    text: str
    is_told: bool
    inside: int


class FileLines:
    """The lines of a file that was deposited, read when they are first asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._read: list[str] | None = None
        self._starts: dict[str, int] = {}

    def of(self, anomaly: Anomaly) -> FileLine | None:
        """The line at fault, None when it is not to be found, or could be several."""
        lines = self._lines()
        begin, end = self._span(anomaly.person)
        if anomaly.line and 0 < anomaly.line <= len(lines):
            is_inside = anomaly.person is not None and begin < anomaly.line <= end
            return FileLine(anomaly.line, lines[anomaly.line - 1], True, anomaly.line - begin if is_inside else 0)
        fault = anomaly.fault
        if not fault.rubrique or not lines:
            return None
        wanted = f"{fault.rubrique},'{fault.declared}'" if fault.declared else f"{fault.rubrique},"
        found = [place for place in range(begin, end) if lines[place].startswith(wanted)]
        sure = len(found) == 1 or (found and anomaly.person is not None)
        inside = found[0] + 1 - begin if found and anomaly.person is not None else 0
        return FileLine(found[0] + 1, lines[found[0]], False, inside) if sure else None

    def _lines(self) -> list[str]:
        if self._read is None:
            self._read = self._data.decode("latin-1").splitlines()
            self._starts = dict(self._people(self._read))
        return self._read

    def _span(self, person: Person | None) -> tuple[int, int]:
        """The lines of a person, or of the whole file; none when he is not there."""
        lines = self._lines()
        if person is None:
            return 0, len(lines)
        begin = self._starts.get(person.nir) or self._starts.get(person.ntt)
        if begin is None:
            return 0, 0
        later = [place for place in self._starts.values() if place > begin]
        return begin, min(later, default=len(lines))

    @staticmethod
    def _people(lines: list[str]) -> list[tuple[str, int]]:
        """(number, first line) of every person: the NIR, else the NTT that no line of a NIR stands before."""
        found: list[tuple[str, int]] = []
        inside = False
        for place, line in enumerate(lines):
            code, _, value = line.partition(",")
            value = value.strip().strip("'")
            if not code.startswith("S21.G00.30."):
                inside = False
            elif code == _NIR or not inside:
                inside = True
                found.append((matching_nir(value) if code == _NIR else "", place))
            if code == _NTT and found:
                found.append((value, found[-1][1]))
        return [(number, place) for number, place in found if number]
