"""What a command says: results on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from django.core.serializers.json import DjangoJSONEncoder

from scarabee.maintenance.errors import Refusal


class Output:
    """Where a command writes. `json_wanted` is true when --json was given."""

    def __init__(self, *, json_wanted: bool = False, stdout: TextIO | None = None, stderr: TextIO | None = None):
        self.json_wanted = json_wanted
        self._stdout = stdout or sys.stdout
        self._stderr = stderr or sys.stderr

    @property
    def watched(self) -> bool:
        """Whether somebody reads the messages as they come: standard error is a terminal."""
        return self._stderr.isatty()

    def json(self, value: Any) -> None:
        """Write the one JSON document of this run."""
        json.dump(value, self._stdout, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        self._stdout.write("\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, figures: Iterable[int] = ()) -> None:
        """Rows under their columns: drawn on a terminal, separated by tabulations elsewhere.

        `figures` are the indexes of the columns that hold numbers, set to the right.
        """
        if not self._stdout.isatty():
            for row in (columns, *rows):
                self._stdout.write("\t".join(_text(cell) for cell in row) + "\n")
            return
        from rich.console import Console
        from rich.table import Table

        right = set(figures)
        table = Table(box=None, header_style="bold", pad_edge=False)
        for index, column in enumerate(columns):
            table.add_column(column, justify="right" if index in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_text(cell) for cell in row))
        Console(file=self._stdout, markup=False, highlight=False).print(table)

    def line(self, text: str) -> None:
        """One line of the result itself."""
        self._stdout.write(f"{text}\n")

    def info(self, message: str) -> None:
        """One line about what is going on."""
        self._stderr.write(f"{message}\n")
        self._stderr.flush()

    def refusal(self, error: Refusal) -> None:
        """Say why it was not done: in French on standard error, and as JSON when that was asked for."""
        self.info("\n".join(part for part in (error.message, error.safe, error.remedy) if part))
        if self.json_wanted:
            self.json({"error": {"message": error.message, "safe": error.safe, "remedy": error.remedy}})


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).replace("\t", " ").replace("\n", " ")
