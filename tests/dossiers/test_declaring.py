from collections.abc import Callable

import pytest
from django.db import transaction

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.declaring import ensure_declarants, hand_over, release
from scarabee.dossiers.services.dossiers import archive_dossier, create_dossier
from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def siret(dossier: Dossier, other: Dossier, import_bytes: Callable[..., object]) -> str:
    """A SIRET of which both dossiers hold a copy; the first declares it."""
    bureau = invent_bureau(3, employers=1, months=1)
    for place in (dossier, other):
        import_bytes(place, month_file(bureau, bureau.first_month))
    return bureau.employers[0].siret


def declarants(siret: str) -> list[int]:
    return list(Employer.objects.filter(siret=siret, declaring=True).values_list("dossier_id", flat=True))


def test_the_first_dossier_declares_until_it_hands_over(
    owner: Actor, dossier: Dossier, other: Dossier, siret: str
) -> None:
    assert declarants(siret) == [dossier.pk]
    before = (dossier.revision, other.revision)
    taker = hand_over(actor=owner, siret=siret, dossier=other)
    assert taker.dossier == other and declarants(siret) == [other.pk]
    dossier.refresh_from_db()
    other.refresh_from_db()
    assert dossier.revision > before[0] and other.revision > before[1]
    hand_over(actor=owner, siret=siret, dossier=other)
    assert JournalEntry.objects.filter(code="employer.handed_over").count() == 1


def test_a_dossier_without_the_siret_cannot_declare_it(owner: Actor, siret: str) -> None:
    empty = create_dossier(actor=owner, name="Vide")
    with pytest.raises(Refusal, match="ne contient pas"):
        hand_over(actor=owner, siret=siret, dossier=empty)


def test_handing_over_wants_rights_on_both(
    dossier: Dossier, other: Dossier, siret: str, user_with: Callable[..., Actor]
) -> None:
    blind = user_with("Zoé", {other: "gestionnaire"})
    with pytest.raises(Refusal, match="un dossier que vous ne voyez pas") as refused:
        hand_over(actor=blind, siret=siret, dossier=other)
    assert dossier.name not in str(refused.value)
    reader = user_with("Léo", {dossier: "lecture", other: "gestionnaire"})
    with pytest.raises(Refusal, match="pas le droit de modifier"):
        hand_over(actor=reader, siret=siret, dossier=other)
    with pytest.raises(NotVisible):
        hand_over(actor=user_with("Nina", {}), siret=siret, dossier=other)
    assert declarants(siret) == [dossier.pk]


def test_an_archived_dossier_takes_nothing(owner: Actor, dossier: Dossier, other: Dossier, siret: str) -> None:
    archive_dossier(actor=owner, dossier=other)
    with pytest.raises(Refusal, match="archivé"):
        hand_over(actor=owner, siret=siret, dossier=other)


def test_the_only_copy_left_takes_over(dossier: Dossier, other: Dossier, siret: str) -> None:
    going = Employer.objects.get(dossier=dossier, siret=siret)
    with transaction.atomic():
        (takeover,) = release([going.pk])
    assert (takeover.dossier_name, takeover.by_default) == ("Repli", False)
    assert declarants(siret) == [other.pk]


def test_with_several_left_the_choice_or_the_oldest_open_copy(
    owner: Actor, dossier: Dossier, other: Dossier, siret: str, import_bytes: Callable[..., object]
) -> None:
    bureau = invent_bureau(3, employers=1, months=1)
    third, fourth = (create_dossier(actor=owner, name=name) for name in ("Trois", "Quatre"))
    for place in (third, fourth):
        import_bytes(place, month_file(bureau, bureau.first_month))
    archive_dossier(actor=owner, dossier=other)
    going = Employer.objects.get(dossier=dossier, siret=siret)
    with pytest.raises(Refusal, match="pas de copie"), transaction.atomic():
        release([going.pk], successors={siret: dossier.pk})
    assert declarants(siret) == [dossier.pk]
    (takeover,) = release([going.pk], successors={siret: fourth.pk})
    assert (takeover.dossier_id, takeover.by_default) == (fourth.pk, False)
    Employer.objects.filter(pk=going.pk).update(siret="00000000000000")
    (takeover,) = release([takeover.employer_id])
    assert (takeover.dossier_id, takeover.by_default) == (third.pk, True)
    assert declarants(siret) == [third.pk]


def test_a_copy_that_does_not_declare_goes_without_a_word(other: Dossier, dossier: Dossier, siret: str) -> None:
    assert release([Employer.objects.get(dossier=other, siret=siret).pk]) == []
    assert declarants(siret) == [dossier.pk]


def test_a_siret_without_declarant_gets_one(dossier: Dossier, siret: str) -> None:
    Employer.objects.filter(siret=siret).update(declaring=False)
    assert [one.dossier_id for one in ensure_declarants([siret, "nobody"])] == [dossier.pk]
    assert ensure_declarants([siret]) == []
