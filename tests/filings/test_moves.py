"""The one door through which a filing changes state: along the table, from where it stands, told every time."""

import itertools

import pytest
from tests.filings.deposits import bare_filing
from tests.filings.intake_scenes import OWNER

from scarabee.dossiers.models import Dossier
from scarabee.filings.enums import MOVES, SENT, WAITING, FilingState
from scarabee.filings.models import Filing, FilingMove
from scarabee.filings.services.moves import Overtaken, move
from scarabee.maintenance.models import JournalEntry

PAIRS = list(itertools.product(FilingState, FilingState))


def test_the_table_speaks_of_every_state() -> None:
    assert set(MOVES) == set(FilingState)
    reached = {FilingState.RECEIVED, *itertools.chain.from_iterable(MOVES.values())}
    assert reached == set(FilingState)


def test_nothing_that_left_waits_again_but_by_proof_that_nothing_was_recorded() -> None:
    back = {(former, state) for former in SENT for state in MOVES[former] if state in WAITING}
    assert back == {(FilingState.SENDING, FilingState.PLANNED)}


def test_every_move_of_the_table_is_made_and_told(dossier: Dossier) -> None:
    for former, state in PAIRS:
        if state not in MOVES[former]:
            continue
        filing = bare_filing(dossier, former, siret=f"{len(FilingMove.objects.all()):014}")
        move(filing, state, actor=OWNER, why="parce que", problem="un problème")
        assert (filing.state, filing.problem) == (state, "un problème")
        told = filing.moves.get()
        assert (told.former, told.state, told.actor_name, told.why) == (former, state, OWNER.name, "parce que")
        entry = JournalEntry.objects.order_by("-sequence")[0]
        assert (entry.code, entry.facts["filing"], entry.facts["state"]) == ("depot.etat", filing.pk, state)


@pytest.mark.parametrize("automatic", [False, True])
def test_every_other_pair_is_refused_and_changes_nothing(dossier: Dossier, automatic: bool) -> None:
    for former in FilingState:
        filing = bare_filing(dossier, former)
        for state in set(FilingState) - MOVES[former]:
            with pytest.raises(ValueError if automatic else Overtaken):
                move(filing, state, actor=OWNER, automatic=automatic, problem="écrit")
        filing.refresh_from_db()
        assert (filing.state, filing.problem) == (former, "")
        filing.delete()
    assert not FilingMove.objects.exists()
    assert not JournalEntry.objects.filter(code="depot.etat").exists()


def test_whoever_comes_second_is_overtaken(dossier: Dossier) -> None:
    first = bare_filing(dossier, FilingState.PLANNED)
    second = Filing.objects.get(pk=first.pk)
    move(first, FilingState.SENDING, actor=OWNER, automatic=True)
    with pytest.raises(Overtaken, match="envoi en cours"):
        move(second, FilingState.CANCELLED, actor=OWNER)
    assert Filing.objects.get(pk=first.pk).state == FilingState.SENDING


def test_a_late_answer_of_a_former_sending_changes_nothing(dossier: Dossier) -> None:
    filing = bare_filing(dossier, FilingState.SENDING, attempt_token="second")
    with pytest.raises(Overtaken):
        move(filing, FilingState.UNKNOWN, actor=OWNER, automatic=True, attempt_token="first")
    move(filing, FilingState.ACCEPTED, actor=OWNER, automatic=True, attempt_token="second", idflux="A" * 23)
    assert filing.idflux == "A" * 23
