"""`scarabee deposer`: files checked, imported, ordered when that is what was asked for; and said when it is not."""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.filings.factories import holder
from tests.filings.intake_scenes import (
    LAST,
    OWNER,
    SECOND,
    SIRET,
    THIRD,
    another,
    filed,
    give_standing_order,
    mensuelle,
    sirets,
    spoiled,
    with_last_month,
)
from tests.transfers import scenes

from scarabee.accounts.services.users import ADMINISTRATOR_NAME
from scarabee.dossiers.models import Declaration, Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.filings.enums import Source
from scarabee.filings.models import Batch, Filing
from scarabee.filings.services import intake
from scarabee.maintenance.journal import Actor


@pytest.fixture
def val(db: None) -> Dossier:
    holder(ADMINISTRATOR_NAME)
    return create_dossier(actor=OWNER, name="Val")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def at(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return at


Write = Callable[[str, bytes], Path]
ASKED = ("--dossier", "Val", "--utilisateur", ADMINISTRATOR_NAME)


def test_a_real_declaration_waits_for_a_word_and_is_told_how(run: Run, val: Dossier, write: Write) -> None:
    ran = run("deposer", write("octobre.dsn", mensuelle()), *ASKED, "--json")
    assert ran.code == 0, ran.err
    (filing,) = ran.json["filings"]
    assert (filing["state"], filing["file"], filing["siret"]) == ("checked", "octobre.dsn", SIRET)
    assert f"depots ordonner {filing['number']} --confirmer-reel" in ran.err
    assert "rien n’est parti" in ran.err
    assert Declaration.objects.filter(employer__siret=SIRET, month="2026-10").exists()
    batch = Batch.objects.get(pk=ran.json["number"])
    assert (batch.source, batch.user.username) == (Source.COMMAND, ADMINISTRATOR_NAME)  # type: ignore[union-attr]


def test_confirmed_it_is_ordered_with_what_came_before(run: Run, val: Dossier, write: Write) -> None:
    path = write("octobre.dsn", mensuelle())
    number = run("deposer", path, *ASKED, "--json").json["filings"][0]["number"]
    ran = run("deposer", path, *ASKED, "--confirmer-reel", "--json")
    assert ran.code == 0, ran.err
    (filing,) = ran.json["filings"]
    assert (filing["number"], filing["state"]) == (number, "planned")
    assert ran.json["files"][0]["status"] == "known"
    assert "1\N{NO-BREAK SPACE}dépôt ordonné" in ran.err
    again = run("deposer", path, *ASKED, "--confirmer-reel", "--json")
    assert (again.code, again.json["refused"]) == (0, [])
    assert Filing.objects.count() == 1


def test_an_essai_goes_at_once(run: Run, val: Dossier, write: Write) -> None:
    ran = run("deposer", write("essai.dsn", mensuelle(real=False)), *ASKED, "--json")
    assert (ran.code, ran.json["filings"][0]["state"]) == (0, "planned")


def test_a_moment_is_kept_for_essais_and_real_ones(run: Run, val: Dossier, write: Write) -> None:
    files = [write("essai.dsn", mensuelle(real=False)), write("réel.dsn", mensuelle(SECOND))]
    ran = run("deposer", *files, *ASKED, "--confirmer-reel", "--le", "2031-01-05 09:30", "--json")
    assert ran.code == 0, ran.err
    moment = datetime(2031, 1, 5, 8, 30, tzinfo=UTC)
    assert set(Filing.objects.values_list("planned_at", flat=True)) == {moment}
    assert "05/01/2031 à 09:30" in ran.err
    assert run("deposer", files[0], *ASKED, "--le", "demain").code == 2


def test_many_declarations_and_an_archive_are_told_file_by_file(
    run: Run, val: Dossier, write: Write, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "lot.zip", "w") as archive:
        archive.writestr("a.dsn", mensuelle(THIRD))
        archive.writestr("b.dsn", b"bonjour")
    ran = run("deposer", write("deux.dsn", mensuelle(SIRET, SECOND)), tmp_path / "lot.zip", *ASKED, "--json")
    assert ran.code == 1
    two, inside, bad = ran.json["files"]
    assert (two["file"], two["status"], len(two["filings"])) == (str(tmp_path / "deux.dsn"), "read", 2)
    assert (inside["file"], len(inside["filings"])) == (f"{tmp_path / 'lot.zip'} ▸ a.dsn", 1)
    assert (bad["status"], bad["filings"]) == ("refused", [])
    assert bad["findings"][0]["severity"] == "blocking"
    assert "pas une DSN" in ran.err
    assert {one["siret"] for one in ran.json["filings"]} == {SIRET, SECOND, THIRD}


def test_what_cannot_be_opened_stops_no_other_file(run: Run, val: Dossier, write: Write, tmp_path: Path) -> None:
    ran = run("deposer", tmp_path / "absent.dsn", tmp_path, write("a.dsn", mensuelle()), *ASKED, "--json")
    assert ran.code == 1
    assert [one["status"] for one in ran.json["files"]] == ["refused", "refused", "read"]
    assert len(ran.json["filings"]) == 1
    nothing = run("deposer", tmp_path / "absent.dsn", *ASKED, "--json")
    assert (nothing.code, nothing.json["number"], nothing.json["filings"]) == (1, None, [])


def test_what_blocks_is_said_and_does_not_go(run: Run, val: Dossier, write: Write) -> None:
    path = write("octobre.dsn", spoiled(mensuelle()))
    ran = run("deposer", path, *ASKED, "--json")
    assert ran.code == 1
    (told,) = [one for one in ran.json["files"][0]["findings"] if one["severity"] == "blocking"]
    assert set(told) == {"severity", "rule", "line", "rubrique", "value", "message", "remedy", "certain"}
    assert "bloquant" in ran.err and "ligne" in ran.err
    confirmed = run("deposer", path, *ASKED, "--confirmer-reel", "--json")
    assert (confirmed.code, confirmed.json["filings"][0]["state"]) == (1, "checked")
    assert "bloquant" in confirmed.json["refused"][0]["message"]


def test_a_siret_of_another_dossier_is_refused_here(run: Run, val: Dossier, write: Write) -> None:
    scenes.take(create_dossier(actor=OWNER, name="Autre"), mensuelle(month=LAST))
    ran = run("deposer", write("octobre.dsn", mensuelle()), *ASKED, "--confirmer-reel", "--json")
    assert (ran.code, ran.json["filings"][0]["state"]) == (1, "rejected_locally")
    assert "Le dossier « Autre » déclare" in ran.err


def test_a_second_deposit_of_the_key_is_refused(run: Run, val: Dossier, write: Write) -> None:
    first = filed(val, mensuelle())
    Filing.objects.filter(pk=first.pk).update(state="accepted")
    ran = run("deposer", write("encore.dsn", another(mensuelle())), *ASKED, "--confirmer-reel", "--json")
    assert ran.code == 1
    assert f"n° {first.pk}" in ran.json["refused"][0]["message"]


def test_a_standing_order_says_when_it_lets_go(run: Run, val: Dossier, write: Write) -> None:
    give_standing_order(with_last_month(val))
    ran = run("deposer", write("octobre.dsn", mensuelle()), *ASKED, "--json")
    assert ran.code == 0
    (filing,) = ran.json["filings"]
    assert (filing["state"], filing["standing"]) == ("held", True)
    assert filing["release_at"] is not None


def test_identifiers_that_nobody_has_are_said_at_once(
    run: Run, write: Write, owner: Actor, administrator: object
) -> None:
    create_dossier(actor=owner, name="Val")
    ran = run("deposer", write("essai.dsn", mensuelle(real=False)), *ASKED, "--json")
    assert ran.code == 1
    assert ran.json["filings"][0]["state"] == "planned"
    assert "Aucun compte n’a d’identifiants" in ran.err


def test_names_that_are_nobodys_are_refused(run: Run, val: Dossier, write: Write) -> None:
    path = write("octobre.dsn", mensuelle())
    assert run("deposer", path, "--dossier", "Nul", "--utilisateur", ADMINISTRATOR_NAME).code == 1
    assert run("deposer", path, "--dossier", "Val", "--utilisateur", "Nul").code == 1
    assert run("deposer", path, "--dossier", "Val").code == 2
    assert not Batch.objects.exists()


def test_a_big_batch_is_read_by_the_command_itself(
    run: Run, val: Dossier, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "AT_ONCE_BYTES", 10)
    monkeypatch.setattr(intake, "_ring", lambda batch_id: pytest.fail("left to a worker"))
    ran = run("deposer", *[write(f"{siret}.dsn", mensuelle(siret)) for siret in sirets()], *ASKED)
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 1 + len(sirets())
    assert ran.out.splitlines()[0].split("\t")[:4] == ["numéro", "SIRET", "mois", "nature"]
