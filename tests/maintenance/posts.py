"""Posts: real processes on one data folder, told what to do line by line."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.child_processes import ROOT, environment_for, with_schema


@dataclass(frozen=True)
class Post:
    """A process that obeys (see post_child)."""

    process: "subprocess.Popen[str]"

    def __call__(self, order: str) -> Any:
        """What it answers to this order."""
        self.tell(order)
        return self.answer()

    def tell(self, order: str) -> None:
        """Give it an order without waiting for the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """What it answers to the oldest order that it has not answered yet."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the post died"
        return json.loads(line)

    def kill(self) -> None:
        """As a power cut would: nothing of it runs any more."""
        self.process.kill()
        self.process.wait()


@contextmanager
def posts_on(folder: Path) -> Iterator[Callable[[], Post]]:
    """Start posts on this data folder; whatever is left of them at the end is killed."""
    started: list[Post] = []

    def start() -> Post:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.maintenance.post_child"],
            cwd=ROOT,
            env=environment_for(with_schema(folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(Post(process))
        return started[-1]

    try:
        yield start
    finally:
        for post in started:
            post.kill()
            for pipe in (post.process.stdin, post.process.stdout):
                if pipe is not None:
                    pipe.close()
