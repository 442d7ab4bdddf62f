"""The real launcher, with its real web server and worker, over loopback."""

import http.client
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.child_processes import ROOT, database_for, environment_for, with_schema

from scarabee.cli import launcher

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")

WAIT_SECONDS = 60


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _demarrer(folder: Path, port: int, environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command running, and its banner, once it is complete."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "scarabee.cli.main",
            "--donnees",
            str(folder),
            "demarrer",
            "--port",
            str(port),
        ],
        env=environment | database_for(with_schema(folder)),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout or ()], daemon=True)
    reader.start()
    try:
        banner: list[str] = []
        while not banner or "Ctrl-C" not in banner[-1]:
            banner.append(lines.get(timeout=WAIT_SECONDS))
        yield process, "".join(banner)
    finally:
        process.kill()
        process.wait(WAIT_SECONDS)
        reader.join(WAIT_SECONDS)
        process.stdout.close()


def _get(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _closed(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.engines
def test_demarrer_serves_the_first_start_and_stops_cleanly(tmp_path: Path, outside: dict[str, str]) -> None:
    port = _free_port()
    with _demarrer(tmp_path, port, outside) as (process, banner):
        link = re.search(rf"http://127\.0\.0\.1:{port}(/premier-demarrage/\S+/)", banner)
        assert link
        status, page = _get(port, link[1])
        assert status == 200
        assert "Choisissez le mot de passe" in page
        assert _get(port, "/connexion/")[0] == 403
        assert _get(port, "/static/web/scarabee.css")[0] == 200
        assert _get(port, "/static/bootstrap/css/bootstrap.min.css")[0] == 200
        assert _get(port, link[1], host="ailleurs.invalid")[0] == 400
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_SECONDS) == 0
        assert _closed(port)


@pytest.mark.engines
def test_later_the_sign_in_page_answers_and_a_killed_launcher_leaves_nobody(
    tmp_path: Path, outside: dict[str, str]
) -> None:
    port = _free_port()
    _give_administrator_a_password(tmp_path)
    with _demarrer(tmp_path, port, outside) as (process, banner):
        assert "premier-demarrage" not in banner
        status, page = _get(port, "/connexion/")
        assert status == 200
        assert "Se connecter" in page
        process.kill()
        process.wait(WAIT_SECONDS)
        for _ in range(100):
            if _closed(port):
                break
            threading.Event().wait(0.1)
        assert _closed(port)


def _give_administrator_a_password(folder: Path) -> None:
    code = (
        "import django; django.setup()\n"
        "from scarabee.accounts.services.users import create_user\n"
        "from scarabee.maintenance.journal import Actor\n"
        "create_user(actor=Actor.owner(), username='Administrateur', password='corail dune sextant 47',"
        " is_administrator=True)\n"
    )
    environment = environment_for(with_schema(folder)) | {"DJANGO_SETTINGS_MODULE": "scarabee.settings.desktop"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, timeout=WAIT_SECONDS)


def test_the_next_free_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert launcher.free_port(port) > port


def test_a_child_that_dies_is_started_again_after_a_growing_pause(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = {"now": 1000.0}
    monkeypatch.setattr(launcher.time, "monotonic", lambda: clock["now"])
    child = launcher.Child("web", ["web", "not-a-port"])
    pauses = []
    for _ in range(3):
        child.look_after()
        assert child.process is not None
        child.process.wait(WAIT_SECONDS)
        assert child.process.stdin is not None
        child.process.stdin.close()
        child.look_after()
        assert child.process is None
        pauses.append(child.restart_at - clock["now"])
        child.look_after()
        assert child.process is None
        clock["now"] = child.restart_at
    assert pauses == [1, 2, 5]
    assert "il repart dans 5 s" in capfd.readouterr().err
