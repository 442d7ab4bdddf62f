"""What should have come by now and has not, told apart from what is too early and from what could not be asked."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from tests.accounts.conftest import Clock
from tests.dossiers.small_files import ALAIN, ASSOCIATION, declaration, envoi
from tests.filings.deposits import bare_filing
from tests.returns.documents import version
from tests.transfers import scenes

from scarabee.accounts.models import PortalIdentity
from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.filings.enums import FilingState
from scarabee.filings.models import EmployerFiling, Filing
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Cursor, Return, ReturnAbout
from scarabee.returns.services.missing import Expected, Wait, expected

pytestmark = pytest.mark.django_db

UserWith = Callable[..., Actor]
SENT = datetime(2026, 4, 10, 9, tzinfo=PARIS)
W = Wait


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    from django.utils import timezone

    clock = Clock()
    clock.at = SENT
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def a(clock: Clock) -> Dossier:
    return scenes.dossier_of("A", [envoi(declaration((ALAIN,)), real=True)])


def deposited(a: Dossier, state: FilingState = FilingState.ACCEPTED, **columns: Any) -> Filing:
    said = {"month": "2026-03", "idflux": "F1", "sent_at": SENT, "people": 3, "depot": "01"}
    return bare_filing(a, state, **(said | columns))


def came(nature: str, *, idflux: str = "", month: str = "", siret: str = ASSOCIATION, **columns: Any) -> Return:
    said = {"portal": bind_or_refuse(), "fetch": FetchState.FETCHED}
    item = Return.objects.create(nature=nature, idflux=idflux, month=month, **(said | columns))
    ReturnAbout.objects.create(item=item, siret=siret)
    return item


def waits(actor: Actor, month: str = "2026-03") -> dict[str, str]:
    return {one.nature: one.state.value for one in expected(actor, month)}


def at(clock: Clock, day: int, hour: int = 9, month: int = 4) -> None:
    clock.at = datetime(2026, month, day, hour, tzinfo=PARIS)


def test_each_return_has_its_time(owner: Actor, a: Dossier, clock: Clock) -> None:
    deposited(a)
    told = {one.nature: one for one in expected(owner, "2026-03")}
    assert list(told) == ["11", "20", "119", "94", "120"]
    assert f"{told['119'].since:%d %H}" == "10 13"
    assert f"{told['94'].since:%d} {told['94'].until:%d}" == "18 23"
    assert f"{told['120'].since:%d}" == "20"
    assert waits(owner) == {
        "11": W.AWAITED, "20": W.AWAITED, "119": W.TOO_EARLY, "94": W.TOO_EARLY, "120": W.TOO_EARLY
    }  # fmt: skip
    at(clock, 19)
    assert waits(owner) == {"11": W.LATE, "20": W.LATE, "94": W.AWAITED, "120": W.TOO_EARLY}
    at(clock, 26)
    assert waits(owner) == {"11": W.LATE, "20": W.LATE, "94": W.LATE}


def test_the_fifth_brings_rates_ten_days_sooner(owner: Actor, a: Dossier) -> None:
    EmployerFiling.objects.create(siret=ASSOCIATION, due_day=5)
    deposited(a, sent_at=datetime(2026, 4, 2, 9, tzinfo=PARIS))
    (rates,) = [one for one in expected(owner, "2026-03") if one.nature == "94"]
    assert f"{rates.since:%d} {rates.until:%d}" == "08 13"


def test_what_arrived_is_told_with_its_number(owner: Actor, a: Dossier, clock: Clock) -> None:
    deposited(a, FilingState.CONFORM)
    bis, rates = came("20", idflux="F1"), came("94", month="2026-03")
    at(clock, 26)
    told: dict[str, Expected] = {one.nature: one for one in expected(owner, "2026-03")}
    assert {nature: one.state for nature, one in told.items()} == dict.fromkeys(("11", "20", "94"), W.ARRIVED)
    assert (told["11"].item, told["20"].item, told["94"].item) == (None, bis.pk, rates.pk)
    assert told["94"].label == "Taux de prélèvement à la source (CRM nominatif)"


def test_what_is_only_listed_has_not_arrived(owner: Actor, a: Dossier, clock: Clock) -> None:
    deposited(a)
    came("20", idflux="F1", fetch=FetchState.TO_FETCH)
    came("94", month="2026-03", is_real=False)
    at(clock, 26)
    assert waits(owner) == {"11": W.LATE, "20": W.LATE, "94": W.LATE}


def test_what_is_gone_from_the_portal_before_it_was_fetched_has_not_arrived(
    owner: Actor, a: Dossier, clock: Clock
) -> None:
    deposited(a)
    gone = came("20", idflux="F1", month="2026-03", fetch=FetchState.GONE)
    at(clock, 20)
    assert waits(owner)["20"] == W.LATE
    version(gone, b"<inconnu/>")
    Return.objects.update(fetch=FetchState.GONE)
    assert waits(owner)["20"] == W.ARRIVED


def test_the_help_of_a_body_is_late_only_for_whom_it_helped_before(owner: Actor, a: Dossier, clock: Clock) -> None:
    deposited(a)
    came("120", month="2026-02")
    at(clock, 29)
    assert waits(owner) == {"11": W.LATE, "20": W.LATE, "94": W.LATE, "120": W.LATE}


def test_the_msa_has_natures_of_its_own(owner: Actor, a: Dossier) -> None:
    deposited(a, depot="02")
    assert list(waits(owner)) == ["11", "20", "130", "94", "136"]


def test_nothing_more_comes_after_a_bilan_and_no_rate_for_nobody(owner: Actor, a: Dossier) -> None:
    refused = deposited(a, FilingState.ANOMALIES, idflux="F0")
    assert waits(owner) == {"11": W.ARRIVED}
    deposited(a, people=0, type="02")
    assert list(waits(owner)) == ["11", "119", "120"]
    assert {one.filing for one in expected(owner, "2026-03")} != {refused.pk}


def test_the_certificate_of_a_former_deposit_is_not_that_of_the_last_one(owner: Actor, a: Dossier) -> None:
    deposited(a, FilingState.ANOMALIES, idflux="F0")
    came("11", idflux="F0", month="2026-03")
    last = deposited(a)
    told = expected(owner, "2026-03")
    assert {one.filing for one in told} == {last.pk}
    assert told[0].state == W.AWAITED


def test_what_could_not_be_asked_says_why(owner: Actor, a: Dossier, clock: Clock) -> None:
    identity = PortalIdentity.objects.create(key="1|a|b")
    Cursor.objects.create(identity=identity, regime="general", until=SENT, since=SENT, problem="Mot de passe refusé.")
    deposited(a, identity=identity)
    told = {one.nature: one for one in expected(owner, "2026-03")}
    assert (told["11"].state, told["11"].why) == (W.FAILED_TO_ASK, "Mot de passe refusé.")
    assert (told["94"].state, told["94"].why) == (W.TOO_EARLY, "")
    Cursor.objects.update(problem="")
    assert waits(owner)["11"] == W.AWAITED


def test_a_deposit_by_hand_without_its_number_asks_for_the_files(owner: Actor, a: Dossier, clock: Clock) -> None:
    deposited(a, FilingState.RECORDED_BY_HAND, idflux="", sent_at=None, state_at=SENT)
    came("20", month="2026-03")
    at(clock, 11)
    told = {one.nature: one for one in expected(owner, "2026-03")}
    assert told["20"].state == W.ARRIVED
    assert told["11"].state == W.FAILED_TO_ASK and "net-entreprises.fr" in told["11"].why


def test_a_call_for_rates_brings_them_within_five_days(owner: Actor, a: Dossier) -> None:
    deposited(a, nature="08", month="", slot="1")
    told = {one.nature: one for one in expected(owner, "2026-03")}
    assert list(told) == ["11", "20", "94"] and f"{told['94'].until:%d}" == "15"
    assert expected(owner, "2026-04") == []


def test_only_visible_and_open_dossiers_are_told(
    owner: Actor, a: Dossier, user_with: UserWith, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    Employer.objects.filter(dossier=a).update(name="Les Amis du Val")
    for number in range(5):
        deposited(a, idflux=f"F{number}", fraction=f"{number + 1}5")
    deposited(a, idflux="F9", is_real=False)
    reader = user_with("Zoé", {a: "lecture"})
    with django_assert_max_num_queries(9):
        told = expected(reader, "2026-03")
    assert len(told) == 25 and {one.name for one in told} == {"Les Amis du Val"}
    assert expected(user_with("Nina", {}), "2026-03") == []
    archive_dossier(actor=owner, dossier=a)
    assert expected(owner, "2026-03") == []
