"""`scarabee depots`: the list, and each thing a person does with a deposit."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cli.conftest import Run
from tests.filings.deposits import bare_filing
from tests.filings.factories import RIGHT, holder
from tests.filings.intake_scenes import (
    LAST,
    OWNER,
    SECOND,
    SIRET,
    another,
    filed,
    mensuelle,
    receive,
    sent,
    spoiled,
)
from tests.transfers import scenes

from scarabee.accounts.models import User
from scarabee.accounts.services.users import ADMINISTRATOR_NAME
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.filings.enums import FilingState, ProofKind
from scarabee.filings.models import EmployerFiling, Filing
from scarabee.filings.services import proofs
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

IDFLUX = "Ab0cD1eF2gH3iJ4kL5mN6oP"
PROMISED = {
    "number", "file", "sha256", "dossier", "siret", "month", "state", "idflux", "identity", "due_at", "sent_at",
}  # fmt: skip


@pytest.fixture
def val(db: None) -> Dossier:
    holder(ADMINISTRATOR_NAME)
    return create_dossier(actor=OWNER, name="Val")


def test_the_list_keeps_its_promise(run: Run, val: Dossier) -> None:
    filing = filed(val, mensuelle())
    ran = run("depots", "--json")
    assert ran.code == 0
    (told,) = ran.json
    assert set(told) >= PROMISED
    assert {key: told[key] for key in PROMISED - {"identity"}} == {
        "number": filing.pk, "file": "1.dsn", "sha256": filing.sha256, "dossier": "Val", "siret": SIRET,
        "month": "2026-10", "state": "checked", "idflux": None, "due_at": "2026-11-15T12:00:00+01:00", "sent_at": None,
    }  # fmt: skip
    assert told["identity"] == f"{RIGHT.siret} {RIGHT.nom} {RIGHT.prenom}"
    assert told["planned_before"] == "2026-11-13T12:00:00+01:00"  # the 15th is a Sunday
    assert RIGHT.motdepasse not in ran.out
    listed = run("depots", "lister")
    row = [str(filing.pk), SIRET, "2026-10", "DSN Mensuelle, réel", "contrôlée", "15/11/2026"]
    assert listed.out.splitlines()[1].split("\t")[:6] == row


def test_an_employer_of_fifty_is_due_on_the_5th(run: Run, val: Dossier) -> None:
    filed(val, mensuelle())
    EmployerFiling.objects.create(siret=SIRET, due_day=5)
    assert run("depots", "--json").json[0]["due_at"] == "2026-11-05T12:00:00+01:00"


def test_the_list_is_filtered_by_dossier_month_and_state(run: Run, val: Dossier) -> None:
    other = create_dossier(actor=OWNER, name="Autre")
    here, _, there = filed(val, mensuelle()), filed(val, mensuelle(month=LAST)), filed(other, mensuelle(SECOND))
    Filing.objects.filter(pk=here.pk).update(state="planned")

    def numbers(*asked: str) -> list[int]:
        return [one["number"] for one in run("depots", *asked, "--json").json]

    assert numbers() == sorted(numbers(), reverse=True)
    assert numbers("--dossier", "autre") == numbers("lister", "--dossier", "autre") == [there.pk]
    assert numbers("--mois", "2026-10", "--etat", "prevue") == numbers("lister", "--etat", "planned") == [here.pk]
    assert run("depots", "--dossier", "Nul").code == 1
    assert run("depots", "--etat", "perdue").code == run("depots", "--mois", "octobre").code == 2


def test_the_list_holds_what_one_may_see(run: Run, val: Dossier, user_with: Callable[..., Actor]) -> None:
    other = create_dossier(actor=OWNER, name="Autre")
    filed(val, mensuelle())
    seen = filed(other, mensuelle(SECOND))
    user_with("Zoé", {other: "lecture"})
    (told,) = run("--en-tant-que", "Zoé", "depots", "--json").json
    of_this_post = ADMINISTRATOR_NAME if connection.vendor == "sqlite" else None  # a server has no post of its own
    assert (told["number"], told["identity"], told["holder"]) == (seen.pk, None, of_this_post)


def test_a_deposit_is_ordered_retained_given_up_and_taken_up_again(run: Run, val: Dossier) -> None:
    number = filed(val, mensuelle()).pk
    unconfirmed = run("depots", "ordonner", number, "--json")
    assert unconfirmed.code == 1
    assert "confirmez" in unconfirmed.json["refused"][0]["message"]
    ordered = run("depots", "ordonner", number, "--confirmer-reel", "--le", "2031-01-05 09:30", "--json")
    assert ordered.code == 0
    assert ordered.json["filings"][0]["planned_at"] == "2031-01-05T08:30:00Z"
    states = [
        run("depots", deed, number, "--json").json["state"]
        for deed in ("retenir", "abandonner", "reprendre")
    ]  # fmt: skip
    assert states == ["held", "cancelled", "checked"]
    assert run("depots", "retenir", number).code == 1
    assert run("depots", "ordonner", 999).code == 1
    assert run("depots", "ordonner", "un").code == 2


def test_one_that_cannot_go_stops_no_other(run: Run, val: Dossier) -> None:
    receive(val, spoiled(mensuelle(SIRET, SECOND)))
    numbers = list(Filing.objects.values_list("pk", flat=True))
    ran = run("depots", "ordonner", *numbers, "--confirmer-reel", "--json")
    assert ran.code == 1
    assert len(ran.json["filings"]) == len(ran.json["refused"]) == 1
    assert "1\N{NO-BREAK SPACE}dépôt ordonné" in ran.err


def test_findings_are_passed_and_a_second_deposit_decided_with_a_reason(run: Run, val: Dossier) -> None:
    first = filed(val, spoiled(mensuelle()))
    passed = run("depots", "passer-outre", first.pk, "--raison", "NIR provisoire", "--json")
    assert passed.json["passed"] == "NIR provisoire"
    Filing.objects.filter(pk=first.pk).update(state="accepted")
    second = filed(val, another(mensuelle()))
    assert run("depots", "ordonner", second.pk, "--confirmer-reel").code == 1
    assert run("depots", "redeposer", second.pk, "--raison", "perdu par le portail").code == 0
    assert run("depots", "ordonner", second.pk, "--confirmer-reel").code == 0
    assert run("depots", "redeposer", second.pk).code == 2


def test_an_unknown_outcome_is_settled(run: Run, val: Dossier) -> None:
    number = bare_filing(val, FilingState.UNKNOWN, started_at=now()).pk
    line = ("depots", "decider", number, "--raison", "vu sur le portail")
    assert run(*line, "--issue", "deposee").code == 1
    assert run(*line, "--issue", "perdue").code == 2
    settled = run(*line, "--issue", "deposee", "--idflux", IDFLUX, "--json")
    assert (settled.code, settled.json["state"], settled.json["idflux"]) == (0, "accepted", IDFLUX)


def test_a_deposit_made_by_hand_is_recorded_by_number_or_by_siret_and_month(run: Run, val: Dossier) -> None:
    scenes.take(val, mensuelle(SIRET, SECOND, month=LAST))
    known = filed(val, mensuelle())
    by_number = run("depots", "a-la-main", known.pk, "--idflux", IDFLUX, "--json")
    assert (by_number.json["number"], by_number.json["state"]) == (known.pk, "recorded_by_hand")
    asked = ("--dossier", "Val", "--siret", SECOND, "--mois", "2026-10")
    by_month = run("depots", "a-la-main", *asked, "--le", "2026-11-05", "--json")
    assert (by_month.json["siret"], by_month.json["by_hand_on"]) == (SECOND, "2026-11-05")
    assert by_month.json["file"] is None and by_month.json["sha256"] is None
    assert run("depots", "a-la-main", *asked).code == 1
    assert run("depots", "a-la-main", "--idflux", IDFLUX).code == 1
    assert run("depots", "a-la-main", known.pk, "--le", "hier").code == 2


def test_proofs_are_written_as_they_came_and_over_nothing(run: Run, val: Dossier, tmp_path: Path) -> None:
    filing = filed(val, mensuelle())
    xml, text = b"<?xml version='1.0'?><r/>", b'{"etat": "OK"}'
    proofs.keep(filing, ProofKind.AEE, xml)
    proofs.keep(filing, ProofKind.CCO, text)
    where = tmp_path / "preuves"
    ran = run("depots", "preuves", filing.pk, "--sortie", where, "--json")
    assert [(Path(one["path"]).name, one["kind"]) for one in ran.json["files"]] == [
        (f"depot-{filing.pk}-fichier.dsn", "fichier"), (f"depot-{filing.pk}-AEE.xml", "AEE"),
        (f"depot-{filing.pk}-CCO.json", "CCO"),
    ]  # fmt: skip
    assert (where / f"depot-{filing.pk}-fichier.dsn").read_bytes() == sent(filing) == mensuelle()
    assert (where / f"depot-{filing.pk}-AEE.xml").read_bytes() == xml
    run("depots", "preuves", filing.pk, "--sortie", where)
    assert (where / f"depot-{filing.pk}-AEE-2.xml").exists()
    assert JournalEntry.objects.filter(code="depot.preuves").count() == 2
    assert run("depots", "preuves", bare_filing(val, FilingState.UNKNOWN).pk, "--sortie", where).code == 1


def test_an_employer_is_shown_and_set(run: Run, val: Dossier) -> None:
    scenes.take(val, mensuelle(month=LAST))
    line = ("depots", "employeur", SIRET, "--dossier", "Val")
    assert run(*line, "--json").json == {
        "siret": SIRET, "dossier": "Val", "due_day": 15, "standing": False, "standing_by": None,
    }  # fmt: skip
    assert not EmployerFiling.objects.exists()
    told = run(*line, "--ordre-permanent", "oui", "--json").json
    assert (told["due_day"], told["standing"], told["standing_by"]) == (15, True, OWNER.name)
    told = run(*line, "--echeance", "5", "--json").json
    assert (told["due_day"], told["standing"]) == (5, True)
    assert run(*line, "--ordre-permanent", "non", "--json").json["standing"] is False
    assert run(*line, "--echeance", "10").code == 2
    assert run("depots", "employeur", SECOND, "--dossier", "Val").code == 1


def test_a_dossier_is_shown_and_set(run: Run, val: Dossier, tmp_path: Path, user_with: Callable[..., Actor]) -> None:
    line = ("depots", "dossier", "Val")
    assert run(*line, "--json").json["hold_minutes"] == 120
    told = run(
        *line, "--utilisateur", "administrateur", "--echange", tmp_path, "--retenue", 30, "--json"
    ).json  # fmt: skip
    assert (told["holder"], told["folder"], told["hold_minutes"]) == (ADMINISTRATOR_NAME, str(tmp_path), 30)
    told = run(*line, "--utilisateur", "", "--echange", "", "--json").json
    assert (told["holder"], told["folder"], told["hold_minutes"]) == (None, None, 30)
    assert run(*line, "--utilisateur", "Nul").code == 1
    user_with("Zoé", {val: "gestionnaire"})
    assert run("--en-tant-que", "Zoé", *line, "--echange", tmp_path).code == 1
    assert run("--en-tant-que", "Zoé", *line, "--utilisateur", "Zoé", "--json").json["holder"] == "Zoé"


def test_coverage_says_with_whose_identifiers_each_employer_leaves(run: Run, val: Dossier) -> None:
    scenes.take(val, mensuelle(SIRET, SECOND, month=LAST))
    told = run("depots", "couverture", "--dossier", "Val", "--json").json
    assert {one["siret"] for one in told} == {SIRET, SECOND}
    assert {(one["holder"], one["ready"], one["problem"]) for one in told} == {(ADMINISTRATOR_NAME, True, "")}
    User.objects.get(username=ADMINISTRATOR_NAME).portal_identifiers.delete()
    (problem,) = {one["problem"] for one in run("depots", "couverture", "--json").json}
    assert "Aucun compte" in problem


def test_only_an_administrator_makes_everything_leave(run: Run, val: Dossier, user_with: Callable[..., Actor]) -> None:
    user_with("Zoé", {val: "gestionnaire"})
    assert run("--en-tant-que", "Zoé", "depots", "envoyer").code == 1
    ran = run("depots", "envoyer", "--json")
    assert (ran.code, ran.json) == (0, {"done": 0})
    assert "Rien n’était dû" in ran.err


def test_a_list_of_many_asks_no_more_questions(run: Run, val: Dossier) -> None:
    receive(val, mensuelle(SIRET, SECOND))
    run("depots")  # the first command of a process prepares the data folder
    with CaptureQueriesContext(connection) as few:
        assert len(run("depots", "--json").json) == 2
    for month in range(1, 13):
        for fraction in range(10):
            bare_filing(val, FilingState.CHECKED, month=f"2025-{month:02}", fraction=f"{fraction}9")
    with CaptureQueriesContext(connection) as many:
        assert len(run("depots", "--json").json) == 122
    assert len(many) == len(few)


def test_a_planned_deposit_of_tomorrow_is_not_sent_today(run: Run, val: Dossier) -> None:
    number = filed(val, mensuelle(real=False)).pk
    tomorrow = f"{now() + timedelta(days=2):%Y-%m-%d} 09:00"
    assert run("depots", "ordonner", number, "--le", tomorrow).code == 0
    assert run("depots", "envoyer", "--json").json == {"done": 0}
