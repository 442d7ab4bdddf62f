from collections.abc import Callable

import pytest

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services import dossiers
from scarabee.dossiers.services.importing import require_writable
from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db


def test_a_name_is_trimmed_and_journalled(owner: Actor) -> None:
    dossier = dossiers.create_dossier(actor=owner, name="  Été   2026 ")
    assert (dossier.name, dossier.name_key) == ("Été 2026", "ete 2026")
    entry = JournalEntry.objects.get(code="dossier.created")
    assert entry.dossier_uuid == dossier.uuid and entry.facts == {"name": "Été 2026"}


@pytest.mark.parametrize("name", ["ASSOCIATIONS DU VÂL", "associations  du val", " Associations du Val"])
def test_a_name_is_taken_whatever_its_case_and_accents(owner: Actor, dossier: Dossier, name: str) -> None:
    with pytest.raises(Refusal, match="s’appelle déjà"):
        dossiers.create_dossier(actor=owner, name=name)
    assert Dossier.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "zéro\u200blargeur", "\u0300", "x" * 121])
def test_a_name_that_nobody_could_read_is_refused(owner: Actor, name: str) -> None:
    with pytest.raises(Refusal):
        dossiers.create_dossier(actor=owner, name=name)
    assert not Dossier.objects.exists()


def test_a_name_of_120_characters_and_one_of_signs_are_fine(owner: Actor) -> None:
    assert dossiers.create_dossier(actor=owner, name="x" * 120).name == "x" * 120
    assert dossiers.create_dossier(actor=owner, name="C++").name_key != dossiers.name_key("C")


def test_who_creates_keeps(user_with: Callable[..., Actor], dossier: Dossier) -> None:
    zoe = user_with("Zoé", {dossier: "gestionnaire"})
    made = dossiers.create_dossier(actor=zoe, name="À Zoé")
    require_writable(zoe, made)
    reader = user_with("Léo", {dossier: "lecture"})
    with pytest.raises(Refusal, match="pas le droit de créer"):
        dossiers.create_dossier(actor=reader, name="À Léo")


def test_an_unseen_dossier_and_a_missing_one_get_the_same_words(
    user_with: Callable[..., Actor], dossier: Dossier, other: Dossier
) -> None:
    zoe = user_with("Zoé", {dossier: "gestionnaire"})
    assert dossiers.dossier_by_name(actor=zoe, name="associations du val") == dossier
    for name in ("Repli", "Jamais vu"):
        with pytest.raises(NotVisible, match=f"« {name} » n’existe pas, ou vous n’y avez pas accès"):
            dossiers.dossier_by_name(actor=zoe, name=name)
    with pytest.raises(NotVisible):
        dossiers.rename_dossier(actor=zoe, dossier=other, name="Volé")
    with pytest.raises(NotVisible):
        dossiers.archive_dossier(actor=zoe, dossier=other)


def test_get_or_create_finds_before_it_makes(owner: Actor, dossier: Dossier) -> None:
    assert dossiers.get_or_create(actor=owner, name="ASSOCIATIONS DU VAL") == dossier
    assert dossiers.get_or_create(actor=owner, name="Nouveau").name == "Nouveau"


def test_renaming_moves_the_revision(owner: Actor, dossier: Dossier, other: Dossier) -> None:
    renamed = dossiers.rename_dossier(actor=owner, dossier=dossier, name="Associations du VAL")
    assert (renamed.name, renamed.revision) == ("Associations du VAL", 1)
    with pytest.raises(Refusal, match="s’appelle déjà"):
        dossiers.rename_dossier(actor=owner, dossier=dossier, name="repli")


def test_an_archived_dossier_refuses_changes_until_it_is_opened_again(
    owner: Actor, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    zoe = user_with("Zoé", {dossier: "gestionnaire"})
    dossiers.archive_dossier(actor=zoe, dossier=dossier)
    with pytest.raises(Refusal, match="archivé"):  # whatever the instance in hand remembers
        dossiers.rename_dossier(actor=owner, dossier=dossier, name="Autre")
    opened = dossiers.unarchive_dossier(actor=zoe, dossier=dossier)
    assert not opened.is_archived and opened.revision == 2
    assert dossiers.rename_dossier(actor=zoe, dossier=dossier, name="Autre").name == "Autre"


def test_a_reader_changes_nothing(user_with: Callable[..., Actor], dossier: Dossier) -> None:
    leo = user_with("Léo", {dossier: "lecture"})
    for act in (dossiers.archive_dossier, dossiers.unarchive_dossier, dossiers.delete_dossier):
        with pytest.raises(Refusal, match="pas le droit de modifier"):
            act(actor=leo, dossier=dossier)


def test_only_an_empty_dossier_is_deleted(
    owner: Actor, dossier: Dossier, other: Dossier, import_bytes: Callable[..., object]
) -> None:
    bureau = invent_bureau(1, employers=1, months=1)
    import_bytes(dossier, month_file(bureau, bureau.first_month))
    with pytest.raises(Refusal, match="contient un employeur"):
        dossiers.delete_dossier(actor=owner, dossier=dossier)
    dossiers.delete_dossier(actor=owner, dossier=other)
    assert list(Dossier.objects.all()) == [dossier]
