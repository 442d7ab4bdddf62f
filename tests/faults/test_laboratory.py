"""A few faults of the laboratory, each time with another seed; the long run is `python -m tests.faults`."""

import os
import random

import pytest
from tests.child_processes import SERVER
from tests.faults.program import Program
from tests.sizes import sized

ENGINE = "postgresql" if SERVER else "sqlite"
JOBS = ["transfert-file", "annuler-transfert", "depot"]


@pytest.mark.slow
@pytest.mark.engines
def test_whatever_breaks_leaves_the_state_before_or_the_one_after() -> None:
    seed = int(os.environ.get("SCARABEE_SEED") or random.randrange(1 << 30))
    print(f"SCARABEE_SEED={seed}, {ENGINE}")
    program = Program(ENGINE, seed, jobs=JOBS)
    program.run(sized(4, 60))
    assert not program.broken, [f"{one.fault} : {one.wrong}" for one in program.broken]
