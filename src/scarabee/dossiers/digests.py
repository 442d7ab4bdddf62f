"""Digests: how two declarations, or two dossiers, are proved identical (design §2, Digest).

A declaration's digest speaks of what is held of it: a partial one differs from the whole one.
"""

import hashlib
import json
import struct
from collections.abc import Iterable

from scarabee.dossiers.bulk import chunks, update_rows
from scarabee.dossiers.models import Content, Declaration, Dossier, Employee, EmployeeMonth, Employer, Identifier

_PLACE = struct.Struct(">II")


class PeopleHash:
    """SHA-256 over the place and the hash of each person held, in the order of positions."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, position: int, insert_at: int, content_hash: bytes) -> None:
        self._digest.update(_PLACE.pack(position, insert_at) + content_hash)

    def digest(self) -> bytes:
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
                    declaration_digest(
                        siret=siret, is_real=real, own_hash=bytes(own_hash), people=people[pk].digest()
                    ),
                    held[pk],
                    pk,
                )
                for pk, siret, real, own_hash in own
            ],
        )


def dossier_digest(dossier: Dossier) -> str:
    """Hexadecimal SHA-256 over the sorted declaration digests and the sorted (siret, identifiers, typed fields)."""
    digest = hashlib.sha256()
    declarations = Declaration.objects.filter(dossier=dossier).order_by("digest")
    for (value,) in declarations.values_list("digest").iterator(chunk_size=5000):
        digest.update(bytes(value))
    for line in sorted(_records(dossier)):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _records(dossier: Dossier) -> Iterable[str]:
    for siret, name, typed in Employer.objects.filter(dossier=dossier).values_list("siret", "name", "typed"):
        yield json.dumps([siret, name, _typed_values(typed)], sort_keys=True)
    identifiers: dict[int, list[str]] = {}
    rows = Identifier.objects.filter(dossier=dossier).order_by("kind", "value")
    for employee, kind, value in rows.values_list("employee_id", "kind", "value").iterator(chunk_size=5000):
        identifiers.setdefault(employee, []).append(f"{kind}:{value}")
    employees = Employee.objects.filter(dossier=dossier).values_list("pk", "employer__siret", "typed")
    for pk, siret, typed in employees.iterator(chunk_size=5000):
        yield json.dumps([siret, identifiers.get(pk, []), _typed_values(typed)], sort_keys=True)


def _typed_values(typed: dict[str, dict[str, str]]) -> dict[str, str]:
    return {rubrique: said["value"] for rubrique, said in typed.items()}


def content_hashes(ids: Iterable[int]) -> dict[int, bytes]:
    """{content id: hash}."""
    found: dict[int, bytes] = {}
    for chunk in chunks(sorted(set(ids))):
        for pk, digest in Content.objects.filter(pk__in=chunk).values_list("pk", "sha256"):
            found[pk] = bytes(digest)
    return found
