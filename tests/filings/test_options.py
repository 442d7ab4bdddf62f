"""How dossiers and employers file: who may set what, and the folders that would do harm."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.filings.intake_scenes import OWNER, SIRET, mensuelle
from tests.transfers import scenes

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.filings.models import DEFAULT_HOLD_MINUTES, DossierFiling, EmployerFiling
from scarabee.filings.services.options import set_dossier_filing, set_employer_filing
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry


def of_dossier(dossier: Dossier, actor: Actor = OWNER, **options: Any) -> DossierFiling:
    told = {"holder": None, "folder": "", "hold_minutes": DEFAULT_HOLD_MINUTES} | options
    return set_dossier_filing(actor=actor, dossier=dossier, **told)


def of_employer(dossier: Dossier, actor: Actor = OWNER, **options: Any) -> EmployerFiling:
    told: dict[str, Any] = {"siret": SIRET, "due_day": 15, "standing": False} | options
    return set_employer_filing(actor=actor, dossier=dossier, **told)


@pytest.fixture
def keeper(dossier: Dossier, user_with: Callable[..., Actor]) -> Actor:
    return user_with("Zoé", {dossier: "gestionnaire"})


@pytest.fixture
def declaring(dossier: Dossier) -> Dossier:
    scenes.take(dossier, mensuelle(month="2026-09"))
    return dossier


def test_settings_are_kept_and_told_once(dossier: Dossier, tmp_path: Path, administrator: User) -> None:
    for _ in range(2):
        kept = of_dossier(dossier, holder=administrator, folder=f" {tmp_path} ", hold_minutes=30)
    assert (kept.holder, kept.folder, kept.hold_minutes, kept.revision) == (administrator, str(tmp_path), 30, 1)
    entry = JournalEntry.objects.get(code="depot.reglages")
    assert entry.facts == {"username": "Administrateur", "has_folder": True, "hold_minutes": 30}


@pytest.mark.parametrize("minutes", [-1, 7 * 24 * 60 + 1])
def test_a_hold_is_between_nothing_and_a_week(dossier: Dossier, minutes: int) -> None:
    with pytest.raises(Refusal, match="retenue"):
        of_dossier(dossier, hold_minutes=minutes)


def test_the_folder_is_for_an_administrator_the_rest_for_whoever_keeps_the_dossier(
    dossier: Dossier, tmp_path: Path, keeper: Actor
) -> None:
    of_dossier(dossier, folder=str(tmp_path))
    assert of_dossier(dossier, keeper, folder=str(tmp_path), hold_minutes=5).hold_minutes == 5
    for folder in ("", str(tmp_path.parent)):
        with pytest.raises(NotAllowed):
            of_dossier(dossier, keeper, folder=folder)


def test_whoever_keeps_the_dossier_chooses_among_its_people(
    dossier: Dossier, keeper: Actor, administrator: User, user_with: Callable[..., Actor]
) -> None:
    user_with("Luc", {dossier: "lecture"})
    for name in ("Zoé", "Luc"):
        user = User.objects.get(username=name)
        assert of_dossier(dossier, keeper, holder=user).holder == user
    with pytest.raises(NotVisible):
        of_dossier(dossier, keeper, holder=administrator)
    of_dossier(dossier, holder=administrator)
    assert of_dossier(dossier, keeper, holder=administrator, hold_minutes=1).holder == administrator
    assert of_dossier(dossier, keeper, holder=None).holder is None


def test_a_folder_is_a_whole_path_of_one_that_is_there(dossier: Dossier, tmp_path: Path) -> None:
    (tmp_path / "fichier").touch()
    for folder in ("relatif/ici", str(tmp_path / "absent"), str(tmp_path / "fichier"), f"{tmp_path}\0x"):
        with pytest.raises(Refusal, match="dossier d’échange"):
            of_dossier(dossier, folder=folder)


def test_a_folder_serves_one_dossier(dossier: Dossier, other: Dossier, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "lien").symlink_to(tmp_path / "a")
    of_dossier(dossier, folder=str(tmp_path / "a"))
    for folder in ("a", "a/b", ".", "lien", "lien/b"):
        with pytest.raises(Refusal, match="autre dossier"):
            of_dossier(other, folder=str(tmp_path / folder))
    assert of_dossier(dossier, folder=str(tmp_path)).folder == str(tmp_path)


def test_a_folder_never_holds_the_data_of_scarabee(dossier: Dossier, tmp_path: Path) -> None:
    data = Path(settings.DATA_FOLDER)
    inside, allowed = data / "fichiers", data / "echange" / "val"
    inside.mkdir(exist_ok=True)
    allowed.mkdir(parents=True, exist_ok=True)
    (tmp_path / "lien").symlink_to(data)
    for folder in (data, data.parent, Path("/"), inside, data / "echange", tmp_path / "lien"):
        with pytest.raises(Refusal, match="données de Scarabée"):
            of_dossier(dossier, folder=str(folder))
    assert of_dossier(dossier, folder=str(allowed)).folder == str(allowed)


def test_an_employer_is_due_on_the_5th_or_the_15th(declaring: Dossier) -> None:
    assert of_employer(declaring, due_day=5).due_day == 5
    of_employer(declaring, due_day=5)
    assert JournalEntry.objects.filter(code="depot.employeur").count() == 1
    with pytest.raises(Refusal, match=r"5 .* ou le 15"):
        of_employer(declaring, due_day=10)


def test_only_the_declaring_dossier_sets_an_employer(declaring: Dossier, other: Dossier) -> None:
    scenes.take(other, mensuelle(month="2026-08"))
    with pytest.raises(Refusal, match="ne déclare pas"):
        of_employer(other)


def test_a_standing_order_is_given_and_withdrawn_by_an_administrator_only(declaring: Dossier, keeper: Actor) -> None:
    with pytest.raises(NotAllowed, match="ordre permanent"):
        of_employer(declaring, keeper, standing=True)
    given = of_employer(declaring, standing=True)
    assert (given.standing_dossier, given.standing_by) == (declaring, OWNER.name)
    assert of_employer(declaring, keeper, standing=True, due_day=5).standing_dossier == declaring
    with pytest.raises(NotAllowed, match="ordre permanent"):
        of_employer(declaring, keeper, standing=False, due_day=5)
    withdrawn = of_employer(declaring, standing=False, due_day=5)
    assert (withdrawn.standing_dossier, withdrawn.standing_by, withdrawn.standing_at) == (None, "", None)


def test_who_only_reads_sets_nothing(declaring: Dossier, user_with: Callable[..., Actor]) -> None:
    reader = user_with("Luc", {declaring: "lecture"})
    for deed in (of_dossier, of_employer):
        with pytest.raises(NotAllowed):
            deed(declaring, reader)
