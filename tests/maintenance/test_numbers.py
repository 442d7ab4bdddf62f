"""Only what every database takes is a number of a row."""

import pytest

from scarabee.maintenance.numbers import is_number


@pytest.mark.parametrize("text", ["0", "12", "007", "9" * 18])
def test_digits_are_a_number(text: str) -> None:
    assert is_number(text)
    assert int(text) < 1 << 63


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", " 1", "²", "٣", "1_000", "9" * 19, "1" * 5_000])
def test_anything_else_is_none(text: str) -> None:
    assert not is_number(text)
