"""What goes wrong: each deed is done at a commit point or at a random moment, and mended before time goes on.

A deed gets the laboratory and, at a commit point, the process that stands there; it answers "" (go on) or "erreur" (the
commit fails). `engines`: where it makes sense.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.laboratory import Laboratory

BOTH, SQLITE, POSTGRESQL = ("sqlite", "postgresql"), ("sqlite",), ("postgresql",)
SHORT_SECONDS, LONG_SECONDS = 1.0, 5.5
"""How long a lock is held: less than SQLite's patience in the laboratory (4 s), or more."""


@dataclass(frozen=True, slots=True)
class Deed:
    """`do(lab, pid)`: pid of who stands at the point, 0 at a random moment. `mend(lab)` before time goes on."""

    words: str
    do: Callable[["Laboratory", int], str | None]
    engines: tuple[str, ...] = BOTH
    mend: Callable[["Laboratory"], None] = lambda lab: None
    weight: int = 2
    needs_root: bool = False
    points_only: bool = False
    needs_server: bool = False
    """Mended once the server runs."""


def _kill_one(lab: "Laboratory", pid: int) -> None:
    """The process that stands at the point; at a random moment, any."""
    if target := pid or lab.any_pid():
        with suppress(OSError):
            os.kill(target, signal.SIGKILL)


def _kill(role: str) -> Callable[["Laboratory", int], None]:
    def do(lab: "Laboratory", pid: int) -> None:
        for name in list(lab.crew.standing):
            if name.startswith(role):
                lab.crew.kill(name)

    return do


def _plug(lab: "Laboratory", pid: int) -> None:
    """Everything at once, the server too."""
    for process in list(lab.crew.by_pid.values()):
        process.signal()
    if lab.postgres:
        lab.postgres.kill()


def _fail(lab: "Laboratory", pid: int) -> str:
    return "erreur"


def _fill(lab: "Laboratory", pid: int) -> None:
    """Leave so little on the disk of the data (and on that of the server)."""
    left = lab.chance.choice([0, 0, 4096, 40_000, 200_000])
    for folder in (lab.disk, *([lab.postgres.folder] if lab.postgres else [])):
        free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
        with (folder / "lest").open("wb") as file, suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(1, free - left))


def _empty(lab: "Laboratory") -> None:
    for folder in (lab.disk, *([lab.postgres.folder] if lab.postgres else [])):
        (folder / "lest").unlink(missing_ok=True)


