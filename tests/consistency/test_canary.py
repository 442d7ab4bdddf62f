"""The password of the portal, planted and looked for: no screen, command, log, file or crash report tells it."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.debug import ExceptionReporter
from pytest_django.plugin import DjangoDbBlocker
from tests.child_processes import SERVER
from tests.conftest import PASSWORD
from tests.consistency.canary import CANARY, Said, every_log, needles
from tests.consistency.rights_commands import COMMANDS
from tests.consistency.rights_pages import PAGES, fresh_files
from tests.consistency.rights_scene import OWNER, Role, Scene, standing, undone
from tests.consistency.test_rights_commands import run
from tests.sizes import LONG

from scarabee.accounts import vault
from scarabee.accounts.models import PortalBinding, PortalIdentifiers, User
from scarabee.accounts.portal import connection_tests
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import copy_identifiers, save_identifiers
from scarabee.accounts.portal.sharing import PURPOSE
from scarabee.netentreprises.bouchon.incidents import INCIDENTS
from scarabee.netentreprises.bouchon.server import Account, Bouchon

pytestmark = pytest.mark.django_db
ON_SQLITE = pytest.mark.skipif(bool(SERVER) and not LONG, reason="walked on SQLite: screens and commands are the same")

ENTRY = Entry("73282932000074", "HERVAULT", "Noemie", CANARY)
FORM = {
    "siret": ENTRY.siret, "nom": ENTRY.nom, "prenom": ENTRY.prenom, "motdepasse": CANARY, "general": "on",
    "morning_time": "07:00", "usual_role": "",
}  # fmt: skip
HTMX = {"HX-Request": "true"}
SLOW = {"lenteur", "muet"}


@pytest.fixture(scope="module")
def bouchon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bouchon]:
    account = Account(ENTRY.siret, ENTRY.nom, ENTRY.prenom, CANARY, ("25", "26"))
    with Bouchon(folder=tmp_path_factory.mktemp("bouchon") / "etat", accounts=[account]) as server:
        yield server


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker, bouchon: Bouchon) -> Iterator[Scene]:
    """The bureau of the walks, in which everybody holds the canary."""
    with django_db_blocker.unblock(), standing() as scene:
        PortalBinding.objects.update(portal=bouchon.address)
        for user in scene.users.values():
            save_identifiers(actor=OWNER, user=user, entry=ENTRY)
        scene.settle()
        yield scene


@pytest.fixture
def said() -> Iterator[Said]:
    """Everything heard while the test runs, SQL and its values included; the test fails when the canary is in it."""
    said = Said()
    connection.force_debug_cursor = True
    try:
        with every_log(said):
            yield said
    finally:
        connection.force_debug_cursor = False
    assert len(said.heard) > 10
    assert not said.leaks()


@pytest.fixture
def client(scene: Scene) -> Client:
    """Administrateur, whose password was confirmed a moment ago."""
    client = Client(raise_request_exception=False)
    client.force_login(scene.users[Role.ADMINISTRATOR], backend="scarabee.accounts.backends.AccountBackend")
    answer = client.post(reverse("accounts:confirm"), {"confirmation": PASSWORD})
    assert answer.status_code == 302
    return client


def hear(said: Said, where: str, answer: Any) -> str:
    """Keep an answer, headers and all; its text."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    said.add(where, body)
    said.add(f"headers of {where}", repr(answer.headers))
    return str(body, "utf-8", "replace")


def test_the_planted_password_can_be_found_where_it_is(scene: Scene) -> None:
    """What follows is worth something: it is really kept, and every writing of it would be heard."""
    held = PortalIdentifiers.objects.get(user=scene.users[Role.ADMINISTRATOR])
    assert vault.unseal(PURPOSE, str(held.user_id), held.sealed) == CANARY
    for needle in needles():
        said = Said()
        said.add("a page", b"before " + needle + b" after")
        assert said.leaks() == ["a page"]


@ON_SQLITE
def test_no_screen_tells_it(scene: Scene, client: Client, said: Said) -> None:
    for name, page in PAGES.items():
        for target in page.targets(scene):
            address = reverse(name, kwargs=target.kwargs)
            for method, htmx in (("get", False), ("get", True), ("post", False), ("post", True)):
                data = {**FORM, **fresh_files(target.data)} if method == "post" else {}
                with undone():
                    answer = getattr(client, method)(address, data, headers=HTMX if htmx else {})
                    hear(said, f"{method} {name}", answer)


def test_the_two_tabs_and_the_blue_ball_never_give_it_back(
    scene: Scene, client: Client, bouchon: Bouchon, said: Said
) -> None:
    user = scene.users[Role.READER]
    before = len(bouchon.authentications)
    for form in (FORM, {**FORM, "siret": "73282932000075"}, {**FORM, "motdepasse": CANARY + " "}):
        for name in ("accounts:user_show", "accounts:user_remarks", "accounts:user_test"):
            address = reverse(name, args=[user.pk])
            for headers in ({}, HTMX):
                with undone():
                    answer = client.post(address, {**form, "do": "enregistrer"}, headers=headers)
                    text = hear(said, name, answer)
                    if answer.status_code == 302:
                        hear(said, f"after {name}", client.get(answer.headers["Location"]))
                    for _ in range(6 if "suite/" in text else 0):
                        follow(client, said)
    assert len(bouchon.authentications) > before


