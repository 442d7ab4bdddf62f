"""scarabee coffre: where the key of the vault is, and renewing it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run

from scarabee.accounts import vault
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity, User

SECRET = "secret de Lucie 47"


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "cle-coffre"
    settings.VAULT_KEY_FILE = path
    return path


@pytest.fixture
def lucie(db: None) -> User:
    user = User.objects.create(username="Lucie")
    sealed = vault.seal("net-entreprises", str(user.pk), SECRET)
    PortalIdentifiers.objects.create(
        user=user,
        identity=PortalIdentity.objects.create(key="lucie"),
        sealed=sealed.text,
        key_id=sealed.key_id,
        saved_by="essai",
    )
    User.objects.filter(pk=user.pk).update(second_factor_sealed=vault.seal("facteur", str(user.pk), SECRET).text)
    return user


def test_it_says_that_there_is_no_key_yet(run: Run) -> None:
    ran = run("coffre")
    assert ran.code == 0
    assert "aucune encore" in ran.out
    assert run("coffre", "etat", "--json").json["place"] == "aucune"


def test_it_says_where_the_key_is_and_what_opens(run: Run, lucie: User, key_file: Path) -> None:
    ran = run("coffre", "etat")
    assert str(key_file) in ran.out
    assert "2\u00a0lisibles, 0\u00a0illisible" in ran.out
    assert "Dernier renouvellement : jamais" in ran.out
    found = run("coffre", "--json").json
    assert (found["place"], found["readable"], found["unreadable"], found["keys"]) == ("fichier", 2, 0, 1)


def test_it_renews_the_key_and_the_journal_says_so(run: Run, lucie: User, key_file: Path) -> None:
    before = key_file.read_text()
    ran = run("coffre", "renouveler", "--dans-le-fichier", "--json")
    assert ran.code == 0
    assert ran.json["resealed"] == 2
    assert ran.json["dropped_keys"] == 1
    assert key_file.read_text() != before
    held = PortalIdentifiers.objects.get()
    assert vault.unseal("net-entreprises", str(lucie.pk), held.sealed) == SECRET
    assert run("coffre", "--json").json["last_rotation"] is not None
    assert "Clé du coffre renouvelée" in run("journal").out
    assert run("journal", "verifier").code == 0


def test_with_the_key_lost_it_says_who_must_type_again_and_goes_on(run: Run, lucie: User, key_file: Path) -> None:
    key_file.unlink()
    ran = run("coffre")
    assert ran.code == 0
    assert "Identifiants à saisir de nouveau pour : Lucie" in ran.out
    assert "Second facteur à refaire pour : Lucie" in ran.out
    assert "Rien d’autre n’est perdu" in ran.out
    renewed = run("coffre", "renouveler", "--json")
    assert (renewed.code, renewed.json["resealed"], renewed.json["unreadable"]) == (0, 0, 2)
    assert "scarabee coffre" in renewed.err


@pytest.mark.parametrize("action", ["etat", "renouveler"])
def test_only_an_administrateur_may(run: Run, lucie: User, key_file: Path, action: str) -> None:
    before = key_file.read_text()
    ran = run("--en-tant-que", "Lucie", "coffre", action, "--json")
    assert ran.code == 1
    assert "Administrateur" in json.loads(ran.out)["error"]["message"]
    assert key_file.read_text() == before


def test_an_unknown_action_is_wrong_usage(run: Run) -> None:
    assert run("coffre", "ouvrir").code == 2


def test_it_never_prints_what_is_sealed_nor_the_key(run: Run, lucie: User, key_file: Path) -> None:
    said: Callable[..., str] = lambda *arguments: "".join(map(str, vars(run(*arguments)).values()))  # noqa: E731
    first = key_file.read_text().strip()
    everything = said("coffre") + said("coffre", "renouveler") + said("coffre", "--json") + said("journal", "--json")
    for secret in (SECRET, first, key_file.read_text().strip()):
        assert secret not in everything
