"""A file ten times longer asks for hardly more memory, be every line of it wrong."""

import re
import tracemalloc
from datetime import date
from io import BytesIO

import pytest

from scarabee.dsn.checking import Checked, check
from scarabee.dsn.invention import write_large_file

MEGABYTE = 1 << 20


def peak(content: bytes) -> tuple[int, Checked]:
    stream = BytesIO(content)
    tracemalloc.start()
    found = check(stream, today=date(2026, 11, 24))
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return top, found


@pytest.mark.parametrize("wrong", [False, True])
def test_memory_does_not_follow_the_size(wrong: bool) -> None:
    stream = BytesIO()
    write_large_file(stream, lines=200_000)
    long = stream.getvalue()
    if wrong:
        long = re.sub(rb"(S21\.G00\.81\.001,')", rb"\g<1>9", long)
    short = long[: long.index(b"S20.G00.05.001", len(long) // 10)] + b"S90.G00.90.001,'1'\r\nS90.G00.90.002,'1'\r\n"
    (small, _), (large, found) = peak(short), peak(long)
    assert found.is_blocked == wrong
    assert large - small < 12 * MEGABYTE, f"{small / MEGABYTE:.1f} then {large / MEGABYTE:.1f} MB"
