"""Lists as CSV files that a spreadsheet opens as they are."""

import csv
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from django.http import StreamingHttpResponse

from scarabee.dossiers.spreadsheets import harmless


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Semicolons and UTF-8 with its mark, as French spreadsheets want; no text is taken for a formula."""
    writer: Any = csv.writer(_Echo(), delimiter=";")
    lines = (writer.writerow([harmless(value) for value in row]) for row in chain([header], rows))
    response = StreamingHttpResponse(_marked(lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _marked(lines: Iterable[str]) -> Iterable[str]:
    yield "\ufeff"
    yield from lines
