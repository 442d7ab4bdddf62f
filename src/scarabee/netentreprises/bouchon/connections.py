"""The HTTP server under the bouchon: one thread for each connection, and never too many of them."""

import contextlib
import logging
import os
import socket
import socketserver
import time
from http.server import HTTPServer
from threading import BoundedSemaphore, Lock, Thread, current_thread
from typing import Any

from scarabee.netentreprises.bouchon.limits import Limits
from scarabee.netentreprises.bouchon.state import State

logger = logging.getLogger(__name__)

_JOIN_SECONDS = 5
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Listener(HTTPServer):
    """Listens on one address. Raises OSError when it is taken."""

    request_queue_size = 128
    # On Windows, this option would let two programs share one port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, address: tuple[str, int], state: State, limits: Limits, slow_seconds: float) -> None:
        from scarabee.netentreprises.bouchon.handler import Handler

        self.state, self.limits, self.slow_seconds = state, limits, slow_seconds
        self._places = BoundedSemaphore(limits.connections)
        self._open: dict[socket.socket, Thread] = {}
        self._lock = Lock()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Bind without asking the DNS for the name of this machine."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the connection a thread of its own, or send it away when there are too many."""
        if not self._places.acquire(blocking=False):
            with contextlib.suppress(OSError):
                request.settimeout(1)
                request.sendall(_BUSY)
            self.shutdown_request(request)
            return
        thread = Thread(target=self._converse, args=(request, client_address), daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def close_all(self) -> None:
        """Stop listening, close every connection and wait for their threads."""
        self.server_close()
        with self._lock:
            threads = list(self._open.items())
        for connection, _ in threads:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + _JOIN_SECONDS
        for _, thread in threads:
            if thread is not current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who leaves in the middle of a sentence is no news; anything else is a fault of the bouchon."""
        logger.exception("The bouchon failed on a connection")

    def _converse(self, request: socket.socket, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except (ConnectionError, TimeoutError):
            pass
        except Exception:
            self.handle_error(request, client_address)
        finally:
            with self._lock:
                self._open.pop(request, None)
            self.shutdown_request(request)
            self._places.release()
