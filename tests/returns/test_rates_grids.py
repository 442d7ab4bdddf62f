"""The default grids: dated data, their sources and doubts stated (retours §5)."""

from datetime import date
from decimal import Decimal

import pytest

from scarabee.returns.services.grids import Zone, grid_on, grid_rate, known_grids

METROPOLE, ANTILLES, GUYANE = Zone


@pytest.mark.parametrize(
    ("zone", "base", "rate"),
    [
        (METROPOLE, "0", "0"), (METROPOLE, "1619.99", "0"), (METROPOLE, "1620", "0.5"), (METROPOLE, "1682.99", "0.5"),
        (METROPOLE, "1683", "1.3"), (METROPOLE, "1791", "2.1"), (METROPOLE, "1911", "2.9"), (METROPOLE, "55062", "43"),
        (METROPOLE, "-10", "0"), (ANTILLES, "1857.99", "0"), (ANTILLES, "1858", "0.5"), (GUYANE, "1990", "0.5"),
    ],
)  # fmt: skip
def test_one_rate_for_the_whole_payment_by_its_base(zone: Zone, base: str, rate: str) -> None:
    assert grid_rate(zone, Decimal(base), date(2026, 4, 30)) == Decimal(rate)


def test_the_day_of_payment_chooses_the_grid() -> None:
    assert grid_rate(METROPOLE, Decimal("1600"), date(2025, 4, 30)) == Decimal("0.5")
    assert grid_rate(METROPOLE, Decimal("1600"), date(2025, 5, 1)) == 0


@pytest.mark.parametrize("on", [date(2023, 12, 31), date(2026, 5, 1), date(2026, 11, 24)])
def test_a_grid_that_is_not_known_whole_gives_no_rate_at_all(on: date) -> None:
    assert grid_rate(METROPOLE, Decimal("1600"), on) is None
    assert grid_on(METROPOLE, on) is None


def test_every_grid_has_one_more_rate_than_steps_all_growing_and_the_higher_zones_later() -> None:
    grids = known_grids()
    assert len(grids.grids) == 6
    for grid in grids.grids:
        assert len(grid.rates) == len(grid.below) + 1 == 20
        assert list(grid.below) == sorted(set(grid.below))
        assert list(grid.rates) == sorted(set(grid.rates))
    for on in (date(2024, 6, 1), date(2025, 6, 1)):
        zones = [grid_on(zone, on) for zone in Zone]
        assert [zone.below[0] for zone in zones if zone] == sorted(zone.below[0] for zone in zones if zone)


def test_sources_and_doubts_are_told_and_types_are_those_of_the_norm() -> None:
    assert known_grids().sources
    assert any("2026" in doubt for doubt in known_grids().doubts)
    assert [zone.type for zone in Zone] == ["13", "23", "33"]
