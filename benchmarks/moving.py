"""Moving an installation to PostgreSQL, against a bare COPY loop: `python -m benchmarks.moving [EMPLOYEES]`.

DATABASE_URL names the server on which databases are made and thrown away. The baseline reads each table of SQLite and
writes its rows with COPY into the same empty schema, in one transaction: no digest, nothing read back, no sequence. The
product does all that, and proves every table. `--memoire`: the peak instead.
"""

import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.transfer import fill, prepare

ROUNDS = 3
SERVER = os.environ.pop("DATABASE_URL", "")
"""The installation itself is on SQLite."""


def empty_database(name: str) -> str:
    """The address of a new database of the server."""
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    return urlsplit(SERVER)._replace(path=f"/{name}").geturl()


def with_schema(url: str) -> str:
    """The same, with the schema of this version."""
    from django.core.management import call_command

    from scarabee.backups.connecting import connected
    from scarabee.settings import database

    with connected("bench", database.from_url(url)) as alias:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    return url


def hand_written(path: Path, url: str) -> float:
    """Seconds of the baseline."""
    import sqlite3

    from django.db.models import BooleanField

    from scarabee.backups import tables

    source = sqlite3.connect(path)
    begun = time.perf_counter()
    with psycopg.connect(url) as server:
        for model in tables.kept_models():
            fields = model._meta.local_concrete_fields
            names = ", ".join(f'"{field.column}"' for field in fields)
            flags = [place for place, field in enumerate(fields) if isinstance(field, BooleanField)]
            rows = source.execute(f'SELECT {names} FROM "{model._meta.db_table}" ORDER BY 1')
            with (
                server.cursor() as cursor,
                cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'.encode()) as copy,
            ):
                for row in rows:
                    copy.write_row(as_flags(row, flags) if flags else row)
    source.close()
    return time.perf_counter() - begun


def as_flags(row: tuple[Any, ...], flags: list[int]) -> list[Any]:
    values = list(row)
    for place in flags:
        values[place] = bool(values[place])
    return values


def product(url: str) -> float:
    """Seconds of the real move, by the function that the command calls; the schema is there already."""
    from scarabee.backups import moving
    from scarabee.maintenance.journal import Actor

    return moving.move_to(actor=Actor.owner(), url=url).seconds


def main() -> None:
    memory = "--memoire" in sys.argv
    sizes = [int(word) for word in sys.argv[1:] if word.isdigit()]
    employees = sizes[0] if sizes else 100_000
    if not SERVER:
        sys.exit("DATABASE_URL names no PostgreSQL: scripts/with-postgres .venv/bin/python -m benchmarks.moving")
    with tempfile.TemporaryDirectory(prefix="scarabee-bench-") as name:
        folder = Path(name)
        prepare(folder)
        from django.db import connection

        fill(employees)
        connection.close()
        if memory:
            before = peak()
            product(with_schema(empty_database("bench_moving")))
            print(f"peak {peak()} MB, of which {before} MB before the move")
            return
        ratios = []
        for round_ in range(ROUNDS):
            bare = hand_written(folder / "scarabee.sqlite3", with_schema(empty_database("bench_bare")))
            whole = product(with_schema(empty_database("bench_moving")))
            ratios.append(whole / bare)
            print(f"round {round_ + 1}: bare COPY {bare:.1f} s, move {whole:.1f} s, {whole / bare:.2f}×", flush=True)
        print(f"{employees * 12:,} employee-months: median {statistics.median(ratios):.2f}×")


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
