"""`scarabee taux`: the rates in force, what waits, what a person decides, what goes out."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.cli.conftest import Run
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, small_file
from tests.returns.rate_scenes import CRM, JUNE, Told, crm, landed
from tests.transfers import scenes

from scarabee.accounts.models import PortalBinding
from scarabee.dossiers.models import Dossier, Employee
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import PasRate

DAY = "2026-05-12"
PROMISED = {
    "siret", "nir", "ntt", "matricule", "rate", "type", "crm", "available_on", "valid_until", "future_rate",
    "future_from",
}  # fmt: skip


@pytest.fixture
def val(db: None, owner: Actor) -> Dossier:
    PortalBinding.objects.update_or_create(pk=1, defaults={"portal": "http://127.0.0.1:9"})
    dossier = create_dossier(actor=owner, name="Val")
    scenes.take(dossier, small_file())
    return dossier


@pytest.fixture
def rated(val: Dossier, run: Run) -> Dossier:
    """Alain has 4.20 %, Brigitte 0 % and another rate from June on."""
    item = landed(crm([Told(ALAIN.nir, "4.20"), Told(BRIGITTE.nir, "0.00", future=("7.5", "2026-06-01"))]))
    assert run("taux", "appliquer", "--retour", item.pk, "--signales").code == 0
    return val


def waiting(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run("taux", "attente", "--dossier", "Val", "--json").json
    return found


def test_the_rates_of_a_day_keep_their_promise(run: Run, rated: Dossier) -> None:
    ran = run("taux", "--dossier", "Val", "--le", DAY, "--json")
    assert ran.code == 0
    first, second = ran.json
    assert set(first) == PROMISED
    assert first == {
        "siret": ASSOCIATION, "nir": ALAIN.nir, "ntt": None, "matricule": "M001", "rate": "4.20", "type": "01",
        "crm": CRM, "available_on": "2026-04-13", "valid_until": JUNE.isoformat(), "future_rate": None,
        "future_from": None,
    }  # fmt: skip
    assert (second["rate"], second["future_rate"], second["future_from"]) == ("0.00", "7.50", "2026-06-01")
    june = run("taux", "--dossier", "Val", "--le", "2026-06-25", "--json").json[1]
    assert (june["rate"], june["future_rate"]) == ("7.50", None)
    assert run("taux", "--dossier", "Val", "--le", "2026-07-25", "--json").json == [], "none is valid any more"
    assert run("taux", "--dossier", "Val", "--le", DAY).out.splitlines()[1].split("\t")[4:6] == ["4.20", "01"]


def test_one_employer_or_one_person_may_be_asked_for(run: Run, rated: Dossier) -> None:
    base = ("taux", "--dossier", "Val", "--le", DAY, "--json")
    assert len(run(*base, "--employeur", ASSOCIATION).json) == 2
    (told,) = run(*base, "--salarie", f"{ASSOCIATION}:{BRIGITTE.nir}").json
    assert told["nir"] == BRIGITTE.nir
    assert run(*base, "--employeur", "35600000000048").code == 1
    assert run("taux", "lister", *base[1:], "--employeur", ASSOCIATION).json == run(*base).json
    assert run("taux").code == run("taux", "--dossier", "Nul").code == 1
    assert run(*base, "--salarie", "personne").code == run("taux", "--dossier", "Val", "--le", "mai").code == 2


def test_the_csv_holds_what_is_in_force_and_is_written_over_nothing(run: Run, rated: Dossier, tmp_path: Path) -> None:
    where = tmp_path / "taux.csv"
    ran = run("taux", "--dossier", "Val", "--le", DAY, "--csv", where)
    assert ran.code == 0
    assert where.stat().st_mode & 0o077 == 0
    assert where.read_bytes().startswith(b"\xef\xbb\xbf")
    with where.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert [(row["nir"], row["taux"], row["identifiant"]) for row in rows] == [
        (ALAIN.nir, "4,20", CRM), (BRIGITTE.nir, "0,00", CRM)
    ]  # fmt: skip
    assert ALAIN.nir not in ran.out + ran.err
    before = where.read_bytes()
    assert run("taux", "--dossier", "Val", "--le", DAY, "--csv", where).code == 1
    assert where.read_bytes() == before


def test_what_changed_since_the_last_export_goes_out_once(
    run: Run, val: Dossier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime.fromisoformat("2026-05-12T09:00:00+02:00")
    monkeypatch.setattr(timezone, "now", lambda: moment)
    item = landed(crm([Told(ALAIN.nir, "4.20"), Told(BRIGITTE.nir, "0.00")]))
    run("taux", "appliquer", "--retour", item.pk)
    moment += timedelta(minutes=5)
    changed = ("taux", "--dossier", "Val", "--changes")
    there = tmp_path / "absent" / "taux.csv"
    assert run(*changed, "--csv", there).code == 1, "nothing could be written"
    assert len(run(*changed, "--json").json) == 2, "and nothing was remembered"
    moment += timedelta(minutes=5)
    assert run(*changed, "--json").json == []
    moment += timedelta(minutes=5)
    newer = landed(crm([Told(ALAIN.nir, "4.30")], identifier="223456789012345678"), day="2026-05-11")
    run("taux", "appliquer", "--retour", newer.pk, "--signales")
    moment += timedelta(minutes=5)
    (told,) = run(*changed, "--json").json
    assert (told["nir"], told["rate"]) == (ALAIN.nir, "4.30")
    assert run(*changed, "--employeur", ASSOCIATION).code == 1


def test_rates_that_wait_are_shown_before_and_after_then_applied_by_number(run: Run, rated: Dossier) -> None:
    landed(crm([Told(ALAIN.nir, "4.50"), Told(BRIGITTE.nir, "41.00")], identifier="9"), day="2026-05-11")
    alain, brigitte = waiting(run)
    assert (alain["nir"], alain["rate"], alain["why"]) == (ALAIN.nir, "4.50", None)
    assert brigitte["why"]
    ran = run("taux", "appliquer", alain["number"], "--json")
    assert (ran.code, ran.json["done"], ran.json["left"]) == (0, 1, [])
    assert [one["number"] for one in waiting(run)] == [brigitte["number"]]
    again = run("taux", "appliquer", alain["number"], "--json")
    assert again.code == 1
    assert "déjà" in again.json["left"][0]["message"]
    assert run("taux", "appliquer", 999).code == 1
    assert run("taux", "appliquer").code == 2


def test_of_a_return_only_what_nothing_is_odd_about_is_applied_unless_one_says_so(run: Run, rated: Dossier) -> None:
    item = landed(crm([Told(ALAIN.nir, "4.50"), Told(BRIGITTE.nir, "41.00")], identifier="9"), day="2026-05-11")
    ran = run("taux", "appliquer", "--retour", item.pk, "--json")
    assert (ran.code, ran.json["done"]) == (0, 1)
    assert "--signales" in ran.err
    assert run("taux", "appliquer", "--retour", item.pk, "--signales", "--json").json["done"] == 1
    assert waiting(run) == []


def test_rates_are_set_aside_with_a_reason(run: Run, rated: Dossier) -> None:
    item = landed(crm([Told(ALAIN.nir, "4.50"), Told(BRIGITTE.nir, "41.00")], identifier="9"), day="2026-05-11")
    first = waiting(run)[0]["number"]
    assert run("taux", "ecarter", first).code == 2
    assert run("taux", "ecarter", first, "--raison", " ").code == 1
    assert run("taux", "ecarter", first, "--raison", "erreur de la DGFiP", "--json").json["done"] == 1
    assert PasRate.objects.get(pk=first).why == "erreur de la DGFiP"
    assert run("taux", "ecarter", "--retour", item.pk, "--raison", "idem", "--json").json["done"] == 1
    assert waiting(run) == []


def test_a_decision_is_taken_back(run: Run, val: Dossier) -> None:
    item = landed(crm([Told(ALAIN.nir, "4.20")]))
    (number,) = run("taux", "appliquer", "--retour", item.pk, "--json").json["decisions"]
    ran = run("taux", "annuler", number, "--json")
    assert (ran.code, ran.json["withdrawn"]) == (0, 1)
    assert run("taux", "--dossier", "Val", "--le", DAY, "--json").json == []
    assert run("taux", "annuler", number).code == run("taux", "annuler", 999).code == 1


def test_who_has_no_valid_rate_is_told_with_the_reason(run: Run, val: Dossier) -> None:
    item = landed(crm([Told(ALAIN.nir, "4.20"), Told(BRIGITTE.nir)]))
    run("taux", "appliquer", "--retour", item.pk, "--signales")
    ran = run("taux", "manquants", "--dossier", "Val", "--le", DAY, "--json")
    (told,) = ran.json
    brigitte = Employee.objects.get(nir=BRIGITTE.nir)
    assert (told["number"], told["reason"]) == (brigitte.pk, "la DGFiP n’en donne pas")
    assert told["advice"]
    assert run("taux", "manquants", "--dossier", "Val", "--le", DAY).out.count("\n") == 2


def test_an_administrator_lets_rates_apply_by_themselves(
    run: Run, val: Dossier, user_with: Callable[..., Actor]
) -> None:
    line = ("taux", "reglage", "--dossier", "Val")
    assert run(*line, "--json").json["applies_alone"] is False
    user_with("Zoé", {val: "gestionnaire"})
    assert run("--en-tant-que", "Zoé", *line, "--appliquer-seuls", "oui").code == 1
    assert run(*line, "--appliquer-seuls", "oui", "--json").json["applies_alone"] is True
    landed(crm([Told(ALAIN.nir, "4.20")]))
    assert waiting(run) == []
    assert [one["rate"] for one in run("taux", "--dossier", "Val", "--le", DAY, "--json").json] == ["4.20"]
    assert run(*line, "--appliquer-seuls", "non").out.startswith("appliquer seuls\tnon")


def test_a_reader_reads_rates_and_decides_nothing(run: Run, rated: Dossier, user_with: Callable[..., Actor]) -> None:
    user_with("Zoé", {rated: "lecture"})
    as_reader = ("--en-tant-que", "Zoé", "taux")
    assert len(run(*as_reader, "--dossier", "Val", "--le", DAY, "--json").json) == 2
    item = landed(crm([Told(ALAIN.nir, "4.50")], identifier="9"), day="2026-05-11")
    assert run(*as_reader, "appliquer", "--retour", item.pk).code == 1
    assert run(*as_reader, "--dossier", "Val", "--changes").code == 1
    assert len(waiting(run)) == 1
    assert date.fromisoformat(waiting(run)[0]["available_on"]) == date(2026, 5, 11)
