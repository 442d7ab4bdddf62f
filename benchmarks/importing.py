"""An import against a bare loop over the same file: `python -m benchmarks.importing [LINES] [--memoire]`.

The baseline is a loop, inside a function, over the same binary file, that only parts each line at its first comma.
The product reads, checks the syntax and order of every line, extracts, hashes, compresses, stores and commits. Each
round uses an empty database, on the PostgreSQL that DATABASE_URL names if it names one. `--memoire` runs one import
only and prints the peak memory of the process.
"""

import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import postgres

ROUNDS = 5


def prepare(folder: Path) -> None:
    os.environ["SCARABEE_DONNEES"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "scarabee.settings.desktop"
    if postgres.SERVER:
        os.environ["DATABASE_URL"] = postgres.database("bench_import")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def bare(path: Path) -> float:
    start = time.perf_counter()
    with path.open("rb") as lines:
        for line in lines:
            line.partition(b",")
    return time.perf_counter() - start


def product(path: Path, name: str) -> float:
    from scarabee.dossiers.services.dossiers import create_dossier
    from scarabee.dossiers.services.importing import import_file, open_import
    from scarabee.maintenance.journal import Actor

    actor = Actor.owner()
    act = open_import(actor=actor, dossier=create_dossier(actor=actor, name=name))
    start = time.perf_counter()
    with path.open("rb") as stream:
        row = import_file(actor=actor, act=act, stream=stream, name=path.name)
    seconds = time.perf_counter() - start
    assert row.status == "imported", row.report
    return seconds


def forget_contents() -> None:
    """Empty the tables between rounds, so that each import stores everything again."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in (
            "employeemonth",
            "contract",
            "identifier",
            "declaration",
            "envoi",
            "employee",
            "employer",
            "content",
        ):
            cursor.execute(f"DELETE FROM dossiers_{table}")
        cursor.execute("VACUUM ANALYZE" if postgres.SERVER else "PRAGMA wal_checkpoint(TRUNCATE)")


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    wanted = int(arguments[0]) if arguments else 1_000_000
    with tempfile.TemporaryDirectory(prefix="scarabee-bench-") as name:
        folder = Path(name)
        path = folder / "fichier.dsn"
        from scarabee.dsn.invention import write_large_file

        with path.open("wb") as stream:
            made = write_large_file(stream, lines=wanted)
        print(f"{made.lines:,} lines, {made.size / 1e6:,.0f} MB, {made.person_months:,} person-months")
        prepare(folder / "donnees")
        if "--memoire" in sys.argv:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            seconds = product(path, "mémoire")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"import {seconds:.1f} s, peak memory {peak:.0f} MB ({before:.0f} MB before it)")
            return
        rounds = ROUNDS if wanted <= 2_000_000 else 3
        baselines, products = [], []
        for number in range(rounds):
            baselines.append(bare(path))
            products.append(product(path, f"tour {number}"))
            baselines.append(bare(path))
            forget_contents()
            baseline = min(baselines[-2:])
            print(f"bare {baseline:.3f} s, import {products[-1]:.3f} s, ×{products[-1] / baseline:.2f}")
        ratios = [took / min(baselines[2 * number : 2 * number + 2]) for number, took in enumerate(products)]
        print(f"import ratio at {made.lines:,} lines (median of {rounds} rounds): {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
