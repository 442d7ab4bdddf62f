"""The morning test: once a day, caught up, never a knock too many, whatever happens to the machine or to the portal."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.accounts.conftest import Clock
from tests.accounts.portal.conftest import RIGHT, Ball, Holder
from tests.child_processes import ask_child

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import MorningCheck, PortalAttempt, PortalBinding, PortalIdentifiers, PortalIdentity
from scarabee.accounts.portal import morning
from scarabee.accounts.portal.identifiers import save_identifiers, set_morning_time
from scarabee.accounts.services.users import deactivate_user, reactivate_user
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Account, Bouchon

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
NEW = "Nouveau.2026-Sel"
OTHER = replace(RIGHT, siret="46766553500010", nom="MARTIN", prenom="Alice")


@pytest.fixture
def clock(clock: Clock) -> Clock:
    """Six in the morning, in Paris."""
    clock.at = clock.at.astimezone(PARIS).replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return clock


@pytest.fixture
def bouchon(db: None, tmp_path: Path, clock: Clock) -> Iterator[Bouchon]:
    """A portal that lives at the same time as we do, and knows two accounts."""
    accounts = [Account(one.siret, one.nom, one.prenom, one.motdepasse) for one in (RIGHT, OTHER)]
    with Bouchon(folder=tmp_path / "bouchon", accounts=accounts, clock=clock) as server:
        PortalBinding.objects.update_or_create(id=1, defaults={"portal": server.address})
        yield server


def statuses(bouchon: Bouchon) -> list[int]:
    return [one.status for one in bouchon.authentications]


def outcomes() -> list[str]:
    return list(MorningCheck.objects.order_by("pk").values_list("outcome", flat=True))


def change_on_the_portal(bouchon: Bouchon, password: str = NEW) -> None:
    bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, password)


def test_a_proved_account_is_tested_once_a_day(bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock) -> None:
    assert ball(holder("Lucie")).ok
    assert morning.run_due() == 0
    clock.advance(hours=1)
    assert [morning.run_due() for _ in range(3)] == [1, 0, 0]
    assert outcomes() == ["acceptes"]
    clock.advance(hours=23)
    assert morning.run_due() == 0
    clock.advance(hours=1)
    assert morning.run_due() == 1


# Killed, broken, twice ---------------------------------------------------------------------------


def test_a_crash_in_one_account_leaves_the_others_their_morning(
    bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, entry in (("Lucie", RIGHT), ("Paul", OTHER)):
        assert ball(holder(name, siret=entry.siret, nom=entry.nom, prenom=entry.prenom)).ok
    clock.advance(hours=2)
    with monkeypatch.context() as patch:

        def dies(*args: object) -> None:
            raise SystemExit(9)

        patch.setattr(morning, "perform", dies)
        with pytest.raises(SystemExit):
            morning.run_due()
    clock.advance(minutes=1)
    assert morning.run_due() == 1
    assert statuses(bouchon) == [200, 200, 200]
    clock.advance(hours=1)
    assert morning.run_due() == 1, "nothing had left for the one that crashed: its turn comes again"
    assert statuses(bouchon) == [200] * 4


def test_a_morning_killed_after_its_password_left_waits_for_the_next_day(
    bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock
) -> None:
    assert ball(holder("Lucie")).ok
    identity = PortalIdentity.objects.get()
    clock.advance(hours=1)
    MorningCheck.objects.create(identity=identity, day=clock.at.date(), claimed_at=clock())
    clock.advance(seconds=1)
    PortalAttempt.objects.create(
        identity=identity, actor_name="service", automatic=True, service="25", started_at=clock()
    )
    clock.advance(hours=2)
    assert morning.run_due() == 0
    assert statuses(bouchon) == [200]


def test_four_clocks_at_once_send_one_password_for_each_account(tmp_path: Path) -> None:
    accounts = [Account(f"7328293200007{number}", "MARTIN", "Alice", RIGHT.motdepasse) for number in range(3)]
    with Bouchon(folder=tmp_path / "bouchon", accounts=accounts) as bouchon:
        counts = ask_child("tests.accounts.portal.clocks_child", tmp_path / "donnees", bouchon.address)
        assert len(bouchon.authentications) == 3
        assert sum(counts) == 3


# The portal is down ------------------------------------------------------------------------------


def test_a_portal_that_is_down_in_the_morning_is_asked_again_a_few_times(
    bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock
) -> None:
    assert ball(holder("Lucie")).ok
    bouchon.start_incident("maintenance")
    clock.advance(hours=1)
    assert morning.run_due() == 1
    assert outcomes() == ["maintenance"]
    clock.advance(minutes=30)
    assert morning.run_due() == 0
    clock.advance(minutes=40)
    bouchon.end_incident("maintenance")
    assert morning.run_due() == 1
    assert outcomes() == ["acceptes"]
    clock.advance(hours=3)
    assert morning.run_due() == 0
    assert statuses(bouchon) == [200, 200]


def test_a_portal_that_is_down_all_day_sees_no_password_and_few_questions(
    bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock
) -> None:
    assert ball(holder("Lucie")).ok
    bouchon.start_incident("maintenance")
    asked = len(bouchon.requests)
    for _ in range(17 * 12):
        clock.advance(minutes=5)
        morning.run_due()
    assert 2 <= len(bouchon.requests) - asked <= 7
    assert statuses(bouchon) == [200]
    assert PortalIdentity.objects.get().state == IdentityState.PROVED


def test_a_portal_that_breaks_at_sign_in_is_not_asked_again_that_day(
    bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock
) -> None:
    """It may have seen the password."""
    assert ball(holder("Lucie")).ok
    bouchon.start_incident("erreur-interne")
    clock.advance(hours=1)
    for _ in range(12):
        morning.run_due()
        clock.advance(hours=1)
    assert PortalAttempt.objects.count() == 2
    assert outcomes() == ["erreur_interne"]


# Whose identifiers -------------------------------------------------------------------------------


def test_an_account_whose_only_holder_is_deactivated_is_left_alone_until_he_is_back(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    user = holder("Lucie")
    assert ball(user).ok
    deactivate_user(actor=owner, user=user)
    clock.advance(hours=2)
    assert morning.run_due() == 0
    assert not MorningCheck.objects.exists()
    reactivate_user(actor=owner, user=user)
    assert morning.run_due() == 1
    assert statuses(bouchon) == [200, 200]


def test_when_the_proved_password_is_refused_the_new_one_of_a_colleague_takes_over(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, clock: Clock
) -> None:
    lucie, paul = holder("Lucie"), holder("Paul")
    assert ball(lucie).ok
    change_on_the_portal(bouchon)
    clock.advance(hours=1)
    morning.run_due()
    assert PortalIdentity.objects.get().state == IdentityState.FROZEN
    save_identifiers(actor=owner, user=paul, entry=replace(RIGHT, motdepasse=NEW))
    assert PortalIdentity.objects.get().state == IdentityState.UNTRIED
    clock.advance(days=1)
    assert morning.run_due() == 1
    assert statuses(bouchon) == [200, 401, 200]
    assert PortalIdentity.objects.get().state == IdentityState.PROVED
    assert PortalIdentifiers.objects.get(user=paul).proved_at == clock()


def test_one_seal_that_does_not_open_leaves_the_test_to_a_colleague_s(
    bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock
) -> None:
    assert ball(holder("Lucie")).ok
    holder("Paul")
    PortalIdentifiers.objects.filter(user__username="Lucie").update(sealed="1.0000000000000000.abc")
    clock.advance(hours=1)
    morning.run_due()
    assert outcomes() == ["acceptes"]
    PortalIdentifiers.objects.update(sealed="1.0000000000000000.abc")
    clock.advance(days=1)
    morning.run_due()
    assert outcomes() == ["acceptes", "coffre_illisible"]
    assert statuses(bouchon) == [200, 200]


# Not enrolled ------------------------------------------------------------------------------------


@pytest.mark.parametrize("incident", ["non-inscrit", "non-inscrit-au-depot"])
def test_an_enrolment_is_looked_for_the_next_morning_not_the_same_day(
    bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock, incident: str
) -> None:
    user = holder("Lucie")
    bouchon.start_incident(incident)
    ball(user)
    clock.advance(hours=1)
    assert PortalIdentity.objects.get().frozen_cause == "non_inscrit"
    for _ in range(8):
        morning.run_due()
        clock.advance(hours=1)
    assert len(bouchon.authentications) == 1
    clock.advance(days=1, hours=-8)
    morning.run_due()
    assert len(bouchon.authentications) == 2
    assert PortalIdentity.objects.get().frozen_cause == "non_inscrit"
    bouchon.end_incident(incident)
    clock.advance(days=1)
    morning.run_due()
    assert statuses(bouchon)[-1] == 200
    assert PortalIdentity.objects.get().state == IdentityState.PROVED


def test_a_morning_that_waits_for_an_enrolment_sends_only_what_the_portal_recognised(
    bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock
) -> None:
    """The password that is kept is another one, and so a wrong one."""
    user = holder("Lucie", motdepasse="Ancien.2019-Rame")
    bouchon.start_incident("non-inscrit")
    ball(user, RIGHT)
    bouchon.end_incident("non-inscrit")
    for _ in range(3):
        clock.advance(days=1, hours=1)
        morning.run_due()
    assert statuses(bouchon) == [401]
    assert PortalIdentity.objects.get().refusals == 0


def test_while_an_enrolment_is_awaited_the_journal_says_it_once(
    bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock
) -> None:
    from scarabee.maintenance.models import JournalEntry

    bouchon.start_incident("non-inscrit-au-depot")
    ball(holder("Lucie"))
    for _ in range(3):
        clock.advance(days=1, hours=1)
        morning.run_due()
    assert len(bouchon.authentications) == 4
    codes = list(JournalEntry.objects.filter(code__startswith="portail.").values_list("code", flat=True))
    assert codes == ["portail.gele"]


# Days and hours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "not_yet", "due"),
    [
        (time(7), "2026-07-15 06:59", "2026-07-15 07:00"),
        (time(7), "2026-12-15 06:59", "2026-12-15 07:00"),
        (time(2, 30), "2027-03-28 01:59", "2027-03-28 03:00"),  # that night, half past two does not exist
        (time(2, 30), "2027-10-31 02:29", "2027-10-31 02:30"),  # that night, it comes twice
        (time(0), "2026-11-24 00:00", "2026-11-25 00:00"),
        (time(23, 59), "2026-12-31 23:58", "2026-12-31 23:59"),
    ],
)
def test_the_hour_is_that_of_paris_whatever_the_season(
    bouchon: Bouchon, holder: Holder, ball: Ball, owner: Actor, hour: time, not_yet: str, due: str
) -> None:
    user = holder("Lucie")
    assert ball(user).ok
    set_morning_time(actor=owner, user=user, value=hour)
    early, late = (datetime.fromisoformat(text).replace(tzinfo=PARIS) for text in (not_yet, due))
    if hour == time(0):
        assert morning.run_due(early.astimezone(UTC)) == 1  # a day begins at midnight in Paris
    else:
        assert morning.run_due(early.astimezone(UTC)) == 0
    assert morning.run_due(late.astimezone(UTC)) == 1
    again = late.astimezone(UTC) + timedelta(hours=1)
    if again.astimezone(PARIS).date() == late.date():
        assert morning.run_due(again) == 0


def test_what_is_old_does_not_pile_up(bouchon: Bouchon, holder: Holder, ball: Ball, clock: Clock) -> None:
    assert ball(holder("Lucie")).ok
    clock.advance(hours=1)
    for _ in range(10):
        morning.run_due()
        clock.advance(days=1)
    assert (MorningCheck.objects.count(), PortalAttempt.objects.count()) == (10, 11)
    clock.advance(days=100)
    morning.run_due()
    assert (MorningCheck.objects.count(), PortalAttempt.objects.count()) == (1, 1)
