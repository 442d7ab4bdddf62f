"""Dossiers filled by the real import, transfers and undos between them, and what can be seen of a dossier."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F
from tests.dossiers.small_files import ASSOCIATION, Someone, declaration, envoi

from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import (
    Act,
    Contract,
    Declaration,
    Dossier,
    Employee,
    EmployeeMonth,
    Employer,
    Identifier,
    ImportFile,
)
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.dossiers.services.in_force import settle
from scarabee.dossiers.services.refresh import refresh_employees, refresh_employers
from scarabee.dossiers.services.undo import UndoReport, undo_act, undo_preview
from scarabee.maintenance.journal import Actor
from scarabee.transfers.enums import Declaring, IfExists
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Mode, Selection, Ticked
from scarabee.transfers.services.execution import transfer_now
from scarabee.transfers.services.planning import Plan, make_plan

OWNER = Actor.owner()
COUNTS = ("employers", "employees", "declarations", "employee_months")
SHOWN = ("nir", "ntt", "matricule", "family_name", "given_names", "birth_date", "search_key", "freshness")
TOLD = (
    "end",
    "end_reason",
    "former_number",
    "former_start",
    "former_siret",
    "nature",
    "job",
    "expected_end",
    "freshness",
)
NOTHING = dict.fromkeys(COUNTS, 0)


def dossier_of(name: str, files: Iterable[bytes] = ()) -> Dossier:
    """A new dossier, with files imported one after the other."""
    dossier = create_dossier(actor=OWNER, name=name)
    for data in files:
        take(dossier, data)
    return fresh(dossier)


def take(dossier: Dossier, data: bytes) -> Act:
    """Import one file in an act of its own; fails when it is refused."""
    act = open_import(actor=OWNER, dossier=dossier)
    row = import_file(actor=OWNER, act=act, stream=io.BytesIO(data), name="essai.dsn")
    assert row.status != ImportFile.Status.REFUSED, row.report
    Act.objects.filter(pk=act.pk).update(state=Act.State.DONE)
    check_invariants()
    return Act.objects.get(pk=act.pk)


def fresh(dossier: Dossier) -> Dossier:
    return Dossier.objects.get(pk=dossier.pk)


def everything(dossier: Dossier) -> Selection:
    """Every employer *en totalité*."""
    return Selection({pk: Ticked(Mode.WHOLE) for pk in dossier.employers.values_list("pk", flat=True)})


def some(*employees: Employee) -> Selection:
    """Some employees."""
    ticked: dict[int, set[int]] = {}
    for one in employees:
        ticked.setdefault(one.employer_id, set()).add(one.pk)
    return Selection({pk: Ticked(Mode.SOME, frozenset(ids)) for pk, ids in ticked.items()})


def plan(source: Dossier, destination: Dossier | None, selection: Selection | None = None, **options: Any) -> Plan:
    return make_plan(
        actor=options.pop("actor", OWNER),
        source=fresh(source),
        destination=fresh(destination) if destination else None,
        destination_name="Nouveau",
        selection=everything(source) if selection is None else selection,
        **options,
    )


def transfer(
    source: Dossier,
    destination: Dossier | None,
    selection: Selection | None = None,
    *,
    actor: Actor = OWNER,
    if_exists: IfExists = IfExists.COMPLETE,
    choices: Mapping[str, IfExists] | None = None,
    declaring: Declaring = Declaring.SOURCE,
    name: str = "Nouveau",
) -> Transfer:
    """A transfer that the plan foretold and that proved every copy; everything by default."""
    selection = everything(source) if selection is None else selection
    options = {"selection": selection, "if_exists": if_exists, "choices": choices, "actor": actor}
    foretold = plan(source, destination, **options)
    done = transfer_now(
        source=fresh(source),
        destination=fresh(destination) if destination else None,
        destination_name=name,
        declaring=declaring,
        **options,
    )
    receipt = done.act.receipt
    assert receipt["identical"] == receipt["expected"] == foretold.expected
    assert receipt["created"] == foretold.created.as_json()
    assert receipt["completed"] == foretold.completed.as_json()
    assert receipt["left"] == foretold.left.as_json()
    for kind, model in zip(COUNTS, (Employer, Employee, Declaration, EmployeeMonth), strict=True):
        assert model.objects.filter(act=done.act).count() == receipt["created"][kind], kind
    check_invariants()
    return Transfer.objects.get(pk=done.pk)


def undo(act: Act) -> UndoReport:
    """Undo, as its preview said."""
    act = Act.objects.get(pk=act.pk)
    foretold = undo_preview(actor=OWNER, act=act)
    report = undo_act(actor=OWNER, act=act)
    assert (report.removed, report.refused, report.restored) == (
        foretold.removed,
        foretold.refused,
        foretold.restored,
    )
    check_invariants()
    return report


def check_invariants() -> None:
    """What must hold after every step."""
    sirets = set(Employer.objects.values_list("siret", flat=True))
    declared = sorted(Employer.objects.filter(declaring=True).values_list("siret", flat=True))
    assert declared == sorted(sirets)  # never two, never none
    months = EmployeeMonth.objects.exclude(
        declaration__employer_id=F("employee__employer_id"),
        dossier_id=F("declaration__dossier_id"),
        declaration__dossier_id=F("employee__dossier_id"),
    )
    assert not months.exists()
    assert not Identifier.objects.exclude(employer_id=F("employee__employer_id")).exists()
    assert not Employee.objects.filter(identifiers=None).exists()


def seen(dossier: Dossier) -> dict[str, Any]:
    """All that can be seen of a dossier, by natural keys: equal dictionaries show equal dossiers."""
    people = {}
    for person in Employee.objects.filter(dossier=dossier).select_related("employer"):
        contracts = Contract.objects.filter(employee=person)
        people[person.employer.siret, frozenset(person.identifiers.values_list("kind", "value"))] = (
            [getattr(person, column) for column in SHOWN],
            {code: said["value"] for code, said in person.typed.items()},
            {(row.number, row.start): [getattr(row, column) for column in TOLD] for row in contracts},
            sorted(
                (bytes(whole), position)
                for whole, position in person.months.values_list("declaration__whole_hash", "position")
            ),
        )
    return {
        "people": people,
        "employers": {
            row.siret: (row.name, row.town, row.search_key, bytes(row.lines), row.freshness, row.typed)
            for row in Employer.objects.filter(dossier=dossier)
        },
        "declarations": {
            (row.employer.siret, row.is_real, bytes(row.whole_hash)): (
                row.in_force,
                row.set_aside,
                row.held,
                row.individus,
                bytes(row.digest),
            )
            for row in Declaration.objects.filter(dossier=dossier).select_related("employer")
        },
        "digest": dossier_digest(dossier),
    }


def check_settled(dossier: Dossier) -> None:
    """Working everything out again from nothing changes nothing."""
    before = seen(dossier)
    assert settle(dossier.employers.values_list("pk", flat=True)) == []
    refresh_employees(dossier.employees.values_list("pk", flat=True))
    refresh_employers(dossier.employers.values_list("pk", flat=True))
    assert_same(seen(dossier), before)


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Equal, with a difference that can be read."""
    for part in ("declarations", "employers", "people"):
        assert one[part].keys() == other[part].keys(), part
        for key in one[part]:
            assert one[part][key] == other[part][key], (part, key)
    assert one["digest"] == other["digest"]


def notice(
    month: str, *, nir: str = "", ntt: str = "", former: str = "", name: str = "MERCIER", order: str = "1",
    siret: str = ASSOCIATION, real: bool = False, kind: str = "01",
) -> bytes:  # fmt: skip
    """One person's month, with the numbers that it tells (30.001, 30.020, 31.008)."""
    lines = []
    for line in declaration([Someone(nir, name)], siret=siret, month=month, order=order, kind=kind):
        if line.startswith("S21.G00.30.001") and not nir:
            continue
        lines.append(line)
        if line.startswith("S21.G00.30.019"):
            lines += [f"S21.G00.30.020,'{ntt}'"] if ntt else []
            lines += [f"S21.G00.31.001,'01{month[5:]}{month[:4]}'", f"S21.G00.31.008,'{former}'"] if former else []
    return envoi(lines, real=real)
