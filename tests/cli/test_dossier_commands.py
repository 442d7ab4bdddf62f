"""Commands about dossiers and what they hold: lists, names, search, deletion, export, journal."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, small_file

from scarabee.cli.commands.salaries import iso_date
from scarabee.dossiers.models import Dossier, Employee
from scarabee.maintenance.models import JournalEntry, Presence


@pytest.fixture
def val(run: Run, tmp_path: Path) -> str:
    """The dossier « Val »: one association, two people, March and April."""
    for month in ("2026-03", "2026-04"):
        (tmp_path / f"{month}.dsn").write_bytes(small_file(month=month))
    run("importer", tmp_path / "2026-03.dsn", tmp_path / "2026-04.dsn", "--dossier", "Val", "--creer")
    return "Val"


def test_a_dossier_lives_and_dies(run: Run) -> None:
    created = run("dossier", "creer", "Ligue Nord", "--json")
    assert created.code == 0
    assert created.json == {
        "name": "Ligue Nord", "employers": 0, "employees": 0, "declarations": 0, "employee_months": 0,
        "digest": created.json["digest"], "archived": False,
    }  # fmt: skip
    taken = run("dossier", "creer", "LIGUE  nord", "--json")
    assert taken.code == 1
    assert "error" in taken.json
    assert run("dossier", "renommer", "ligue nord", "Ligue Sud").code == 0
    assert run("dossier", "archiver", "Ligue Sud", "--json").json["archived"] is True
    assert run("dossiers").out.splitlines()[1].endswith("oui")
    assert run("dossier", "desarchiver", "Ligue Sud", "--json").json["archived"] is False
    assert run("dossier", "supprimer", "Ligue Sud").code == 0
    assert run("dossiers", "--json").json == []
    assert run("dossier", "supprimer", "Ligue Sud").code == 1
    assert run("dossier", "brûler", "Ligue Sud").code == 2
    assert run("dossier").code == 2


def test_a_dossier_that_holds_something_is_not_deleted(run: Run, val: str) -> None:
    assert run("dossier", "supprimer", val).code == 1
    assert run("dossiers", "--json").json[0]["employers"] == 1


def test_employers_are_listed_then_named_from_a_csv(run: Run, val: str, tmp_path: Path) -> None:
    (before,) = run("employeurs", "--dossier", val, "--json").json
    assert before == {"siret": ASSOCIATION, "name": None, "employees": 2, "months": 2, "declaring": True}
    names = tmp_path / "noms.csv"
    names.write_text(f"siret;nom\n{ASSOCIATION};Les Amis du Val\n{OTHER_ASSOCIATION};Ailleurs\n", encoding="utf-8")
    named = run("employeurs", "--dossier", val, "--noms", names, "--json")
    assert named.code == 0
    assert named.json == [{**before, "name": "Les Amis du Val"}]
    assert OTHER_ASSOCIATION in named.err
    assert run("employeurs", "--dossier", val, "--noms", tmp_path / "absent.csv").code == 1
    assert run("employeurs", "--dossier", "Autre", "--json").code == 1


def test_employees_are_listed_with_their_numbers(run: Run, val: str) -> None:
    people = run("salaries", "--dossier", val, "--json").json
    assert people[0] == {
        "number": Employee.objects.get(matricule=ALAIN.matricule).pk,
        "siret": ASSOCIATION,
        "nir": ALAIN.nir,
        "ntt": None,
        "matricule": ALAIN.matricule,
        "family_name": "MERCIER",
        "given_names": "Alain",
        "birth_date": "1985-05-12",
        "months": 2,
    }
    assert len(people) == 2
    assert run("salaries", "--dossier", val, "--employeur", OTHER_ASSOCIATION).code == 1
    assert len(run("salaries", "--dossier", val, "--employeur", ASSOCIATION).out.splitlines()) == 3


@pytest.mark.parametrize(
    ("declared", "iso"),
    [
        ("12051985", "1985-05-12"),
        ("99051985", "1985-05"),
        ("99991985", "1985"),
        ("99999999", None),
        ("", None),
        ("1205198", None),
    ],
)
def test_birth_dates_are_iso_as_far_as_they_are_known(declared: str, iso: str | None) -> None:
    assert iso_date(declared) == iso


def test_search_says_where_somebody_stands(run: Run, val: str) -> None:
    run("transferer", "--de", val, "--vers", "Repli", "--creer", "--tout")
    for text in (("noël",), (BRIGITTE.nir,), ("brigitte", "noel")):
        found = run("chercher", *text, "--json").json
        assert [(one["dossier"], one["family_name"]) for one in found["people"]] == [
            ("Val", "NOËL"),
            ("Repli", "NOËL"),
        ]
    employers = run("chercher", ASSOCIATION, "--json").json["employers"]
    assert sorted(one["dossier"] for one in employers) == ["Repli", "Val"]
    nobody = run("chercher", "personne")
    assert nobody.code == 0
    assert nobody.out == ""
    assert "Rien ne répond" in nobody.err


def test_a_deletion_asks_to_be_confirmed_and_can_be_taken_back(run: Run, val: str) -> None:
    before = run("dossiers", "--json").json
    asked = run("supprimer", "--dossier", val, "--salarie", f"{ASSOCIATION}:M002", "--json")
    assert asked.code == 1
    assert "dernière copie" in asked.err
    assert "--confirmer" in asked.json["error"]["message"]
    assert run("dossiers", "--json").json == before
    assert "est dans ce dossier" not in asked.err
    uuid = Dossier.objects.get(name=val).uuid
    Presence.objects.create(dossier_uuid=uuid, user_id=7, user_name="Lucie")
    there = run("supprimer", "--dossier", val, "--salarie", f"{ASSOCIATION}:M002")
    assert there.code == 1 and "Lucie est dans ce dossier (vu à l’instant)" in there.err

    gone = run("supprimer", "--dossier", val, "--salarie", f"{ASSOCIATION}:M002", "--confirmer", "--json")
    assert gone.code == 0, gone.err
    assert gone.json["removed"] == {"employers": 0, "employees": 1, "declarations": 0, "employee_months": 2}
    assert gone.json["last_copy"] is True
    assert run("dossiers", "--json").json[0]["employees"] == 1
    back = run("reprendre", gone.json["number"], "--json")
    assert back.code == 0, back.err
    assert back.json["restored"]["employees"] == 1
    assert run("dossiers", "--json").json == before

    employer = run("supprimer", "--dossier", val, "--employeur", ASSOCIATION, "--confirmer", "--json").json
    assert run("dossiers", "--json").json[0]["employers"] == 0
    assert run("reprendre", employer["number"]).code == 0
    assert run("dossiers", "--json").json == before
    assert run("reprendre", employer["number"]).code == 1
    assert run("reprendre", 999).code == 1
    assert run("supprimer", "--dossier", val, "--confirmer").code == 2


def test_when_the_declaring_copy_goes_the_other_takes_over(run: Run, val: str) -> None:
    run("transferer", "--de", val, "--vers", "Repli", "--creer", "--tout")
    gone = run("supprimer", "--dossier", val, "--employeur", ASSOCIATION, "--confirmer")
    assert gone.code == 0
    assert f"{ASSOCIATION} est désormais déclaré par « Repli »" in gone.err
    assert run("declarant", ASSOCIATION, "--json").json["dossier"] == "Repli"
    assert run("declarant", OTHER_ASSOCIATION).code == 1


def test_a_month_is_exported_and_nothing_selected_is_refused(run: Run, val: str, tmp_path: Path) -> None:
    folder = tmp_path / "à créer" / "ici"
    done = run("exporter", "--dossier", val, "--mois", "2026-04", "--sortie", folder, "--json")
    assert done.code == 0
    (told,) = done.json["files"]
    assert Path(told["path"]).read_bytes() == small_file(month="2026-04")
    assert (told["declarations"], told["partial"]) == (1, False)
    assert run("exporter", "--dossier", val, "--mois", "2020-01", "--sortie", folder, "--json").code == 1
    assert run("exporter", "--dossier", val, "--employeur", OTHER_ASSOCIATION, "--sortie", folder).code == 1
    assert run("exporter", "--dossier", val, "--mois", "2026-13", "--sortie", folder).code == 2
    assert run("exporter", "--dossier", val).code == 2


def test_a_partial_export_says_so(run: Run, val: str, tmp_path: Path) -> None:
    run("transferer", "--de", val, "--vers", "Repli", "--creer", "--salarie", f"{ASSOCIATION}:M001")
    done = run("exporter", "--dossier", "Repli", "--sortie", tmp_path / "sortie", "--en-vigueur", "--json")
    assert [one["partial"] for one in done.json["files"]] == [True]


def test_the_journal_is_listed_and_checked(run: Run, val: str) -> None:
    listed = run("journal", "--json").json
    assert [one["number"] for one in listed] == list(range(len(listed), 0, -1))
    assert {one["dossier"] for one in listed} == {"Val"}
    assert ALAIN.nir not in json.dumps(listed)
    fine = run("journal", "verifier", "--json")
    assert (fine.code, fine.json) == (0, {"ok": True, "entries": len(listed), "broken": [], "missing": None})
    super(type(JournalEntry.objects.all()), JournalEntry.objects.filter(sequence=2)).update(code="autre")
    broken = run("journal", "verifier", "--json")
    assert (broken.code, broken.json["broken"]) == (1, [2])
    assert "modifié" in broken.err


def test_the_journal_is_for_administrators(run: Run, val: str, user_with_nothing: str) -> None:
    refused = run("--en-tant-que", user_with_nothing, "journal", "--json")
    assert refused.code == 1
    assert "Administrateur" in refused.json["error"]["message"]
    assert run("--en-tant-que", user_with_nothing, "dossiers", "--json").json == []
    assert run("--en-tant-que", user_with_nothing, "salaries", "--dossier", val).code == 1
    assert run("--en-tant-que", user_with_nothing, "imports", "--json").json == []
    assert run("--en-tant-que", user_with_nothing, "declarant", ASSOCIATION).code == 1


@pytest.fixture
def user_with_nothing(db: None) -> str:
    from scarabee.accounts.services.users import create_user
    from scarabee.maintenance.journal import Actor

    return create_user(actor=Actor.owner(), username="Zoé").username
