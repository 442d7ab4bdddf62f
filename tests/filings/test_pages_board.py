"""The board of a month: what it says in each state, what presses, who sees what, at what cost."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.dossiers.small_files import ASSOCIATION, declaration, envoi
from tests.filings.page_scenes import MONTH, SIRETS, browser_of, deposit, employer, it_is, visit, words
from tests.transfers import scenes

from scarabee.accounts.models import User
from scarabee.dossiers.models import Declaration, Dossier, Employer
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import EmployerFiling, Filing, Proof
from scarabee.filings.selectors import board
from scarabee.filings.selectors.signs import SIGNS
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

BOARD = "/dsn/depots/"
QUERIES = 8


@pytest.fixture(autouse=True)
def early_in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calm: the DSN of October is due on the 15th, a Sunday, hence planned against Friday the 13th."""
    it_is(monkeypatch, 2026, 11, 3, 9)


def row_of(actor: Actor, number: int = 0, month: str = MONTH) -> board.BoardRow:
    return next(row for row in board.rows(actor, month) if row.employer.siret == SIRETS[number])


@pytest.mark.parametrize("state", [one for one in S if one is not S.CANCELLED])
def test_a_row_says_the_state_of_its_filing_in_words(administrator: User, dossier: Dossier, state: S) -> None:
    employer(dossier)
    filing = deposit(dossier, state)
    page = visit(BOARD)
    assert SIGNS[state].label in words(page)
    assert f'href="/dsn/depots/{filing.pk}/"' in page.text
    assert "13/11/2026 à midi" in words(page)


def test_a_declaration_that_was_only_imported_is_said_to_be_so(administrator: User, db: None) -> None:
    scenes.dossier_of("Associations", [envoi(declaration(month=MONTH), real=True)])
    text = words(visit(BOARD))
    assert "importée, dépôt non suivi ici" in text
    assert "0 en retard , 0 à risque , 0 conforme sur 1" in text


def test_an_essai_alone_leaves_the_month_without_declaration(administrator: User, dossier: Dossier) -> None:
    employer(dossier)
    essai = deposit(dossier, S.CHECKED, is_real=False)
    said = {
        S.CHECKED: "un essai est contrôlé",
        S.PLANNED: "un essai est contrôlé",
        S.ACCEPTED: "un essai est enregistré (AEE)",
        S.ANOMALIES: "un essai a des anomalies (BAN)",
        S.CONFORM: "un essai est conforme (CCO)",
    }
    for state, expected in said.items():
        Filing.objects.filter(pk=essai.pk).update(state=state)
        text = words(visit(BOARD))
        assert "rien reçu" in text
        assert expected in text


def test_an_employer_that_declared_last_month_is_missing_and_others_are_not(
    monkeypatch: pytest.MonkeyPatch, administrator: User, owner: Actor
) -> None:
    dossier = scenes.dossier_of("Associations", [envoi(declaration(month="2026-09"), real=True)])
    employer(dossier, 1)
    it_is(monkeypatch, 2026, 11, 17, 9)
    text = words(visit(BOARD))
    assert "une DSN est attendue" in text
    assert "aucune DSN ces derniers mois" in text
    assert "1 en retard , 0 à risque , 0 conforme sur 1 · 1 DSN manquante" in text
    only = words(visit(f"{BOARD}?voir=manquantes"))
    assert "1–1 sur 1 employeur" in only
    assert not row_of(owner, 1).is_late


def test_the_successor_of_a_siret_is_awaited_instead_of_it(owner: Actor, db: None) -> None:
    dossier = scenes.dossier_of("Associations", [envoi(declaration(month="2026-09"), real=True)])
    former, successor = Employer.objects.get(siret=ASSOCIATION), employer(dossier, 1)
    Employer.objects.filter(pk=successor.pk).update(successor_of=former, successor_from="2026-10")
    found = {row.employer.siret: row.is_missing for row in board.rows(owner, MONTH)}
    assert found == {ASSOCIATION: False, SIRETS[1]: True}


LATE, RISK, CALM = "late", "at_risk", ""


