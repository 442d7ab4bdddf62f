"""`scarabee retours attendus`, `anomalies`, `prendre` and `traiter`: what is missing, and the work list."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.dossiers.conftest import dossier
from tests.dossiers.small_files import ASSOCIATION
from tests.filings.page_scenes import deposit, employer, it_is
from tests.returns import page_scenes

from scarabee.accounts.models import PortalBinding
from scarabee.dossiers.models import Dossier
from scarabee.filings.enums import FilingState
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import Anomaly

__all__ = ["dossier"]
pytestmark = [pytest.mark.django_db, page_scenes.official]


@pytest.fixture
def filled(db: None) -> Dossier:
    PortalBinding.objects.update_or_create(pk=1, defaults={"portal": "http://127.0.0.1:9"})
    return page_scenes.filled("Val")


def anomalies(run: Run, *asked: object) -> list[dict[str, Any]]:
    ran = run("retours", "anomalies", *asked, "--json")
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = ran.json
    return found


def test_the_work_list_is_printed_and_filtered(run: Run, filled: Dossier) -> None:
    every = anomalies(run)
    assert len(every) == Anomaly.objects.count() == 7
    assert {one["siret"] for one in every} == {ASSOCIATION}
    assert {one["state"] for one in every} == {"to_do"}
    assert {one["nature"] for one in anomalies(run, "--nature", "119")} == {"119"}
    assert len(anomalies(run, "--texte", "mercier")) < 7
    assert anomalies(run, "--etat", "close") == anomalies(run, "--suivi", "moi") == []
    assert len(anomalies(run, "--dossier", "Val", "--mois", "2026-03", "--suivi", "personne")) == 7
    told = run("retours", "anomalies", "--nature", "119").out.splitlines()
    assert told[0].startswith("numéro\tSIRET\tqui\tmois")
    assert run("retours", "anomalies", "--etat", "fermee").code == 2
    assert "Aucune anomalie" in run("retours", "anomalies", "--etat", "close").err


def test_causes_gather_the_anomalies_of_several_people(run: Run, filled: Dossier) -> None:
    causes = anomalies(run, "--par-cause")
    assert sum(one["anomalies"] for one in causes) == 7
    cause = max(causes, key=lambda one: one["anomalies"])
    assert len(anomalies(run, "--cause", cause["cause"])) == cause["anomalies"] > 1


def test_anomalies_are_taken_then_settled_and_each_is_told(
    run: Run, filled: Dossier, user_with: Callable[..., Actor]
) -> None:
    user_with("Zoé", {filled: "gestionnaire"})
    first, second = (one["number"] for one in anomalies(run, "--nature", "119"))
    assert run("retours", "traiter", first, "--etat", "corrigee", "--mois", "2026-04").code == 0
    taken = run("--en-tant-que", "Zoé", "retours", "prendre", first, second, "--json")
    assert (taken.code, sorted(taken.json["done"]), taken.json["refused"]) == (0, sorted([first, second]), [])
    told = {one.pk: one for one in Anomaly.objects.filter(owner__username="Zoé")}
    assert (told[first].state, told[first].corrected_in, told[second].state) == ("corrected", "2026-04", "to_do")
    cause = anomalies(run, "--suivi", "zoé", "--etat", "a-traiter")[0]["cause"]
    assert run("retours", "traiter", "--cause", cause, "--etat", "acceptee", "--note", "vu avec elle").code == 0
    told[second].refresh_from_db()
    assert (told[second].state, told[second].note) == ("accepted", "vu avec elle")


def test_what_cannot_be_taken_or_settled_is_refused_in_words(
    run: Run, filled: Dossier, user_with: Callable[..., Actor]
) -> None:
    user_with("Léa", {filled: "lecture"})
    number = anomalies(run)[0]["number"]
    assert "À qui confier" in run("retours", "prendre", number).err
    assert "Personne du nom de « Inconnue »" in run("retours", "prendre", number, "--a", "Inconnue").err
    assert "Il manque le mois" in run("retours", "traiter", number, "--etat", "corrigee").err
    assert "n’est close que par un retour" in run("retours", "traiter", number, "--etat", "close").err
    assert "n° 999 n’existe pas" in run("retours", "traiter", 999, "--etat", "acceptee").err
    assert "Rien n’est ouvert sous la cause" in run("retours", "prendre", "--cause", "abc", "--a", "Léa").err
    refused = run("--en-tant-que", "Léa", "retours", "traiter", number, "--etat", "acceptee", "--json")
    assert refused.code == 1
    assert refused.json["done"] == [] and refused.json["refused"][0]["number"] == number
    assert set(Anomaly.objects.values_list("state", flat=True)) == {"to_do"}


def test_what_is_late_is_told_apart_from_what_is_too_early(
    run: Run, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = it_is(monkeypatch, 2026, 11, 5, 15)
    employer(dossier)
    filing = deposit(dossier, FilingState.ACCEPTED, sent_at=moment - timedelta(days=2), people=4)
    described = run("retours", "attendus", "--json").json
    states = {one["nature"]: one["state"] for one in described}
    assert (states["11"], states["94"]) == ("late", "too_early")
    assert {one["filing"] for one in described} == {filing.pk}
    late = run("retours", "attendus", "--mois", "2026-10", "--en-retard").out.splitlines()
    assert len(late) == 2 and late[1].startswith("en retard\t")
    assert "Aucun retour attendu pour 2026-01" in run("retours", "attendus", "--mois", "2026-01").err
