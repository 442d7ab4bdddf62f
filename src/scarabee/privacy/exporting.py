"""What is held of a person, for that person (RGPD art. 15): one ZIP with a page to read, a table, JSON, and the months.

Nothing of anybody else: of a declaration only the person's own part, verbatim; of a return only what it said of them.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from scarabee.dossiers import contents, registry
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Employee, EmployeeMonth, Identifier
from scarabee.dossiers.spreadsheets import csv_lines
from scarabee.dsn.figures import person_figures
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.privacy.people import Person, person_of
from scarabee.privacy.summary import summary_of

EXPORTED = "personne.exportee"
FORMAT = 1
_NOT_THEIRS = (
    "dossier",
    "act",
    "employer",
    "employee",
    "declaration",
    "content",
    "owner",
    "shown_in",
    "closed_by",
    "item",
)
"""Links to what is not of the person."""
_HEADER = (
    "dossier",
    "SIRET",
    "mois",
    "nature",
    "essai ou réel",
    "en vigueur",
    "brut",
    "net fiscal",
    "net",
    "PAS",
    "fichier",
)


def export(*, actor: Actor, number: int, target: IO[bytes]) -> Person:
    """Write the ZIP of the person of this local number, over all dossiers the actor may see. Raises `NotVisible`."""
    person = person_of(actor=actor, number=number)
    places = [_place(rank, one) for rank, one in enumerate(person.places, 1)]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, employee in zip(places, person.places, strict=True):
            for month, part in _parts(employee):
                told = place["months"][month]
                figures = person_figures(part)
                told |= {name: str(getattr(figures, name)) for name in ("gross", "net_fiscal", "net", "pas")}
                archive.writestr(told["file"], part)
        made = now()
        told_all = {"format": FORMAT, "made_at": made, "places": [_listed(one) for one in places]}
        archive.writestr("LISEZMOI.txt", "\ufeff" + summary_of(person, [_listed(one) for one in places], made))
        archive.writestr("donnees.json", json.dumps(told_all, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
        archive.writestr("mois.csv", "".join(csv_lines(_table(places))))
    _tell(actor, person)
    return person


def _place(rank: int, employee: Employee) -> dict[str, Any]:
    """What is held of the person in one place; `months`: {row: what is told of it}."""
    folder = f"mois/{rank}-{employee.employer.siret}"
    columns = ("nir", "ntt", "matricule", "family_name", "given_names", "birth_date")
    found: dict[str, Any] = {
        "dossier": employee.dossier.name, "siret": employee.employer.siret, "employer": employee.employer.name,
        "number": employee.pk, **{name: getattr(employee, name) for name in columns},
        "typed": {code: said["value"] for code, said in employee.typed.items()},
    }  # fmt: skip
    for kind in registry.kinds():
        if kind.is_of_people and kind.model is not EmployeeMonth:
            found[kind.name] = list(_rows(kind.model, employee))
    months = EmployeeMonth.objects.filter(employee=employee).select_related("declaration").order_by(
        "declaration__month", "declaration__freshness", "pk"
    )  # fmt: skip
    found["months"] = {
        row.pk: {
            "month": row.declaration.month, "nature": row.declaration.nature, "is_real": row.declaration.is_real,
            "in_force": row.declaration.in_force, "imported_at": row.declaration.imported_at,
            "file": f"{folder}/{row.declaration.month or 'signalement'}-{row.declaration.nature or '00'}-{row.pk}.txt",
        }
        for row in months
    }  # fmt: skip
    return found


def _rows(model: type[models.Model], employee: Employee) -> Iterator[dict[str, Any]]:
    """The rows of a kind that hang on the person, without what links them to others."""
    fields = [
        field.attname
        for field in model._meta.concrete_fields
        if field.name not in (*_NOT_THEIRS, "id", "revision", "freshness")
        and not field.name.endswith("_by")
        and not isinstance(field, models.BinaryField)
    ]
    rows = model._default_manager.filter(employee_id=employee.pk).order_by("pk")
    rows = rows.exclude(kind=Identifier.Kind.CIVIL) if model is Identifier else rows
    yield from rows.values(*fields)


def _parts(employee: Employee) -> Iterator[tuple[int, bytes]]:
    """(month row, its verbatim part), a few hundred at a time."""
    rows = list(EmployeeMonth.objects.filter(employee=employee).order_by("pk").values_list("pk", "content_id"))
    for some in chunks(rows, 200):
        loaded = contents.load(content for _, content in some)
        yield from ((pk, loaded[content]) for pk, content in some)


def _listed(place: dict[str, Any]) -> dict[str, Any]:
    return place | {"months": list(place["months"].values())}


def _table(places: list[dict[str, Any]]) -> Iterator[Sequence[object]]:
    yield _HEADER
    for place in places:
        for one in place["months"].values():
            yield [
                place["dossier"], place["siret"], one["month"], one["nature"], "réel" if one["is_real"] else "essai",
                "oui" if one["in_force"] else "non", one["gross"], one["net_fiscal"], one["net"], one["pas"],
                one["file"],
            ]  # fmt: skip


@transaction.atomic
def _tell(actor: Actor, person: Person) -> None:
    for dossier in {one.dossier_id: one.dossier for one in person.places}.values():
        journal.record(
            actor, EXPORTED, dossier_uuid=dossier.uuid,
            people=[one.pk for one in person.places if one.dossier_id == dossier.pk],
        )  # fmt: skip