def _freeze_folder(lab: "Laboratory", pid: int) -> None:
    """From the next opening on, the data folder only reads."""
    place = str(lab.folder)
    subprocess.run(["mount", "--bind", place, place], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
    lab.frozen += 1


def _thaw(lab: "Laboratory") -> None:
    while lab.frozen:
        subprocess.run(["umount", "--lazy", str(lab.folder)], check=True)
        lab.frozen -= 1


def _hold(seconds: float) -> Callable[["Laboratory", int], None]:
    def do(lab: "Laboratory", pid: int) -> None:
        def held() -> None:
            with suppress(Exception):
                lab.server.hold(seconds)

        lab.threads.append(threading.Thread(target=held, daemon=True))
        lab.threads[-1].start()
        time.sleep(0.05)

    return do


def _leap(lab: "Laboratory", pid: int) -> None:
    """One process, or all, believe another time."""
    wrong = lab.chance.choice([-100_000, -5400, -3600, -90, 90, 3600, 5400, 100_000])
    for role in lab.chance.choice(
        [["worker-1"], ["worker-2"], ["horloge"], ["personne"], [*lab.crew.standing, "personne"]]
    ):
        lab.set_clock(role, wrong)


def _night(lab: "Laboratory", pid: int) -> None:
    """Everybody is in the night in which the clocks change, around the change."""
    change = lab.chance.choice(["2026-10-25T01:00:00+00:00", "2027-03-28T01:00:00+00:00"])
    lab.set_all(lab.seconds_until(change) - lab.chance.choice([1, 5, 60, 1800, 3599]))


def _right(lab: "Laboratory") -> None:
    lab.right_clocks()


def _hide_key(lab: "Laboratory", pid: int) -> None:
    with suppress(FileNotFoundError):
        os.rename(lab.folder / "cle-coffre", lab.folder / "cle-coffre.ailleurs")


def _key_back(lab: "Laboratory") -> None:
    with suppress(FileNotFoundError):
        os.replace(lab.folder / "cle-coffre.ailleurs", lab.folder / "cle-coffre")


def _kill_server(lab: "Laboratory", pid: int) -> None:
    assert lab.postgres
    lab.postgres.kill()


def _kill_chief(lab: "Laboratory", pid: int) -> None:
    assert lab.postgres
    with suppress(OSError, ValueError):
        os.kill(lab.postgres.postmaster(), signal.SIGKILL)


def _kill_backend(lab: "Laboratory", pid: int) -> None:
    """One backend: the server throws all sessions out and recovers."""
    assert lab.postgres
    if found := lab.postgres.backends():
        os.kill(lab.chance.choice(found), signal.SIGKILL)


def _halt(lab: "Laboratory", pid: int) -> None:
    assert lab.postgres
    lab.postgres.halt()


def _cut(lab: "Laboratory", pid: int) -> None:
    assert lab.postgres
    lab.postgres.cut()


def _cut_line(lab: "Laboratory", pid: int) -> None:
    assert lab.postgres
    lab.postgres.line.cut()


def _swallow(lab: "Laboratory", pid: int) -> None:
    """What is asked reaches the server; its answer never comes."""
    assert lab.postgres
    lab.postgres.line.swallows = True


def _stall(lab: "Laboratory", pid: int) -> None:
    """Nothing passes for a while, then the line is cut."""
    assert lab.postgres
    line = lab.postgres.line
    line.flows.clear()

    def later() -> None:
        time.sleep(SHORT_SECONDS)
        line.cut()
        line.flows.set()

    lab.threads.append(threading.Thread(target=later, daemon=True))
    lab.threads[-1].start()


def _down(lab: "Laboratory", pid: int) -> None:
    """The network is away: what is open breaks, nothing new comes through."""
    assert lab.postgres
    lab.postgres.line.is_down = True
    lab.postgres.line.cut()


def _standby(lab: "Laboratory", pid: int) -> None:
    assert lab.postgres
    lab.postgres.read_only(True)


def _primary(lab: "Laboratory") -> None:
    assert lab.postgres
    lab.postgres.read_only(False)


DEEDS: dict[str, Deed] = {
    "kill": Deed("kill -9 du processus qui travaille", _kill_one, weight=10),
    "kill-worker": Deed("kill -9 de tous les travailleurs", _kill("worker"), weight=3),
    "kill-horloge": Deed("kill -9 de l’horloge", _kill("horloge"), weight=1),
    "kill-web": Deed("kill -9 du serveur de pages", _kill("web"), weight=1),
    "prise": Deed("prise débranchée : kill -9 de tout, serveur compris", _plug, weight=2),
    "commit": Deed("échec de l’enregistrement (disk I/O error)", _fail, weight=4, points_only=True),
    "plein": Deed("disque plein (tmpfs rempli)", _fill, mend=_empty, weight=4, needs_root=True),
    "lecture": Deed("dossier des données en lecture seule (bind ro)", _freeze_folder, mend=_thaw, needs_root=True),
    "verrou": Deed("base verrouillée par un autre, moins que la patience", _hold(SHORT_SECONDS), weight=2),
    "verrou-long": Deed("base verrouillée par un autre, plus que la patience", _hold(LONG_SECONDS), weight=1),
    "heure": Deed("horloge d’un processus, ou de tous, déplacée", _leap, mend=_right, weight=3),
    "nuit": Deed("nuit du changement d’heure", _night, mend=_right, weight=1),
    "cle": Deed("clé du coffre absente", _hide_key, mend=_key_back, weight=1),
    "pg-kill": Deed("kill -9 de PostgreSQL entier", _kill_server, POSTGRESQL),
    "pg-chef": Deed("kill -9 du postmaster", _kill_chief, POSTGRESQL, weight=1),
    "pg-session": Deed("kill -9 d’une session de PostgreSQL", _kill_backend, POSTGRESQL),
    "pg-arret": Deed("arrêt immédiat de PostgreSQL", _halt, POSTGRESQL),
    "pg-coupe": Deed("pg_terminate_backend de toutes les sessions", _cut, POSTGRESQL),
    "ligne-coupe": Deed("ligne vers PostgreSQL coupée", _cut_line, POSTGRESQL),
    "ligne-avale": Deed("réponses de PostgreSQL perdues (commit reçu, réponse jamais)", _swallow, POSTGRESQL, weight=3),
    "ligne-gele": Deed("ligne vers PostgreSQL figée, puis coupée", _stall, POSTGRESQL, weight=1),
    "ligne-absente": Deed("PostgreSQL injoignable", _down, POSTGRESQL, weight=1),
    "pg-lecture": Deed("PostgreSQL en lecture seule", _standby, POSTGRESQL, mend=_primary, weight=1, needs_server=True),
}
