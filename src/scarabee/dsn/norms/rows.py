"""Read the norm's TSV files, where a row says from which version to which version it holds.

The last columns are `since` and `until`, the first and the last version for which the row is true.
An empty `since` reaches back to the oldest known version, an empty `until` forward to the newest.
Empty cells at the end of a line are not written.
"""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
END_OF_TIME = "~"  # sorts after every version name


@cache
def read(name: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Header and rows of one file of this folder, named without its `.tsv`."""
    text = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8")
    header, *lines = [line.split("\t") for line in text.splitlines()]
    return tuple(header), [cells + [""] * (len(header) - len(cells)) for cells in lines]


def rows_in(name: str, version: str) -> list[list[str]]:
    """Rows of a dated file that hold for one version, in the order of the file."""
    return [row for row in read(name)[1] if row[-2] <= version <= (row[-1] or END_OF_TIME)]
