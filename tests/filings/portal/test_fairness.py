"""Nothing that one filing or one account meets keeps the others waiting."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.accounts.conftest import Clock
from tests.filings.factories import RIGHT, holder, planned, small_files

from scarabee.accounts.models import PortalIdentifiers, User
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, PortalQueue
from scarabee.filings.services import claims, sending
from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db
S = FilingState


def test_a_filing_that_we_stumble_over_says_so_and_the_others_of_its_account_go(
    bouchon: Bouchon, lucie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (planned(data, lucie) for data, _ in zip(small_files(), range(2), strict=False))
    claim = claims.claim

    def stumble(session: Any, job: Any, seen: list[str]) -> Any:
        if job.filing.pk == first.pk:
            raise KeyError("what nobody foresaw")
        return claim(session, job, seen)

    monkeypatch.setattr(claims, "claim", stumble)
    sending.run_due()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (S.PLANNED, S.ACCEPTED)
    assert "erreur imprévue" in first.problem
    assert first.next_at is not None
    knocks = len(bouchon.authentications)
    sending.run_due()  # not before its pause is over
    assert len(bouchon.authentications) == knocks


def test_a_fault_of_the_whole_session_is_said_and_waited_for(
    bouchon: Bouchon, lucie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(next(small_files()), lucie)

    def stumble(session: Any, job: Any) -> Any:
        raise KeyError("what nobody foresaw")

    monkeypatch.setattr(sending, "_look", stumble)
    for _ in range(3):
        assert sending.run_due() == 0
    queue = PortalQueue.objects.get()
    assert "erreur imprévue" in queue.problem
    assert queue.retry_at is not None
    assert queue.failures == 1  # the second run waited


def test_a_long_queue_of_one_account_keeps_no_other_one_waiting(
    bouchon: Bouchon, lucie: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(RIGHT, nom="AUTRE")
    known = Account(other.siret, other.nom, other.prenom, other.motdepasse)
    bouchon.state.take_accounts([Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse), known])
    paul, files = holder("Paul", other), small_files()
    waiting = [planned(next(files), lucie) for _ in range(4)]
    late = planned(next(files), paul)
    identity = PortalIdentifiers.objects.get(user=lucie).identity
    PortalQueue.objects.create(
        identity=identity, retry_at=clock() + timedelta(minutes=10), problem="Le portail attend."
    )
    monkeypatch.setattr(sending, "AT_MOST", 2)
    sending.run_due()
    late.refresh_from_db()
    assert late.state == S.ACCEPTED
    assert {Filing.objects.get(pk=one.pk).state for one in waiting} == {S.PLANNED}
