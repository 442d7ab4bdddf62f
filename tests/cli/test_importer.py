"""Files in from the command line: report, refusals, preview, undo, and runs that were cut short."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.child_processes import with_schema
from tests.cli.conftest import Run
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, small_file

from scarabee.dossiers.models import Act, Dossier, ImportFile
from scarabee.dossiers.services import importing
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

NOTHING = {"employers": 0, "employees": 0, "declarations": 0, "employee_months": 0}


@pytest.fixture
def march(tmp_path: Path) -> Path:
    path = tmp_path / "mars.dsn"
    path.write_bytes(small_file())
    return path


def statuses(document: dict[str, Any]) -> list[str]:
    return [one["status"] for one in document["files"]]


def test_a_file_is_imported_then_known_then_changed(run: Run, march: Path, tmp_path: Path) -> None:
    first = run("importer", march, "--dossier", "Val", "--creer", "--json")
    assert first.code == 0
    (told,) = first.json["files"]
    assert told["file"] == str(march)
    assert told["status"] == "imported"
    assert {kind: told[kind] for kind in NOTHING} == {
        "employers": 1, "employees": 2, "declarations": 1, "employee_months": 2,
    }  # fmt: skip
    assert told["warnings"] == told["errors"] == []
    assert Act.objects.get(pk=first.json["number"]).state == Act.State.DONE

    twice = run("importer", march, march, "--dossier", "val", "--creer", "--json")
    assert twice.code == 0
    assert statuses(twice.json) == ["known", "known"]
    assert {kind: twice.json["files"][0][kind] for kind in NOTHING} == NOTHING

    other = tmp_path / "corrigé.dsn"
    other.write_bytes(small_file((ALAIN,), order="2"))
    assert statuses(run("importer", other, "--dossier", "Val", "--json").json) == ["changed"]


def test_a_refused_file_leaves_the_others_imported(run: Run, march: Path, tmp_path: Path) -> None:
    cut = tmp_path / "coupé.dsn"
    cut.write_bytes(march.read_bytes()[:-40])
    ran = run("importer", cut, tmp_path, tmp_path / "absent.dsn", march, "--dossier", "Val", "--creer", "--json")
    assert ran.code == 1
    assert statuses(ran.json) == ["refused", "refused", "refused", "imported"]
    broken, folder, missing, fine = ran.json["files"]
    assert broken["errors"][0]["line"] > 0
    assert "pas un fichier" in folder["errors"][0]["message"]
    assert "n’existe pas" in missing["errors"][0]["message"]
    assert fine["errors"] == []
    assert "absent.dsn : REFUSÉ" in ran.err
    assert run("imports", "--json").json[0]["files"] == 4
    assert run("dossiers", "--json").json[0]["declarations"] == 1


def test_a_dossier_made_for_files_that_are_all_refused_is_not_kept(run: Run, tmp_path: Path) -> None:
    (tmp_path / "vide.dsn").touch()
    refused = run("importer", tmp_path / "vide.dsn", "--dossier", "Val", "--creer")
    assert refused.code == 1
    assert "REFUSÉ. Le fichier est vide." in refused.err
    assert "Rien de nouveau n’est entré." in refused.err
    assert "annuler-import" not in refused.err
    assert not Dossier.objects.exists()
    assert Act.objects.get().state == Act.State.REFUSED


def test_a_missing_dossier_is_refused_without_creer(run: Run, march: Path) -> None:
    refused = run("importer", march, "--dossier", "Val", "--json")
    assert refused.code == 1
    assert "--creer" in refused.json["error"]["remedy"]
    assert not Act.objects.exists()
    assert run("importer", "--dossier", "Val").code == 2


def test_a_siret_that_another_dossier_declares_needs_a_word_more(run: Run, march: Path) -> None:
    run("importer", march, "--dossier", "A", "--creer")
    refused = run("importer", march, "--dossier", "B", "--creer", "--json")
    assert refused.code == 1
    assert "« A »" in refused.json["files"][0]["errors"][0]["message"]
    assert "--malgre-autre-dossier" in refused.err
    assert run("importer", march, "--dossier", "B", "--creer", "--malgre-autre-dossier").code == 0
    assert run("importer", march, "--dossier", "B").code == 0
    assert run("declarant", ASSOCIATION, "--json").json["dossier"] == "A"


def test_a_refusal_does_not_name_a_dossier_one_may_not_see(
    run: Run, march: Path, administrator: Any, owner: Actor
) -> None:
    from scarabee.accounts.models import Membership
    from scarabee.accounts.services.users import create_user

    run("importer", march, "--dossier", "Secret", "--creer")
    zoe = create_user(actor=owner, username="Zoé")
    Membership.objects.create(user=zoe, dossier=create_dossier(actor=owner, name="Ouvert"), role="gestionnaire")
    refused = run("--en-tant-que", "zoé", "importer", march, "--dossier", "Ouvert", "--json")
    assert refused.code == 1
    assert "Secret" not in refused.out + refused.err
    preview = run("--en-tant-que", "zoé", "importer", march, "--dossier", "Ouvert", "--apercu", "--json")
    assert preview.code == 1
    assert "Secret" not in preview.out + preview.err
    assert [one["name"] for one in run("--en-tant-que", "zoé", "dossiers", "--json").json] == ["Ouvert"]


def test_a_preview_writes_nothing(run: Run, march: Path, tmp_path: Path) -> None:
    preview = run("importer", march, "--dossier", "Val", "--creer", "--apercu", "--json")
    assert preview.code == 0
    assert preview.json["number"] is None
    (told,) = preview.json["files"]
    assert told["status"] == "imported"
    assert told["employee_months"] == 2
    assert [one["siret"] for one in told["holds"]] == [ASSOCIATION]
    assert told["holds"][0]["known_here"] is False
    assert not Dossier.objects.exists()
    assert not Act.objects.exists()
    assert run("importer", march, "--dossier", "Val", "--apercu").code == 1
    assert run("importer", tmp_path / "absent", "--dossier", "Val", "--creer", "--apercu").code == 1
    assert "nouveau ici" in run("importer", march, "--dossier", "Val", "--creer", "--apercu").out


def test_an_import_is_undone_with_the_dossier_made_for_it(run: Run, march: Path, tmp_path: Path) -> None:
    number = run("importer", march, "--dossier", "Val", "--creer", "--json").json["number"]
    april = tmp_path / "avril.dsn"
    april.write_bytes(small_file(month="2026-04"))
    before = run("dossiers", "--json").json
    second = run("importer", april, "--dossier", "Val", "--json").json["number"]
    undone = run("annuler-import", second, "--json")
    assert undone.code == 0, undone.err
    assert undone.json["removed"]["declarations"] == 1
    assert undone.json["removed_dossier"] is False
    assert run("dossiers", "--json").json == before
    assert run("annuler-import", number, "--json").json["removed_dossier"] is True
    assert run("dossiers", "--json").json == []
    assert run("annuler-import", 999).code == 1
    assert run("annuler-transfert", number).code == 1
    assert run("annuler-import", "un").code == 2


def test_what_was_read_before_a_stop_stays_and_can_be_undone(
    run: Run, march: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importing.import_file
    calls: list[str] = []

    def stopped(**arguments: Any) -> ImportFile:
        calls.append(arguments["name"])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(**arguments)

    monkeypatch.setattr(importing, "import_file", stopped)
    ran = run("importer", march, march, march, "--dossier", "Val", "--creer")
    assert ran.code == 1
    assert "Interrompu" in ran.err
    act = Act.objects.get()
    assert (act.state, act.message) == (Act.State.DONE, "Interrompu après 1\N{NO-BREAK SPACE}fichier sur 3.")
    assert run("annuler-import", act.pk).code == 0


def test_a_killed_import_is_closed_by_the_next_one(run: Run, march: Path, owner: Actor) -> None:
    dossier = create_dossier(actor=owner, name="Val")
    killed = importing.open_import(actor=owner, dossier=dossier)
    with march.open("rb") as stream:
        importing.import_file(actor=owner, act=killed, stream=stream, name="mars.dsn")
    running = importing.open_import(actor=owner, dossier=dossier)
    Act.objects.filter(pk=killed.pk).update(created_at=now() - timedelta(hours=1), heartbeat=None)
    assert run("importer", march, "--dossier", "Val").code == 0
    killed.refresh_from_db()
    running.refresh_from_db()
    assert (killed.state, killed.receipt["files"]) == (Act.State.DONE, 1)
    assert running.state == Act.State.RUNNING


def test_the_real_process_keeps_messages_apart_from_the_document(
    tmp_path: Path, march: Path, scarabee: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    import json

    folder = with_schema(tmp_path / "données")
    (tmp_path / "autre.dsn").write_bytes(small_file((BRIGITTE,), siret=OTHER_ASSOCIATION))
    ran = scarabee(
        "--donnees", folder, "importer", march, tmp_path / "autre.dsn", "--dossier", "Val", "--creer", "--json"
    )
    assert ran.returncode == 0, ran.stderr
    assert statuses(json.loads(ran.stdout)) == ["imported", "imported"]
    listed = scarabee("--donnees", folder, "employeurs", "--dossier", "Val")
    assert listed.stdout.splitlines()[0].split("\t")[:2] == ["siret", "nom"]
    assert len(listed.stdout.splitlines()) == 3
    assert "2\N{NO-BREAK SPACE}employeurs sans nom" in listed.stderr
