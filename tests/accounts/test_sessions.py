from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.accounts.conftest import Clock, SignIn
from tests.child_processes import ask_child

from scarabee.accounts.devices import UNKNOWN, device_words
from scarabee.accounts.models import Session, User
from scarabee.accounts.services import sessions
from scarabee.accounts.sessions import SessionStore, note_use
from scarabee.cli.sweeping import sweep_once
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.settings.database import LOCK_TIMEOUT_SECONDS

CHILD = "tests.accounts.rights_child"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
DEVICES = {
    FIREFOX: "Firefox, Windows",
    PHONE: "Safari, iPhone",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36": (
        "Chrome, Linux"
    ),
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": (
        "Edge, Windows"
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18.4 Safari/605.1.15": "Safari, macOS",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36": "Chrome, Android",
    "curl/8.14.1": UNKNOWN,
    "<script>alert(1)</script>": UNKNOWN,
    "": UNKNOWN,
}


def _row(browser: Client) -> Session:
    return Session.objects.get(session_key=browser.session.session_key)


@pytest.mark.parametrize("agent", DEVICES, ids=lambda agent: DEVICES[agent])
def test_a_browser_is_told_in_a_few_words(agent: str) -> None:
    assert device_words(agent) == DEVICES[agent]


def test_a_session_knows_whose_it_is_from_where_and_since_when(lucie: User, sign_in: SignIn, clock: Clock) -> None:
    browser = sign_in("Lucie", agent=FIREFOX)
    row = _row(browser)
    assert (row.user_id, row.device) == (lucie.pk, "Firefox, Windows")
    assert abs(row.opened_at - clock.at) < timedelta(seconds=1)


def test_writing_into_a_session_keeps_its_number_device_and_opening(lucie: User, sign_in: SignIn, clock: Clock) -> None:
    browser = sign_in("Lucie", agent=FIREFOX)
    before = _row(browser)
    clock.advance(minutes=10)
    store = SessionStore(before.session_key)
    store["quelque chose"] = 1
    store.save()
    after = _row(browser)
    assert (after.public_id, after.device, after.opened_at) == (before.public_id, before.device, before.opened_at)
    assert after.expire_date == before.expire_date
    assert after.seen_at == clock.at


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (60, 302)])
def test_an_hour_without_use_ends_a_session(
    lucie: User, sign_in: SignIn, clock: Clock, minutes: int, status: int
) -> None:
    browser = sign_in("Lucie")
    clock.advance(minutes=minutes)
    assert browser.get("/").status_code == status


def test_use_prolongs_a_session_up_to_twelve_hours(lucie: User, sign_in: SignIn, clock: Clock) -> None:
    browser = sign_in("Lucie")
    for _ in range(23):
        clock.advance(minutes=30)
        assert browser.get("/").status_code == 200
    clock.advance(minutes=30)
    assert browser.get("/").status_code == 302


def test_use_is_written_every_five_minutes_at_most(lucie: User, sign_in: SignIn, clock: Clock) -> None:
    browser = sign_in("Lucie")
    opened = _row(browser).seen_at
    for minutes, written in ((4, False), (1, True), (4, False), (1, True)):
        clock.advance(minutes=minutes)
        with CaptureQueriesContext(connection) as queries:
            browser.get("/")
        assert any(query["sql"].startswith("UPDATE") for query in queries.captured_queries) is written
    assert _row(browser).seen_at == clock.at > opened


def test_pages_without_session_write_nothing(administrator: User, client: Client) -> None:
    client.get("/connexion/")
    assert not Session.objects.exists()


@pytest.mark.slow  # on PostgreSQL a session is never in the way: its row is skipped when it is locked
def test_a_busy_database_neither_breaks_nor_delays_a_page(tmp_path: Path) -> None:
    """Somebody else holds the database file: the use is not written down, and the next page does it."""
    ask_child(CHILD, tmp_path, "prepare", "Anne")
    told = ask_child(CHILD, tmp_path, "use_while_busy", "Anne")
    assert told["busy"] == [200, False]
    assert told["free"] == [200, True]
    assert told["seconds"] < LOCK_TIMEOUT_SECONDS / 4
    assert told["timeout_ms"] == LOCK_TIMEOUT_SECONDS * 1000


def test_a_session_that_was_ended_is_not_brought_back_by_its_use(lucie: User, sign_in: SignIn, clock: Clock) -> None:
    browser = sign_in("Lucie")
    store = SessionStore(browser.session.session_key)
    assert store[SESSION_KEY] == str(lucie.pk)
    clock.advance(minutes=10)
    Session.objects.all().delete()
    note_use(store)
    assert not Session.objects.exists()


