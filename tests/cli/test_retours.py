"""`scarabee retours`: the list, a return whole, what the portal has, files added by hand."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, declaration, envoi, small_file
from tests.filings.portal import conftest as portal
from tests.returns.documents import rates_with_anomaly, received, urssaf
from tests.returns.rate_scenes import CRM, Told, crm, declared
from tests.transfers import scenes

from scarabee.accounts.models import PortalBinding, PortalIdentity, User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.credentials import Regime
from scarabee.returns.models import Cursor, Return
from scarabee.returns.services import cursors

bouchon, clock, lucie = portal.bouchon, portal.clock, portal.lucie

PROMISED = {"number", "family", "nature", "state", "idflux", "siret", "dossier", "published_at", "anomalies"}
PROMISED_PEOPLE = {"siret", "nir", "ntt", "matricule", "rate", "future_rate", "future_from"}
PROMISED_ANOMALY = {"code", "category", "message", "rubrique", "declared", "expected", "nir", "action"}


@pytest.fixture
def val(db: None, owner: Actor) -> Dossier:
    PortalBinding.objects.update_or_create(pk=1, defaults={"portal": "http://127.0.0.1:9"})
    return create_dossier(actor=owner, name="Val")


@pytest.fixture
def filled(val: Dossier) -> Dossier:
    scenes.take(val, small_file())
    return val


def test_the_list_keeps_its_promise(run: Run, filled: Dossier) -> None:
    item = received(urssaf("119", "2026-03"), nature="119", idflux="Ab0cD1eF2gH3iJ4kL5mN6oP")
    ran = run("retours", "--json")
    assert ran.code == 0
    (told,) = ran.json
    assert set(told) >= PROMISED
    assert {key: told[key] for key in PROMISED - {"published_at"}} == {
        "number": item.pk, "family": "neores", "nature": "119", "state": "ANO", "idflux": item.idflux,
        "siret": ASSOCIATION, "dossier": "Val", "anomalies": item.anomalies,
    }  # fmt: skip
    assert item.anomalies > 0
    assert told["published_at"].endswith("Z") or "+" in told["published_at"]
    shown = run("retours", "lister").out.splitlines()[1].split("\t")
    assert (shown[0], shown[1], shown[3], shown[5], shown[-1]) == (str(item.pk), ASSOCIATION, "119", "ANO", "Val")


def test_the_list_is_filtered(run: Run, filled: Dossier) -> None:
    rates = received(crm([Told(ALAIN.nir, "4.20")]), nature="94")
    bilan = received(urssaf("120", "2026-03"), nature="120")

    def numbers(*asked: str) -> list[int]:
        return [one["number"] for one in run("retours", *asked, "--json").json]

    assert numbers() == [bilan.pk, rates.pk]
    assert numbers("--nature", "94") == numbers("lister", "--nature", "94") == [rates.pk]
    assert numbers("--etat", "ANO") == [bilan.pk]
    assert numbers("--dossier", "val") == [bilan.pk, rates.pk]
    assert numbers("--mois", "2026-03") == [bilan.pk]
    Return.objects.filter(pk=bilan.pk).update(seen_at=bilan.arrived_at)
    assert numbers("--non-lus") == [rates.pk]
    assert run("retours", "--dossier", "Nul").code == 1
    assert run("retours", "--etat", "rouge").code == run("retours", "--mois", "mars").code == 2


def test_a_return_is_read_whole(run: Run, filled: Dossier) -> None:
    people = [Told(ALAIN.nir, "4.20", matricule="M001"), Told(BRIGITTE.nir, "0.00", future=("7.5", "2026-06-01"))]
    strangers = [Told(f"1{number:012}", "1.00") for number in range(300)]
    item = received(crm([*people, Told("2990675000001"), *strangers]), nature="94")
    told = run("retours", "lire", item.pk, "--json").json
    assert set(told) >= PROMISED | {"people"}
    assert set(told["people"][0]) == PROMISED_PEOPLE
    assert told["anomalies"] == []
    assert told["crm"] == CRM
    assert len(told["people"]) == told["people_count"] == 303
    assert told["people"][:3] == [
        {"siret": ASSOCIATION, "nir": ALAIN.nir, "ntt": None, "matricule": "M001", "rate": "4.20", "future_rate": None,
         "future_from": None},
        {"siret": ASSOCIATION, "nir": BRIGITTE.nir, "ntt": None, "matricule": None, "rate": "0.00",
         "future_rate": "7.50", "future_from": "2026-06-01"},
        {"siret": ASSOCIATION, "nir": "2990675000001", "ntt": None, "matricule": None, "rate": None,
         "future_rate": None, "future_from": None},
    ]  # fmt: skip
    shown = run("retours", "lire", item.pk).out
    assert "taux" in shown and BRIGITTE.nir in shown
    item.refresh_from_db()
    assert item.seen_at is None, "printing says nothing of who read"


def test_the_anomalies_of_a_return_say_who_what_and_what_to_do(run: Run, filled: Dossier) -> None:
    item = received(rates_with_anomaly(), nature="94")
    (told,) = run("retours", "lire", item.pk, "--json").json["anomalies"]
    assert set(told) >= PROMISED_ANOMALY
    assert (told["code"], told["rubrique"], told["nir"]) == ("ADR05", "S21.G00.30.010", ALAIN.nir)
    assert told["declared"] and told["message"] and told["action"]
    assert "ADR05" in run("retours", "lire", item.pk).out


def test_what_nobody_can_read_is_told_and_given_as_it_came(run: Run, filled: Dossier, tmp_path: Path) -> None:
    item = received(b"<accuse><rien/></accuse>", nature="987")
    where = tmp_path / "retour.xml"
    ran = run("retours", "lire", item.pk, "--original", where, "--json")
    assert (ran.code, ran.json["people"], ran.json["anomalies"]) == (0, [], [])
    assert where.read_bytes() == b"<accuse><rien/></accuse>"
    assert where.stat().st_mode & 0o077 == 0
    assert run("retours", "lire", item.pk, "--original", where).code == 1, "over nothing"
    assert run("retours", "lire", 999).code == 1


def test_of_a_return_about_several_employers_one_reads_those_one_sees(
    run: Run, filled: Dossier, owner: Actor, user_with: Callable[..., Actor], tmp_path: Path
) -> None:
    other = create_dossier(actor=owner, name="Autre")
    scenes.take(other, envoi(declaration([BRIGITTE], siret=OTHER_ASSOCIATION)))
    both = crm(
        parts=[declared([Told(ALAIN.nir, "4.20")]), declared([Told(BRIGITTE.nir, "5.10")], OTHER_ASSOCIATION)]
    )  # fmt: skip
    item = received(both, nature="94")
    user_with("Zoé", {other: "lecture"})
    ran = run("--en-tant-que", "Zoé", "retours", "lire", item.pk, "--json")
    assert [one["nir"] for one in ran.json["people"]] == [BRIGITTE.nir]
    assert (ran.json["siret"], ran.json["dossier"]) == (OTHER_ASSOCIATION, "Autre")
    assert ALAIN.nir not in ran.out and ASSOCIATION not in ran.out
    refused = run("--en-tant-que", "Zoé", "retours", "lire", item.pk, "--original", tmp_path / "tout.xml")
    assert (refused.code, (tmp_path / "tout.xml").exists()) == (1, False)
    assert len(run("retours", "lire", item.pk, "--json").json["people"]) == 2


def test_files_downloaded_from_the_portal_are_added_once(run: Run, filled: Dossier, tmp_path: Path) -> None:
    rates, damaged, archive = tmp_path / "crm.xml", tmp_path / "abime.xml", tmp_path / "retours.zip"
    rates.write_bytes(crm([Told(ALAIN.nir, "4.20")]))
    damaged.write_bytes(b"<rapport><envoi>")
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("120.xml", urssaf("120", "2026-03"))
    ran = run("retours", "importer", rates, damaged, tmp_path / "absent.xml", archive, "--json")
    assert ran.code == 1
    told = {Path(one["file"]).name: (one["status"], bool(one["number"])) for one in ran.json["files"]}
    assert told.pop("absent.xml") == told.pop("abime.xml") == ("refused", False)
    assert set(told.values()) == {("added", True)}
    assert {one["nature"] for one in run("retours", "--json").json} == {"94", "120"}
    again = run("retours", "importer", rates, "--json")
    assert (again.code, again.json["files"][0]["status"]) == (0, "known")
    assert "déjà là" in run("retours", "importer", rates).out


def test_what_the_portal_has_is_fetched_once_and_troubles_are_told(
    bouchon: Bouchon, lucie: User, run: Run, user_with: Callable[..., Actor]
) -> None:
    cursors.begin(PortalIdentity.objects.get().pk, Regime.GENERAL)
    Cursor.objects.update(until=bouchon.state.clock())
    nothing = run("retours", "recuperer", "--json")
    assert (nothing.code, nothing.json["done"]) == (0, 0)
    (account,) = [one for one in nothing.json["accounts"] if one["regime"] == "general"]
    assert account["problem"] == "" and account["last_success_at"]
    assert account["identity"].startswith("73282932000074 ")
    bouchon.start_incident("maintenance")
    Cursor.objects.update(next_at=bouchon.state.clock())
    troubled = run("retours", "recuperer")
    assert troubled.code == 1
    assert "régime général" in troubled.err
    user_with("Zoé", {})
    assert run("--en-tant-que", "Zoé", "retours", "recuperer").code == 1
