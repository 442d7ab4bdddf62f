"""All measures, one after the other: `python -m benchmarks`."""

import subprocess
import sys

RUNS = (
    ["benchmarks.importing", "1000000"],
    ["benchmarks.importing", "10000000"],
    ["benchmarks.importing", "40300000", "--memoire"],
    ["benchmarks.checking", "1000000"],
    ["benchmarks.checking", "1000000", "--varie"],
    ["benchmarks.checking", "10000000"],
    ["benchmarks.checking", "40300000", "--memoire"],
    ["benchmarks.transfer", "100000"],
    ["benchmarks.transfer_screen"],
    ["benchmarks.filing", "200", "4"],
    ["benchmarks.filing", "200", "1"],
    ["benchmarks.rates", "100000"],
    ["benchmarks.rates", "400000", "--memoire"],
    ["benchmarks.backup", "20000000"],
    ["benchmarks.backup", "40000000", "--memoire"],
)


def main() -> None:
    for module, *arguments in RUNS:
        print(f"$ python -m {module} {' '.join(arguments)}", flush=True)
        subprocess.run([sys.executable, "-m", module, *arguments], check=True)


if __name__ == "__main__":
    main()
