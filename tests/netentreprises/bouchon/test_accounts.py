"""The file of accounts: read to the letter, or refused in French without a password in the words."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.netentreprises.bouchon.wire import BUREAU

from scarabee.netentreprises.bouchon.accounts import Account, default_accounts, read_accounts
from scarabee.netentreprises.bouchon.errors import BouchonRefusal
from scarabee.netentreprises.bouchon.server import Bouchon

RIGHT: dict[str, Any] = {
    "siret": "46766553500010",
    "nom": "NOËL",
    "prenom": "Zoé",
    "motdepasse": " Secret-26 ",
    "service": ["25", "97"],
}


def written(folder: Path, value: Any) -> Path:
    path = folder / "comptes.json"
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


def test_a_right_file_is_read_to_the_letter(tmp_path: Path) -> None:
    other = {**RIGHT, "nom": "Noël", "identifiant": "MSA-1", "service": ["26", "26"]}
    accounts = read_accounts(written(tmp_path, [RIGHT, other]))
    assert accounts == [
        Account("46766553500010", "NOËL", "Zoé", " Secret-26 ", ("25", "97")),
        Account("46766553500010", "Noël", "Zoé", " Secret-26 ", ("26",), "MSA-1"),
    ]
    with_mark = b"\xef\xbb\xbf" + json.dumps([RIGHT], ensure_ascii=False).encode()
    assert read_accounts(written(tmp_path, with_mark)) == accounts[:1]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "pas du JSON (ligne 1, colonne 2)"),
        (b'[{"nom": "\xe9"}]', "pas en UTF-8"),
        (b"[" * 100_000, "liste de comptes"),
        (b" " * 1_000_001, "trop gros"),
        ({}, "une liste"),
        ([], "une liste"),
        (["x"], "compte n° 1 : un objet"),
        (
            [RIGHT, {key: value for key, value in RIGHT.items() if key != "motdepasse"}],
            "compte n° 2 : il manque « motdepasse »",
        ),
        ([{**RIGHT, "mdp": "Secret-27"}], "« mdp » n’est pas attendu"),
        ([{**RIGHT, "siret": 46766553500010}], "« siret » doit être un texte"),
        ([{**RIGHT, "siret": "4676655350001"}], "14 chiffres"),
        ([{**RIGHT, "siret": "4676655350001٣"}], "14 chiffres"),
        ([{**RIGHT, "nom": ""}], "« nom » est vide"),
        ([{**RIGHT, "nom": "x" * 65}], "« nom » dépasse 64"),
        ([{**RIGHT, "prenom": "x" * 40}], "« prenom » dépasse 39"),
        ([{**RIGHT, "motdepasse": "Secret" * 6}], "« motdepasse » dépasse 30"),
        ([{**RIGHT, "motdepasse": "Secret\n"}], "contrôle"),
        ([{**RIGHT, "service": "25"}], "une liste de codes"),
        ([{**RIGHT, "service": []}], "une liste de codes"),
        ([{**RIGHT, "service": ["99"]}], "ne connaît que 25, 97, 26, 94, 98"),
        ([{**RIGHT, "service": [["25"]]}], "ne connaît que"),
        ([RIGHT, RIGHT], "mêmes identifiants"),
        ([{**RIGHT, "identifiant": "M"}, {**RIGHT, "nom": "B", "identifiant": "M"}], "identifiant MSA"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(tmp_path: Path, value: Any, reason: str) -> None:
    with pytest.raises(BouchonRefusal) as refused:
        read_accounts(written(tmp_path, value))
    assert reason in refused.value.message
    assert refused.value.remedy
    assert "Secret" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.json", tmp_path):
        with pytest.raises(BouchonRefusal, match="ne se lit pas"):
            read_accounts(path)


def test_two_accounts_of_one_identity_are_refused_by_the_server_too(tmp_path: Path) -> None:
    with pytest.raises(BouchonRefusal, match="mêmes identifiants"):
        Bouchon(folder=tmp_path, accounts=[BUREAU, BUREAU])


def test_the_invented_account_could_be_in_a_file(tmp_path: Path) -> None:
    (invented,) = default_accounts()
    value = {name: getattr(invented, name) for name in ("siret", "nom", "prenom", "motdepasse")}
    assert read_accounts(written(tmp_path, [{**value, "service": list(invented.service)}])) == [invented]
