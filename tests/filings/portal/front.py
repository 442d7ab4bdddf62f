"""A door in front of a bouchon, on a loopback socket: lets requests through, answers in its place, or cuts.

So that one service alone has a bad day, at the very request that is wanted.
"""

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in place of the bouchon's."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


CUT_BEFORE, CUT_AFTER = "cut before", "cut after"
Fault = Reply | str | None
Policy = Callable[[str, str], Fault]
"""(method, path) → what happens to this request; None lets it through."""


class Front:
    """`address` is where it serves. `policy` may be changed at any moment."""

    def __init__(self, bouchon_address: str, policy: Policy = lambda method, path: None) -> None:
        self.policy = policy
        self.bouchon = urlsplit(bouchon_address)
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.front = self
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the port: the next connection is refused. Harmless twice."""
        if self._thread.is_alive():
            self.server.shutdown()
            self._thread.join()
        self.server.server_close()


class _Server(ThreadingHTTPServer):
    front: Front
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        fault = self.server.front.policy(self.command, self.path)
        self.close_connection = True
        if fault == CUT_BEFORE:
            return
        reply = fault if isinstance(fault, Reply) else self._asked(body)
        if fault != CUT_AFTER:
            self._write(reply)

    def _asked(self, body: bytes) -> Reply:
        address = self.server.front.bouchon
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        try:
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")
            }
            connection.request(self.command, self.path, body or None, headers | {"Host": f"127.0.0.1:{address.port}"})
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _OURS}
            return Reply(answer.status, answer.read(), kept)
        finally:
            connection.close()

    def _write(self, reply: Reply) -> None:
        lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {value}" for name, value in reply.headers.items())]
        head = "\r\n".join([*lines, f"Content-Length: {len(reply.body)}", "Connection: close", "", ""])
        self.wfile.write(head.encode("latin-1") + reply.body)


_OURS = frozenset({"content-length", "connection", "transfer-encoding"})