def test_a_session_that_was_ended_is_not_brought_back_by_writing_into_it(lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie")
    store = SessionStore(browser.session.session_key)
    store["quelque chose"] = 1
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_open_sessions_are_listed_with_this_one_first(
    lucie: User, sign_in: SignIn, clock: Clock, administrator: User
) -> None:
    over = sign_in("Lucie")
    clock.advance(minutes=61)
    here = sign_in("Lucie", agent=FIREFOX)
    clock.advance(minutes=6)
    sign_in("Lucie", agent=PHONE)
    sign_in("Administrateur")
    key = here.session.session_key or ""
    listed = sessions.open_sessions(actor=Actor.of(lucie), user=lucie, this_key=key)
    assert [(one.device, one.is_this_one) for one in listed] == [("Firefox, Windows", True), ("Safari, iPhone", False)]
    assert _row(here).public_id == listed[0].public_id
    assert over.session.session_key is None or not over.session.keys()
    assert len(sessions.open_sessions(actor=Actor.of(administrator), user=lucie)) == 2


def test_one_session_is_ended_among_several(lucie: User, sign_in: SignIn) -> None:
    here, elsewhere = sign_in("Lucie"), sign_in("Lucie")
    actor, public_id = Actor.of(lucie), _row(elsewhere).public_id
    sessions.end_session(actor=actor, user=lucie, public_id=str(public_id))
    assert elsewhere.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert JournalEntry.objects.get(code="session.fermee").facts["count"] == 1
    for unknown in (public_id, uuid4(), "pas un numéro"):
        with pytest.raises(NotVisible):
            sessions.end_session(actor=actor, user=lucie, public_id=unknown)


def test_every_session_but_this_one_is_ended(lucie: User, sign_in: SignIn) -> None:
    here, *others = [sign_in("Lucie") for _ in range(3)]
    actor = Actor.of(lucie)
    assert sessions.end_all_sessions(actor=actor, user=lucie, but_key=here.session.session_key or "") == 2
    assert here.get("/").status_code == 200
    assert {browser.get("/").status_code for browser in others} == {302}
    assert sessions.end_all_sessions(actor=actor, user=lucie) == 1
    assert here.get("/").status_code == 302


def test_a_clerk_sees_and_ends_the_sessions_of_nobody_else(administrator: User, lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Administrateur")
    actor = Actor.of(lucie)
    for act in (sessions.open_sessions, sessions.end_all_sessions):
        with pytest.raises(NotVisible):
            act(actor=actor, user=administrator)
    with pytest.raises(NotVisible):
        sessions.end_session(actor=actor, user=administrator, public_id=_row(browser).public_id)
    with pytest.raises(NotVisible):
        sessions.end_session(actor=actor, user=lucie, public_id=_row(browser).public_id)
    assert browser.get("/").status_code == 200


def test_a_change_of_password_keeps_this_session_described(lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie", agent=FIREFOX)
    before = _row(browser)
    request = RequestFactory().get("/")
    request.session = SessionStore(before.session_key)
    request.user = lucie
    lucie.set_password("autre phrase de passe 9")
    lucie.save()
    update_session_auth_hash(request, lucie)
    request.session.save()
    after = Session.objects.get()
    assert after.session_key != before.session_key
    assert (after.opened_at, after.device, after.user_id) == (before.opened_at, "Firefox, Windows", lucie.pk)


def test_sessions_that_are_over_are_swept(lucie: User, sign_in: SignIn, clock: Clock) -> None:
    sign_in("Lucie")
    clock.advance(minutes=50)
    here = sign_in("Lucie")
    assert sessions.sweep_sessions() == 0
    clock.advance(minutes=10)
    assert sessions.sweep_sessions() == 1
    assert _row(here).user_id == lucie.pk
    clock.advance(hours=1)
    sweep_once()
    assert not Session.objects.exists()


def test_the_cookie_ends_with_the_browser_and_no_script_reads_it(lucie: User, sign_in: SignIn, settings: Any) -> None:
    browser = sign_in("Lucie")
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["max-age"] == cookie["expires"] == ""
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_signing_in_and_out_changes_the_key(lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie")
    first = browser.session.session_key
    browser.post("/deconnexion/")
    assert not Session.objects.filter(session_key=first).exists()
    browser.post("/connexion/", {"username": "Lucie", "password": "corail dune sextant 47"})
    assert browser.session.session_key != first
    assert timezone.now() - _row(browser).opened_at < timedelta(minutes=1)
