"""Several posts on one database: two servers of pages, two workers, two clocks, and one of each killed."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest
from tests.child_processes import ROOT, SERVER, database_for, rows_of, with_schema
from tests.cli.test_web import HOST, free_port
from tests.conftest import PASSWORD
from tests.dossiers.small_files import small_file

pytestmark = [
    pytest.mark.engines,
    pytest.mark.slow,
    pytest.mark.skipif(not SERVER, reason="several posts share a PostgreSQL: scripts/with-postgres"),
]

WAIT_SECONDS = 90
type Environment = dict[str, str]

_ACCOUNT = f"""
import django; django.setup()
from scarabee.accounts.services.users import create_user
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor
prepare_folder()
create_user(actor=Actor.owner(), username="Administrateur", password="{PASSWORD}", is_administrator=True)
"""


class Post:
    """A browser at one server of pages, as the proxy in front of it passes it on."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, **content: object) -> httpx2.Response:
        headers = {
            "Host": HOST, "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "Origin": f"https://{HOST}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }  # fmt: skip
        answer = httpx2.request(method, self.address + path, headers=headers, timeout=60, **content)  # type: ignore[arg-type]
        for cookie in answer.headers.get_list("Set-Cookie"):
            assert "Secure" in cookie
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def send(self, path: str, form: dict[str, str], *, page: str = "", **content: object) -> str:
        """Fill the form of a page; where it leads."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.ask("GET", page or path).text)
        assert token is not None
        answer = self.ask("POST", path, data={"csrfmiddlewaretoken": token[1], **form}, **content)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def up(self) -> bool:
        try:
            return self.ask("GET", "/sante").status_code == 200
        except httpx2.HTTPError:
            return False


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """The settings of the service, on a data folder where Administrateur has a password."""
    folder = with_schema(tmp_path / "données")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "SCARABEE_", "DATABASE"))}
    settings = kept | database_for(folder) | {
        "DJANGO_SETTINGS_MODULE": "scarabee.settings.server", "SCARABEE_DONNEES": str(folder), "SCARABEE_HOTES": HOST,
        "SCARABEE_PROXY": "127.0.0.1", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "SCARABEE_PORTAIL": "http://127.0.0.1:9",
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", _ACCOUNT], cwd=ROOT, env=settings, check=True, timeout=120)
    return settings


@contextmanager
def running(environment: Environment, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "scarabee.cli.main", *arguments], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)


def until(what: Callable[[], bool]) -> None:
    for _ in range(WAIT_SECONDS * 5):
        if what():
            return
        threading.Event().wait(0.2)
    pytest.fail(f"{what} never came")


def test_two_servers_two_workers_and_two_clocks_share_the_work_and_bear_the_loss_of_one(
    environment: Environment,
) -> None:
    folder, ports = Path(environment["SCARABEE_DONNEES"]), (free_port(), free_port())
    commands = [("web", "--port", str(port)) for port in ports] + [("worker",), ("worker",), ("horloge",), ("horloge",)]
    with ExitStack() as stack:
        processes = [stack.enter_context(running(environment, *command)) for command in commands]
        posts = [Post(port) for port in ports]
        for post in posts:
            until(post.up)
            post.send("/connexion/", {"username": "Administrateur", "password": PASSWORD})
        files = {"dsn_files": ("mois.dsn", small_file(month="2026-09"))}
        imports = [
            post.send("/dossiers/import/", {"dossier": "nouveau", "new_name": name}, files=files)
            for post, name in zip(posts, ("Nord", "Sud"), strict=True)
        ]
        for process in processes[1::2]:  # one of each
            process.send_signal(signal.SIGKILL)
        left = posts[0]
        for place in imports:
            until(lambda place=place: "choix/" in left.ask("GET", place).text)  # type: ignore[misc]
            left.send(f"{place}choix/", {"action": "importer"}, page=place)
        until(lambda: rows_of(folder, "SELECT count(*) FROM dossiers_employer") == [(2,)])
        assert left.up()
        assert processes[0].poll() is None
    verified = [sys.executable, "-m", "scarabee.cli.main", "journal", "verifier"]
    assert subprocess.run(verified, env=environment, timeout=60, check=False).returncode == 0
    assert rows_of(folder, "SELECT count(DISTINCT own_content_id), count(*) FROM dossiers_declaration") == [(1, 2)]
