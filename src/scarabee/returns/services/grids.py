"""The default grids of the PAS, where no personalised rate is known: dated tables, with their sources and doubts.

CGI art. 204 H III, retours §5. A grid that no source gives whole is left out: then no rate is proposed.
"""

import json
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Zone(StrEnum):
    """The tax domicile of the employee, not the establishment's place."""

    METROPOLE = "metropole"
    GUADELOUPE_REUNION_MARTINIQUE = "guadeloupe-reunion-martinique"
    GUYANE_MAYOTTE = "guyane-mayotte"

    @property
    def type(self) -> str:
        """S21.G00.50.007 of a rate from this grid."""
        return {Zone.METROPOLE: "13", Zone.GUADELOUPE_REUNION_MARTINIQUE: "23", Zone.GUYANE_MAYOTTE: "33"}[self]

    @property
    def label(self) -> str:
        """The zone in words."""
        return {
            Zone.METROPOLE: "métropole",
            Zone.GUADELOUPE_REUNION_MARTINIQUE: "Guadeloupe, La Réunion, Martinique",
            Zone.GUYANE_MAYOTTE: "Guyane, Mayotte",
        }[self]


@dataclass(frozen=True, slots=True)
class Grid:
    """One zone, for payments from `since` to `until`. A base under `below[n]` euros has the rate `rates[n]`."""

    zone: Zone
    since: date
    until: date
    below: tuple[Decimal, ...]
    rates: tuple[Decimal, ...]

    def rate(self, month_net: Decimal) -> Decimal:
        """The rate, in percent, of a monthly base in euros."""
        return self.rates[bisect_right(self.below, month_net)]


@dataclass(frozen=True, slots=True)
class Grids:
    """All that is known, its sources and its doubts in French sentences."""

    grids: tuple[Grid, ...]
    sources: tuple[str, ...]
    doubts: tuple[str, ...]


def grid_rate(zone: Zone, month_net: Decimal, on: date) -> Decimal | None:
    """The default rate, in percent, of a payment on that day; None when the grid of that day is not known here.

    `month_net`: the monthly base in euros, bonus included, after the allowance of short contracts.
    """
    grid = grid_on(zone, on)
    return None if grid is None else grid.rate(month_net)


def grid_on(zone: Zone, on: date) -> Grid | None:
    """The grid of a zone on a day of payment, None when it is not known here."""
    return next((one for one in known_grids().grids if one.zone == zone and one.since <= on <= one.until), None)


@cache
def known_grids() -> Grids:
    """The grids of the file `grids.json` beside this module."""
    told = json.loads(files(__package__).joinpath("grids.json").read_text(encoding="utf-8"))
    rates = tuple(Decimal(rate) for rate in told["rates"])
    grids = (
        Grid(
            Zone(one["zone"]), date.fromisoformat(one["since"]), date.fromisoformat(one["until"]),
            tuple(Decimal(step) for step in one["below"]), rates,
        )
        for one in told["grids"]
    )  # fmt: skip
    return Grids(tuple(grids), tuple(told["sources"]), tuple(told["doubts"]))