@pytest.mark.parametrize(
    ("state", "before", "eve", "after"),
    [
        (S.CHECKED, CALM, RISK, LATE),
        (S.REJECTED_LOCALLY, CALM, RISK, LATE),
        (S.UNKNOWN, CALM, RISK, LATE),
        (S.REFUSED, CALM, RISK, LATE),
        (S.ANOMALIES, CALM, RISK, LATE),
        (S.CANCELLED, CALM, RISK, LATE),
        (S.ACCEPTED, CALM, CALM, RISK),
        (S.RECORDED_BY_HAND, CALM, CALM, RISK),
        (S.CONFORM, CALM, CALM, CALM),
    ],
)
def test_how_urgent_a_state_is_before_on_the_eve_and_after_the_last_moment(
    monkeypatch: pytest.MonkeyPatch, owner: Actor, dossier: Dossier, state: S, before: str, eve: str, after: str
) -> None:
    employer(dossier)
    deposit(dossier, state)
    for moment, expected in (((2026, 11, 5), before), ((2026, 11, 12, 8), eve), ((2026, 11, 16, 12), after)):
        it_is(monkeypatch, *moment)
        row = row_of(owner)
        assert (row.is_late, row.is_at_risk) == (expected == LATE, expected == RISK), moment


def test_what_is_planned_in_time_is_no_risk_unless_something_stops_it(
    monkeypatch: pytest.MonkeyPatch, owner: Actor, dossier: Dossier
) -> None:
    moment = it_is(monkeypatch, 2026, 11, 12, 8)
    employer(dossier)
    filing = deposit(dossier, S.PLANNED, planned_at=moment + timedelta(hours=2))
    assert not row_of(owner).is_at_risk
    for change in ({"problem": "Le portail ne répond pas."}, {"problem": "", "planned_at": moment + timedelta(days=2)}):
        Filing.objects.filter(pk=filing.pk).update(**change)
        assert row_of(owner).is_at_risk, change


def test_the_fifth_presses_before_the_fifteenth(
    monkeypatch: pytest.MonkeyPatch, administrator: User, owner: Actor, dossier: Dossier
) -> None:
    it_is(monkeypatch, 2026, 11, 6, 9)
    for number in range(2):
        employer(dossier, number)
        deposit(dossier, S.CHECKED, number)
    EmployerFiling.objects.create(siret=SIRETS[1], due_day=5)
    assert [row_of(owner, number).is_late for number in range(2)] == [False, True]
    page = words(visit(BOARD))
    assert page.index("Club 01") < page.index("Club 00")
    assert "1 en retard" in page


def test_fractions_of_a_month_stand_together_and_the_last_of_them_counts(
    administrator: User, owner: Actor, dossier: Dossier
) -> None:
    employer(dossier)
    deposit(dossier, S.CONFORM, fraction="12")
    assert row_of(owner).stage == "nothing"
    text = words(visit(BOARD))
    assert "fraction 1 sur 2 : conforme (CCO)" in text
    assert "fraction 2 sur 2 : rien reçu" in text
    deposit(dossier, S.ACCEPTED, fraction="22")
    assert row_of(owner).stage == S.ACCEPTED
    assert board.state_words(row_of(owner)) == "fraction 1 sur 2 : conforme (CCO), fraction 2 sur 2 : déposée (AEE)"


def test_the_corrected_declaration_counts_after_a_ban_and_the_certificate_before_its_replacement(
    administrator: User, owner: Actor, dossier: Dossier
) -> None:
    employer(dossier)
    deposit(dossier, S.ANOMALIES)
    deposit(dossier, S.CHECKED)
    assert row_of(owner).stage == S.CHECKED
    deposit(dossier, S.CONFORM)
    later = deposit(dossier, S.PLANNED, type="03", exempt=True)
    assert row_of(owner).stage == S.CONFORM
    assert f"puis dépôt n° {later.pk} : dépôt prévu" in words(visit(BOARD))


def test_the_dates_of_what_the_portal_answered_are_shown(
    monkeypatch: pytest.MonkeyPatch, administrator: User, dossier: Dossier
) -> None:
    employer(dossier)
    filing = deposit(dossier, S.CONFORM)
    for kind, day in (("AEE", 4), ("CCO", 5)):
        moment = it_is(monkeypatch, 2026, 11, day, 10)
        Proof.objects.create(filing=filing, kind=kind, sha256=kind, document=b"", published_at=moment)
    text = words(visit(BOARD))
    assert "04/11/2026 05/11/2026" in text
    lines = b"".join(visit(f"{BOARD}tableau.csv").streaming_content).decode().splitlines()
    assert lines[1].endswith(f"conforme (CCO);{filing.pk};04/11/2026 10:00;05/11/2026 10:00;")


