"""What goes where: temporary tables that map each selected row of the source to its copy.

The preview counts with them and the execution inserts with them, so that both say the same (design §3). `dst` is
empty for what the destination lacks, until `number` gives ids. `several`: the numbers of one person of the source are
those of several people of the destination.
"""

from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection

from scarabee.dossiers.bulk import chunks, fetch_rows, next_id
from scarabee.dossiers.models import Declaration, Dossier, Employee, Employer, Envoi
from scarabee.transfers.enums import IfExists
from scarabee.transfers.selection import Mode, Selection

TABLES = {
    "tr_employer": "src {id} PRIMARY KEY, dst bigint, created integer, mode varchar(10), choice varchar(10)",
    "tr_tick": "employee {id} PRIMARY KEY",
    "tr_choice": "employee {id} PRIMARY KEY, choice varchar(10)",
    "tr_employee": "src {id} PRIMARY KEY, dst bigint, created integer, choice varchar(10), several integer",
    "tr_declaration": "src {id} PRIMARY KEY, dst bigint, created integer, whole integer",
    "tr_envoi": "src {id} PRIMARY KEY, dst bigint, created integer",
}

SLOT = (
    "d.month = s.month AND d.nature = s.nature AND d.is_real = s.is_real AND d.champ = s.champ "
    "AND d.fraction = s.fraction"
)
"""Same slot: what one version at most is in force for (`d` and `s` are declarations)."""


@contextmanager
def maps(
    *,
    source: Dossier,
    destination: Dossier | None,
    selection: Selection,
    if_exists: IfExists,
    choices: Mapping[str, IfExists],
) -> Any:
    """Fill the tables for one transfer, drop them afterwards. `destination` None: a dossier still to be created."""
    _drop()
    # on SQLite only an *integer* primary key is the row's own address, which the joins below live on
    kind = "integer" if connection.vendor == "sqlite" else "bigint"
    for table, columns in TABLES.items():
        execute(f"CREATE TEMPORARY TABLE {table} ({columns.format(id=kind)})")
    try:
        _map_employers(source, destination, selection, if_exists, choices)
        somebody_is_left = _map_employees(if_exists, choices)
        _map_declarations()
        if somebody_is_left:
            _unmark_whole()
        yield
    finally:
        # after an error PostgreSQL takes no more commands; its rollback takes the tables away
        if not connection.needs_rollback:
            _drop()


