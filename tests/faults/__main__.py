"""The long run: `python -m tests.faults --faults 300 --seed 7 --moteur sqlite`, see docs/reliability.md."""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

from tests.faults import report
from tests.faults.program import Program


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--moteur", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--sortie", type=Path, help="one line of JSON for each fault")
    parser.add_argument("--travaux", nargs="+", default=[], help="these jobs only")
    parser.add_argument("--deeds", nargs="+", default=[], help="these deeds only")
    parser.add_argument("--appris", type=Path, help="keeps what the jobs do without a fault, for other runs")
    parser.add_argument("--rapport", type=Path, nargs="+", help="put the lines of these runs into docs/reliability.md")
    args = parser.parse_args()
    if args.rapport:
        report.write(args.rapport)
        return 0
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    print(f"{args.moteur}, graine {args.seed}", flush=True)
    program = Program(
        args.moteur,
        args.seed,
        jobs=args.travaux,
        deeds=args.deeds,
        out=args.sortie,
        learned=args.appris,
        mounts=os.getuid() == 0,
    )
    program.run(args.faults)
    print(json.dumps(program.summary(), ensure_ascii=False, indent=1))
    return int(bool(program.broken))


if __name__ == "__main__":
    sys.exit(main())
