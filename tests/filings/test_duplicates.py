"""What stands in the way of a second deposit of one key, and the constraints that hold when two arrive at once."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from tests.filings.deposits import bare_filing
from tests.filings.intake_scenes import OWNER

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.filings.enums import STANDS, FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services.duplicates import IN_THE_WAY, twins, words_of
from scarabee.filings.services.moves import move

FREE = set(FilingState) - IN_THE_WAY


def wanted(dossier: Dossier, **columns: object) -> Filing:
    return bare_filing(dossier, FilingState.CHECKED, **columns)


@pytest.mark.parametrize("state", sorted(IN_THE_WAY))
def test_a_second_deposit_of_the_key_waits_for_whoever_stands_there(dossier: Dossier, state: str) -> None:
    first = bare_filing(dossier, FilingState(state))
    filing = wanted(dossier)
    assert twins(filing) == [first]
    assert f"n° {first.pk}" in words_of(filing, twins(filing))
    assert FilingState(state).label in words_of(filing, twins(filing))


@pytest.mark.parametrize("state", sorted(FREE))
def test_what_was_refused_given_up_or_never_sent_stands_in_nobodys_way(dossier: Dossier, state: str) -> None:
    bare_filing(dossier, FilingState(state))
    filing = wanted(dossier)
    assert twins(filing) == []
    assert words_of(filing, []) == ""


@pytest.mark.parametrize(
    "other",
    [
        {"siret": "79034512800017"}, {"month": "2025-02"}, {"fraction": "21"}, {"champ": "02"}, {"nature": "04"},
        {"slot": "7"}, {"is_real": False},
    ],
    ids=str,
)  # fmt: skip
def test_another_key_or_an_essai_never_counts(dossier: Dossier, other: dict[str, object]) -> None:
    bare_filing(dossier, FilingState.ACCEPTED, **other)
    assert twins(wanted(dossier)) == []


def test_an_essai_is_deposited_as_often_as_one_likes(dossier: Dossier) -> None:
    for _ in range(2):
        bare_filing(dossier, FilingState.CONFORM, is_real=False)
    assert twins(wanted(dossier, is_real=False)) == []


def test_a_replacement_needs_a_higher_order_than_all_that_stands(dossier: Dossier) -> None:
    bare_filing(dossier, FilingState.ACCEPTED, order_rank=1, order_number="1")
    bare_filing(dossier, FilingState.CONFORM, order_rank=2, order_number="2", type="03", exempt=True)
    for rank, allowed in ((1, False), (2, False), (3, True)):
        filing = wanted(dossier, type="03", order_rank=rank, order_number=str(rank))
        assert (twins(filing) == []) is allowed
        if not allowed:
            assert "numéro d’ordre" in words_of(filing, twins(filing))


@pytest.mark.parametrize("state", [FilingState.PLANNED, FilingState.HELD, FilingState.SENDING, FilingState.UNKNOWN])
def test_a_replacement_never_overtakes_what_it_replaces(dossier: Dossier, state: FilingState) -> None:
    bare_filing(dossier, state, order_rank=1)
    filing = wanted(dossier, type="03", order_rank=5)
    assert "n’est pas encore arrivé" in words_of(filing, twins(filing))


def test_a_plain_declaration_never_goes_after_a_replacement_that_stands(dossier: Dossier) -> None:
    bare_filing(dossier, FilingState.ACCEPTED, type="03", order_rank=2, exempt=True)
    assert twins(wanted(dossier, type="01", order_rank=3)) != []


def test_a_decision_written_down_opens_the_way(dossier: Dossier) -> None:
    bare_filing(dossier, FilingState.ACCEPTED)
    assert twins(wanted(dossier, again_reason="perdu sur le portail")) == []


@pytest.mark.parametrize("state", sorted(STANDS))
def test_the_database_has_the_last_word_on_a_key(dossier: Dossier, state: str) -> None:
    bare_filing(dossier, FilingState(state))
    with pytest.raises(IntegrityError), transaction.atomic():
        bare_filing(dossier, FilingState.SENDING)
    bare_filing(dossier, FilingState.SENDING, exempt=True)
    bare_filing(dossier, FilingState.SENDING, is_real=False)


def _both(deed: Callable[[int], object]) -> list[object]:
    """Do it twice at once, in two connections; what each answered or raised."""
    barrier = threading.Barrier(2)
    said: list[object] = [None, None]

    def act(rank: int) -> None:
        barrier.wait()
        try:
            said[rank] = _patiently(deed, rank)
        except Exception as error:
            said[rank] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return said


def _patiently(deed: Callable[[int], object], rank: int) -> object:
    """The database in memory that tests share refuses at once where a file would wait its turn."""
    while True:
        try:
            return deed(rank)
        except OperationalError as error:
            if "locked" not in str(error):
                raise


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_two_filings_of_one_key() -> None:
    dossier = create_dossier(actor=OWNER, name="Val")
    filings = [bare_filing(dossier, FilingState.PLANNED) for _ in range(2)]
    said = _both(lambda rank: move(filings[rank], FilingState.SENDING, actor=OWNER, automatic=True))
    assert sorted(type(one).__name__ for one in said) == ["Filing", "IntegrityError"]
    assert Filing.objects.filter(state=FilingState.SENDING).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_one_filing_twice() -> None:
    filing = bare_filing(create_dossier(actor=OWNER, name="Val"), FilingState.PLANNED)
    copies = [Filing.objects.get(pk=filing.pk) for _ in range(2)]
    said = _both(lambda rank: move(copies[rank], FilingState.SENDING, actor=OWNER, automatic=True))
    assert sorted(type(one).__name__ for one in said) == ["Filing", "Overtaken"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("column", [{"sha256": "ab" * 32}, {"idflux": "Ab0cD1eF2gH3iJ4kL5mN6oP"}])
def test_the_same_bytes_and_the_same_idflux_are_one_filing(column: dict[str, str]) -> None:
    dossier = create_dossier(actor=OWNER, name="Val")
    said = _both(lambda rank: bare_filing(dossier, FilingState.CHECKED, month=f"2025-0{rank + 1}", **column))
    assert sorted(type(one).__name__ for one in said) == ["Filing", "IntegrityError"]