def execute(sql: str, params: tuple[Any, ...] = ()) -> int:
    """Run one statement; returns how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def number() -> None:
    """Give ids to the rows that are to be created; the caller holds the write lock."""
    for table, model in (
        ("tr_employer", Employer), ("tr_employee", Employee), ("tr_envoi", Envoi), ("tr_declaration", Declaration),
    ):  # fmt: skip
        count = fetch_rows(f"SELECT COUNT(*) FROM {table} WHERE dst IS NULL")[0][0]
        if count:
            first = next_id(model, count)
            execute(
                f"UPDATE {table} SET dst = n.rank FROM (SELECT src, %s + ROW_NUMBER() OVER (ORDER BY src) AS rank "
                f"FROM {table} WHERE dst IS NULL) AS n WHERE n.src = {table}.src",
                (first - 1,),
            )


def _drop() -> None:
    for table in TABLES:
        execute(f"DROP TABLE IF EXISTS {table}")


def _map_employers(
    source: Dossier,
    destination: Dossier | None,
    selection: Selection,
    if_exists: IfExists,
    choices: Mapping[str, IfExists],
) -> None:
    mapped: list[tuple[Any, ...]] = []
    ticks: set[tuple[int]] = set()
    for chunk in chunks(sorted(selection.employers)):
        found = dict(Employer.objects.filter(dossier=source, pk__in=chunk).values_list("pk", "siret"))
        there: dict[str, int] = {}
        if destination is not None:
            copies = Employer.objects.filter(dossier=destination, siret__in=list(found.values()))
            there = dict(copies.values_list("siret", "pk"))
        for pk, siret in found.items():
            ticked, copy = selection.employers[pk], there.get(siret)
            choice = choices.get(f"employer:{pk}", if_exists)
            if copy is not None and choice == IfExists.IGNORE:
                continue
            mapped.append((pk, copy, int(copy is None), ticked.mode.value, choice))
            ticks |= {(employee,) for employee in ticked.employees}
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO tr_employer VALUES (%s, %s, %s, %s, %s)", mapped)
        cursor.executemany("INSERT INTO tr_tick VALUES (%s)", sorted(ticks))
        listed = [(int(key[9:]), choice) for key, choice in choices.items() if key.startswith("employee:")]
        cursor.executemany("INSERT INTO tr_choice VALUES (%s, %s)", listed)


def _map_employees(if_exists: IfExists, choices: Mapping[str, IfExists]) -> bool:
    """Fill `tr_employee`; returns whether some people are ignored because they are there already."""
    execute(
        "INSERT INTO tr_employee SELECT e.id, NULL, 1, COALESCE(c.choice, r.choice), 0 FROM tr_employer r "
        "CROSS JOIN dossiers_employee e LEFT JOIN tr_tick t ON t.employee = e.id "
        "LEFT JOIN tr_choice c ON c.employee = e.id WHERE e.employer_id = r.src AND "
        "(r.mode = %s OR (r.mode = %s AND t.employee IS NULL) OR (r.mode = %s AND t.employee IS NOT NULL))",
        (Mode.WHOLE.value, Mode.ALL_BUT.value, Mode.SOME.value),
    )
    execute(
        "UPDATE tr_employee SET dst = m.dst, created = 0, several = m.several FROM ("
        "SELECT s.employee_id AS src, MIN(d.employee_id) AS dst, "
        "CASE WHEN MIN(d.employee_id) <> MAX(d.employee_id) THEN 1 ELSE 0 END AS several FROM tr_employer r "
        "CROSS JOIN dossiers_identifier s CROSS JOIN dossiers_identifier d "
        "WHERE r.created = 0 AND s.employer_id = r.src "
        "AND d.employer_id = r.dst AND d.kind = s.kind AND d.value = s.value GROUP BY s.employee_id"
        ") AS m WHERE m.src = tr_employee.src"
    )
    return bool(execute("DELETE FROM tr_employee WHERE created = 0 AND choice = %s", (IfExists.IGNORE.value,)))


def _unmark_whole() -> None:
    """Of an employer *en totalité* of which a person is ignored, the declarations do not come whole."""
    execute(
        "UPDATE tr_declaration SET whole = 0 WHERE src IN (SELECT d.id FROM dossiers_declaration d "
        "JOIN tr_employer r ON r.src = d.employer_id JOIN dossiers_employee e ON e.employer_id = r.src "
        "LEFT JOIN tr_employee t ON t.src = e.id WHERE r.mode = %s AND t.src IS NULL)",
        (Mode.WHOLE.value,),
    )


def _map_declarations() -> None:
    execute(
        "INSERT INTO tr_declaration SELECT d.id, NULL, 1, CASE WHEN r.mode = %s THEN 1 ELSE 0 END "
        "FROM tr_employer r CROSS JOIN dossiers_declaration d WHERE d.employer_id = r.src AND r.mode <> %s",
        (Mode.WHOLE.value, Mode.SOME.value),
    )
    if fetch_rows("SELECT 1 FROM tr_employer WHERE mode = %s LIMIT 1", (Mode.SOME.value,)):
        execute(
            "INSERT INTO tr_declaration SELECT DISTINCT m.declaration_id, CAST(NULL AS bigint), 1, 0 "
            "FROM tr_employee t JOIN dossiers_employee e ON e.id = t.src "
            "JOIN tr_employer r ON r.src = e.employer_id AND r.mode = %s "
            "JOIN dossiers_employeemonth m ON m.employee_id = t.src",
            (Mode.SOME.value,),
        )
        # the version in force of the same slots comes along, or an older one would seem to hold again
        execute(
            "INSERT INTO tr_declaration SELECT DISTINCT d.id, CAST(NULL AS bigint), 1, 0 FROM tr_declaration t "
            "JOIN dossiers_declaration s ON s.id = t.src AND s.month <> '' "
            "JOIN dossiers_declaration d ON d.employer_id = s.employer_id AND d.month = s.month "
            "AND d.champ = s.champ AND d.fraction = s.fraction AND d.in_force "
            "WHERE t.whole = 0 AND NOT EXISTS (SELECT 1 FROM tr_declaration x WHERE x.src = d.id)"
        )
    execute(
        "UPDATE tr_declaration SET dst = m.dst, created = 0 FROM ("
        "SELECT s.id AS src, d.id AS dst FROM tr_employer r CROSS JOIN dossiers_declaration s "
        "CROSS JOIN dossiers_declaration d WHERE r.created = 0 AND s.employer_id = r.src "
        f"AND d.employer_id = r.dst AND {SLOT} AND d.type = s.type AND d.order_number = s.order_number "
        "AND d.whole_hash = s.whole_hash) AS m WHERE m.src = tr_declaration.src"
    )


def map_envois(destination: Dossier) -> None:
    """The envois of the declarations to create."""
    execute(
        "INSERT INTO tr_envoi SELECT DISTINCT s.envoi_id, CAST(NULL AS bigint), 1 FROM tr_declaration t "
        "JOIN dossiers_declaration s ON s.id = t.src WHERE t.created = 1"
    )
    execute(
        "UPDATE tr_envoi SET dst = d.id, created = 0 FROM dossiers_envoi s JOIN dossiers_envoi d "
        "ON d.digest = s.digest AND d.dossier_id = %s WHERE s.id = tr_envoi.src",
        (destination.pk,),
    )
