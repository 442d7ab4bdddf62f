"""Keeps the web server, the worker and the clock running until told to stop."""

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

DEFAULT_PORT = 8765
LOOPBACK = "127.0.0.1"
_PORTS_TRIED = 50
_STOP_SECONDS = 15
_PAUSES_SECONDS = (1, 2, 5, 10, 30)
_STEADY_SECONDS = 60
_POLL_SECONDS = 0.2


@dataclass(slots=True)
class Child:
    """A process kept alive: started again when it dies, later and later when it keeps dying.

    `quiet`: what it says of itself on standard output is not shown, only its errors.
    """

    name: str
    arguments: Sequence[str]
    quiet: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    deaths: int = 0

    def look_after(self) -> None:
        """Start it when it is due, notice when it died."""
        moment = time.monotonic()
        if self.process is None:
            if moment >= self.restart_at:
                self._start(moment)
        elif self.process.poll() is not None:
            self._mourn(moment, self.process.returncode)

    def ask_to_stop(self) -> None:
        """Send the polite signal."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait_or_kill(self, deadline: float) -> None:
        """Wait until the deadline (monotonic seconds) for it to stop, then kill it."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _start(self, moment: float) -> None:
        # In a session of its own: Ctrl-C reaches the launcher alone, which stops its children in order.
        command = [sys.executable, "-m", "scarabee.cli.leash", *self.arguments]
        output = subprocess.DEVNULL if self.quiet else None
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, start_new_session=True)
        self.started_at = moment

    def _mourn(self, moment: float, code: int) -> None:
        self.deaths = 1 if moment - self.started_at > _STEADY_SECONDS else self.deaths + 1
        pause = _PAUSES_SECONDS[min(self.deaths, len(_PAUSES_SECONDS)) - 1]
        print(
            f"Le processus « {self.name} » s’est arrêté (code {code}) ; il repart dans {pause} s. Rien n’est perdu.",
            file=sys.stderr,
            flush=True,
        )
        self.process = None
        self.restart_at = moment + pause


def add_address_arguments(parser: argparse.ArgumentParser) -> None:
    """What the commands that serve pages take: the port, and whether to open a browser."""
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        metavar="PORT",
        help=f"port de l’adresse locale ({DEFAULT_PORT} sinon ; le suivant qui soit libre s’il est pris)",
    )
    parser.add_argument("--sans-navigateur", action="store_true", help="ne pas ouvrir le navigateur")


def free_port(wanted: int = DEFAULT_PORT) -> int:
    """The wanted port of the loopback address, or the next one that nobody listens on.

    Raises OSError when fifty in a row are taken.
    """
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if os.name != "nt":  # a port left a moment ago counts as free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError(f"aucun port libre à partir de {wanted}")


def address(port: int, path: str = "/") -> str:
    """The full address of a page served on this port."""
    return f"http://{LOOPBACK}:{port}{path}"


def supervise(port: int, banner_lines: Sequence[str] = (), *, open_url: str = "", beside: Sequence[Child] = ()) -> int:
    """Serve on `port` of the loopback address, run the worker and the clock, until Ctrl-C or SIGTERM; returns 0.

    `beside` are more processes to keep alive.

    The banner is printed on standard output once pages are served; `open_url` is then shown in the browser,
    when there is a desktop. A process that dies is started again. Call it with the data folder prepared, and
    SCARABEE_DONNEES and DJANGO_SETTINGS_MODULE in the environment.
    """
    children = [
        Child("web", ["web", str(port)]),
        Child("travaux", ["worker"]),
        Child("horloge", ["horloge"]),
        *beside,
    ]
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    announced = False
    try:
        while not stopping.is_set():
            for child in children:
                child.look_after()
            if not announced and _serves(port):
                announced = True
                _announce(banner_lines, open_url)
            stopping.wait(_POLL_SECONDS)
    finally:
        deadline = time.monotonic() + _STOP_SECONDS
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.wait_or_kill(deadline)
        for number, handler in previous.items():
            signal.signal(number, handler)
    print("Scarabée est arrêté. Tout est enregistré.", file=sys.stderr, flush=True)
    return 0


def _announce(lines: Sequence[str], open_url: str) -> None:
    for line in lines:
        print(line, flush=True)
    if open_url and _has_desktop():
        threading.Thread(target=webbrowser.open, args=(open_url,), daemon=True).start()


def _has_desktop() -> bool:
    if not sys.stdout.isatty():
        return False
    return sys.platform in {"win32", "darwin"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
    try:
        connection.request("HEAD", "/static/web/favicon.svg")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
