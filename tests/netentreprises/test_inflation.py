"""Bodies out of gzip, within a cap."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarabee.netentreprises.inflation import NotWhole, TooBig, gathered, inflated

CAP = 1000


def cut(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3), st.integers(1, 50), st.integers(0, 20))
def test_members_in_any_parts_read_back(members: list[bytes], size: int, padding: int) -> None:
    content = b"".join(map(gzip.compress, members)) + b"\0" * padding
    assert inflated(cut(content, size), CAP) == b"".join(members)


@settings(deadline=None)
@given(st.binary(max_size=300), st.data())
def test_what_stops_before_its_end_is_refused(content: bytes, data: st.DataObject) -> None:
    whole = gzip.compress(content)
    short = whole[: data.draw(st.integers(1, len(whole) - 1))]
    with pytest.raises(NotWhole):
        inflated(cut(short, 7), CAP)


@pytest.mark.parametrize(
    "content",
    [b"hello", b"\x1f\x8b", zlib.compress(b"x"), gzip.compress(b"x") + b"more"],
    ids=["text", "two bytes", "zlib", "more behind"],  # what gzip makes holds the time of the run
)
def test_what_is_not_gzip_is_refused(content: bytes) -> None:
    with pytest.raises(NotWhole):
        inflated([content], CAP)


def test_a_changed_byte_is_noticed() -> None:
    content = bytearray(gzip.compress(b"some content that is checked"))
    content[-6] ^= 1
    with pytest.raises(NotWhole):
        inflated([bytes(content)], CAP)


def test_nothing_holds_nothing() -> None:
    assert inflated([], CAP) == inflated([b""], CAP) == gathered([], CAP) == b""


def test_the_cap_itself_is_allowed_and_no_more() -> None:
    assert len(inflated([gzip.compress(b"x" * CAP)], CAP)) == CAP
    assert len(gathered([b"x" * CAP], CAP)) == CAP
    for found in (lambda: inflated([gzip.compress(b"x" * (CAP + 1))], CAP), lambda: gathered([b"x"] * 1001, CAP)):
        with pytest.raises(TooBig):
            found()


def test_members_that_hold_nothing_are_bounded_too() -> None:
    with pytest.raises(TooBig):
        inflated([gzip.compress(b"")] * 1000, CAP)


def test_a_bomb_takes_no_more_memory_than_the_cap() -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    tracemalloc.start()
    with pytest.raises(TooBig):
        inflated(cut(bomb, 1 << 16), 1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20
