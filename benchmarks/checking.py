"""A check against a bare loop over the same file: `python -m benchmarks.checking [LINES] [--varie] [--memoire]`.

The baseline is a loop, inside a function, over the same binary file, that only parts each line at its first comma.
`--varie` draws every amount of every person anew, so that hardly any line with one was seen before. `--memoire` runs
one check only and prints the peak memory of the process.
"""

import random
import re
import resource
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROUNDS = 5
TODAY = date(2026, 11, 24)
_AMOUNT = re.compile(
    rb"(S21\.G00\.(?:50\.00[249]|50\.013|51\.013|52\.002|54\.002|58\.004|78\.004|79\.004|81\.00[34]),'-?[0-9]*)"
    rb"[0-9]{2}\.[0-9]{2}'"
)


def bare(path: Path) -> float:
    start = time.perf_counter()
    with path.open("rb") as lines:
        for line in lines:
            line.partition(b",")
    return time.perf_counter() - start


def product(path: Path) -> float:
    from scarabee.dsn.checking import check

    start = time.perf_counter()
    with path.open("rb") as stream:
        checked = check(stream, today=TODAY)
    seconds = time.perf_counter() - start
    assert not checked.is_blocked, checked.findings[:3]
    return seconds


def vary(path: Path, seed: int = 3) -> None:
    """Draw anew the last two digits and the cents of every amount of a person."""
    drawn = random.Random(seed)
    varied = path.with_suffix(".varie")
    with path.open("rb") as lines, varied.open("wb") as out:
        for line in lines:
            found = _AMOUNT.match(line)
            drew = b"%d.%02d'" % (drawn.randrange(10, 100), drawn.randrange(100))
            out.write(found[1] + drew + line[found.end() :] if found else line)
    varied.replace(path)


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    wanted = int(arguments[0]) if arguments else 1_000_000
    with tempfile.TemporaryDirectory(prefix="scarabee-bench-") as name:
        path = Path(name) / "fichier.dsn"
        from scarabee.dsn.invention import write_large_file

        with path.open("wb") as stream:
            made = write_large_file(stream, lines=wanted)
        if "--varie" in sys.argv:
            vary(path)
        print(f"{made.lines:,} lines, {made.size / 1e6:,.0f} MB, {made.person_months:,} person-months")
        if "--memoire" in sys.argv:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            seconds = product(path)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"check {seconds:.1f} s, peak memory {peak:.0f} MB ({before:.0f} MB before it)")
            return
        measure(path, made.lines, ROUNDS if wanted <= 2_000_000 else 3)


def measure(path: Path, lines: int, rounds: int) -> None:
    ratios = []
    for _ in range(rounds):
        before, took, after = bare(path), product(path), bare(path)
        baseline = min(before, after)
        ratios.append(took / baseline)
        print(f"bare {baseline:.3f} s, check {took:.3f} s, ×{ratios[-1]:.2f}")
    print(f"check ratio at {lines:,} lines (median of {rounds} rounds): {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
