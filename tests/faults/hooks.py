"""Within a process under fault: its clock is moved, its loops are quick, and each commit asks whether a fault is armed.

A commit point is named after the function of Scarabée that commits, or writes outside a transaction. The one fault that
is armed stands in a file; the first process to reach its place takes it (a rename), tells the laboratory, and waits for
what it answers: to go on, to fail, or nothing any more.
"""

import json
import os
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone

ARMED, TAKEN, HEARD, DOOR, CLOCKS = "faute.json", "faute.prise", "ecoute", "porte", "heures"
PATIENCE_SECONDS = 60
_WRITES = ("INSERT", "UPDATE", "DELETE")
_ROUNDS = {
    "scarabee.cli.portal_work": {"ROUND_SECONDS": 0.6},
    "scarabee.cli.queue_work": {"POLL_SECONDS": 0.25},
    "scarabee.cli.sweeping": {"SWEEP_SECONDS": 2.5},
    "scarabee.cli.commands.horloge": {"TICK_SECONDS": 2.5},
}
"""A minute of the product is two seconds and a half here."""

LAB = Path(os.environ.get("SCARABEE_LABORATOIRE", "."))
"""Where the laboratory leaves its orders."""
role = ["?"]
"""What this process is: the driver says it when it starts it."""
_met: dict[str, int] = {}


def install() -> None:
    """Put the hooks in place, once per process."""
    role[0] = os.environ.get("SCARABEE_ROLE", "?")
    timezone.now = _moved_now
    for module, values in _ROUNDS.items():
        loaded = __import__(module, fromlist=["x"])
        for name, value in values.items():
            assert hasattr(loaded, name), f"{module}.{name}"
            setattr(loaded, name, value)
    BaseDatabaseWrapper._commit = _commit  # type: ignore[attr-defined]
    connection_created.connect(_watch_writes, dispatch_uid="faults")


def _moved_now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=_offset())


def _offset() -> float:
    """The clock of this process: everybody's, and how wrong its own is."""
    total = 0.0
    for name in ("tous", role[0]):
        with suppress(ValueError):
            try:
                _offsets[name] = float((LAB / CLOCKS / name).read_text())
            except OSError:
                _offsets.pop(name, None)
        total += _offsets.get(name, 0.0)
    return total


_offsets: dict[str, float] = {}
_real_commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]


def _commit(self: BaseDatabaseWrapper) -> None:
    if self.connection is None:
        return
    place = _place()
    _reach(place, "avant")
    _real_commit(self)
    _reach(place, "après")


def _watch_writes(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    connection.execute_wrappers.append(_alone)


def _alone(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """A statement outside a transaction commits by itself."""
    if context["connection"].in_atomic_block or not sql.lstrip()[:6].upper().startswith(_WRITES):
        return execute(sql, params, many, context)
    place = _place()
    _reach(place, "avant")
    result = execute(sql, params, many, context)
    _reach(place, "après")
    return result


def _place() -> str:
    """The innermost function of Scarabée under way."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("scarabee.") and not module.endswith("journal"):
            return f"{module.removeprefix('scarabee.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "django"


def _reach(place: str, when: str) -> None:
    if when == "avant" and (LAB / HEARD).exists():
        with suppress(OSError), (LAB / HEARD).open("a") as file:
            file.write(f"{role[0]} {place}\n")
    try:
        armed = json.loads((LAB / ARMED).read_text())
    except (OSError, ValueError):
        return
    if armed["when"] != when or armed["place"] not in (place, "*") or role[0] not in armed["roles"]:
        return
    _met[armed["id"]] = _met.get(armed["id"], 0) + 1
    if _met[armed["id"]] <= armed["skip"]:
        return
    try:
        os.rename(LAB / ARMED, LAB / TAKEN)
    except OSError:  # another was first
        return
    _ask(place, when)


def _ask(place: str, when: str) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(PATIENCE_SECONDS)
        door.connect(str(LAB / DOOR))
        door.sendall(json.dumps({"pid": os.getpid(), "role": role[0], "place": place, "when": when}).encode() + b"\n")
        answer = door.recv(100).decode().strip()
    if answer == "erreur":
        raise OperationalError("disk I/O error")
