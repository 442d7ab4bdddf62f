"""A transfer against the best hand-written copy of the same rows: `python -m benchmarks.transfer [EMPLOYEES]`.

The baseline copies the rows with ids shifted by a constant (no map, no check, no receipt), in one transaction, on a
copy of the same database file, with the same settings. The product plans, maps, copies, proves, digests and writes
its receipt and its journal entry.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import postgres

MONTHS = 12
PEOPLE_PER_EMPLOYER = 100
ROUNDS = 3


def prepare(folder: Path) -> None:
    os.environ["SCARABEE_DONNEES"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "scarabee.settings.desktop"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(employees: int, *, per: int = PEOPLE_PER_EMPLOYER) -> int:
    """A dossier of that many employees with twelve months each, `per` to an employer; returns its id.

    Contents are shared by all. Works on an empty database only: ids start at 1.
    """
    import hashlib

    from django.db import transaction

    from scarabee.dossiers import contents
    from scarabee.dossiers.bulk import insert_rows
    from scarabee.dossiers.models import (
        Act,
        Contract,
        Declaration,
        Dossier,
        Employee,
        EmployeeMonth,
        Employer,
        Envoi,
        Identifier,
    )
    from scarabee.maintenance.clock import now

    count = max(1, employees // per)
    texts = [f"S21.G00.30.001,'{index:013d}'\r\n".encode() * 200 for index in range(1000)]
    ids = contents.store(texts, [hashlib.sha256(text).digest() for text in texts])
    at = now()
    with transaction.atomic():
        dossier = Dossier.objects.create(name="Source", name_key="source", created_at=at)
        act = Act.objects.create(kind="import", state="done", dossier=dossier, actor_name="bench", created_at=at)
        envoi = Envoi.objects.create(dossier=dossier, digest=b"e" * 32, lines=b"", is_real=True, act=act)
        base = {"dossier": dossier.pk, "act": act.pk}
        people, numbers, contracts, months = [], [], [], []
        for e in range(1, count + 1):
            siret = f"{e:014d}"
            Employer.objects.create(pk=e, dossier=dossier, siret=siret, search_key=siret, declaring=True, act=act)
            for p in range(per):
                pk = (e - 1) * per + p + 1
                nir = f"1{pk:012d}"
                people.append(
                    (
                        pk,
                        base["dossier"],
                        e,
                        nir,
                        "",
                        str(pk),
                        "NOM",
                        "Prénom",
                        "01011980",
                        "nom prenom",
                        "f",
                        "{}",
                        0,
                        base["act"],
                    )
                )
                numbers.append((base["dossier"], e, pk, "nir", nir, base["act"]))
                contracts.append(
                    (
                        base["dossier"],
                        pk,
                        "00001",
                        "01012020",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "01",
                        "Animateur",
                        "",
                        "f",
                        base["act"],
                    )
                )
        insert_rows(
            Employee,
            (
                "id",
                "dossier_id",
                "employer_id",
                "nir",
                "ntt",
                "matricule",
                "family_name",
                "given_names",
                "birth_date",
                "search_key",
                "freshness",
                "typed",
                "revision",
                "act_id",
            ),
            people,
        )
        insert_rows(Identifier, ("dossier_id", "employer_id", "employee_id", "kind", "value", "act_id"), numbers)
        insert_rows(
            Contract,
            (
                "dossier_id",
                "employee_id",
                "number",
                "start",
                "end",
                "end_reason",
                "former_number",
                "former_start",
                "former_siret",
                "nature",
                "job",
                "expected_end",
                "freshness",
                "act_id",
            ),
            contracts,
        )
        for m in range(1, MONTHS + 1):
            for e in range(1, count + 1):
                digest = hashlib.sha256(f"{e}/{m}".encode()).digest()
                declaration = Declaration.objects.create(
                    dossier=dossier,
                    employer_id=e,
                    envoi=envoi,
                    is_real=True,
                    nature="01",
                    type="01",
                    month=f"2026-{m:02d}",
                    champ="01",
                    fraction="11",
                    order_number="1",
                    order_rank=1,
                    made_on="20260105",
                    freshness="f",
                    whole_hash=digest,
                    own_content_id=ids[0],
                    digest=digest,
                    individus=per,
                    held=per,
                    imported_at=at,
                    act=act,
                )
                months = [
                    (base["dossier"], declaration.pk, p, (e - 1) * per + p + 1, ids[(p * m) % 1000], 4000, base["act"])
                    for p in range(per)
                ]
                insert_rows(
                    EmployeeMonth,
                    ("dossier_id", "declaration_id", "position", "employee_id", "content_id", "insert_at", "act_id"),
                    months,
                )
    _set_sequences(Employer, Employee)
    return dossier.pk


def _set_sequences(*models: Any) -> None:
    """PostgreSQL must not give the ids again that were given by hand."""
    from django.core.management.color import no_style
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)


def hand_written(path: Path) -> float:
    """Seconds of the baseline on SQLite: one INSERT … SELECT per table, ids shifted."""
    import sqlite3

    from scarabee.settings.database import SQLITE_START

    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(SQLITE_START + "PRAGMA foreign_keys=ON;")
    start = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    _copy(connection.execute, lambda table: f"SELECT name FROM pragma_table_info('{table}')")
    connection.execute("COMMIT")
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def hand_written_on_postgres(address: str) -> float:
    """The same on PostgreSQL; the rows of months get their ids from the sequence, as those of the product do."""
    import psycopg

    with psycopg.connect(address) as connection:
        start = time.perf_counter()
        _copy(
            lambda statement: connection.execute(statement.encode()),
            lambda table: (
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' "
                f"AND table_name = '{table}' ORDER BY ordinal_position"
            ),
        )
        connection.commit()
        return time.perf_counter() - start


def _copy(run: Callable[[str], Any], columns_of: Callable[[str], str]) -> None:
    run(
        "INSERT INTO dossiers_dossier (uuid, name, name_key, created_at, revision) "
        "SELECT '00000000000000000000000000000001', 'Copie', 'copie', created_at, 0 FROM dossiers_dossier LIMIT 1"
    )
    new = run("SELECT MAX(id) FROM dossiers_dossier").fetchone()[0]
    tables = {
        "dossiers_employer": (),
        "dossiers_employee": ("employer",),
        "dossiers_identifier": ("employer", "employee"),
        "dossiers_contract": ("employee",),
        "dossiers_envoi": (),
        "dossiers_declaration": ("employer", "envoi"),
        "dossiers_employeemonth": ("declaration", "employee"),
    }
    shift = {table: run(f"SELECT COALESCE(MAX(id), 0) FROM {table}").fetchone()[0] for table in tables}
    for table, parents in tables.items():
        columns = [row[0] for row in run(columns_of(table)).fetchall()]
        values = {column: f'"{column}"' for column in columns if column != "id" or table != "dossiers_employeemonth"}
        if "id" in values:
            values["id"] = f"id + {shift[table]}"
        values["dossier_id"] = str(new)
        if "declaring" in values:
            values["declaring"] = "false"
        for parent in parents:
            values[f"{parent}_id"] = f"{parent}_id + {shift[f'dossiers_{parent}']}"
        names = ", ".join(f'"{column}"' for column in values)
        run(f"INSERT INTO {table} ({names}) SELECT {', '.join(values.values())} FROM {table} ORDER BY id")


def product(source_id: int) -> float:
    """Seconds of the real transfer, by the function that screens and commands call."""
    from scarabee.dossiers.models import Dossier, Employer
    from scarabee.maintenance.journal import Actor
    from scarabee.transfers.selection import Mode, Selection, Ticked
    from scarabee.transfers.services.execution import transfer_now

    source = Dossier.objects.get(pk=source_id)
    employers = Employer.objects.filter(dossier=source).values_list("pk", flat=True)
    selection = Selection({pk: Ticked(Mode.WHOLE) for pk in employers})
    start = time.perf_counter()
    transfer = transfer_now(
        actor=Actor.owner(), source=source, destination=None, destination_name="Copie", selection=selection
    )
    seconds = time.perf_counter() - start
    transfer.act.refresh_from_db()
    receipt = transfer.act.receipt
    assert receipt["expected"] == receipt["identical"], receipt
    return seconds


def main() -> None:
    employees = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="scarabee-bench-") as name:
        rounds = _on_postgres(Path(name), employees) if postgres.SERVER else _on_sqlite(Path(name), employees)
        ratios = []
        for baseline, seconds in rounds:
            ratios.append(seconds / baseline)
            measured = f"hand-written {baseline:.2f} s, product {seconds:.2f} s, ×{ratios[-1]:.2f}"
            print(f"{employees} employees × {MONTHS} months: {measured}", flush=True)
        print(f"transfer ratio (median of {ROUNDS}): {statistics.median(ratios):.2f}")


def _on_sqlite(folder: Path, employees: int) -> Iterator[tuple[float, float]]:
    """Seconds of the baseline and of the product, each on a fresh copy of the same file."""
    prepare(folder)
    from django.db import connection

    source_id = fill(employees)
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    database = folder / "scarabee.sqlite3"
    original = folder / "original.sqlite3"
    shutil.copy(database, original)
    for _ in range(ROUNDS):
        copy = folder / "copy.sqlite3"
        shutil.copy(original, copy)
        baseline = hand_written(copy)
        for leftover in folder.glob("scarabee.sqlite3*"):
            leftover.unlink()
        shutil.copy(original, database)
        yield baseline, product(source_id)
        connection.close()


def _on_postgres(folder: Path, employees: int) -> Iterator[tuple[float, float]]:
    """The same, each on a fresh copy of the same database, its statistics gathered."""
    os.environ["DATABASE_URL"] = postgres.database("bench_original")
    prepare(folder)
    from django.db import connection

    source_id = fill(employees)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    for _ in range(ROUNDS):
        baseline = hand_written_on_postgres(postgres.database("bench_copy", like="bench_original"))
        connection.settings_dict["NAME"] = "bench_product"
        postgres.database("bench_product", like="bench_original")
        yield baseline, product(source_id)
        connection.close()


if __name__ == "__main__":
    main()
