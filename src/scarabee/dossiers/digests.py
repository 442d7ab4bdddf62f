"""Digests: how two declarations, or two dossiers, are proved identical (design §2, Digest).

A declaration's digest speaks of what is held of it: a partial one differs from the whole one.
"""

import hashlib
import json
import struct
from collections.abc import Iterable

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from scarabee.dossiers.bulk import chunks, update_rows
from scarabee.dossiers.models import Declaration, Dossier, EmployeeMonth, Employer, Identifier

_PLACE = struct.Struct(">II")


class PeopleHash:
    """SHA-256 over the place and the hash of each person held, in the order of positions."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._waiting: list[bytes] = []

    def add(self, position: int, insert_at: int, content_hash: bytes) -> None:
        self._waiting += (_PLACE.pack(position, insert_at), content_hash)
        if len(self._waiting) > 4000:
            self.digest()

    def digest(self) -> bytes:
        self._digest.update(b"".join(self._waiting))
        self._waiting = []
        return self._digest.digest()


def declaration_digest(*, siret: str, is_real: bool, own_hash: bytes, people: bytes) -> bytes:
    """SHA-256 over siret, essai/réel, the own part's hash and the people held (`PeopleHash.digest()`)."""
    kind = b"R" if is_real else b"E"
    return hashlib.sha256(siret.encode() + kind + own_hash + people).digest()


def recompute(declaration_ids: Iterable[int]) -> None:
    """Count and digest again what is held of declarations whose people changed."""
    for chunk in chunks(sorted(set(declaration_ids)), 200):
        people: dict[int, PeopleHash] = {pk: PeopleHash() for pk in chunk}
        held = dict.fromkeys(chunk, 0)
        months = EmployeeMonth.objects.filter(declaration_id__in=chunk).order_by("declaration_id", "position")
        rows = months.values_list("declaration_id", "position", "insert_at", "content__sha256")
        for pk, position, insert_at, digest in rows.iterator(chunk_size=2000):
            people[pk].add(position, insert_at, bytes(digest))
            held[pk] += 1
        declarations = Declaration.objects.filter(pk__in=chunk)
        own = declarations.values_list("pk", "employer__siret", "is_real", "own_content__sha256")
        update_rows(
            Declaration,
            ("digest", "held"),
            [
                (
                    declaration_digest(siret=siret, is_real=real, own_hash=bytes(own_hash), people=people[pk].digest()),
                    held[pk],
                    pk,
                )
                for pk, siret, real, own_hash in own
            ],
        )


def dossier_digest(dossier: Dossier) -> str:
    """Hexadecimal SHA-256 over the sorted declaration digests and the sorted (siret, identifiers, typed fields).

    Of the database that the dossier was read from.
    """
    digest = hashlib.sha256()
    with _database(dossier).cursor() as cursor:
        cursor.execute("SELECT digest FROM dossiers_declaration WHERE dossier_id = %s", [dossier.pk])
        digest.update(b"".join(sorted(bytes(value) for (value,) in cursor.fetchall())))
    digest.update("\n".join(sorted(_records(dossier))).encode())
    return digest.hexdigest()


def _records(dossier: Dossier) -> Iterable[str]:
    """Lines for the records: there may be a hundred thousand people, so the engine writes most of them.

    Each identifier with its siret; for people with several, or with typed fields (those entered by hand always have),
    one line more that holds them together.
    """
    database = _database(dossier)
    employers = Employer.objects.using(database.alias).filter(dossier=dossier)
    for siret, name, typed in employers.values_list("siret", "name", "typed"):
        yield f"{siret}|{name}|{_typed_values(typed)}"
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT e.siret || '|' || i.kind || ':' || i.value FROM dossiers_identifier i "
            "JOIN dossiers_employer e ON e.id = i.employer_id WHERE i.dossier_id = %s",
            [dossier.pk],
        )
        yield from (line for (line,) in cursor.fetchall())
        cursor.execute(
            "SELECT p.id, e.siret, CAST(p.typed AS text) FROM dossiers_employee p "
            "JOIN dossiers_employer e ON e.id = p.employer_id WHERE p.dossier_id = %s "
            "AND (CAST(p.typed AS text) <> '{}' OR p.id IN (SELECT i.employee_id FROM dossiers_identifier i "
            "WHERE i.dossier_id = %s GROUP BY i.employee_id HAVING COUNT(*) > 1))",
            [dossier.pk, dossier.pk],
        )
        special = {pk: (siret, json.loads(typed)) for pk, siret, typed in cursor.fetchall()}
    identifiers: dict[int, list[str]] = {}
    for chunk in chunks(list(special)):
        found = Identifier.objects.using(database.alias).filter(employee_id__in=chunk)
        for pk, kind, value in found.values_list("employee_id", "kind", "value"):
            identifiers.setdefault(pk, []).append(f"{kind}:{value}")
    for pk, (siret, typed) in special.items():
        yield f"{siret}|{','.join(sorted(identifiers.get(pk, ())))}|{_typed_values(typed)}"


def _database(dossier: Dossier) -> BaseDatabaseWrapper:
    return connections[dossier._state.db or DEFAULT_DB_ALIAS]


def _typed_values(typed: dict[str, dict[str, str]]) -> str:
    return json.dumps({rubrique: said["value"] for rubrique, said in typed.items()}, sort_keys=True)
