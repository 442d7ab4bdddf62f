"""Everything that speaks of a person besides their own rows: looked for, locked in the order of everybody, cleaned.

Order of locks (see `dossiers.services.locking`): acts, packages and returns, then dossiers, then deposits. What is
found again behind the locks must be what was locked, or somebody was faster.
"""

from dataclasses import dataclass

from django.db.models import Model

from scarabee.dossiers.models import Act, DeletedPackage
from scarabee.dossiers.services import locking
from scarabee.filings.models import Filing
from scarabee.privacy import answers, deposits, remains
from scarabee.privacy.deposits import Deposit
from scarabee.privacy.masking import Sought
from scarabee.privacy.people import Person
from scarabee.returns.models import Return, ReturnVersion


@dataclass(frozen=True, slots=True)
class Traces:
    """Numbers of rows: acts whose words name the person, {package: its people}, versions of returns, deposits.

    `lines`, `anomalies`: of CRM and of the work list, which hang on no row of the person.
    """

    acts: list[int]
    packages: dict[int, set[int]]
    documents: list[int]
    deposits: list[Deposit]
    lines: list[int]
    anomalies: list[int]


def find(person: Person, sought: Sought) -> Traces:
    """All of them, as things stand."""
    return Traces(
        remains.acts_of(person, sought),
        remains.packages_of(person),
        answers.documents_of(person, sought),
        deposits.deposits_of(person, sought),
        *answers.loose_rows(person, sought),
    )


def lock(found: Traces, dossier_ids: set[int]) -> None:
    """Keep others from changing these until the transaction ends. Raises `locking.Busy`."""
    items = ReturnVersion.objects.filter(pk__in=found.documents).values_list("item_id", flat=True)
    _lock(Act, found.acts)
    _lock(DeletedPackage, list(found.packages))
    _lock(Return, list(items))
    locking.lock_dossiers(dossier_ids)
    _lock(Filing, [one.number for one in found.deposits])


def clean(found: Traces, person: Person, sought: Sought, actor_name: str) -> tuple[dict[str, int], set[int]]:
    """Take the person out of them all: how many of each, and the ids of contents that are let go."""
    counts = {
        "texts": remains.clean_texts(sought) + remains.clean_reports(person, sought) + remains.forget_searches(sought),
        "findings": deposits.clean_findings(person, sought, found.deposits),
        "answers": deposits.mask_answers(person, sought),
        "befores": remains.forget_befores(person, sought),
        "loose": len(found.lines) + len(found.anomalies),
        "packages": len(found.packages),
    }
    answers.remove_loose(found.lines, found.anomalies)
    freed = remains.clean_packages(found.packages)
    files = deposits.forget_files(found.deposits, actor_name)
    counts["files"] = len(files)
    counts["documents"], masked = answers.mask_documents(found.documents, sought)
    return counts, freed | files | masked


def _lock(model: type[Model], numbers: list[int]) -> None:
    if numbers:
        rows = model._base_manager.select_for_update(of=("self",), no_key=True)
        list(rows.filter(pk__in=numbers).order_by("pk").values_list("pk", flat=True))