def test_what_leaves_first_is_shown_before_a_newer_one_that_is_blocked(
    administrator: User, owner: Actor, dossier: Dossier
) -> None:
    employer(dossier)
    planned = deposit(dossier, S.PLANNED, planned_at=now() + timedelta(days=2), next_at=now() + timedelta(days=2))
    blocked = deposit(dossier, S.CHECKED, blocking=1)
    row = row_of(owner)
    assert row.parts[0].filing == planned
    text = words(visit(BOARD))
    assert "dépôt prévu" in text
    assert f"puis dépôt n° {blocked.pk} : contrôlée" in text
    sooner = deposit(dossier, S.PLANNED, planned_at=now() + timedelta(days=1), exempt=True)
    (part,) = row_of(owner).parts
    assert (part.filing, part.later) == (sooner, [planned])


def test_what_is_ordered_and_does_not_leave_is_counted_whatever_the_date(administrator: User, dossier: Dossier) -> None:
    for number in range(3):
        employer(dossier, number)
    deposit(dossier, S.PLANNED, planned_at=now() + timedelta(days=2))
    deposit(dossier, S.PLANNED, 1, planned_at=now() + timedelta(days=2), problem="Aucun compte n’a d’identifiants.")
    assert "1 dépôt ordonné ne part pas" in words(visit(BOARD))
    assert "1 dépôt ordonné ne part pas" in words(visit("/"))
    only = words(visit(f"{BOARD}?voir=arretees"))
    assert "Club 01" in only
    assert "1–1 sur 1 employeur" in only
    Filing.objects.update(problem="")
    assert "ne part pas" not in words(visit(BOARD)) + words(visit("/"))


def test_an_unknown_outcome_is_nobody_s_to_decide_while_the_machine_searches(
    administrator: User, dossier: Dossier
) -> None:
    employer(dossier)
    begun = now()
    filing = deposit(dossier, S.UNKNOWN, started_at=begun, next_at=begun + timedelta(minutes=2))
    assert "Scarabée cherche sur le portail, attendez 09 h 30" in words(visit(BOARD))
    assert "à décider" not in words(visit("/"))
    page = visit(f"/dsn/depots/{filing.pk}/")
    assert "attendez 09 h 30" in words(page)
    assert '<details class="outcome"><summary>' in page.text
    found = {"idflux": "x" * 23, "date": "", "etat": "", "siret": "", "month": ""}
    for change in ({"next_at": None}, {"next_at": begun, "candidates": [found]}):
        Filing.objects.update(**change)
        assert "une personne doit décider" in words(visit(BOARD))
        assert "1 dépôt à décider (issue inconnue)" in words(visit("/"))
        page = visit(f"/dsn/depots/{filing.pk}/")
        assert "On ne sait pas si ce dépôt est arrivé" in words(page)
        assert '<details class="outcome">' not in page.text


@pytest.mark.parametrize("state", [S.ANOMALIES, S.REFUSED, S.REJECTED_LOCALLY])
def test_a_row_that_needs_a_person_says_what_to_do(administrator: User, dossier: Dossier, state: S) -> None:
    employer(dossier)
    deposit(dossier, state)
    assert "à corriger, puis déposer de nouveau" in words(visit(BOARD))


def test_what_was_imported_only_is_told_on_top_near_its_due_date(
    monkeypatch: pytest.MonkeyPatch, administrator: User, dossier: Dossier
) -> None:
    scenes.dossier_of("Importés", [envoi(declaration(month=MONTH), real=True)])
    employer(dossier, 1)
    it_is(monkeypatch, 2026, 11, 3, 9)
    assert "dont on ne sait pas" not in words(visit(BOARD))
    it_is(monkeypatch, 2026, 11, 12, 9)
    text = words(visit(BOARD))
    assert "1 DSN importée dont on ne sait pas si elle est déposée" in text
    assert "déposez son fichier ici, ou enregistrez le dépôt fait à la main" in text
    only = words(visit(f"{BOARD}?voir=importees"))
    assert "1–1 sur 1 employeur" in only
    it_is(monkeypatch, 2026, 12, 12, 9)
    assert "dont on ne sait pas" not in words(visit(f"{BOARD}?mois={MONTH}"))


@pytest.fixture
def crowd(dossier: Dossier) -> list[Filing]:
    """Seventy employers in every state, signalements among them."""
    states: Iterator[S] = iter(list(S) * 6)
    filings = []
    for number in range(70):
        employer(dossier, number)
        filings.append(deposit(dossier, next(states), number))
        if number % 5 == 0:
            deposit(dossier, S.CHECKED, number, month="", nature="04", slot=str(number))
    return filings


