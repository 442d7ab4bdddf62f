"""Which version is in force: one per SIRET, month, champ and fraction; signalements until another one names them."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.dossiers.small_files import ASSOCIATION, Someone, declaration, envoi

from scarabee.dossiers.models import Declaration, Dossier, Employee, ImportFile
from scarabee.dossiers.selectors.declarations import versions_of
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.dossiers.services.in_force import in_force_ids, note_answer
from scarabee.maintenance.journal import Actor


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


# -- what the portal answers ------------------------------------------------------------------------------------

Import = Callable[[Dossier, bytes], ImportFile]
FIRST = envoi(declaration([Someone(family_name="MERCIER")]), real=True)
SECOND = envoi(declaration([Someone(family_name="MERCIÉ")], order="2", kind="03"), real=True)


@pytest.fixture
def versions(dossier: Dossier, other: Dossier, import_bytes: Import) -> tuple[bytes, bytes]:
    """Two versions of a month, held by two dossiers: the hashes of the first and the second."""
    for place in (dossier, other):
        for data in (FIRST, SECOND):
            import_bytes(place, data)
    first, second = Declaration.objects.filter(dossier=dossier).order_by("order_rank")
    return bytes(first.whole_hash), bytes(second.whole_hash)


def revisions() -> list[int]:
    return list(Dossier.objects.order_by("pk").values_list("revision", flat=True))


def in_force() -> set[tuple[str, bytes]]:
    rows = Declaration.objects.filter(in_force=True).values_list("dossier__name", "whole_hash")
    return {(name, bytes(whole)) for name, whole in rows}


def names() -> set[str]:
    return set(Employee.objects.values_list("family_name", flat=True))


def test_a_refusal_counts_in_every_dossier_and_can_be_taken_back(versions: tuple[bytes, bytes]) -> None:
    first, second = versions
    before = revisions()
    note_answer(siret=ASSOCIATION, whole_hash=second, refused=True)
    assert in_force() == {("Associations du Val", first), ("Repli", first)}
    assert names() == {"MERCIER"}
    assert revisions() == [one + 1 for one in before]
    note_answer(siret=ASSOCIATION, whole_hash=second, refused=True)
    assert revisions() == [one + 1 for one in before]
    note_answer(siret=ASSOCIATION, whole_hash=first, refused=True)
    assert names() == {"MERCIÉ"}
    note_answer(siret=ASSOCIATION, whole_hash=first, refused=False)
    note_answer(siret=ASSOCIATION, whole_hash=second, refused=False)
    assert in_force() == {("Associations du Val", second), ("Repli", second)}


def test_an_answer_about_other_bytes_another_siret_or_an_essai_changes_nothing(versions: tuple[bytes, bytes]) -> None:
    before = revisions()
    note_answer(siret=ASSOCIATION, whole_hash=b"x" * 32, refused=True)
    note_answer(siret="00000000000000", whole_hash=versions[1], refused=True)
    note_answer(siret=ASSOCIATION, whole_hash=versions[1], refused=True, is_real=False)
    assert revisions() == before and not Declaration.objects.filter(refused=True).exists()


def test_bytes_known_as_refused_come_in_as_refused(
    owner: Actor, import_bytes: Import, versions: tuple[bytes, bytes]
) -> None:
    note_answer(siret=ASSOCIATION, whole_hash=versions[1], refused=True)
    third = create_dossier(actor=owner, name="Trois")
    import_bytes(third, SECOND)
    assert in_force() >= {("Trois", versions[1])}
    import_bytes(third, FIRST)
    assert in_force() == {(name, versions[0]) for name in ("Associations du Val", "Repli", "Trois")}
    import_bytes(third, envoi(declaration([Someone(family_name="MERCIÉ")], order="2", kind="03")))
    assert Declaration.objects.filter(refused=True, is_real=False).count() == 0


def test_screens_tell_a_refused_version_and_keep_its_month(
    dossier: Dossier, admin_client: Client, versions: tuple[bytes, bytes]
) -> None:
    note_answer(siret=ASSOCIATION, whole_hash=versions[1], refused=True)
    refused = Declaration.objects.get(dossier=dossier, refused=True)
    assert [one.state for one in versions_of(refused)] == ["en vigueur", "refusée par le portail"]
    page = admin_client.get(reverse("dossiers:declaration", args=[refused.pk])).text
    assert "Refusée par le portail" in page and "rien n’est déclaré avec elle" in page
    note_answer(siret=ASSOCIATION, whole_hash=versions[0], refused=True)
    assert [one.state for one in versions_of(refused)] == ["en vigueur, faute de mieux", "refusée par le portail"]
    months = admin_client.get(reverse("dossiers:employer-months", args=[refused.employer_id])).text
    assert "refusée par le portail" in months and "aucune version en vigueur" not in months
