import logging
from pathlib import Path

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth import SESSION_KEY
from django.core import checks
from django.db import connection
from django.test import Client
from tests.accounts.conftest import GOOD, Clock, Enrol
from tests.child_processes import ask_child

from scarabee.accounts import lock_out
from scarabee.accounts.forms import WRONG_SIGN_IN
from scarabee.accounts.models import User
from scarabee.accounts.services.users import create_user, is_locked, reset_user, unlock_user
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

CHILD = "tests.accounts.rights_child"
CANARY = "Corail-Dune-Sextant-47"


def _try(client: Client, name: str, password: str = "faux", **extra: str) -> int:
    return client.post("/connexion/", {"username": name, "password": password}, **extra).status_code


def _locks() -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(code="compte.bloque"))


def _everything_stored() -> str:
    stored = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            stored.append(str(cursor.fetchall()))
    return "\n".join(stored)


@pytest.mark.django_db
def test_axes_and_django_find_nothing_to_say_of_the_settings() -> None:
    assert [check for check in checks.run_checks() if not check.is_silenced()] == []


def test_five_failures_close_the_account_even_for_the_right_password(client: Client, lucie: User) -> None:
    assert [_try(client, "Lucie") for _ in range(5)] == [200, 200, 200, 200, 429]
    assert is_locked(lucie)
    response = client.post("/connexion/", {"username": "Lucie", "password": GOOD})
    assert response.status_code == 429
    assert "15 minutes" in response.text
    assert "débloquer" in response.text
    assert SESSION_KEY not in client.session


def test_a_lock_ends_by_itself_and_attempts_meanwhile_do_not_prolong_it(
    client: Client, lucie: User, clock: Clock
) -> None:
    for _ in range(5):
        _try(client, "Lucie")
    clock.advance(minutes=14)
    assert _try(client, "Lucie", GOOD) == 429
    assert _try(client, "Lucie") == 429
    clock.advance(minutes=1, seconds=1)
    assert not is_locked(lucie)
    assert _try(client, "Lucie", GOOD) == 302


def test_four_failures_are_forgotten_after_a_success(client: Client, lucie: User) -> None:
    for _ in range(2):
        for _ in range(4):
            _try(client, "Lucie")
        assert _try(client, "Lucie", GOOD) == 302
        client.post("/deconnexion/")
    assert not AccessAttempt.objects.exists()


def test_another_address_browser_or_spelling_changes_nothing(client: Client, lucie: User) -> None:
    for number, name in enumerate(["Lucie", "LUCIE", " lucie ", "lucie", "Lucie"]):
        _try(client, name, REMOTE_ADDR=f"192.168.1.{number}", HTTP_USER_AGENT=f"Navigateur {number}")
    assert is_locked(lucie)


def test_headers_do_not_change_the_address_that_is_counted(client: Client, lucie: User) -> None:
    _try(client, "Lucie", REMOTE_ADDR="192.168.1.9", HTTP_X_FORWARDED_FOR="10.9.9.9", HTTP_X_REAL_IP="10.9.9.9")
    assert AccessAttempt.objects.get().ip_address == "192.168.1.9"


@pytest.mark.parametrize("address", ["", "unix:", "pas une adresse"])
def test_a_connection_without_address_is_counted_too(client: Client, lucie: User, address: str) -> None:
    for _ in range(5):
        _try(client, "Lucie", REMOTE_ADDR=address)
    assert is_locked(lucie)


def test_a_name_that_does_not_exist_is_closed_in_the_same_way(client: Client, lucie: User) -> None:
    seen = {}
    for name in ("Lucie", "Personne"):
        answers = [client.post("/connexion/", {"username": name, "password": "faux"}) for _ in range(6)]
        seen[name] = [(answer.status_code, WRONG_SIGN_IN in answer.text) for answer in answers]
    assert seen["Lucie"] == seen["Personne"]
    rows = AccessAttempt.objects.all()
    assert {len(row.username) for row in rows} == {64}
    assert len({(row.path_info, row.http_accept, row.user_agent) for row in rows}) == 1


def test_a_lock_is_journalled_once_and_names_only_accounts_that_exist(client: Client, lucie: User) -> None:
    for name in ("Lucie", CANARY):
        for _ in range(8):
            _try(client, name)
    assert [entry.facts for entry in _locks()] == [{"user_id": lucie.pk, "username": "Lucie"}]