def test_the_board_costs_the_same_however_many_employers_there_are(
    administrator: User, crowd: list[Filing], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(administrator)
    for page, shown in (("1", "1–50 sur 70"), ("2", "51–70 sur 70")):
        with django_assert_max_num_queries(QUERIES):
            assert shown in words(client.get(f"{BOARD}?page={page}"))


def test_the_home_page_tells_what_presses_at_a_bounded_cost(
    monkeypatch: pytest.MonkeyPatch,
    administrator: User,
    crowd: list[Filing],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    it_is(monkeypatch, 2026, 11, 17, 9)
    client = Client()
    client.force_login(administrator)
    with django_assert_max_num_queries(9):
        text = words(client.get("/"))
    assert "dépôts en retard ou à risque" in text
    assert "5 dépôts à décider (issue inconnue)" in text
    assert "lots à ordonner" in text


def test_typed_text_stays_out_of_the_address_and_choices_stay_in_it(administrator: User, crowd: list[Filing]) -> None:
    client = Client()
    client.force_login(administrator)
    answer = client.post(BOARD, {"texte": "club 07", "etat": "", "mois": MONTH, "voir": ""})
    assert "club" not in answer.headers["Location"]
    assert f"mois={MONTH}" in answer.headers["Location"]
    text = words(client.get(answer.headers["Location"]))
    assert "Club 07" in text
    assert "1–1 sur 1" in text
    text = words(visit(f"{BOARD}?etat=conform"))
    assert text.count("conforme (CCO)") > 4
    assert "anomalies (BAN) certificat" not in text
    assert "Aucun employeur ne répond" in words(visit(f"{BOARD}?dossier=absent"))


def test_every_order_shows_every_employer(administrator: User, crowd: list[Filing]) -> None:
    for sort in (*board.SORTS, "-employeur", "-etat", "nonsense"):
        assert "sur 70" in words(visit(f"{BOARD}?tri={sort}")), sort


def test_months_are_chosen_and_an_odd_one_is_the_usual_one(administrator: User, dossier: Dossier) -> None:
    employer(dossier)
    assert "DSN d’octobre 2026" in words(visit(f"{BOARD}?mois=2026-13"))
    page = visit(f"{BOARD}?mois=2025-12")
    assert "DSN de décembre 2025" in words(page)
    assert "mois=2025-11" in page.text
    assert "mois=2026-01" in page.text


def test_only_the_dossiers_one_may_see_and_that_are_open_are_shown(
    owner: Actor, dossier: Dossier, other: Dossier, user_with: Callable[..., Actor], administrator: User
) -> None:
    employer(dossier, 0)
    employer(other, 1)
    deposit(other, S.CONFORM, 1)
    reader = browser_of(user_with("Zoé", {dossier: "lecture"}))
    text = words(reader.get(BOARD))
    assert "Club 00" in text
    assert "Club 01" not in text
    assert "Aucun employeur à déclarer" in words(browser_of(user_with("Nina", {})).get(BOARD))
    archive_dossier(actor=owner, dossier=other)
    assert [row.employer.siret for row in board.rows(owner, MONTH)] == [SIRETS[0]]


def test_signalements_stand_apart_with_five_working_days(
    monkeypatch: pytest.MonkeyPatch, administrator: User, dossier: Dossier
) -> None:
    one = employer(dossier)
    filing = deposit(dossier, S.CHECKED, month="", nature="04", slot="1", whole_hash=b"x" * 32)
    scenes.take(dossier, envoi(declaration(month="2026-01")))
    told = Declaration.objects.get()
    Declaration.objects.filter(pk=told.pk).update(
        whole_hash=b"x" * 32, month="", freshness="20261102", employer_id=one.pk
    )
    text = words(visit(BOARD))
    assert "Signalement Arrêt de travail 02/11/2026 09/11/2026 à 23:59 contrôlée" in text
    it_is(monkeypatch, 2026, 11, 10, 0)
    assert "09/11/2026 à 23:59 en retard" in words(visit(BOARD))
    Filing.objects.filter(pk=filing.pk).update(state=S.CONFORM)
    assert "09/11/2026 à 23:59 conforme (CCO)" in words(visit(BOARD))
    it_is(monkeypatch, 2026, 12, 2)
    assert "Signalements" not in words(visit(BOARD))


def test_the_calendar_holds_what_is_expected(administrator: User, dossier: Dossier) -> None:
    employer(dossier, 0)
    employer(dossier, 1)
    deposit(dossier, S.CONFORM)
    answer = visit(f"{BOARD}echeances.ics?mois={MONTH}")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.text.count("BEGIN:VEVENT") == 1
    assert "Club 00 (conforme (CCO))" in answer.text
