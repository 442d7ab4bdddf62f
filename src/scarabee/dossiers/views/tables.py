"""Lists as CSV files to download."""

from collections.abc import Iterable, Sequence
from itertools import chain

from django.http import StreamingHttpResponse

from scarabee.dossiers.spreadsheets import csv_lines


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """The list as `csv_lines` writes it, as it comes."""
    response = StreamingHttpResponse(csv_lines(chain([header], rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
