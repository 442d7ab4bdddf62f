"""What a return to a backup would change: what the archive holds beside what is here, dossier by dossier."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, Max, Model

from scarabee.accounts.models import User
from scarabee.backups.scratch import Scratch
from scarabee.dossiers.models import Act, Declaration, Dossier, Employee, EmployeeMonth, Employer
from scarabee.filings.models import Filing
from scarabee.maintenance.models import JournalEntry

KINDS: dict[str, type[Model]] = {
    "employers": Employer, "employees": Employee, "declarations": Declaration, "employee_months": EmployeeMonth,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """What one database holds of a dossier. `last_at`: when something last wrote into it."""

    name: str
    counts: dict[str, int]
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class DossierChange:
    """A dossier there and here; None where it is not."""

    uuid: UUID
    there: Held | None
    here: Held | None

    @property
    def name(self) -> str:
        return (self.here or self.there).name  # type: ignore[union-attr]

    @property
    def loses(self) -> dict[str, int]:
        """How many more of each kind are here than in the archive."""
        if self.here is None:
            return {}
        there = self.there.counts if self.there else {}
        lost = {kind: count - there.get(kind, 0) for kind, count in self.here.counts.items()}
        return {kind: count for kind, count in lost.items() if count > 0}


@dataclass(frozen=True, slots=True)
class Comparison:
    """An archive beside what is here. `is_new`: nothing is here yet. `deposits_lost`: made since, known here only.

    `users_lost`: names of the accounts that would go; `entries_lost`: how many entries of the journal.
    """

    manifest: dict[str, Any]
    made_at: datetime
    is_new: bool
    dossiers: list[DossierChange] = field(default_factory=list)
    users_lost: list[str] = field(default_factory=list)
    users_back: list[str] = field(default_factory=list)
    deposits_lost: int = 0
    entries_lost: int = 0


def compare(there: Scratch) -> Comparison:
    """What an opened archive holds, and what is here."""
    theirs, ours = _dossiers(there.alias), _dossiers(DEFAULT_DB_ALIAS)
    users_there, users_here = _usernames(there.alias), _usernames(DEFAULT_DB_ALIAS)
    changes = [DossierChange(uuid, theirs.get(uuid), ours.get(uuid)) for uuid in {**ours, **theirs}]
    return Comparison(
        manifest=there.manifest, made_at=there.made_at, is_new=is_new(),
        dossiers=sorted(changes, key=lambda one: one.name.casefold()),
        users_lost=sorted(users_here - users_there), users_back=sorted(users_there - users_here),
        deposits_lost=len(_deposits(DEFAULT_DB_ALIAS) - _deposits(there.alias)),
        entries_lost=max(0, last_entry()[0] - there.proof["journal"]["sequence"]),
    )  # fmt: skip


def is_new() -> bool:
    """Whether nothing worth keeping is here yet."""
    return not any(model._base_manager.exists() for model in (User, Dossier, Act, Filing))


def last_entry() -> tuple[int, str]:
    """The sequence and the hash of the last entry of the journal here; (0, "") before the first."""
    found = JournalEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return (found[0], found[1]) if found else (0, "")


def _dossiers(alias: str) -> dict[UUID, Held]:
    counts = {kind: dict(_by_dossier(model, alias)) for kind, model in KINDS.items()}
    acts = Act.objects.using(alias).values("dossier").annotate(at=Max("created_at")).values_list("dossier", "at")
    last = dict(acts)
    return {
        one.uuid: Held(one.name, {kind: found.get(one.pk, 0) for kind, found in counts.items()}, last.get(one.pk))
        for one in Dossier.objects.using(alias)
    }


def _by_dossier(model: type[Model], alias: str) -> Iterable[tuple[int, int]]:
    rows = model._base_manager.using(alias).values("dossier").annotate(count=Count("pk")).order_by()
    return [(one["dossier"], one["count"]) for one in rows]


def _usernames(alias: str) -> set[str]:
    return set(User.objects.using(alias).values_list("username", flat=True))


def _deposits(alias: str) -> set[str]:
    return set(Filing.objects.using(alias).exclude(idflux="").values_list("idflux", flat=True))
