"""A CRM nominatif (nature 94) comes in: each line finds its person, each person a rate to apply (retours §5).

It counts for the dossier that declares the SIRET, and never when it answers an essai or comes from another portal. What
is odd waits for a person; the rest is applied at once where an Administrateur said so. A CRM may hold 100,000 people:
they are matched and written by chunks while the document is read, in one transaction.

A CRM re-issued under its own identifier changes the rates that still wait. One that was decided stays as it is, and the
other value comes beside it, waiting, under the identifier followed by `validity.RE_ISSUE` and a number. The same value
is valid longer: validity restarts at the last availability (retours §5).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.dossiers.bulk import chunks, insert_rows
from scarabee.dossiers.models import Act, Dossier, Employer
from scarabee.dossiers.services.locking import lock_more
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.documents import Head, Person
from scarabee.returns.enums import LineKind, Origin, RateState
from scarabee.returns.models import PasRate, RateLine, RateOption, Return
from scarabee.returns.services import oddities, superseding
from scarabee.returns.services.admission import same_portal
from scarabee.returns.services.crm_lines import Line, Value, line_of, percent, stored_percent, value_of
from scarabee.returns.services.oddities import Losses
from scarabee.returns.services.rate_matching import Standing, people_of, standing_rates, with_matricule
from scarabee.returns.services.validity import (
    available_at,
    available_on,
    crm_key,
    identifier_of,
    next_version,
    valid_until,
)

NATURE = "94"
CHUNK = 4000
_APPLIED, _WAITING = RateState.APPLIED.value, RateState.WAITING.value
COLUMNS = (
    "dossier_id", "employer_id", "employee_id", "act_id", "item_id", "crm", "rate", "future_rate", "future_from",
    "available_on", "valid_until", "state", "why", "decided_at", "decided_by",
)  # fmt: skip


def landing(item: Return, head: Head, *, is_again: bool = False) -> "Landing | None":
    """What brings the people of a CRM nominatif their rates; harmless for those that are there already.

    `head`: how its newest version begins; `is_again`: that one came after another was treated. None for an essai or
    another portal. The caller holds the transaction, and calls `take` for its people (raises `Busy`), then `close`.
    """
    if not same_portal(item.portal, bind_or_refuse()):
        return None
    reality = _reality(item, head)
    return None if reality is False else Landing(item, head, is_sure=reality is True, is_again=is_again)


def _reality(item: Return, head: Head) -> bool | None:
    """Whether a CRM answers a réel deposit: an essai if anything says so, None if nothing says."""
    told = (head.is_real, item.is_real, item.filing.is_real if item.filing else None)
    if False in told:
        return False
    return True if True in told else None


@dataclass(slots=True)
class _Place:
    """The employer that declares a SIRET, and what a CRM does there."""

    employer_id: int
    dossier_id: int
    losses: Losses = field(default_factory=Losses)
    conflicting: set[int] = field(default_factory=set)
    """Those to whom the CRM gives two different rates."""


@dataclass(slots=True)
class _Count:
    """What a CRM did in one dossier."""

    act: Act
    act_id: int
    applies_alone: bool
    counts: Counter[str] = field(default_factory=Counter)
    sirets: set[str] = field(default_factory=set)


class Landing:
    """The rates of one CRM on their way to those it names."""

    def __init__(self, item: Return, head: Head, *, is_sure: bool, is_again: bool) -> None:
        self.item, self.item_id, self.is_again = item, item.pk, is_again
        self.key = crm_key(head.crm_identifier, item)
        day = available_on(item)
        self.day, self.until = day.isoformat(), valid_until(day).isoformat()
        self.available_at = {item.pk: available_at(item)}
        """When the CRMs met so far were, by the number of their return."""
        self.moment = now()
        self.stored_moment = connection.ops.adapt_datetimefield_value(self.moment)
        self.why = "" if identifier_of(self.key) else oddities.NO_IDENTIFIER
        self.why = self.why if is_sure else oddities.MAYBE_ESSAI
        is_dated = item.published_at is not None or item.origin != Origin.FILE
        self.undated = "" if is_dated else oddities.UNDATED
        self.actor = Actor.owner("service")
        self.places: dict[str, _Place | None] = {}
        self.done: dict[int, _Count] = {}
        self.prolonged: list[int] = []
        """Of the people at hand, the rates that are said again."""
        self.settled = {_line_key(row) for row in item.lines.exclude(settled_at=None)}
        self.lines_before = Counter(item.lines.filter(settled_at=None).values_list("siret", flat=True))
        item.lines.filter(settled_at=None).delete()

    def take(self, people: Iterable[Person]) -> None:
        """Some of the people it names, in its order. Those of a SIRET that no dossier declares go by."""
        by_siret: dict[str, list[Line]] = {}
        for line in map(line_of, people):
            by_siret.setdefault(line.siret, []).append(line)
        for siret, found in by_siret.items():
            if place := self._place(siret):
                self._take(place, found)

    def close(self) -> None:
        """All have been named."""
        self._hold_back_losses()
        for dossier_id in sorted(self.done):
            self._close(self.done[dossier_id])

    def _place(self, siret: str) -> _Place | None:
        if siret not in self.places:
            declaring = Employer.objects.filter(siret=siret, declaring=True).values_list("pk", "dossier_id")
            found = declaring.first()
            if found and found[1] not in self.done:
                lock_more([found[1]])
                found = declaring.first()  # as it is now that nobody changes it
            self.places[siret] = _Place(*found) if found else None
            if found:
                self._count(found[1]).sirets.add(siret)
        return self.places[siret]

    def _count(self, dossier_id: int) -> _Count:
        if dossier_id not in self.done:
            dossier = Dossier.objects.get(pk=dossier_id)
            act = Act.objects.create(
                kind=Act.Kind.RETURN, state=Act.State.DONE, dossier=dossier, dossier_name=dossier.name,
                actor_name=self.actor.name, created_at=self.moment, finished_at=self.moment,
            )  # fmt: skip
            option = RateOption.objects.filter(dossier=dossier, applies_alone=True)
            self.done[dossier_id] = _Count(act, act.pk, option.exists() and not dossier.is_archived)
        return self.done[dossier_id]

    def _take(self, place: _Place, lines: list[Line]) -> None:
        """Some lines of one employer."""
        count = self.done[place.dossier_id]
        told: dict[int, list[Line]] = {}
        left: list[Line] = []
        for line, employee in zip(lines, people_of(place.employer_id, lines), strict=True):
            if employee is None:
                left.append(line)
            else:
                told.setdefault(employee, []).append(line)
        count.counts["listed"] += len(lines)
        self._propose(place, count, left)
        standing = standing_rates(list(told), self.key, self.day)
        created: list[tuple[Any, ...]] = []
        for employee, his in told.items():
            row = self._decide(place, count, employee, his, standing.get(employee, []))
            if row is not None:
                created.append(row)
        count.counts["created"] += len(created)
        insert_rows(PasRate, COLUMNS, created)
        self._prolong(count)

    def _decide(
        self, place: _Place, count: _Count, employee: int, lines: list[Line], standing: list[Standing]
    ) -> tuple[Any, ...] | None:
        """The row to add for a person; None when his rate is there, changed in place, or for a person to settle."""
        same = [one for one in standing if one.crm == self.key or one.crm.startswith(f"{self.key}#")]
        if self._conflicts(place, count, employee, lines, same):
            return None
        if not lines[0].is_readable:
            self._set_aside(place, count, lines[:1], LineKind.UNREADABLE)
            return None
        value = lines[0].value
        applied = [one for one in standing if one.state == _APPLIED]
        before = applied[-1].value.on(self.day) if applied else None
        last = max(same, key=lambda one: one.pk, default=None)
        is_new = not applied or (before, value.rate) != (None, None)
        place.losses.count(before, value, is_new=is_new)
        if last is not None and last.value == value:
            count.counts["known"] += 1
            if self.is_again and last.state in (_APPLIED, _WAITING) and last.valid_until < self.until:
                self.prolonged.append(last.pk)
            return None
        why = self._why(before, value, applied, last)
        if last is not None and last.state == RateState.WAITING:
            self._update(count, last, value, why)
            return None
        crm = self.key if last is None else next_version(self.key, last.crm)
        return self._row(place, count, employee, crm, value, why)

    def _why(self, before: int | None, value: Value, applied: list[Standing], last: Standing | None) -> str:
        if self.why:
            return self.why
        if applied and self._is_older_than(applied[-1]):
            return oddities.OLDER
        if last is not None and last.state != RateState.WAITING:
            return oddities.RE_ISSUED
        return oddities.oddity(before, value) or self.undated

    def _is_older_than(self, applied: Standing) -> bool:
        """Whether a rate in force is of a CRM made available later, were it on the same day."""
        number = applied.item_id
        if applied.available_on != self.day or number is None:
            return applied.available_on > self.day
        if number not in self.available_at:
            self.available_at[number] = available_at(Return.objects.get(pk=number))
        return self.available_at[number] > self.available_at[self.item_id]

    def _row(self, place: _Place, count: _Count, employee: int, crm: str, value: Value, why: str) -> tuple[Any, ...]:
        is_applied = count.applies_alone and not why
        decided = (self.stored_moment, self.actor.name) if is_applied else (None, "")
        return (
            place.dossier_id, place.employer_id, employee, count.act_id, self.item_id, crm, stored_percent(value.rate),
            stored_percent(value.future_rate), value.future_from or None, self.day, self.until,
            _APPLIED if is_applied else _WAITING, why, *decided,
        )  # fmt: skip

    def _update(self, count: _Count, last: Standing, value: Value, why: str) -> None:
        """Another value for a rate that waits: it is the one that waits from now on."""
        count.counts["updated"] += PasRate.objects.filter(pk=last.pk, state=RateState.WAITING).update(
            rate=percent(value.rate), future_rate=percent(value.future_rate), future_from=value.future_from or None,
            available_on=self.day, valid_until=self.until, why=why, act=count.act, item=self.item,
        )  # fmt: skip

    def _prolong(self, count: _Count) -> None:
        """Validity restarts for what is said again; what was paid since the first time was right."""
        for some in chunks(self.prolonged):
            count.counts["prolonged"] += PasRate.objects.filter(pk__in=some).update(valid_until=self.until)
        self.prolonged.clear()

    def _conflicts(self, place: _Place, count: _Count, employee: int, lines: list[Line], same: list[Standing]) -> bool:
        """Whether the CRM gives a person two different rates; then a person chooses, and nobody gets one."""
        if len(lines) == 1 and not same and employee not in place.conflicting:
            return False
        values = {(line.value, line.is_readable) for line in lines}
        earlier = [one for one in same if one.act_id == count.act_id]
        values |= {(one.value, True) for one in earlier}
        if len(values) == 1 and employee not in place.conflicting:
            return False
        place.conflicting.add(employee)
        for one in earlier:
            lines = [*lines, lines[0]._replace(value=one.value, is_readable=True)]
            PasRate.objects.filter(pk=one.pk).delete()
        readable = {line.value: line for line in lines if line.is_readable}
        self._set_aside(place, count, readable.values(), LineKind.CONFLICT, {line.number: employee for line in lines})
        self._set_aside(place, count, [one for one in lines if not one.is_readable], LineKind.UNREADABLE)
        return True

    def _propose(self, place: _Place, count: _Count, lines: list[Line]) -> None:
        """Lines that no number tells: the matricule may propose somebody, a person decides."""
        lines = list(dict.fromkeys(lines))
        unreadable = [one for one in lines if not one.is_readable]
        self._set_aside(place, count, unreadable, LineKind.UNREADABLE)
        readable = [one for one in lines if one.is_readable]
        held = with_matricule(place.employer_id, (one.matricule for one in readable if one.matricule))
        named = [one for one in readable if one.matricule in held]
        proposed = {one.number: held[one.matricule] for one in named}
        self._set_aside(place, count, named, LineKind.BY_MATRICULE, proposed)
        self._set_aside(place, count, [one for one in readable if one.matricule not in held], LineKind.UNKNOWN)

    def _set_aside(
        self, place: _Place, count: _Count, lines: Iterable[Line], kind: LineKind,
        proposed: dict[str, int] | None = None,
    ) -> None:  # fmt: skip
        """Keep lines for a person to settle, but for those that one has settled already."""
        rows = [
            RateLine(
                item=self.item, siret=line.siret, number=line.number, matricule=line.matricule[:40], kind=kind,
                proposed=(proposed or {}).get(line.number), rate=percent(line.value.rate),
                future_rate=percent(line.value.future_rate), future_from=line.value.future_from or None,
            )
            for line in lines
        ]  # fmt: skip
        fresh = [row for row in rows if _line_key(row) not in self.settled]
        RateLine.objects.bulk_create(fresh, batch_size=CHUNK)
        count.counts[kind.value] += len(fresh)
        count.counts["settled"] += len(rows) - len(fresh)

    def _hold_back_losses(self) -> None:
        """Where a CRM takes away more rates than one person's, nothing of it is applied by itself."""
        for place in self.places.values():
            if place and (why := place.losses.why):
                brought = PasRate.objects.filter(employer_id=place.employer_id, act=self.done[place.dossier_id].act)
                brought.update(state=RateState.WAITING, decided_at=None, decided_by="")
                brought.filter(why__in=("", oddities.UNDATED)).update(why=why)

    def _close(self, count: _Count) -> None:
        """The receipt and the journal; an act that did nothing new goes away."""
        counts = count.counts
        kept = sum(counts[kind.value] for kind in LineKind)
        if (
            not counts["created"]
            and not counts["updated"]
            and not counts["prolonged"]
            and kept == sum(self.lines_before[siret] for siret in count.sirets)
        ):
            count.act.delete()
            return
        brought = PasRate.objects.filter(act=count.act, employer_id__in=self._employers(count))
        counts["applied"] = brought.filter(state=RateState.APPLIED).count()
        counts["waiting"] = brought.filter(state=RateState.WAITING).count()
        counts["superseded"] = superseding.set_aside_older(
            count.act, self._employers(count), self.moment, self.actor.name
        )
        act, sirets = count.act, sorted(count.sirets)
        act.message = f"CRM n° {identifier_of(self.key) or 'inconnu'}, {_listed(sirets)}"[:255]
        act.receipt = {"item": self.item.pk, "crm": identifier_of(self.key), "sirets": sirets, "counts": dict(counts)}
        act.save(update_fields=["message", "receipt"])
        journal.record(
            self.actor, "rates.landed", dossier_uuid=act.dossier.uuid if act.dossier else None, act=act.pk,
            item=self.item.pk, rate_counts=dict(counts),
        )  # fmt: skip

    def _employers(self, count: _Count) -> list[int]:
        return [one.employer_id for one in self.places.values() if one and one.dossier_id == count.act.dossier_id]


def _line_key(row: RateLine) -> tuple[Any, ...]:
    """What tells a line of a CRM from another, whether it comes from the database or not yet."""
    value = value_of(row.rate, row.future_rate, None)
    return row.siret, row.number, row.matricule, row.kind, value, str(row.future_from or "")


def _listed(sirets: list[str]) -> str:
    return sirets[0] if len(sirets) == 1 else f"{len(sirets)} établissements"
