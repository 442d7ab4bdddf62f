"""Strangers send little, nobody fills the disk, and a body that does not come frees its thread."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from scarabee.maintenance import bodies
from scarabee.maintenance.bodies import STRANGERS_AT_ONCE, STRANGERS_BYTES, Timely, TooSlow

pytestmark = pytest.mark.django_db
SIGN_IN = "/connexion/"
FILE = b"x" * (STRANGERS_BYTES + 1)


def sent(client: Client, address: str, content: bytes = FILE) -> Any:
    return client.post(address, {"fichier": SimpleUploadedFile("x", content)})


def test_a_stranger_sends_no_file(client: Client, administrator: object) -> None:
    answer = sent(client, SIGN_IN)
    assert answer.status_code == 413
    assert "Rien n’a été enregistré" in answer.text
    assert sent(client, "/nulle-part/").status_code == 413
    assert sent(client, reverse("dossiers:import")).status_code == 413


def test_a_page_that_asks_for_no_file_takes_none(admin_client: Client) -> None:
    large = b"x" * (3 << 20)
    assert sent(admin_client, reverse("accounts:logout"), large).status_code == 413
    assert sent(admin_client, "/nulle-part/", large).status_code == 413
    assert sent(admin_client, reverse("dossiers:import"), large).status_code == 200  # said in its form


def test_a_disk_without_room_takes_no_archive(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(free=bodies.SPARE_BYTES)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: full)
    answer = sent(admin_client, reverse("backups:restore"), b"x" * (3 << 20))
    assert answer.status_code == 413
    assert "Libérez de la place" in answer.text


def test_every_module_that_reads_files_says_for_which_page() -> None:
    """A view that takes files and does not say so refuses all but the smallest."""
    root = Path(bodies.__file__).parents[1]
    readers = [one for one in root.rglob("*.py") if "request.FILES" in one.read_text(encoding="utf-8")]
    assert len(readers) >= 6
    assert not [one for one in readers if "@receives_files" not in one.read_text(encoding="utf-8")]


@contextmanager
def half_sent(count: int) -> Iterator[list[Any]]:
    """Sockets on which a body begins, and does not go on."""
    pairs = [socket.socketpair() for _ in range(count)]
    for near, _ in pairs:
        near.sendall(b"username=a")
    try:
        yield [far.makefile("rb", buffering=0) for _, far in pairs]
    finally:
        for near, far in pairs:
            near.close()
            far.close()


def test_a_body_that_stops_coming_is_given_up() -> None:
    with half_sent(1) as (source,):
        body = Timely(source, patience=0.1)
        assert body.read(10) == b"username=a"
        begun = time.monotonic()
        with pytest.raises(TooSlow):
            body.read(1)
        assert time.monotonic() - begun < 2
        assert body.read(1) == b""  # and stays so


def test_a_body_that_trickles_is_given_up_in_the_end() -> None:
    near, far = socket.socketpair()
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(0.02):
            near.send(b"a")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        with pytest.raises(TooSlow):
            Timely(far.makefile("rb", buffering=0), patience=0.3).read(1000)
    finally:
        stop.set()
        thread.join()
        near.close()
        far.close()


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 1_000_000])
def test_a_body_that_comes_is_read_as_it_is(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    assert Timely(BytesIO(content)).read() == content
    piecewise = Timely(BytesIO(content))
    assert b"".join(iter(lambda: piecewise.read(7_001), b"")) == content


def test_strangers_who_wait_leave_threads_to_the_others(administrator: object, admin_client: Client) -> None:
    """As many half-sent forms as may wait: the next stranger is told so, whoever is signed in goes on."""
    from django.core.handlers.wsgi import WSGIRequest
    from django.http import HttpResponse

    middleware = bodies.BodiesMiddleware(lambda request: HttpResponse())

    def ask(source: Any, patience: float) -> int:
        environ = {
            "REQUEST_METHOD": "POST", "PATH_INFO": SIGN_IN, "CONTENT_LENGTH": "1000", "SERVER_NAME": "testserver",
            "SERVER_PORT": "80", "wsgi.input": Timely(source, patience=patience),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
        }  # fmt: skip
        request: Any = WSGIRequest(environ)
        request.user = SimpleNamespace(is_anonymous=True)
        return middleware(request).status_code

    answers: list[int] = []
    with half_sent(STRANGERS_AT_ONCE + 1) as sources:
        threads = [threading.Thread(target=lambda one=one: answers.append(ask(one, 0.5))) for one in sources[:-1]]
        for thread in threads:
            thread.start()
        while middleware._strangers._value:
            time.sleep(0.005)
        assert ask(sources[-1], 0.5) == 503
        for thread in threads:
            thread.join()
    assert answers == [408] * STRANGERS_AT_ONCE
    assert ask(BytesIO(b"a" * 1000), 0.5) == 200
