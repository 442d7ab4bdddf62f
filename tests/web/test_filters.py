from datetime import date
from decimal import Decimal

import pytest
from django.core.paginator import Paginator

from scarabee.web.templatetags import scarabee as filters


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("12345678900012", "123 456 789 00012"),
        ("1234", "1234"),
        ("", ""),
        (None, ""),
        ("ABCDEFGHIJKLMN", "ABCDEFGHIJKLMN"),
    ],
)
def test_siret(written: str | None, shown: str) -> None:
    assert _plain(filters.siret(written)) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("185057512345678", "1 85 05 75 123 456 78"),
        ("1850575123456", "1 85 05 75 123 456"),
        ("185052A12345678", "1 85 05 2A 123 456 78"),
        ("99999", "99999"),
        (None, ""),
    ],
)
def test_nir(written: str | None, shown: str) -> None:
    assert _plain(filters.nir(written)) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-10", "octobre 2026"),
        (date(2026, 2, 28), "février 2026"),
        ("2026-13", "2026-13"),
        ("bientôt", "bientôt"),
        (None, ""),
    ],
)
def test_month(written: object, shown: str) -> None:
    assert _plain(filters.month(written)) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (Decimal("1234.5"), "1 234,50 €"),
        ("-1234567.891", "-1 234 567,89 €"),
        (0, "0,00 €"),
        ("", ""),
        (None, ""),
        ("n/a", "n/a"),
    ],
)
def test_amount(written: object, shown: str) -> None:
    assert _plain(filters.amount(written)) == shown


@pytest.mark.parametrize(("written", "shown"), [(1234567, "1 234 567"), ("12.50", "12,50"), (0, "0"), (None, "")])
def test_number(written: object, shown: str) -> None:
    assert _plain(filters.number(written)) == shown


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 salarié"), (1, "1 salarié"), (2, "2 salariés"), (1500, "1 500 salariés")]
)
def test_counted(count: int, shown: str) -> None:
    assert _plain(filters.counted(count, "salarié,salariés")) == shown
    assert _plain(filters.counted(count, "salarié")) == shown


@pytest.mark.parametrize(
    ("current", "shown"),
    [(1, [1, 2, 3, 0, 20]), (10, [1, 0, 8, 9, 10, 11, 12, 0, 20]), (20, [1, 0, 18, 19, 20])],
)
def test_page_numbers(current: int, shown: list[int]) -> None:
    assert filters.page_numbers(Paginator(range(200), 10).page(current)) == shown
