"""One connection: reads its requests one after the other, writes the answers."""

import contextlib
import io
import logging
import socket
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

from scarabee import __version__
from scarabee.netentreprises.bouchon import pages, routes
from scarabee.netentreprises.bouchon.connections import Listener
from scarabee.netentreprises.bouchon.hosts import is_loopback_host
from scarabee.netentreprises.bouchon.intake import DeadlineStream, Unreadable, read_body
from scarabee.netentreprises.bouchon.state import Request
from scarabee.netentreprises.bouchon.wire import Answer, Call, Cut, compressed, http_date

logger = logging.getLogger(__name__)

_LINE_BYTES = 65_536
_PATH_SHOWN = 300
_QUERY_FIELDS = 20
_LINGER_SECONDS = 2


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 with one caller."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._stream = DeadlineStream(self.connection)
        self.rfile = io.BufferedReader(self._stream, _LINE_BYTES)

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.command, self.request_version = "", self.protocol_version
        self._stream.within(self.server.limits.idle_seconds)
        self.raw_requestline = self.rfile.readline(_LINE_BYTES + 1)
        if not self.raw_requestline:
            return
        self._stream.within(self.server.limits.head_seconds)
        if len(self.raw_requestline) > _LINE_BYTES:
            self._write(Answer(HTTPStatus.REQUEST_URI_TOO_LONG))
        elif self.parse_request():
            self._serve()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the parser of the head refuses: the status alone."""
        self.close_connection = True
        self._write(Answer(code))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a request may hold what no log should."""

    def _serve(self) -> None:
        at = self.server.state.clock()
        parts = urlsplit(self.path)
        if not is_loopback_host(str(self.headers.get("Host", ""))):
            # The portal answers 403 to a Host that is not its own (api-dsn §3.1).
            self.close_connection = True
            self._finish(at, parts.path, Answer(HTTPStatus.FORBIDDEN))
            return
        try:
            body = self._body()
        except Unreadable as fault:
            self.close_connection = True
            self._finish(at, parts.path, Answer(fault.status))
            self._linger()
            return
        with body:
            query = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=_QUERY_FIELDS))
            call = Call(self.command, parts.path, query, self.headers, body, at)
            self._answer(call)

    def _body(self) -> BinaryIO:
        self._stream.within(self.server.limits.body_seconds)
        return read_body(self.rfile, self.headers, self.server.limits.body_bytes)

    def _answer(self, call: Call) -> None:
        state = self.server.state
        of_a_service = routes.is_of_a_service(call.path)
        if of_a_service and state.incidents.on("lenteur"):
            state.stopping.wait(self.server.slow_seconds)
        try:
            answer = routes.answer(state, call) if of_a_service else pages.answer(state, call)
        except Cut:
            self.close_connection = True
            self._record(call.at, call.path, None)
            if state.incidents.on("muet"):
                self._say_nothing()
            return
        except Exception:
            logger.exception("The bouchon failed to answer")
            answer = Answer(HTTPStatus.INTERNAL_SERVER_ERROR)
        self._finish(call.at, call.path, answer, call)

    def _finish(self, at: datetime, path: str, answer: Answer, call: Call | None = None) -> None:
        if routes.is_of_a_service(path):
            self._record(at, path, answer.status)
        self._write(answer, call)

    def _record(self, at: datetime, path: str, status: int | None) -> None:
        shown = "".join(one if one.isprintable() else "?" for one in path[:_PATH_SHOWN])
        self.server.state.requests.append(Request(at, self.command[:20], shown, status))

    def _write(self, answer: Answer, call: Call | None = None) -> None:
        body, headers = answer.body, dict(answer.headers)
        if body:
            headers["Content-Type"] = answer.media_type
            if answer.gzip or (answer.gzip is None and call is not None and call.accepts_gzip()):
                body = compressed(body)
                headers["Content-Encoding"] = "gzip"
            if answer.gzip is None:
                headers["Vary"] = "Accept-Encoding"
        lines = [
            f"HTTP/1.1 {answer.status} {_reason(answer.status)}",
            f"Date: {http_date(self.server.state.clock())}",
            f"Server: Bouchon/{__version__}",
            *(f"{name}: {value}" for name, value in headers.items()),
            f"Content-Length: {len(body)}",
            f"Connection: {'close' if self.close_connection else 'keep-alive'}",
        ]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.connection.settimeout(self.server.limits.send_seconds)
        self.connection.sendall(head if self.command == "HEAD" else head + body)

    def _linger(self) -> None:
        """Let the caller read the answer before the connection is cut under what he still sends."""
        self.connection.shutdown(socket.SHUT_WR)
        self._stream.within(_LINGER_SECONDS)
        with contextlib.suppress(OSError):
            while self.rfile.read(_LINE_BYTES):
                pass

    def _say_nothing(self) -> None:
        """Hold the connection until the caller, or the bouchon, closes it."""
        self.connection.settimeout(None)
        with contextlib.suppress(OSError):
            while self.connection.recv(_LINE_BYTES):
                pass


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