def command(scene: Scene, said: Said, *line: object, stdin: str = "") -> None:
    """Run a command as Administrateur and hear it; the logs that we listen to are not set up anew for it."""
    with mock.patch("django.setup"):
        said.add(" ".join(map(str, line)), run(scene, Role.ADMINISTRATOR, list(line), stdin).text)


def follow(client: Client, said: Said) -> None:
    """Run the next check of the newest test, and look at its page."""
    test = connection_tests.ConnectionTest.objects.latest("created_at")
    for name in ("accounts:test_next", "accounts:test_show", "accounts:test_again"):
        address = reverse(name, args=[test.pk])
        answer = client.get(address) if name.endswith("show") else client.post(address, headers=HTMX)
        hear(said, name, answer)


@ON_SQLITE
def test_no_command_tells_it(scene: Scene, tmp_path: Path, said: Said) -> None:
    for asks in COMMANDS.values():
        for ask in asks(scene, tmp_path):
            if ask.changes is None:
                continue
            command(scene, said, *ask.line, stdin=ask.stdin)
    whose = ["--utilisateur", "Administrateur"]
    for json_wanted in ([], ["--json"]):
        command(scene, said, "identifiants", *json_wanted)
        command(scene, said, "identifiants", "verifier", *whose, *json_wanted)
        command(scene, said, "identifiants", "copier", *whose, "--vers", "Personne 1", *json_wanted)
    values = ["--siret", "1", "--nom", "N", "--prenom", "P", "--mot-de-passe-stdin"]
    for stdin in (f"{CANARY}\n", f"{CANARY}\r\n", CANARY):
        command(scene, said, "identifiants", "enregistrer", "--utilisateur", "Personne 1", *values, stdin=stdin)


@pytest.mark.parametrize("incident", sorted(INCIDENTS.keys() - SLOW))
def test_no_bad_day_makes_anything_tell_it(scene: Scene, bouchon: Bouchon, said: Said, incident: str) -> None:
    bouchon.start_incident(incident)
    try:
        with undone():
            command(scene, said, "identifiants", "verifier")
            command(scene, said, "horloge", "--une-fois")
    finally:
        bouchon.end_incident(incident)
        bouchon.unlock(ENTRY.siret, ENTRY.nom, ENTRY.prenom)


@pytest.mark.parametrize(
    "place",
    [
        "scarabee.netentreprises.client.sign_in",
        "scarabee.netentreprises.transport.Transport.exchange",
        "scarabee.accounts.portal.refusals.forget",
        "scarabee.accounts.portal.checks.mark_proved",
        "scarabee.accounts.vault.seals.Fernet",
    ],
)
def test_no_crash_report_tells_it(
    scene: Scene, client: Client, said: Said, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A fault of ours, in the middle of everything that holds the password."""

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a fault of the program")

    user = scene.users[Role.READER]
    with crashing(monkeypatch, place, fail):
        with undone():
            answer = client.post(reverse("accounts:user_test", args=[user.pk]), {**FORM, "motdepasse": CANARY})
            hear(said, "the page of a fault", answer)
        with undone():
            error = fault_of(user)
    said.add("traceback", "".join(traceback.format_exception(error)))
    said.add("its chain", repr([error, error.args, error.__context__, error.__cause__]))
    request = RequestFactory().post("/", FORM)
    info = (type(error), error, error.__traceback__)
    said.add("report as HTML", ExceptionReporter(request, *info).get_traceback_html())
    said.add("report as text", ExceptionReporter(request, *info).get_traceback_text())


def fault_of(user: User) -> Exception:
    """What breaks in a run of the blue ball."""
    try:
        test = connection_tests.start_test(actor=OWNER, user=user, entry=ENTRY)
        connection_tests.run_all(actor=OWNER, test=test)
    except Exception as error:  # whatever it is, it must not tell
        return error
    pytest.fail("the fault was not met")


@contextmanager
def crashing(monkeypatch: pytest.MonkeyPatch, place: str, fail: Any) -> Iterator[None]:
    with monkeypatch.context() as patch:
        try:
            patch.setattr(place, fail)
        except AttributeError:
            pytest.fail(f"{place} is gone: name what holds the password now")
        yield


def test_neither_the_database_nor_the_folder_holds_it(scene: Scene, said: Said) -> None:
    """What a copy of the data folder takes away: every row, and every file."""
    user: User = scene.users[Role.ADMINISTRATOR]
    with undone():
        test = connection_tests.start_test(actor=OWNER, user=user, entry=ENTRY)
        connection_tests.run_all(actor=OWNER, test=test)
        wrong = replace(ENTRY, motdepasse=CANARY, nom="Hervault")
        connection_tests.run_all(actor=OWNER, test=connection_tests.start_test(actor=OWNER, user=user, entry=wrong))
        copy_identifiers(actor=OWNER, source=user, targets=[scene.users[Role.KEEPER]])
        vault.rotate(actor=OWNER)
        if connection.vendor == "sqlite":
            for line in connection.connection.iterdump():
                said.add("the database", line)
    for path in Path(settings.DATA_FOLDER).rglob("*"):
        if path.is_file():
            said.add(path.name, path.read_bytes())
    said.add("the environment of the process", repr([*sys.argv]))
