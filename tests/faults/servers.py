"""The database under fault: a SQLite file, or a PostgreSQL of our own behind a line that may be cut."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
from tests.child_processes import ROOT

_ACCOUNT = "postgres"
LAUNCHES = 15


class Sqlite:
    """The file of the data folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "scarabee.sqlite3"

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": ""}

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def repair(self) -> None:
        """A file stands by itself."""

    def hold(self, seconds: float) -> None:
        """Keep everybody from writing for so long."""
        with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as base:
            base.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            base.execute("ROLLBACK")


class Postgres:
    """A cluster in a folder of its own, which the laboratory starts, kills and starts again."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = Path(
            subprocess.run(
                [ROOT / "scripts" / "find-postgres"], check=True, capture_output=True, text=True
            ).stdout.strip()
        )
        self.line = Line(str(folder / ".s.PGSQL.5432"))

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": f"postgresql://scarabee@127.0.0.1:{self.line.port}/scarabee"}

    @property
    def socket_url(self) -> str:
        return f"postgresql://scarabee@/postgres?host={self.folder}"

    def start(self) -> None:
        """Make the cluster and its empty database."""
        if os.getuid() == 0:
            shutil.chown(self.folder, _ACCOUNT)
        self._run(
            "initdb", f"--pgdata={self.folder}/data", "--username=scarabee", "--auth=trust", "--no-sync",
            "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=fr-FR", "--wal-segsize=1",
            "--data-checksums",
        )  # fmt: skip
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(
                f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\nfsync = off\njit = off\n"
                "max_connections = 60\nshared_buffers = 32MB\nmin_wal_size = 2MB\nmax_wal_size = 32MB\n"
                "restart_after_crash = on\nwal_recycle = off\n"
            )
        self._launch()
        with psycopg.connect(self.socket_url, autocommit=True) as server:
            server.execute("CREATE DATABASE scarabee TEMPLATE template0")
        self.line.start()

    def stop(self) -> None:
        self.line.stop()
        self._stop("immediate")

    def repair(self) -> None:
        """Up again, writable, the line whole."""
        self.line.mend()
        if not self.is_up():
            self._stop("immediate")
            (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
            self._launch_again()

    def is_up(self) -> bool:
        try:
            with psycopg.connect(self.socket_url, connect_timeout=2) as server:
                server.execute("SELECT 1")
            return True
        except psycopg.Error:
            return False

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """What the server answers, on a line of its own."""
        with psycopg.connect(self.socket_url.replace("/postgres?", "/scarabee?"), autocommit=True) as server:
            cursor = server.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def hold(self, seconds: float) -> None:
        """Keep everybody from the journal and from the dossiers for so long."""
        with psycopg.connect(self.socket_url.replace("/postgres?", "/scarabee?")) as server:
            server.execute(
                "LOCK TABLE maintenance_journalentry, dossiers_act, dossiers_dossier, filings_filing "
                "IN ACCESS EXCLUSIVE MODE"
            )
            time.sleep(seconds)
            server.rollback()

    def postmaster(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def backends(self) -> list[int]:
        """The processes that serve Scarabée."""
        return [
            row[0]
            for row in self.ask(
                "SELECT pid FROM pg_stat_activity WHERE datname = 'scarabee' AND pid <> pg_backend_pid()"
            )
        ]

    def kill(self) -> None:
        """All of the server at once, as when the power goes."""
        with suppress(OSError, ValueError):
            chief = self.postmaster()
            children = subprocess.run(["pgrep", "-P", str(chief)], capture_output=True, text=True, check=False)
            for pid in (chief, *map(int, children.stdout.split())):
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            _wait_for_end(chief)

    def halt(self) -> None:
        """pg_ctl stop --mode=immediate."""
        self._stop("immediate")

    def read_only(self, yes: bool) -> None:
        """As a server that became the standby of another: every new session only reads."""
        with psycopg.connect(self.socket_url, autocommit=True) as server:
            server.execute("SET default_transaction_read_only = off")
            server.execute(f"ALTER SYSTEM SET default_transaction_read_only = {'on' if yes else 'off'}".encode())
            server.execute("SELECT pg_reload_conf()")
        time.sleep(0.05)
        self.cut()

    def cut(self) -> None:
        """pg_terminate_backend of everybody."""
        self.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = 'scarabee' AND pid <> pg_backend_pid()"
        )

    def _launch_again(self) -> None:
        """As soon as the sessions that lost their postmaster have left its memory."""
        for attempt in range(LAUNCHES):
            try:
                self._launch()
                return
            except subprocess.CalledProcessError:
                if attempt == LAUNCHES - 1:
                    raise
                time.sleep(1)

    def _launch(self) -> None:
        self._run(
            "pg_ctl", "start", f"--pgdata={self.folder}/data", f"--log={self.folder}/server.log", "--wait", "--silent"
        )

    def _stop(self, mode: str) -> None:
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "stop", f"--pgdata={self.folder}/data", f"--mode={mode}", "--wait", "--silent")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", _ACCOUNT, "--", *command]
        subprocess.run(
            command, cwd=self.folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip


class Line:
    """The wire between Scarabée and the server: lets through, swallows answers, freezes, or is cut."""

    def __init__(self, there: str) -> None:
        self.there = there
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.open: set[socket.socket] = set()
        self.swallows = self.is_down = False
        self.flows = threading.Event()
        self.flows.set()
        self._closing = threading.Lock()
        self._left: dict[socket.socket, int] = {}
        """How many of the two directions of a connection are over."""

    def start(self) -> None:
        self._ear = threading.Thread(target=self._accept, name="line", daemon=True)
        self._ear.start()

    def stop(self) -> None:
        self.mend()
        self.is_down = True
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()

    def mend(self) -> None:
        self.swallows = self.is_down = False
        self.flows.set()

    def cut(self) -> None:
        """Every connection there is breaks, in the middle of what it says."""
        for one in list(self.open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            there = socket.socket(socket.AF_UNIX)
            try:
                if self.is_down:
                    raise OSError
                there.connect(self.there)
            except OSError:
                here.close()
                there.close()
                continue
            here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open |= {here, there}
            for pair in ((here, there, False), (there, here, True)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):
            while got := one.recv(65536):
                self.flows.wait(30)
                if is_answer and self.swallows:
                    break
                other.sendall(got)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.open -= {one, other}
        with self._closing:
            self._left[one] = self._left[other] = self._left.get(one, 0) + 1
            if self._left[one] == 2:
                del self._left[one], self._left[other]
                one.close()
                other.close()


def _wait_for_end(pid: int) -> None:
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
