"""The bouchon, its user and the clock of the tests of deposits, and deposits that were made."""

from tests.filings.portal.conftest import bouchon, clock, front, lucie

__all__ = ["bouchon", "clock", "front", "lucie"]
