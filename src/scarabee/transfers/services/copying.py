"""The copy itself: INSERT … SELECT through the maps, then every copy joined to its original.

What hangs on an employer or employee is found in the registry of `dossiers`, so that a new kind of row travels
without a change here. All of it runs inside the caller's transaction.
"""

from dataclasses import dataclass

from django.db import models

from scarabee.dossiers import registry
from scarabee.dossiers.bulk import columns_of, fetch_rows
from scarabee.dossiers.models import Act, Declaration, Dossier, Employee, Employer, Envoi
from scarabee.dossiers.services.identities import join
from scarabee.transfers.selection import Mode
from scarabee.transfers.services.maps import execute, map_envois, number

MAPPED = {
    "employers": "tr_employer",
    "employees": "tr_employee",
    "envois": "tr_envoi",
    "declarations": "tr_declaration",
}

SCAN_WHEN_ONE_IN = 4


class CopyDiffers(Exception):
    """A copy does not equal its original: the transaction must be rolled back."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What must stand at the destination, and what was found there hash-equal (records, declarations, months)."""

    expected: int
    identical: int


def copy_all(*, act: Act, destination: Dossier) -> dict[str, int]:
    """Insert what the destination lacks. Returns how many rows of each kind were created."""
    _join_people(act)
    map_envois(destination)
    number()
    fixed = {"dossier_id": str(destination.pk), "act_id": str(act.pk)}
    created: dict[str, int] = {}
    for kind, model, parents, changed in (
        ("employers", Employer, {}, {"declaring": "false", "successor_of_id": "NULL", "revision": "0"}),
        ("employees", Employee, {"employer_id": "tr_employer"}, {"revision": "0"}),
        ("envois", Envoi, {}, {}),
        ("declarations", Declaration, {"employer_id": "tr_employer", "envoi_id": "tr_envoi"}, {}),
    ):
        created[kind] = _copy_mapped(MAPPED[kind], model, parents, fixed | changed)
    _follow_successors(destination)
    created["employee_months"] = _copy_months(fixed)
    for leaf in registry.kinds():
        if leaf.name not in MAPPED and leaf.name != "employee_months":
            created[leaf.name] = _copy_leaf(leaf, fixed)
    return created


def _join_people(act: Act) -> None:
    """People of the destination whom the source shows to be one become one, as an import would make them."""
    found = fetch_rows(
        "SELECT DISTINCT t.dst, d.employee_id FROM tr_employee t JOIN dossiers_employee e ON e.id = t.src "
        "JOIN tr_employer r ON r.src = e.employer_id JOIN dossiers_identifier s ON s.employee_id = t.src "
        "JOIN dossiers_identifier d ON d.employer_id = r.dst AND d.kind = s.kind AND d.value = s.value "
        "WHERE t.several = 1 AND d.employee_id <> t.dst ORDER BY t.dst, d.employee_id"
    )
    one: dict[int, int] = {}

    def final(person: int) -> int:
        while person in one:
            person = one[person]
        return person

    for pair in found:
        kept, *dropped = sorted({final(person) for person in pair})
        for person in dropped:
            join(act=act, kept_id=kept, dropped_id=person)
            execute("UPDATE tr_employee SET dst = %s, several = 1 WHERE dst = %s", (kept, person))
            one[person] = kept


def _follow_successors(destination: Dossier) -> None:
    """A new employer succeeds to the destination's copy of the one that its original succeeds to, if there is one."""
    execute(
        "UPDATE dossiers_employer SET successor_of_id = n.former, successor_from = n.month FROM ("
        "SELECT t.dst, p.id AS former, CASE WHEN p.id IS NULL THEN '' ELSE s.successor_from END AS month "
        "FROM tr_employer t JOIN dossiers_employer s ON s.id = t.src "
        "JOIN dossiers_employer o ON o.id = s.successor_of_id "
        "LEFT JOIN dossiers_employer p ON p.dossier_id = %s AND p.siret = o.siret WHERE t.created = 1"
        ") AS n WHERE n.dst = dossiers_employer.id",
        (destination.pk,),
    )


def _copy_mapped(table: str, model: type[models.Model], parents: dict[str, str], fixed: dict[str, str]) -> int:
    values = {column: f's."{column}"' for column in columns_of(model)} | fixed | {"id": "t.dst"}
    joins = ""
    for index, (column, parent) in enumerate(parents.items()):
        joins += f' JOIN {parent} p{index} ON p{index}.src = s."{column}"'
        values[column] = f"p{index}.dst"
    names = ", ".join(f'"{column}"' for column in values)
    return execute(
        f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(values.values())} '
        f'FROM {table} t JOIN "{model._meta.db_table}" s ON s.id = t.src{joins} WHERE t.created = 1 ORDER BY t.dst'
    )


def _copy_months(fixed: dict[str, str]) -> int:
    columns = "dossier_id, act_id, declaration_id, position, employee_id, content_id, insert_at"
    select = (
        f"INSERT INTO dossiers_employeemonth ({columns}) "
        f"SELECT {fixed['dossier_id']}, {fixed['act_id']}, d.dst, m.position, e.dst, m.content_id, m.insert_at "
        f"FROM {_selected_months()} CROSS JOIN tr_employee e "
        "WHERE m.declaration_id = d.src AND e.src = m.employee_id AND d.created = "
    )
    missing = (
        " AND NOT EXISTS (SELECT 1 FROM dossiers_employeemonth x "
        "WHERE x.declaration_id = d.dst AND x.position = m.position)"
    )
    created = execute(f"{select}1")
    if fetch_rows("SELECT 1 FROM tr_declaration WHERE created = 0 LIMIT 1"):
        created += execute(f"{select}0{missing}")
    return created


