"""A walk at random through one door: whatever comes is accepted or clearly refused, soon, and without hoarding memory.

On most days a few cases, always the same; SCARABEE_FUZZ=minutes goes on for so long at each door, from a seed that is
printed (SCARABEE_SEED gives it back). What breaks a door is kept beside, and named.
"""

import os
import resource
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType

from tests.security.fuzz.mutations import Mutation, spliced

MINUTES = float(os.environ.get("SCARABEE_FUZZ") or 0)
SEED = os.environ.get("SCARABEE_SEED") or (str(time.time_ns()) if MINUTES else "20261125")
SECONDS_EACH = 5.0
MEMORY_KIB = 400 << 10
"""How much more than before the walk may be held at its worst moment."""
ACCEPTED, REFUSED = "accepted", "refused"

type Knock = Callable[[bytes], str]
"""`ACCEPTED` or `REFUSED`; anything that it raises is a fault."""


@dataclass(frozen=True)
class Door:
    """Where bytes of others come in. `usual`: how many cases on most days."""

    name: str
    samples: Callable[[], Sequence[bytes]]
    mutate: Mutation
    knock: Knock
    usual: int = 100


class Fault(AssertionError):
    """Neither accepted nor refused."""


def go(door: Door) -> Counter[str]:
    """Knock again and again; how often it was accepted and refused. Raises `Fault`."""
    samples = door.samples()
    for sample in samples:
        door.knock(sample)
    before, tally = _peak(), Counter[str]()
    end = time.monotonic() + MINUTES * 60
    number = 0
    while number < door.usual or time.monotonic() < end:
        number += 1
        rng = Random(f"{SEED} {door.name} {number}")
        data = spliced(samples, rng) if rng.random() < 0.03 else door.mutate(rng, rng.choice(samples))
        try:
            with _in_time():
                tally[door.knock(data)] += 1
        except BaseException as error:
            raise Fault(f"{door.name}, seed {SEED}, case {number}, kept as {_kept(data)}: {error!r}") from error
    if (grown := _peak() - before) > MEMORY_KIB:
        raise Fault(f"{door.name}, seed {SEED}: {grown >> 10} MiB more than before")
    return tally


@contextmanager
def _in_time() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {SECONDS_EACH} s")

    usual = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS_EACH)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _kept(data: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="scarabee-fuzz-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return Path(name)
