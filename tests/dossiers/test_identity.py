"""Who is who, in whatever order files arrive: NTT then NIR, 31.008, and undo of the file that showed the link."""

from itertools import permutations

import pytest
from tests.sizes import sized
from tests.transfers import scenes
from tests.transfers.scenes import notice

from scarabee.dossiers.models import Employee

pytestmark = pytest.mark.django_db
NIR, NEW_NIR, NTT = "1850575123456", "1850575123499", "184125796700001"

STORIES = {
    "an NTT, then both, then the NIR": [
        notice("2026-01", ntt=NTT),
        notice("2026-02", ntt=NTT, nir=NIR),
        notice("2026-03", nir=NIR),
    ],
    "a NIR corrected by 31.008": [
        notice("2026-01", nir=NIR),
        notice("2026-02", nir=NEW_NIR, former=NIR),
        notice("2026-03", nir=NEW_NIR, name="MERCIER-NOËL"),
    ],
    "the newest month tells no NIR": [
        notice("2026-01", nir=NIR),
        notice("2026-02", ntt=NTT, nir=NIR),
        notice("2026-03", ntt=NTT),
    ],
    "réel, essai and a replacement of order 2": [
        notice("2026-01", nir=NIR, name="ESSAI", order="5"),
        notice("2026-01", nir=NIR, name="RÉEL", real=True),
        notice("2026-01", nir=NIR, name="REMPLACÉ", real=True, order="2", kind="03"),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_one_person_in_any_order(db: None, story: str) -> None:
    expected = None
    for rank, files in enumerate(permutations(STORIES[story])):
        dossier = scenes.dossier_of(f"Ordre {rank}", files)
        assert dossier.employees.count() == 1
        scenes.check_settled(dossier)
        found = scenes.seen(dossier)
        expected = expected or found
        scenes.assert_same(found, expected)


@pytest.mark.parametrize("story", STORIES)
def test_each_file_can_be_undone_in_turn(db: None, story: str) -> None:
    for rank, files in enumerate([*permutations(STORIES[story])][:: sized(3, 1)]):
        dossier = scenes.dossier_of(f"Tour {rank}")
        acts, states = [], []
        for data in files:
            states.append(scenes.seen(dossier))
            acts.append(scenes.take(dossier, data))
        for act in reversed(acts):
            assert scenes.undo(act).is_whole
            scenes.assert_same(scenes.seen(dossier), states.pop())


def test_undoing_the_link_parts_two_people_and_what_came_since(db: None) -> None:
    first, link, last = STORIES["an NTT, then both, then the NIR"]
    dossier = scenes.dossier_of("Séparés", [first, last])
    assert dossier.employees.count() == 2
    before = scenes.seen(dossier)
    act = scenes.take(dossier, link)
    assert dossier.employees.count() == 1
    later = scenes.take(dossier, notice("2026-04", nir=NIR))
    assert scenes.undo(act).is_whole
    assert dossier.employees.count() == 2
    month = later.pk
    person = Employee.objects.get(months__act=month)
    assert list(person.identifiers.values_list("value", flat=True)) == [NIR]
    scenes.check_settled(dossier)
    scenes.undo(later)
    scenes.assert_same(scenes.seen(dossier), before)


def test_a_number_told_again_by_a_later_file_stays(db: None) -> None:
    dossier = scenes.dossier_of("Reste", [notice("2026-01", ntt=NTT)])
    link = scenes.take(dossier, notice("2026-02", ntt=NTT, nir=NIR))
    scenes.take(dossier, notice("2026-03", nir=NIR))
    scenes.undo(link)
    scenes.take(dossier, notice("2026-04", nir=NIR))
    assert dossier.employees.count() == 1
    scenes.check_settled(dossier)


def test_a_transfer_joins_whom_the_source_shows_to_be_one(db: None) -> None:
    first, link, last = STORIES["an NTT, then both, then the NIR"]
    source = scenes.dossier_of("Source", [link])
    parts = [scenes.dossier_of("Partie 1", [first]), scenes.dossier_of("Partie 2", [last])]
    destination = scenes.dossier_of("Destination")
    for part in parts:
        scenes.transfer(part, destination)
    assert destination.employees.count() == 2
    before = scenes.seen(destination)
    act = scenes.transfer(source, destination).act
    assert destination.employees.count() == 1
    scenes.check_settled(destination)
    assert scenes.seen(destination)["digest"] == scenes.seen(scenes.dossier_of("Tout", [first, link, last]))["digest"]
    assert scenes.undo(act).is_whole
    scenes.assert_same(scenes.seen(destination), before)


def test_two_people_of_the_source_may_be_one_at_the_destination(db: None) -> None:
    first, link, last = STORIES["an NTT, then both, then the NIR"]
    source = scenes.dossier_of("Deux", [first, last])
    destination = scenes.dossier_of("Un", [link])
    before = scenes.seen(destination)
    act = scenes.transfer(source, destination).act
    assert destination.employees.count() == 1
    scenes.check_settled(destination)
    assert scenes.undo(act).is_whole
    scenes.assert_same(scenes.seen(destination), before)