def _selected_months() -> str:
    """The months of the selected declarations, in the order SQLite should join them (others plan by themselves).

    When they are a good part of the table, reading it from end to end costs less than seeking each of them.
    """
    ((held,),) = fetch_rows(
        "SELECT COALESCE(SUM(s.held), 0) FROM tr_declaration d JOIN dossiers_declaration s ON s.id = d.src"
    )
    everything = fetch_rows("SELECT COALESCE(MAX(id), 0) FROM dossiers_employeemonth")[0][0]
    if held * SCAN_WHEN_ONE_IN > everything:
        return "dossiers_employeemonth m CROSS JOIN tr_declaration d"
    return "tr_declaration d CROSS JOIN dossiers_employeemonth m"


def _copy_leaf(kind: registry.RowKind, fixed: dict[str, str]) -> int:
    """Rows of any registered kind that hang on mapped parents: those whose key the destination lacks.

    Raises ValueError when the kind hangs on rows that a transfer does not map.
    """
    if not kind.parents:
        return 0
    table = kind.model._meta.db_table
    columns = [column for column in columns_of(kind.model) if column != "id"]
    values = {column: f's."{column}"' for column in columns} | {
        column: value for column, value in fixed.items() if column in columns
    }
    joins, some_parent_is_old, where = "", [], "WHERE true"
    optional = {column.attname for column in kind.model._meta.concrete_fields if column.null}
    for index, (column, parent) in enumerate(kind.parents.items()):
        if parent not in MAPPED:
            raise ValueError(f"{kind.name} hangs on {parent}, whose copies are not mapped")
        join = f' JOIN {MAPPED[parent]} p{index} ON p{index}.src = s."{column}"'
        if column in optional:
            # what hangs on nobody goes with the employer, unless only some of its people were chosen
            join = f" LEFT{join}"
            where += f" AND (p{index}.src IS NOT NULL OR (s.{column} IS NULL AND p0.mode <> '{Mode.SOME.value}'))"
        joins += join
        values[column] = f"p{index}.dst"
        some_parent_is_old.append(f"p{index}.created = 0")
    names = ", ".join(f'"{column}"' for column in values)
    told = ", ".join(f'{value} AS "{column}"' for column, value in values.items())
    insert = f'INSERT INTO "{table}" ({names})'
    select = f'FROM "{table}" s{joins} {where}'
    if not fetch_rows("SELECT 1 FROM tr_employer WHERE created = 0 LIMIT 1"):
        return execute(f"{insert} SELECT {told} {select}")
    old = " OR ".join(some_parent_is_old)
    same = " AND ".join(f'x."{column}" = {values[column]}' for column in kind.key)
    # two people of the source may be one at the destination: their rows of one key are one row there
    key = ", ".join(values[column] for column in kind.key)
    added = execute(f"{insert} SELECT {told} {select} AND NOT COALESCE(({old}), false)")
    return added + execute(
        f"{insert} SELECT {names} FROM (SELECT {told}, ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY s.id) AS nth "
        f'{select} AND ({old}) AND NOT EXISTS (SELECT 1 FROM "{table}" x WHERE {same})) AS n WHERE n.nth = 1'
    )


def prove(*, destination: Dossier) -> Proof:
    """Join every selected record, declaration and month to its copy. Raises `CopyDiffers` if one is not equal."""
    expected = sum(
        fetch_rows(f"SELECT COUNT(*) FROM {table}")[0][0] for table in ("tr_employer", "tr_employee", "tr_declaration")
    )
    identical = fetch_rows(
        "SELECT COUNT(*) FROM tr_employer t JOIN dossiers_employer s ON s.id = t.src "
        "JOIN dossiers_employer d ON d.id = t.dst AND d.siret = s.siret WHERE d.dossier_id = %s",
        (destination.pk,),
    )[0][0]
    identical += fetch_rows(
        "SELECT COUNT(*) FROM tr_employee t JOIN dossiers_employee d ON d.id = t.dst WHERE d.dossier_id = %s",
        (destination.pk,),
    )[0][0]
    identical += fetch_rows(
        "SELECT COUNT(*) FROM tr_declaration t JOIN dossiers_declaration s ON s.id = t.src "
        "JOIN dossiers_declaration d ON d.id = t.dst AND d.whole_hash = s.whole_hash "
        "AND d.own_content_id = s.own_content_id WHERE d.dossier_id = %s",
        (destination.pk,),
    )[0][0]
    months = equal_months = 0
    chosen = "JOIN tr_employee e ON e.src = m.employee_id "
    for whole, only in ((1, ""), (0, chosen)):
        selected, equal = fetch_rows(
            f"SELECT COUNT(*), COUNT(x.id) FROM {_selected_months()} {only}"
            "LEFT JOIN dossiers_employeemonth x ON x.declaration_id = d.dst AND x.position = m.position "
            "AND x.content_id = m.content_id AND x.insert_at = m.insert_at "
            "WHERE m.declaration_id = d.src AND d.whole = %s",
            (whole,),
        )[0]
        months, equal_months = months + selected, equal_months + equal
        if not fetch_rows("SELECT 1 FROM tr_declaration WHERE whole = 0 LIMIT 1"):
            break
    proof = Proof(expected + months, identical + equal_months)
    if proof.expected != proof.identical:
        raise CopyDiffers(f"{proof.identical} of {proof.expected} copies equal their original")
    return proof
