"""What else tells of a person: reports, labels, values from before, packages of deletions, files that wait."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Q

from scarabee.accounts.models import Session
from scarabee.accounts.sessions import SessionStore
from scarabee.dossiers.models import Act, Before, DeletedPackage, Identifier, ImportFile
from scarabee.dossiers.services.holds import Hold
from scarabee.dossiers.services.packages import unpack, without_people
from scarabee.dossiers.views.asked import SEARCHES
from scarabee.filings.models import ReceivedFile
from scarabee.privacy import neighbours
from scarabee.privacy.marks import Number
from scarabee.privacy.masking import Sought, text_without
from scarabee.privacy.people import Person

_TEXTS: list[tuple[str, str]] = [
    ("dossiers.Act", "message"),
    ("dossiers.DeletedPackage", "label"),
    ("dossiers.ImportFile", "name"),
    ("filings.ReceivedFile", "name"),
    ("filings.Filing", "problem"),
    ("filings.Filing", "passed_reason"),
    ("filings.Filing", "again_reason"),
    ("filings.FilingMove", "why"),
    ("returns.Return", "problem"),
    ("returns.Anomaly", "note"),
    ("returns.PasRate", "why"),
]
_READ_BYTES = 1 << 20
_WAITS = (Act.State.PREPARED, Act.State.QUEUED, Act.State.RUNNING, Act.State.INTERRUPTED)


def holds(sought: Sought) -> list[Hold]:
    """The files that wait to be imported and hold the person: they would bring them back."""
    waiting: list[tuple[str, str]] = [
        (f"l’import n° {act} attend avec un fichier qui contient cette personne", path)
        for act, path in ImportFile.objects.exclude(path="").filter(act__state__in=_WAITS).values_list("act_id", "path")
    ]
    waiting += [
        (f"le lot n° {batch} attend avec un fichier qui contient cette personne", path)
        for batch, path in ReceivedFile.objects.exclude(path="").values_list("batch_id", "path")
    ]
    return [
        Hold(why, "Laissez-le finir ou abandonnez-le, puis recommencez.")
        for why, path in waiting
        if _file_holds(Path(settings.DATA_FOLDER) / path, sought)
    ]


def acts_of(person: Person, sought: Sought) -> list[int]:
    """The acts whose words or receipt name the person."""
    dossiers = {one.dossier_id for one in person.places}
    named = set(Act.objects.filter(_containing("message", sought)).values_list("pk", flat=True))
    rows = Act.objects.filter(dossier__in=dossiers).order_by("pk").values_list("pk", "receipt")
    told = {pk for pk, receipt in rows.iterator(chunk_size=200) if _masked(receipt, sought) != receipt}
    return sorted(named | told)


def clean_texts(sought: Sought) -> int:
    """Cross the person out of every sentence that names them; how many changed."""
    count = 0
    for label, column in (*_TEXTS, *neighbours.TEXTS):
        model: Any = apps.get_model(label)
        for pk, text in list(model._base_manager.filter(_containing(column, sought)).values_list("pk", column)):
            if (told := text_without(text, sought)) != text:
                count += model._base_manager.filter(pk=pk).update(**{column: told})
    return count


def clean_reports(person: Person, sought: Sought) -> int:
    """Take the person out of the reports of imports and of received files, and out of receipts; how many changed."""
    dossiers = {one.dossier_id for one in person.places}
    count = 0
    rows: Any
    for rows, column in (
        (ImportFile.objects.filter(act__dossier__in=dossiers), "report"),
        (ReceivedFile.objects.filter(batch__dossier__in=dossiers), "findings"),
        (Act.objects.filter(dossier__in=dossiers), "receipt"),
    ):
        for pk, told in rows.order_by("pk").values_list("pk", column).iterator(chunk_size=200):
            cleaned = _masked(_without_differences(told, person), sought)
            if cleaned != told:
                count += rows.filter(pk=pk).update(**{column: cleaned})
    return count


def forget_befores(person: Person, sought: Sought) -> int:
    """Remove what undo would put back of the person; how many rows."""
    gone = list(Before.objects.filter(kind__in=("employee", "joined"), object_id__in=person.ids))
    dossiers = {one.dossier_id for one in person.places}
    for row in Before.objects.filter(kind="joined", act__dossier__in=dossiers).iterator(chunk_size=200):
        told = row.values.get("employee", {})
        if any(sought.is_number(str(told.get(name, ""))) for name in ("nir", "ntt")):
            gone.append(row)
    return int(Before.objects.filter(pk__in={row.pk for row in gone}).delete()[0])


def forget_searches(sought: Sought) -> int:
    """Take what somebody typed to find the person out of the sessions that are open; how many lost something."""
    count = 0
    store = SessionStore()
    for row in Session.objects.iterator(chunk_size=100):
        told = row.get_decoded()
        searches: dict[str, str] = told.get(SEARCHES, {})
        kept = {token: text for token, text in searches.items() if not _is_for(text, sought)}
        if kept != searches:
            told[SEARCHES] = kept
            count += Session.objects.filter(pk=row.pk).update(session_data=store.encode(told))
    return count


def packages_of(person: Person) -> dict[int, set[int]]:
    """{package of a deletion that holds the person: their numbers in it}."""
    found: dict[int, set[int]] = {}
    for package in DeletedPackage.objects.exclude(rows=b"").iterator(chunk_size=5):
        if people := set(_people_in(package, person)):
            found[package.pk] = people
    return found


def clean_packages(found: dict[int, set[int]]) -> set[int]:
    """Take the person out of packages, delete those that are about nobody else; ids of contents they held."""
    freed = set[int]()
    for pk, people in found.items():
        package = DeletedPackage.objects.get(pk=pk)
        head, batches = unpack(package)
        freed |= {
            row["content_id"]
            for batch in batches
            if batch.kind.name == "employee_months"
            for row in batch.rows
            if row["employee_id"] in people
        }
        if head.employee_id in people:
            package.delete()
        elif without_people(package, people):
            package.save(update_fields=["rows", "contents"])
    return freed


def _is_for(text: str, sought: Sought) -> bool:
    return sought.is_number(text) or sought.is_name(text) or sought.may_be_in(text.encode())


def _containing(column: str, sought: Sought) -> Q:
    """The rows whose text may name the person."""
    wanted = Q(pk__in=[])
    for word in [*sought.writings, *(family for family, _ in sought.raw_names)]:
        wanted |= Q(**{f"{column}__icontains": word})
    return wanted


def _people_in(package: DeletedPackage, person: Person) -> Iterator[int]:
    _, batches = unpack(package)
    for batch in batches:
        if batch.kind.model is Identifier:
            yield from (row["employee_id"] for row in batch.rows if Number(row["kind"], row["value"]) in person.numbers)


def _without_differences(told: Any, person: Person) -> Any:
    """A report without what the file said otherwise of the person than somebody had typed."""
    if not isinstance(told, dict) or "differences" not in told:
        return told
    numbers = {str(pk) for pk in person.ids}
    return told | {"differences": [one for one in told["differences"] if one.get("employee") not in numbers]}


def _masked(told: Any, sought: Sought) -> Any:
    if isinstance(told, str):
        return "" if sought.is_number(told) else text_without(told, sought)
    if isinstance(told, list):
        return [_masked(one, sought) for one in told]
    if isinstance(told, dict):
        return {name: _masked(one, sought) for name, one in told.items()}
    return told


def _file_holds(path: Path, sought: Sought) -> bool:
    """Whether a file speaks of the person; one that is gone does not."""
    try:
        with path.open("rb") as file:
            before = b""
            while block := file.read(_READ_BYTES):
                if sought.may_be_in(before + block):
                    return True
                before = block[-200:]
    except FileNotFoundError:
        return False
    return False
