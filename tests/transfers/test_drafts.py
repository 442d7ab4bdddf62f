"""Drafts: kept, the owner's alone, and why Transférer stays inactive."""

from collections.abc import Callable

import pytest
from tests.transfers.filled import filled

from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.dossiers.services.dossiers import archive_dossier, delete_dossier
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.transfers.enums import Declaring, IfExists
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Selection
from scarabee.transfers.services import drafts

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(owner: Actor, source: Dossier) -> Transfer:
    return drafts.start_draft(actor=owner, source=source)


def _whole(source: Dossier) -> Selection:
    return Selection().tick_employer(source.employers.first().pk, ticked=True)  # type: ignore[union-attr]


def _why_not(owner: Actor, draft: Transfer) -> str:
    fresh = Transfer.objects.select_related("act__dossier", "source").get(pk=draft.pk)
    return drafts.why_not(actor=owner, transfer=fresh)


def test_transferer_waits_for_a_selection_then_for_a_destination(
    owner: Actor, source: Dossier, destination: Dossier, draft: Transfer
) -> None:
    assert "Cochez" in _why_not(owner, draft)
    drafts.save_ticks(actor=owner, transfer=draft, selection=_whole(source))
    assert "Choisissez le dossier de destination" in _why_not(owner, draft)
    drafts.choose_destination(actor=owner, transfer=draft, destination=destination)
    assert _why_not(owner, draft) == ""


def test_the_destination_is_never_the_source(owner: Actor, source: Dossier, draft: Transfer) -> None:
    drafts.save_ticks(actor=owner, transfer=draft, selection=_whole(source))
    drafts.choose_destination(actor=owner, transfer=draft, destination=source)
    assert "dossier d’origine" in _why_not(owner, draft)


def test_an_archived_destination_is_refused(
    owner: Actor, source: Dossier, destination: Dossier, draft: Transfer
) -> None:
    drafts.save_ticks(actor=owner, transfer=draft, selection=_whole(source))
    drafts.choose_destination(actor=owner, transfer=draft, destination=destination)
    archive_dossier(actor=owner, dossier=destination)
    assert "archivé" in _why_not(owner, draft)


def test_a_destination_deleted_meanwhile_is_not_silently_created_again(
    owner: Actor, source: Dossier, destination: Dossier, draft: Transfer
) -> None:
    drafts.save_ticks(actor=owner, transfer=draft, selection=_whole(source))
    drafts.choose_destination(actor=owner, transfer=draft, destination=destination)
    delete_dossier(actor=owner, dossier=destination)
    assert "n’existe plus" in _why_not(owner, draft)


@pytest.mark.parametrize("name", ["Secteur sud", "SECTEUR  SUD", "sécteur sud"])
def test_a_new_dossier_does_not_take_the_name_of_another(
    owner: Actor, source: Dossier, destination: Dossier, draft: Transfer, name: str
) -> None:
    drafts.save_ticks(actor=owner, transfer=draft, selection=_whole(source))
    drafts.choose_destination(actor=owner, transfer=draft, destination=None, destination_name=name)
    assert "s’appelle déjà" in _why_not(owner, draft)
    drafts.choose_destination(actor=owner, transfer=draft, destination=None, destination_name="Tout neuf")
    assert _why_not(owner, draft) == ""


def test_both_dossiers_need_the_role_gestionnaire(
    source: Dossier, destination: Dossier, user_with: Callable[..., Actor]
) -> None:
    reader = user_with("Lise", {source: "lecture", destination: "gestionnaire"})
    with pytest.raises(Refusal, match="droit de copier"):
        drafts.start_draft(actor=reader, source=source)
    keeper = user_with("Karim", {source: "gestionnaire", destination: "lecture"})
    draft = drafts.start_draft(actor=keeper, source=source)
    drafts.save_ticks(actor=keeper, transfer=draft, selection=_whole(source))
    drafts.choose_destination(actor=keeper, transfer=draft, destination=destination)
    assert "droit de modifier" in _why_not(keeper, draft)


def test_a_draft_is_its_owners_alone(
    owner: Actor, source: Dossier, draft: Transfer, user_with: Callable[..., Actor]
) -> None:
    someone = user_with("Noé", {source: "gestionnaire"})
    with pytest.raises(NotVisible):
        drafts.save_ticks(actor=someone, transfer=draft, selection=_whole(source))
    assert list(drafts.drafts(someone)) == []


def test_what_the_source_does_not_hold_cannot_be_ticked(owner: Actor, source: Dossier, draft: Transfer) -> None:
    elsewhere = filled(owner, "Ailleurs", employers=1, employees=1)
    stranger = Employee.objects.get(dossier=elsewhere)
    first, second = Employer.objects.filter(dossier=source)[:2]
    of_second = second.employees.first()
    assert of_second is not None
    for selection in (
        Selection().tick_employer(stranger.employer_id, ticked=True),
        Selection().tick_employee(first.pk, stranger.pk, ticked=True),
        Selection().tick_employee(first.pk, of_second.pk, ticked=True),
    ):
        with pytest.raises(Refusal, match="n’est plus dans le dossier d’origine"):
            drafts.save_ticks(actor=owner, transfer=draft, selection=selection)
    draft.refresh_from_db()
    assert draft.selection == {}


def test_a_new_gesture_makes_the_preview_stale(
    owner: Actor, source: Dossier, destination: Dossier, draft: Transfer
) -> None:
    drafts.save_ticks(actor=owner, transfer=draft, selection=_whole(source))
    drafts.choose_destination(actor=owner, transfer=draft, destination=destination)
    Dossier.objects.filter(pk=source.pk).update(revision=5)
    draft = Transfer.objects.select_related("act__dossier", "source").get(pk=draft.pk)
    plan = drafts.draft_plan(actor=owner, transfer=draft)
    draft.refresh_from_db()
    assert (draft.source_revision, plan.created.employers, plan.created.employees) == (5, 1, 4)
    drafts.change_ticks(actor=owner, transfer=draft, change=Selection.untick_employees)
    draft.refresh_from_db()
    assert draft.source_revision == 0


def test_choices_are_kept_where_they_differ_from_the_general_one(owner: Actor, draft: Transfer) -> None:
    said = {"employer:1": IfExists.IGNORE, "employer:2": IfExists.REPLACE}
    drafts.choose(
        actor=owner,
        transfer=draft,
        if_exists=IfExists.REPLACE,
        choices=said,
        declaring=Declaring.DESTINATION,
    )
    draft.refresh_from_db()
    assert (draft.choices, draft.if_exists, draft.declaring) == (
        {"employer:1": "ignorer"},
        "remplacer",
        "destination",
    )


def test_starting_again_forgets_empty_drafts_and_keeps_ticks(owner: Actor, source: Dossier, draft: Transfer) -> None:
    drafts.save_ticks(actor=owner, transfer=draft, selection=_whole(source))
    empty = drafts.start_draft(actor=owner, source=source)
    latest = drafts.start_draft(actor=owner, source=source)
    assert [one.pk for one in drafts.drafts(owner)] == [latest.pk, draft.pk]
    assert not Act.objects.filter(pk=empty.pk).exists()
    drafts.drop_draft(actor=owner, transfer=latest)
    assert [one.pk for one in drafts.drafts(owner)] == [draft.pk]
