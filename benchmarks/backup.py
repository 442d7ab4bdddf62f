"""A backup against the engine's own copy, encrypted: `python -m benchmarks.backup [LINES] [--memoire]`.

The baseline is `sqlite3 .backup` (on PostgreSQL, where DATABASE_URL names one: `pg_dump`) into a file, then the
encryption of that file by the same library. The product takes everything at one moment, digests the dossiers, counts
the rows, compresses, hashes, encrypts, syncs and tells the journal. Its proof is measured apart: the baseline has none.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

ROUNDS = 5
LINES = 10_000_000


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def baseline(folder: Path) -> None:
    import pyrage
    from django.db import connection

    copy, sealed = folder / "copie", folder / "copie.age"
    for left in (copy, sealed):
        left.unlink(missing_ok=True)
    named = connection.settings_dict
    if connection.vendor == "sqlite":
        subprocess.run(["sqlite3", named["NAME"], f".backup {copy}"], check=True)
    else:
        subprocess.run([pg_dump(), "-f", str(copy), os.environ["DATABASE_URL"]], check=True)
    pyrage.encrypt_file(str(copy), str(sealed), [pyrage.x25519.Identity.generate().to_public()])


def pg_dump() -> str:
    """The client of the newest server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    return str(found[-1]) if found else "pg_dump"


def product() -> tuple[float, float, Any]:
    """Seconds to write an archive, seconds to prove it, and its row."""
    from scarabee.backups import proving, writing
    from scarabee.maintenance.journal import Actor

    proof, prove = [0.0], proving.prove

    def timed(path: Path) -> Any:
        proof[0] = -time.perf_counter()
        try:
            return prove(path)
        finally:
            proof[0] += time.perf_counter()

    with mock.patch.object(proving, "prove", timed):
        start = time.perf_counter()
        backup = writing.back_up(actor=Actor.owner(), reason="mesure")
        took = time.perf_counter() - start
    return took - proof[0], proof[0], backup


def main() -> None:
    from benchmarks.importing import prepare
    from benchmarks.importing import product as bring_in
    from scarabee.dsn.invention import write_large_file

    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    with tempfile.TemporaryDirectory(prefix="scarabee-bench-") as name:
        folder = Path(name)
        file = folder / "fichier.dsn"
        with file.open("wb") as stream:
            made = write_large_file(stream, lines=int(arguments[0]) if arguments else LINES)
        prepare(folder / "donnees")
        bring_in(file, "Sauvegardé")
        file.unlink()
        print(f"{made.person_months:,} person-months in the database")
        if "--memoire" in sys.argv:
            memory()
            return
        compare(folder)


def memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took, proof, _ = product()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"backup {took:.2f} s, proof {proof:.2f} s, peak memory {peak:.0f} MB ({before:.0f} MB before it)")


def compare(folder: Path) -> None:
    from scarabee.backups import snapshot

    size = snapshot.expected_size() / 1e6
    ratios, proofs = [], []
    for _ in range(ROUNDS):
        bare = seconds(lambda: baseline(folder))
        took, proof, backup = product()
        bare = min(bare, seconds(lambda: baseline(folder)))
        ratios.append(took / bare)
        proofs.append(proof / bare)
        print(
            f"{size:.0f} MB: copy and encryption {bare:.2f} s, backup {took:.2f} s (×{ratios[-1]:.2f}), "
            f"proof {proof:.2f} s (×{proofs[-1]:.2f}), archive {backup.size / 1e6:.0f} MB"
        )
        Path(backup.path).unlink()
    medians = statistics.median(ratios), statistics.median(proofs)
    print(f"backup ratio (median of {ROUNDS} rounds): {medians[0]:.2f}; proof: {medians[1]:.2f}")


if __name__ == "__main__":
    main()
