"""Which version is in force: one per SIRET, month, champ and fraction; signalements until another one names them."""

from itertools import permutations
from typing import Any

import pytest

from scarabee.dossiers.services.in_force import in_force_ids


def row(pk: int, **said: Any) -> tuple[Any, ...]:
    columns = {
        "employer": 1, "month": "2026-03", "champ": "01", "fraction": "11", "real": True, "rank": 1,
        "made_on": "20260405", "imported_at": 1, "in_force": True, "nature": "01", "type": "01", "replaces": "",
        "set_aside": False, "hash": bytes([pk]), "refused": False,
    }  # fmt: skip
    return (pk, *(columns | said).values())


def notice(pk: int, **said: Any) -> tuple[Any, ...]:
    return row(pk, **({"month": "", "nature": "07", "rank": 7, "made_on": "20260310"} | said))


CASES = {
    "réel before essai, whatever the order": ([row(1, real=False, rank=9), row(2)], {2}),
    "the highest order": ([row(1), row(2, rank=2, type="03")], {2}),
    "type 05 leaves nobody": ([row(1), row(2, rank=2, type="05")], {2}),
    "then the newest 20.05.007": ([row(1), row(2, made_on="20260406")], {2}),
    "then the newest import": ([row(1), row(2, imported_at=2)], {2}),
    "then the hash, not the row": ([row(1, hash=b"b"), row(2, hash=b"a")], {1}),
    "each fraction by itself": ([row(1, fraction="12"), row(2, fraction="22")], {1, 2}),
    "each champ by itself": ([row(1), row(2, champ="02")], {1, 2}),
    "whatever the nature": ([row(1), row(2, nature="09", rank=2)], {2}),
    "one set aside never holds": ([row(1), row(2, rank=2, set_aside=True)], {1}),
    "one the portal refused gives way to any other réel": ([row(1), row(2, rank=2, refused=True)], {1}),
    "but not to an essai": ([row(1, real=False), row(2, refused=True)], {2}),
    "a refused month holds while nothing better is there": ([row(1, refused=True)], {1}),
    "of several refused ones, as if they were not": ([row(1, refused=True), row(2, rank=2, refused=True)], {2}),
    "a refused signalement is none": ([notice(1), notice(2, rank=8, refused=True)], {1}),
    "a refused signalement replaces none": (
        [notice(1), notice(2, rank=8, type="03", replaces="100320267", refused=True)],
        {1},
    ),
    "type 03 replaces the signalement it names": (
        [notice(1), notice(2, rank=8, type="03", replaces="100320267")],
        {2},
    ),
    "type 04 cancels it, and is nothing itself": (
        [notice(1), notice(2, rank=8, type="04", replaces="100320267")],
        set(),
    ),
    "a replacement of the same number and day stays": ([notice(1), notice(2, type="03", replaces="100320267")], {2}),
    "another nature is not named": (
        [notice(1), notice(2, nature="04", rank=8, type="03", replaces="100320267")],
        {1, 2},
    ),
    "another employer is not named": (
        [notice(1), notice(2, employer=2, rank=8, type="03", replaces="100320267")],
        {1, 2},
    ),
    "an essai cancels no réel": ([notice(1), notice(2, real=False, type="04", replaces="100320267")], {1}),
    "a réel cancels an essai": ([notice(1, real=False), notice(2, type="04", replaces="100320267")], set()),
}


@pytest.mark.parametrize("case", CASES)
def test_in_force(case: str) -> None:
    rows, expected = CASES[case]
    for some in permutations(rows):
        assert in_force_ids(list(some)) == expected
