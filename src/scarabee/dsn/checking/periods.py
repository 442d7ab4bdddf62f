"""Dates that open and close one period within a bloc: the second may not be before the first."""

from itertools import pairwise

_PAIRS = (
    "S21.G00.20.006 S21.G00.20.007 S21.G00.22.003 S21.G00.22.004 S21.G00.40.001 S21.G00.40.010 "
    "S21.G00.51.001 S21.G00.51.002 S21.G00.52.003 S21.G00.52.004 S21.G00.54.003 S21.G00.54.004 "
    "S21.G00.58.001 S21.G00.58.002 S21.G00.59.004 S21.G00.59.005 S21.G00.60.005 S21.G00.60.006 "
    "S21.G00.60.002 S21.G00.60.003 S21.G00.60.002 S21.G00.60.010 "
    "S21.G00.63.002 S21.G00.63.003 S21.G00.65.002 S21.G00.65.003 S21.G00.66.001 S21.G00.66.002 "
    "S21.G00.70.014 S21.G00.70.015 S21.G00.73.004 S21.G00.73.011 S21.G00.75.002 S21.G00.75.003 "
    "S21.G00.78.002 S21.G00.78.003 S21.G00.82.003 S21.G00.82.004 S21.G00.83.001 S21.G00.83.002 "
    "S21.G00.84.002 S21.G00.84.003 S21.G00.95.002 S21.G00.95.003 S89.G00.92.004 S89.G00.92.005"
).split()


def _by_bloc() -> dict[str, list[tuple[str, str]]]:
    periods: dict[str, list[tuple[str, str]]] = {}
    for rank, (begin, end) in enumerate(pairwise(_PAIRS)):
        if rank % 2 == 0:
            periods.setdefault(begin[:10], []).append((begin, end))
    return periods


PERIODS = _by_bloc()
"""Bloc → (rubrique of the start, rubrique of the end)."""
