"""What a part holds: the rows of a dossier, of some of its employers or of one employee, kind by kind.

The registry of `dossiers` says which kinds there are; the same conditions choose the rows of the live database that go
into an archive, and those of an opened archive that come out of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connections
from django.db.models import Model

from scarabee.backups import tables
from scarabee.backups.tables import Row
from scarabee.dossiers import registry
from scarabee.dossiers.models import Content
from scarabee.dossiers.registry import RowKind


@dataclass(frozen=True, slots=True)
class Selection:
    """Numbers within one database. `employers` None: all of the dossier; `employee`: nobody but that one."""

    dossier: int
    employers: tuple[int, ...] | None = None
    employee: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.employers is None and self.employee is None

    def where(self, kind: RowKind) -> str:
        """The condition that the chosen rows of a kind fulfil, in SQL that both engines take."""
        if kind.name == "employers":
            return f"id IN ({self._employers})"
        if kind.name == "employees":
            return f"id IN ({self._people})"
        if kind.name == "declarations":
            return f"id IN ({self._declarations})"
        if kind.name == "envois":
            return f"id IN (SELECT envoi_id FROM dossiers_declaration WHERE id IN ({self._declarations}))"
        if self.employee is not None:
            return f"employee_id = {self.employee:d}" if kind.is_of_people else "1 = 0"
        if "declaration_id" in kind.parents:
            return f"declaration_id IN ({self._declarations})"
        return f"employee_id IN ({self._people})" if kind.owner == "employee" else f"employer_id IN ({self._employers})"

    def contents(self) -> str:
        """The condition of the contents that the chosen rows point at."""
        found = [
            f'SELECT "{field.column}" FROM "{kind.model._meta.db_table}" WHERE {self.where(kind)}'
            for kind in registry.kinds()
            for field in kind.model._meta.local_concrete_fields
            if field.related_model is Content
        ]
        return f"id IN ({' UNION '.join(found)})"

    @property
    def _employers(self) -> str:
        chosen = "" if self.employers is None else f" AND id IN ({', '.join(f'{pk:d}' for pk in self.employers)})"
        return f"SELECT id FROM dossiers_employer WHERE dossier_id = {self.dossier:d}{chosen}"

    @property
    def _people(self) -> str:
        if self.employee is not None:
            return f"{self.employee:d}"
        return f"SELECT id FROM dossiers_employee WHERE employer_id IN ({self._employers})"

    @property
    def _declarations(self) -> str:
        if self.employee is not None:
            return f"SELECT declaration_id FROM dossiers_employeemonth WHERE employee_id = {self.employee:d}"
        return f"SELECT id FROM dossiers_declaration WHERE employer_id IN ({self._employers})"


def batches(alias: str, model: type[Model], where: str) -> Iterator[list[Row]]:
    """The rows that fulfil a condition, by their numbers, in the form that travels (see `tables`)."""
    names = ", ".join(f'"{field.column}"' for field in model._meta.local_concrete_fields)
    with connections[alias].chunked_cursor() as cursor:
        cursor.execute(f'SELECT {names} FROM "{model._meta.db_table}" WHERE {where} ORDER BY id')
        while rows := cursor.fetchmany(tables.rows_at_once(model)):
            yield tables.formed(model, rows)


def count(alias: str, model: type[Model], where: str) -> int:
    """How many rows fulfil a condition."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f'SELECT COUNT(*) FROM "{model._meta.db_table}" WHERE {where}')
        return int(cursor.fetchone()[0])


def numbers(alias: str, model: type[Model], where: str) -> list[int]:
    """The numbers of the rows that fulfil a condition, in order."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f'SELECT id FROM "{model._meta.db_table}" WHERE {where} ORDER BY id')
        return [pk for (pk,) in cursor.fetchall()]


def columns(model: type[Model]) -> dict[str, int]:
    """{column: its place in a row}."""
    return {str(field.column): place for place, field in enumerate(model._meta.local_concrete_fields)}


def outside(model: type[Model]) -> list[int]:
    """The places of the columns that point at what no part holds: an account, a return. They may be empty."""
    held = {kind.model._meta.label for kind in registry.kinds()} | {Content._meta.label}
    held |= {"dossiers.Dossier", "dossiers.Act"}
    return [
        place
        for place, field in enumerate(model._meta.local_concrete_fields)
        if field.related_model is not None and field.related_model._meta.label not in held
    ]