def test_each_lock_has_its_entry(client: Client, lucie: User, owner: Actor, clock: Clock) -> None:
    for _ in range(3):
        for _ in range(6):
            _try(client, "Lucie")
        clock.advance(minutes=16)
    for _ in range(6):
        _try(client, "Lucie")
    for free in (unlock_user, reset_user):
        free(actor=owner, user=lucie)
        for _ in range(6):
            _try(client, "Lucie")
    assert len(_locks()) == 6


def test_an_administrator_unlocks(client: Client, lucie: User, administrator: User) -> None:
    for _ in range(5):
        _try(client, "Lucie")
    for _ in range(2):
        unlock_user(actor=Actor.of(administrator), user=lucie)
    assert not is_locked(lucie)
    assert _try(client, "Lucie", GOOD) == 302
    entry = JournalEntry.objects.get(code="compte.debloque")
    assert (entry.actor_name, entry.facts["username"]) == ("Administrateur", "Lucie")


def test_wrong_codes_close_the_account_like_wrong_passwords(client: Client, lucie: User, enrol: Enrol) -> None:
    enrol(lucie)
    assert _try(client, "Lucie", GOOD) == 302
    answers = [client.post("/connexion/code/", {"code": "000000"}).status_code for _ in range(6)]
    assert answers == [200, 200, 200, 200, 429, 429]
    assert is_locked(lucie)


def test_the_right_password_does_not_forget_wrong_codes(client: Client, lucie: User, enrol: Enrol) -> None:
    enrol(lucie)
    for _ in range(5):
        _try(client, "Lucie", GOOD)
        client.post("/connexion/code/", {"code": "000000"})
    assert is_locked(lucie)
    assert _try(client, "Lucie", GOOD) == 429


def test_what_is_typed_is_stored_and_logged_nowhere(
    client: Client, lucie: User, caplog: pytest.LogCaptureFixture
) -> None:
    for name in (None, "axes", "django", "scarabee"):
        caplog.set_level(logging.DEBUG, logger=name)
    for _ in range(6):
        client.post(
            f"/connexion/?next=/{CANARY}/",
            {"username": CANARY, "password": CANARY, "autre": CANARY},
            headers={"User-Agent": CANARY, "Accept": CANARY, "Referer": f"http://testserver/{CANARY}"},
        )
        _try(client, "Lucie", CANARY)
    assert AccessAttempt.objects.count() == 2
    assert not AccessLog.objects.exists()
    assert not AccessFailureLog.objects.exists()
    for said in (_everything_stored(), caplog.text):
        assert CANARY not in said
        assert CANARY.casefold() not in said


def test_the_hash_of_a_name_cannot_be_made_without_the_key_of_the_folder(settings: object, lucie: User) -> None:
    before = lock_out.account_key("Lucie")
    settings.SECRET_KEY = "une autre clé"
    assert lock_out.account_key("Lucie") != before
    assert lock_out.account_key(" lUCIE ") == lock_out.account_key("Lucie")


def test_a_right_guess_that_arrives_after_five_wrong_ones_does_not_enter(
    client: Client, lucie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guesses sent together all pass the first look at the lock: the second look, after the password, stops them."""
    check = User.check_password

    def slow(self: User, typed: str) -> bool:
        right = check(self, typed)
        if right:
            monkeypatch.setattr(User, "check_password", check)
            for _ in range(5):
                _try(Client(), "Lucie")
        return right

    monkeypatch.setattr(User, "check_password", slow)
    assert _try(client, "Lucie", GOOD) == 429
    assert SESSION_KEY not in client.session


def test_locked_pages_say_the_same_to_htmx(client: Client, admin_client: Client, administrator: User) -> None:
    for _ in range(5):
        _try(client, "Administrateur")
    page = client.get("/connexion/bloque/")
    assert page.status_code == 429
    assert "scarabee utilisateurs debloquer" in page.text


def test_accounts_are_looked_up_in_one_query(owner: Actor, lucie: User, django_assert_num_queries: object) -> None:
    names = ["Lucie", *(create_user(actor=owner, username=f"Compte {number}").username for number in range(5))]
    with django_assert_num_queries(1):
        assert lock_out.locked_keys(names) == set()


@pytest.mark.slow
@pytest.mark.engines
def test_failures_add_up_across_processes(tmp_path: Path) -> None:
    ask_child(CHILD, tmp_path, "prepare", "Anne")
    assert ask_child(CHILD, tmp_path, "guess", "Anne", "faux", 3) == [200, 200, 200]
    assert ask_child(CHILD, tmp_path, "guess", "anne", "faux", 2) == [200, 429]
    assert ask_child(CHILD, tmp_path, "guess", "Anne", GOOD, 1) == [429]
