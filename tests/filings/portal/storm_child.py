"""A process of the storm: `python -m tests.filings.portal.storm_child ACT …`, on the data folder SCARABEE_DONNEES.

Its clock is that of the machine, moved by the seconds written in the file SCARABEE_ESSAI_HEURE: the test moves time for
everybody, the portal included. What it prints is one JSON document on its last line.
"""

# ruff: noqa: E402 - Django is set up before its models are imported

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from django.db import OperationalError
from django.utils import timezone

_OFFSET = Path(os.environ["SCARABEE_ESSAI_HEURE"])


def _moved_now() -> datetime:
    try:
        seconds = float(_OFFSET.read_text() or 0)
    except (OSError, ValueError):  # being written
        seconds = _moved_now.last  # type: ignore[attr-defined]
    _moved_now.last = seconds  # type: ignore[attr-defined]
    return datetime.now(UTC) + timedelta(seconds=seconds)


_moved_now.last = 0.0  # type: ignore[attr-defined]
timezone.now = _moved_now

from tests.filings.factories import RIGHT, holder, order_again, planned, small_files

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalBinding, PortalIdentifiers
from scarabee.accounts.portal.connection_tests import run_all, start_test
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import rounds
from scarabee.filings.services.decisions import settle_unknown
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor

OWNER = Actor.owner()


def prepare(portal: str, filings: str, identities: str) -> list[str]:
    """So many filings, due now, for so many accounts of the portal; their hashes."""
    PortalBinding.objects.update_or_create(id=1, defaults={"portal": portal})
    users = [
        holder(f"Personne {number}", replace(RIGHT, siret=f"7328293200{number:04d}"))
        for number in range(int(identities))
    ]
    PortalIdentifiers.objects.update(proved_at=timezone.now())
    made = []
    for rank, data in enumerate(small_files(real=True, employers=max(12, int(filings) // 6))):
        if rank == int(filings):
            break
        made.append(planned(data, users[rank % len(users)]).sha256)
    assert len(made) == int(filings), f"only {len(made)} files"
    return made


def work() -> int:
    """A worker, until it is told to stop or is killed."""
    return _again_and_again(rounds.portal_round, 0.1)


def tick() -> int:
    """A clock, until it is told to stop or is killed."""
    return _again_and_again(lambda stop: rounds.local_round(), 0.2)


def _again_and_again(act: Callable[[threading.Event], int], pause: float) -> int:
    stop, parent = threading.Event(), os.getppid()

    def told(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, told)
    print("READY", flush=True)
    while not stop.wait(pause) and os.getppid() == parent:
        act(stop)
    return 0


def mend() -> None:
    """What a person does for accounts that were stopped: press the blue ball and say that the password is right."""
    for held in PortalIdentifiers.objects.filter(identity__state=IdentityState.FROZEN).select_related("user"):
        test = start_test(actor=OWNER, user=held.user, entry=None, statement="renouvele")
        run_all(actor=OWNER, test=test)


def decide(deposits: str) -> int:
    """What a person does at last: says what the portal shows for the unknown, orders again what was not deposited.

    `deposits`: a JSON file {sha256: idflux}.
    """
    shown: dict[str, str] = json.loads(Path(deposits).read_text())
    for one in Filing.objects.filter(state=FilingState.UNKNOWN):
        idflux = shown.get(one.sha256, "")
        outcome = FilingState.ACCEPTED if idflux else FilingState.NOT_DEPOSITED
        settle_unknown(actor=OWNER, filing=one, outcome=outcome, idflux=idflux, reason="vu sur le portail")
    again = list(Filing.objects.filter(state=FilingState.NOT_DEPOSITED))
    for one in again:
        order_again(one)
    return len(again)


def look() -> list[dict[str, Any]]:
    """Where all filings are; accounts that were stopped are mended first."""
    mend()
    columns = ("pk", "sha256", "state", "idflux", "problem", "attempts", "next_at", "candidates")
    rows = list(Filing.objects.order_by("pk").values(*columns))
    return [row | {"next_at": str(row["next_at"])} for row in rows]


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    if name == "prepare":
        prepare_folder()
    for _ in range(5):
        try:
            print(json.dumps(globals()[name](*arguments)))
            break
        except OperationalError:
            continue
