"""What only a person knows: how an unknown deposit ended, and what was deposited by hand."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from tests.filings.deposits import bare_filing
from tests.filings.intake_scenes import OWNER, SECOND, SIRET, another, filed, mensuelle
from tests.transfers import scenes

from scarabee.dossiers.models import Declaration, Dossier
from scarabee.filings.enums import FilingState, Source
from scarabee.filings.models import Filing
from scarabee.filings.services import orders
from scarabee.filings.services.decisions import BY_HAND, OUTCOMES, record_by_hand, settle_unknown
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor

S = FilingState
IDFLUX = "Ab0cD1eF2gH3iJ4kL5mN6oP"
REASON = "vu sur le tableau de bord"


@pytest.fixture
def unknown(dossier: Dossier) -> Filing:
    return bare_filing(
        dossier, S.UNKNOWN, started_at=now(), next_at=now(), candidates=[{"idflux": IDFLUX}], problem="introuvable"
    )


def settle(filing: Filing, outcome: FilingState, **options: Any) -> Filing:
    return settle_unknown(actor=OWNER, filing=filing, outcome=outcome, **({"reason": REASON} | options))


def test_a_deposit_found_on_the_portal_is_followed_at_once(unknown: Filing) -> None:
    settled = settle(unknown, S.ACCEPTED, idflux=f" {IDFLUX} ")
    assert (settled.state, settled.idflux, settled.problem, settled.candidates) == (S.ACCEPTED, IDFLUX, "", [])
    assert settled.sent_at == settled.started_at
    assert settled.next_at is not None
    told = settled.moves.get()
    assert (told.why, told.automatic, told.actor_name) == (REASON, False, OWNER.name)


def test_a_deposit_that_is_not_there_waits_to_be_ordered_again(unknown: Filing) -> None:
    settled = settle(unknown, S.NOT_DEPOSITED, idflux=IDFLUX)
    assert (settled.idflux, settled.sent_at, settled.next_at) == ("", None, None)
    assert orders.order(actor=OWNER, filings=[settled], real_confirmed=True).refused  # its file was never here


def test_a_refusal_may_have_no_idflux(unknown: Filing) -> None:
    assert settle(unknown, S.REFUSED).state == S.REFUSED


def test_the_dossier_is_told_of_a_refusal_that_a_person_saw(dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    Filing.objects.filter(pk=filing.pk).update(state=S.UNKNOWN, started_at=now())
    settle(filing, S.REFUSED)
    assert [one.refused for one in Declaration.objects.filter(employer__siret=SIRET)] == [True]


@pytest.mark.parametrize(
    ("outcome", "options", "said"),
    [
        (S.ACCEPTED, {}, "idflux"),
        (S.ACCEPTED, {"idflux": "court"}, "ne se lit pas"),
        (S.ACCEPTED, {"idflux": "é" * 23}, "ne se lit pas"),
        (S.NOT_DEPOSITED, {"reason": "  "}, "raison"),
        (S.PLANNED, {}, "rien n’est à décider"),
        (S.CONFORM, {}, "rien n’est à décider"),
    ],
)
def test_an_outcome_that_says_too_little_is_refused(
    unknown: Filing, outcome: FilingState, options: dict[str, str], said: str
) -> None:
    with pytest.raises(Refusal, match=said):
        settle(unknown, outcome, **options)
    unknown.refresh_from_db()
    assert unknown.state == S.UNKNOWN


def test_an_idflux_belongs_to_one_filing(dossier: Dossier, unknown: Filing) -> None:
    bare_filing(dossier, S.ACCEPTED, month="2025-02", idflux=IDFLUX)
    with pytest.raises(Refusal, match="déjà celui d’un autre dépôt"):
        settle(unknown, S.ACCEPTED, idflux=IDFLUX)
    unknown.refresh_from_db()
    assert unknown.state == S.UNKNOWN


@pytest.mark.parametrize("state", sorted(set(FilingState) - {S.UNKNOWN}))
def test_only_what_is_unknown_is_settled(dossier: Dossier, state: str) -> None:
    with pytest.raises(Refusal, match=FilingState(state).label.replace("(", r"\(").replace(")", r"\)")):
        settle(bare_filing(dossier, FilingState(state)), S.NOT_DEPOSITED)
    assert sorted(OUTCOMES) == sorted({S.ACCEPTED, S.REFUSED, S.NOT_DEPOSITED})


# -- by hand -----------------------------------------------------------------------------------------------------


def by_hand(**options: Any) -> Filing:
    return record_by_hand(actor=OWNER, **options)


@pytest.mark.parametrize("state", sorted(BY_HAND))
def test_a_filing_that_did_not_leave_from_here_may_have_been_deposited_by_hand(dossier: Dossier, state: str) -> None:
    filing = bare_filing(dossier, FilingState(state), planned_at=now())
    recorded = by_hand(filing=filing, idflux=IDFLUX)
    assert (recorded.state, recorded.idflux, recorded.planned_at) == (S.RECORDED_BY_HAND, IDFLUX, None)
    assert recorded.next_at is not None


@pytest.mark.parametrize("state", sorted(set(FilingState) - BY_HAND))
def test_what_is_known_of_the_portal_is_not_recorded_by_hand(dossier: Dossier, state: str) -> None:
    with pytest.raises(Refusal, match="déjà connu"):
        by_hand(filing=bare_filing(dossier, FilingState(state)), idflux=IDFLUX)


def test_a_day_will_do_where_the_idflux_is_not_at_hand(dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    recorded = by_hand(filing=filing, day=date(2026, 11, 5))
    assert (recorded.by_hand_on, recorded.idflux) == (date(2026, 11, 5), "")
    corrected = by_hand(filing=recorded, idflux=IDFLUX)
    assert (corrected.state, corrected.idflux, corrected.moves.count()) == (S.RECORDED_BY_HAND, IDFLUX, 3)
    assert orders.order(actor=OWNER, filings=[filed(dossier, another(mensuelle()))], real_confirmed=True).refused


def test_neither_idflux_nor_day_is_too_little(dossier: Dossier) -> None:
    filing = bare_filing(dossier, S.CHECKED)
    with pytest.raises(Refusal, match="Il manque"):
        by_hand(filing=filing)
    with pytest.raises(Refusal, match="avenir"):
        by_hand(filing=filing, day=date(2999, 1, 1))


def test_the_day_is_the_one_of_paris(dossier: Dossier) -> None:
    filing = bare_filing(dossier, S.CHECKED)
    with time_machine.travel(datetime(2026, 11, 4, 23, 30, tzinfo=UTC)):
        assert by_hand(filing=filing, day=date(2026, 11, 5)).by_hand_on == date(2026, 11, 5)
        with pytest.raises(Refusal, match="avenir"):
            by_hand(filing=filing, day=date(2026, 11, 6))


def test_a_deposit_whose_file_never_came_here_is_recorded_by_siret_and_month(dossier: Dossier) -> None:
    scenes.take(dossier, mensuelle(month="2026-09"))
    recorded = by_hand(dossier=dossier, siret=SIRET, month="2026-10", idflux=IDFLUX)
    assert (recorded.siret, recorded.month, recorded.is_real) == (SIRET, "2026-10", True)
    assert recorded.batch.source == Source.BY_HAND and recorded.batch.finished_at is not None
    assert [one.state for one in recorded.moves.all()] == [S.RECORDED_BY_HAND]
    waiting = filed(dossier, mensuelle())
    ((_, why),) = orders.order(actor=OWNER, filings=[waiting], real_confirmed=True).refused
    assert f"n° {recorded.pk}" in why


def test_a_record_made_in_error_is_taken_back_and_its_idflux_free_again(dossier: Dossier) -> None:
    scenes.take(dossier, mensuelle(SIRET, SECOND, month="2026-09"))
    wrong = by_hand(dossier=dossier, siret=SECOND, month="2026-10", idflux=IDFLUX)
    orders.cancel(actor=OWNER, filing=wrong, why="mauvais employeur")
    right = by_hand(dossier=dossier, siret=SIRET, month="2026-10", idflux=IDFLUX)
    assert right.idflux == IDFLUX
    assert orders.order(actor=OWNER, filings=[filed(dossier, mensuelle(SECOND))], real_confirmed=True).planned


def test_what_may_have_left_from_here_is_not_taken_back(unknown: Filing) -> None:
    recorded = by_hand(filing=unknown, idflux=IDFLUX)
    with pytest.raises(Refusal, match="peut-être parti"):
        orders.cancel(actor=OWNER, filing=recorded)


@pytest.mark.parametrize(
    ("options", "refusal", "said"),
    [
        ({"siret": "1" * 14, "month": "2026-10"}, NotVisible, "n’est pas dans le dossier"),
        ({"siret": SIRET, "month": "octobre"}, Refusal, "mois déclaré"),
        ({"siret": SIRET, "month": "2026-13"}, Refusal, "mois déclaré"),
    ],
)
def test_a_siret_or_a_month_that_is_none_is_refused(
    dossier: Dossier, options: dict[str, str], refusal: type[Refusal], said: str
) -> None:
    scenes.take(dossier, mensuelle(month="2026-09"))
    with pytest.raises(refusal, match=said):
        by_hand(dossier=dossier, idflux=IDFLUX, **options)
    assert not Filing.objects.exists()


def test_only_the_declaring_dossier_says_what_was_deposited_by_hand(dossier: Dossier, other: Dossier) -> None:
    scenes.take(dossier, mensuelle(month="2026-09"))
    scenes.take(other, mensuelle(month="2026-09"))
    elsewhere = filed(other, mensuelle())
    assert elsewhere.state == S.REJECTED_LOCALLY
    for asked in ({"filing": elsewhere}, {"dossier": other, "siret": SIRET, "month": "2026-10"}):
        with pytest.raises(Refusal, match="Le dossier « Associations du Val » déclare"):
            by_hand(idflux=IDFLUX, **asked)
    assert orders.order(actor=OWNER, filings=[filed(dossier, mensuelle())], real_confirmed=True).planned


def test_two_deposits_of_one_key_may_both_have_been_made_by_hand(dossier: Dossier) -> None:
    scenes.take(dossier, mensuelle(month="2026-09"))
    first = by_hand(dossier=dossier, siret=SIRET, month="2026-10", idflux=IDFLUX)
    second = by_hand(dossier=dossier, siret=SIRET, month="2026-10", day=date(2026, 11, 5))
    assert (first.exempt, second.exempt) == (False, True)
    with pytest.raises(Refusal, match="déjà celui d’un autre dépôt"):
        by_hand(filing=second, idflux=IDFLUX)


def test_only_who_may_change_the_dossier_decides(
    dossier: Dossier, unknown: Filing, user_with: Callable[..., Actor]
) -> None:
    scenes.take(dossier, mensuelle(month="2026-09"))
    for name, roles, refusal in (("Luc", {dossier: "lecture"}, NotAllowed), ("Max", {}, NotVisible)):
        actor = user_with(name, roles)
        with pytest.raises(refusal):
            settle_unknown(actor=actor, filing=unknown, outcome=S.NOT_DEPOSITED, reason=REASON)
        with pytest.raises(refusal):
            record_by_hand(actor=actor, filing=unknown, idflux=IDFLUX)
        with pytest.raises(refusal):
            record_by_hand(actor=actor, dossier=dossier, siret=SIRET, month="2026-10", idflux=IDFLUX)
