"""What browsers may send: how much, by whom, and how slowly.

A file that is not asked for, one of a stranger, or a form that never ends could fill the disk or keep every thread
waiting. Only a view marked `receives_files` takes more than a form holds, and from somebody who is signed in.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from queue import Empty, Full, Queue
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

STRANGERS_BYTES = 64 << 10
"""The largest form of somebody who is not signed in."""
STRANGERS_AT_ONCE = 2
"""Of the threads of a process, those that may wait for such forms: the others stay for whoever is signed in."""
TURN_SECONDS = 0.05
SPARE_BYTES = 200 << 20
"""Left free on the disk of the data besides a file that comes in."""
PATIENCE_SECONDS = 10
SLOWEST_BYTES = 4 << 10
"""A second, beyond the patience: slower than any line in use."""
_CHUNK = 64 << 10
_AHEAD = 4
_MARK = "receives_files"

type _Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class TooSlow(OSError):
    """The rest of what a browser sends did not come in time."""


def receives_files[View: Callable[..., HttpResponse]](view: View) -> View:
    """Marks a view that takes files."""
    setattr(view, _MARK, True)
    return view


class BodiesMiddleware:
    """413 for more than the page takes or the disk has room for; 408 and 503 for strangers who send too slowly."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._strangers = threading.BoundedSemaphore(STRANGERS_AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if size := _announced(request):
            refusal = self._of_a_stranger(request, size) if request.user.is_anonymous else _of_somebody(request, size)
            if refusal is not None:
                return refusal
        return self.get_response(request)

    def _of_a_stranger(self, request: HttpRequest, size: int) -> HttpResponse | None:
        if size > STRANGERS_BYTES:
            return _refused("maintenance/too_big.html", 413)
        if not self._strangers.acquire(timeout=TURN_SECONDS):
            return _refused("maintenance/busy.html", 503)
        try:
            request.body  # noqa: B018  read now, while it is counted
        except UnreadablePostError:
            return _refused("maintenance/too_slow.html", 408)
        finally:
            self._strangers.release()
        return None


def _of_somebody(request: HttpRequest, size: int) -> HttpResponse | None:
    if size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return None
    view = _view(request)
    if not getattr(view, _MARK, False):
        return _refused("maintenance/too_big.html", 413)
    looks_for_room_itself = getattr(view, "csrf_exempt", False)  # it chooses where files arrive before they do
    return None if looks_for_room_itself or _has_room(size) else _refused("maintenance/no_room.html", 413)


def in_time(application: _Application) -> _Application:
    """The application, whose threads no longer wait for a body that comes too slowly: reading it raises `TooSlow`."""

    def answer(asked: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if asked.get("CONTENT_LENGTH") in {None, "", "0"}:
            return application(asked, start_response)
        asked["wsgi.input"] = body = Timely(asked["wsgi.input"])
        try:
            return application(asked, start_response)
        finally:
            body.close()

    return answer


class Timely:
    """A body, read ahead by a thread of its own, which ends with the connection."""

    def __init__(self, source: Any, *, patience: float = PATIENCE_SECONDS) -> None:
        self._source = source
        self._patience = patience
        self._came: Queue[bytes] = Queue(_AHEAD)
        self._waited = 0.0
        self._given = 0
        self._rest = b""
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    def read(self, size: int = -1) -> bytes:
        """This many bytes, fewer at the end only. Raises `TooSlow`."""
        pieces, wanted = [], size if size >= 0 else None
        while wanted is None or wanted > 0:
            piece = self._rest or self._next()
            if not piece:
                break
            taken = piece if wanted is None else piece[:wanted]
            self._rest = piece[len(taken) :]
            pieces.append(taken)
            wanted = None if wanted is None else wanted - len(taken)
        return b"".join(pieces)

    def readline(self, size: int = -1) -> bytes:
        """As much of a line as is there, at most `size`; only what asks line by line wants it."""
        line = bytearray()
        while (size < 0 or len(line) < size) and (one := self.read(1)):
            line += one
            if one == b"\n":
                break
        return bytes(line)

    def close(self) -> None:
        """Nobody reads on."""
        self._over.set()

    def _next(self) -> bytes:
        if self._over.is_set():
            return b""
        if self._thread is None:
            pump = partial(_pump, self._source, self._came, self._over)
            self._thread = threading.Thread(target=pump, name="body", daemon=True)
            self._thread.start()
        begun = time.monotonic()
        try:
            piece = self._came.get(timeout=max(0.0, self._patience + self._given / SLOWEST_BYTES - self._waited))
        except Empty:
            self._over.set()
            raise TooSlow("the rest of the body did not come in time") from None
        self._waited += time.monotonic() - begun
        self._given += len(piece)
        if not piece:
            self._over.set()
        return piece


def _pump(source: Any, came: "Queue[bytes]", over: threading.Event) -> None:
    piece = b" "
    while piece and not over.is_set():
        try:
            piece = source.read(_CHUNK)
        except Exception:  # the connection is gone: what is missing will be missed
            piece = b""
        while not over.is_set():
            try:
                came.put(piece, timeout=1)
                break
            except Full:
                continue


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _view(request: HttpRequest) -> Any:
    try:
        return resolve(request.path_info).func
    except Resolver404:
        return None


def _has_room(size: int) -> bool:
    return shutil.disk_usage(settings.DATA_FOLDER).free >= 2 * size + SPARE_BYTES  # it waits, then is kept


def _refused(template: str, status: int) -> HttpResponse:
    return HttpResponse(render_to_string(template), status=status)
