"""Lists as CSV that a French spreadsheet opens as they are, and that it never runs, wherever their texts came from."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_BLANKS = "\t\r\n \u00a0\ufeff"
_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What begins a formula, in the wide letters of Asia too (OWASP, CSV Injection)."""


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a CSV, its header the first row: semicolons, UTF-8 with its mark, no cell taken for a formula."""
    writer: Any = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless[Cell](cell: Cell) -> Cell | str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before a text that begins like one.

    Blanks in front protect nobody: some spreadsheets leave them out. Figures that are no text stay as they are.
    """
    if not isinstance(cell, str):
        return cell
    begins_oddly = cell.startswith(("\t", "\r", "\n")) or cell.lstrip(_BLANKS).startswith(_STARTS)
    return f"'{cell}" if begins_oddly else cell
