"""No text of an export begins like a formula, and figures stay figures."""

import pytest

from scarabee.dossiers.spreadsheets import harmless


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@A1", "\t1", "\r1", "\n1", " =1", "\u00a0=1", "\ufeff=1", "＝1", "－1"]
)
def test_what_begins_like_a_formula_is_shown_as_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["", " ", "MERCIER", "L’Été", "1+1", "a=b", "’=1", "'=1", -1.5, 0, None])
def test_anything_else_stays_as_it_is(cell: object) -> None:
    assert harmless(cell) == cell
