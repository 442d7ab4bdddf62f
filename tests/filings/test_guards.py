"""What deposits hold of dossiers: handover, deletion, archiving and undo, by the very services that do them."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, declaration, envoi, small_file
from tests.filings.deposits import MARCH, bare_filing, filing_of
from tests.transfers import scenes

from scarabee.dossiers.models import Declaration, Dossier, Employee
from scarabee.dossiers.services.declaring import hand_over
from scarabee.dossiers.services.deletion import delete_employer, deletion_preview
from scarabee.dossiers.services.dossiers import archive_dossier, delete_dossier
from scarabee.dossiers.services.in_force import note_answer
from scarabee.dossiers.services.restoring import restore_package
from scarabee.dossiers.services.undo import undo_act
from scarabee.filings.enums import OPEN, FilingState
from scarabee.filings.models import Filing
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.transfers.enums import Declaring, IfExists
from scarabee.transfers.services.drafts import choose, choose_destination, save_ticks, start_draft

pytestmark = pytest.mark.django_db

S = FilingState
HTMX = {"HX-Request": "true"}


@pytest.fixture
def a(db: None) -> Dossier:
    """The dossier that declares."""
    return scenes.dossier_of("A", [MARCH])


@pytest.fixture
def b(a: Dossier) -> Dossier:
    """Another one that holds a copy."""
    return scenes.dossier_of("B", [MARCH])


def held(dossier: Dossier) -> Declaration:
    declaration: Declaration = Declaration.objects.select_related("employer", "dossier").get(dossier=dossier)
    return declaration


def declarant() -> Dossier:
    return Dossier.objects.get(employers__siret=ASSOCIATION, employers__declaring=True)


# -- handing over -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_siret_is_not_handed_over_while_a_deposit_is_under_way(
    owner: Actor, a: Dossier, b: Dossier, state: str
) -> None:
    filing = filing_of(held(a), S(state))
    with pytest.raises(Refusal, match=rf"ne peut pas changer .* dépôt n° {filing.pk} \(mars 2026\)") as refused:
        hand_over(actor=owner, siret=ASSOCIATION, dossier=b)
    assert "recommencez" in refused.value.remedy
    assert declarant() == a
    Filing.objects.filter(pk=filing.pk).update(state=S.ACCEPTED)
    hand_over(actor=owner, siret=ASSOCIATION, dossier=b)
    filing.refresh_from_db()
    assert declarant() == b and filing.dossier == a


@pytest.mark.parametrize("state", [S.CHECKED, S.PLANNED, S.REJECTED_LOCALLY, S.NOT_DEPOSITED, S.CANCELLED])
def test_what_may_still_go_follows_the_declaring_dossier(
    owner: Actor, a: Dossier, b: Dossier, state: FilingState
) -> None:
    filing = filing_of(held(a), state)
    elsewhere = bare_filing(a, state, siret="00000000000000")
    hand_over(actor=owner, siret=ASSOCIATION, dossier=b)
    filing.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (filing.dossier, filing.dossier_name, filing.state) == (b, "B", state)
    assert elsewhere.dossier == a
    told = filing.moves.get()
    assert told.automatic and "suivi" in told.why and "B" not in told.why


def test_what_a_standing_order_held_waits_for_a_person_in_the_other_dossier(
    owner: Actor, a: Dossier, b: Dossier
) -> None:
    filing = filing_of(held(a), S.HELD)
    retained = bare_filing(a, S.HELD, release_at=None, standing=False)
    hand_over(actor=owner, siret=ASSOCIATION, dossier=b)
    filing.refresh_from_db()
    retained.refresh_from_db()
    assert (filing.dossier, filing.state, filing.release_at, filing.standing) == (b, S.HELD, None, False)
    assert "ordonnez vous-même" in filing.problem
    assert (retained.dossier, retained.state, retained.problem) == (b, S.HELD, "")


def test_a_transfer_does_not_hand_over_under_a_deposit(a: Dossier) -> None:
    c = scenes.dossier_of("C")
    filing = filing_of(held(a), S.SENDING)
    with pytest.raises(Refusal, match=f"n° {filing.pk} .*en cours d’envoi.*sans changer le dossier déclarant"):
        scenes.transfer(a, c, declaring=Declaring.DESTINATION)
    assert not c.employers.exists()
    assert scenes.plan(a, c).employers[0].held is not None
    scenes.transfer(a, c)
    assert declarant() == a


def test_the_preview_of_a_handover_shows_the_deposit_in_its_way(a: Dossier, admin_client: Client) -> None:
    admin = Actor.of(admin_client.get(reverse("web:home")).wsgi_request.user)
    c = scenes.dossier_of("C")
    filing_of(held(a), S.UNKNOWN)
    draft = start_draft(actor=admin, source=a)
    save_ticks(actor=admin, transfer=draft, selection=scenes.everything(a))
    choose_destination(actor=admin, transfer=draft, destination=c)
    address = reverse("transfers:preview", args=[draft.pk])
    assert "impossible maintenant" not in admin_client.get(address, headers=HTMX).text
    choose(actor=admin, transfer=draft, if_exists=IfExists.COMPLETE, choices={}, declaring=Declaring.DESTINATION)
    page = admin_client.get(address, headers=HTMX).text
    assert "impossible maintenant" in page and "on ne sait pas si le dépôt" in page


def test_a_transfer_that_hands_over_takes_planned_deposits_along_and_its_undo_back(a: Dossier) -> None:
    c = scenes.dossier_of("C")
    filing = filing_of(held(a), S.PLANNED)
    act = scenes.transfer(a, c, declaring=Declaring.DESTINATION).act
    filing.refresh_from_db()
    assert filing.dossier == c
    assert not scenes.undo(act).is_whole  # the copy stays while its deposit is planned
    filing.refresh_from_db()
    assert (filing.dossier, declarant()) == (a, a)
    assert scenes.undo(act).is_whole


def test_a_handover_is_not_taken_back_under_a_deposit(a: Dossier, b: Dossier) -> None:
    act = scenes.transfer(a, b, declaring=Declaring.DESTINATION).act
    filing = bare_filing(b, S.SENDING)
    report = scenes.undo(act)
    assert [f"n° {filing.pk}" in one.reason for one in report.refused] == [True]
    assert declarant() == b
    Filing.objects.filter(pk=filing.pk).update(state=S.CONFORM)
    assert scenes.undo(act).is_whole
    assert declarant() == a


# -- deletion and archiving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(OPEN))
def test_an_employer_is_not_deleted_under_a_deposit_and_its_page_says_so(
    owner: Actor, a: Dossier, b: Dossier, state: str
) -> None:
    filing_of(held(a), S(state))
    employer = a.employers.get()
    for ask in (deletion_preview, delete_employer):
        with pytest.raises(Refusal, match="ne peut pas être supprimé maintenant"):
            ask(actor=owner, employer=employer)
    assert a.employers.exists()
    delete_employer(actor=owner, employer=b.employers.get())


def test_planned_deposits_go_to_the_dossier_that_takes_over(owner: Actor, a: Dossier, b: Dossier) -> None:
    filing = filing_of(held(a), S.PLANNED)
    delete_employer(actor=owner, employer=a.employers.get())
    filing.refresh_from_db()
    assert (filing.dossier, filing.state, declarant()) == (b, S.PLANNED, b)


def test_nothing_leaves_from_an_archived_dossier_that_takes_over(owner: Actor, a: Dossier, b: Dossier) -> None:
    filing = filing_of(held(a), S.PLANNED)
    archive_dossier(actor=owner, dossier=b)
    delete_employer(actor=owner, employer=a.employers.get())
    filing.refresh_from_db()
    assert (filing.dossier, filing.state, filing.next_at, filing.planned_at) == (b, S.HELD, None, None)
    assert "archivé" in filing.problem


@pytest.mark.parametrize("state", [S.PLANNED, S.HELD])
def test_the_last_copy_is_not_deleted_while_a_deposit_is_about_to_leave(
    owner: Actor, a: Dossier, state: FilingState
) -> None:
    filing = filing_of(held(a), state)
    with pytest.raises(Refusal, match=f"n° {filing.pk} .* est prévu.* abandonnez-le"):
        delete_employer(actor=owner, employer=a.employers.get())
    Filing.objects.filter(pk=filing.pk).update(state=S.CANCELLED)
    delete_employer(actor=owner, employer=a.employers.get())
    filing.refresh_from_db()
    assert filing.dossier == a


@pytest.mark.parametrize(
    ("state", "columns", "allowed"),
    [
        (S.PLANNED, {}, False), (S.SENDING, {}, False), (S.UNKNOWN, {}, False), (S.HELD, {}, False),
        (S.HELD, {"release_at": None}, True), (S.CHECKED, {}, True), (S.ACCEPTED, {}, True),
    ],
)  # fmt: skip
def test_a_dossier_is_archived_only_when_nothing_leaves_or_is_under_way(
    owner: Actor, a: Dossier, state: FilingState, columns: dict[str, None], allowed: bool
) -> None:
    filing_of(held(a), state, **columns)
    if allowed:
        assert archive_dossier(actor=owner, dossier=a).is_archived
        return
    with pytest.raises(Refusal, match=r"« A » ne peut pas être archivé maintenant : .*dépôt n°"):
        archive_dossier(actor=owner, dossier=a)
    a.refresh_from_db()
    assert not a.is_archived


def test_a_dossier_goes_with_no_filing_unfinished_and_the_others_keep_its_name(owner: Actor) -> None:
    empty = scenes.dossier_of("Vide")
    filing = bare_filing(empty, S.CHECKED)
    with pytest.raises(Refusal, match=r"ne peut pas être supprimé maintenant : .*qu’une personne décide"):
        delete_dossier(actor=owner, dossier=empty)
    Filing.objects.filter(pk=filing.pk).update(state=S.CONFORM)
    delete_dossier(actor=owner, dossier=empty)
    filing.refresh_from_db()
    assert (filing.dossier, filing.dossier_name, filing.state) == (None, "Vide", S.CONFORM)
    assert filing.batch.dossier_name == "Vide"


# -- undo -------------------------------------------------------------------------------------------------------


def test_undo_leaves_what_was_deposited_with_its_people_and_removes_the_rest(owner: Actor) -> None:
    a = scenes.dossier_of("A")
    act = scenes.take(a, envoi(declaration([ALAIN]), declaration([BRIGITTE], month="2026-04"), real=True))
    march = Declaration.objects.get(dossier=a, month="2026-03")
    filing = filing_of(march, S.CONFORM)
    report = scenes.undo(act)
    reasons = {one.label: one.reason for one in report.refused}
    assert f"déposée sur le portail (dépôt n° {filing.pk})" in reasons["DSN mars 2026, 84125796700015"]
    assert any("figure dans une déclaration déposée" in reason for reason in reasons.values())
    assert Declaration.objects.get(dossier=a) == march
    assert [one.family_name for one in Employee.objects.filter(dossier=a)] == ["MERCIER"]
    march.refresh_from_db()
    assert not march.is_partial


def test_undo_of_a_planned_deposit_asks_to_give_it_up_first(owner: Actor) -> None:
    a = scenes.dossier_of("A")
    act = scenes.take(a, MARCH)
    filing = filing_of(held(a), S.PLANNED)
    assert any("abandonnez-le" in one.reason for one in scenes.undo(act).refused)
    Filing.objects.filter(pk=filing.pk).update(state=S.CANCELLED)
    assert scenes.undo(act).is_whole


def test_undo_removes_what_was_deposited_from_another_dossier_only(owner: Actor, a: Dossier) -> None:
    filing_of(held(a), S.CONFORM)
    b = scenes.dossier_of("B")
    act = scenes.take(b, MARCH)
    assert scenes.undo(act).is_whole


def test_an_essai_deposit_does_not_hold_the_same_bytes_as_a_reel(owner: Actor) -> None:
    a = scenes.dossier_of("A")
    act = scenes.take(a, MARCH)
    filing_of(held(a), S.CONFORM, is_real=False)
    assert undo_act(actor=owner, act=act).is_whole


# -- what the portal refused ------------------------------------------------------------------------------------


def test_what_the_portal_refused_comes_back_as_refused(owner: Actor) -> None:
    a = scenes.dossier_of("A", [MARCH])
    one = held(a)
    filing = filing_of(one, S.ACCEPTED)
    deleted = delete_employer(actor=owner, employer=a.employers.get())
    Filing.objects.filter(pk=filing.pk).update(state=S.ANOMALIES)
    note_answer(siret=ASSOCIATION, whole_hash=bytes(one.whole_hash), refused=True)
    scenes.take(scenes.dossier_of("B"), MARCH)
    restore_package(actor=owner, package=deleted.package)
    assert set(Declaration.objects.values_list("dossier__name", "refused")) == {("A", True), ("B", True)}
    essai = scenes.dossier_of("C", [small_file([ALAIN])])
    assert not held(essai).refused


def test_the_last_answer_to_the_same_bytes_counts(owner: Actor) -> None:
    a = scenes.dossier_of("A", [MARCH])
    filing_of(held(a), S.REFUSED)
    filing_of(held(a), S.CONFORM)
    delete_employer(actor=owner, employer=a.employers.get())
    scenes.take(a, MARCH)
    assert not held(a).refused


def test_a_transfer_carries_what_the_portal_refused(a: Dossier) -> None:
    note_answer(siret=ASSOCIATION, whole_hash=bytes(held(a).whole_hash), refused=True)
    c = scenes.dossier_of("C", [envoi(declaration(order="0"), real=True)])
    scenes.transfer(a, c)
    assert set(Declaration.objects.filter(dossier=c).values_list("order_number", "refused", "in_force")) == {
        ("0", False, True), ("1", True, False)
    }  # fmt: skip
    scenes.check_settled(c)
