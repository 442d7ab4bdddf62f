"""What a person decides of rates: apply, set aside, settle a line, undo; always in the dossier that declares (§6).

Two people may decide at once: what changed since one of them saw it is left as it is, and said.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from scarabee.dossiers.bulk import chunks, update_rows
from scarabee.dossiers.models import Act, Before, Dossier, Employee, Employer
from scarabee.dossiers.services.dossiers import lock_writable
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.services.locking import lock_dossiers
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import LineKind, RateState
from scarabee.returns.models import PasRate, RateExport, RateLine, Return
from scarabee.returns.services import oddities, superseding
from scarabee.returns.services.crm_lines import hundredths, value_of
from scarabee.returns.services.rate_lists import rate_in_force
from scarabee.returns.services.superseding import BEFORE, keep
from scarabee.returns.services.validity import available_on, crm_key, next_version, valid_until

REASON_LENGTH = 300
_GONE = "n’existe plus"
_CHANGED = "le taux a changé depuis que vous l’avez vu"
_HELD_ELSEWHERE = "l’employeur est déclaré par un autre dossier, qui tient ses taux"


@dataclass(frozen=True, slots=True)
class Left:
    """A rate that a decision left as it is. `reason` ends a sentence."""

    rate_id: int
    reason: str


@dataclass(slots=True)
class Decided:
    """What a decision did: how many rates, under which acts, and which were left."""

    done: int = 0
    superseded: int = 0
    acts: list[Act] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Undone:
    """What undo did. `exported_at`: when these rates had gone out to the payroll software, None when they had not."""

    act: Act
    withdrawn: int
    restored: int
    left: int
    exported_at: datetime | None


def apply(*, actor: Actor, rates: Iterable[PasRate]) -> Decided:
    """Put rates in force, as they were seen; older ones of the same people that still wait are set aside.

    Raises `Refusal` when the actor may not change a dossier of theirs; then nothing is applied.
    """
    return _decide(actor, rates, RateState.APPLIED, "rates.applied", "")


def apply_all(*, actor: Actor, item: Return, odd_too: bool = False) -> Decided:
    """Put in force every rate of a CRM that waits; odd ones only when the person says so, having looked at them."""
    waiting = PasRate.objects.visible_to(actor).filter(item=item, state=RateState.WAITING).order_by("pk")
    waiting = waiting if odd_too else waiting.filter(why="")
    return apply(actor=actor, rates=waiting.iterator(chunk_size=4000))


def set_aside(*, actor: Actor, rates: Iterable[PasRate], reason: str) -> Decided:
    """Leave out rates that wait, or take out of force those that are, for a reason in words.

    Raises `Refusal` as `apply`, and without a reason.
    """
    reason = " ".join(reason.split())[:REASON_LENGTH]
    if not reason:
        raise Refusal("Dites pourquoi ces taux sont écartés.", remedy="Un mot suffit.")
    return _decide(actor, rates, RateState.SET_ASIDE, "rates.set_aside", reason)


@transaction.atomic
def _decide(actor: Actor, rates: Iterable[PasRate], state: RateState, code: str, why: str) -> Decided:
    by_dossier: dict[int, list[PasRate]] = {}
    for rate in rates:
        by_dossier.setdefault(rate.dossier_id, []).append(rate)
    decided = Decided()
    lock_dossiers(by_dossier)
    for dossier in Dossier.objects.filter(pk__in=by_dossier).order_by("pk"):
        _decide_in(actor, lock_writable(actor, dossier), by_dossier[dossier.pk], state, code, why, decided)
    return decided


def _decide_in(
    actor: Actor, dossier: Dossier, rates: list[PasRate], state: RateState, code: str, why: str, decided: Decided
) -> None:
    moment = now()
    act = _open(actor, dossier, moment)
    taken: list[PasRate] = []
    for some in chunks(rates):
        current = PasRate.objects.select_for_update(of=("self",), no_key=True).select_related("employer")
        rows = current.filter(dossier=dossier).in_bulk([one.pk for one in some])
        ready = []
        for seen in some:
            row = rows.get(seen.pk)
            if reason := _why_not(seen, row, state):
                decided.left.append(Left(seen.pk, reason))
            elif row is not None:
                ready.append(row)
        keep(act, ((one.pk, one.state, one.why, one.decided_at, one.decided_by) for one in ready))
        PasRate.objects.filter(pk__in=[one.pk for one in ready]).update(
            state=state, why=why, decided_at=moment, decided_by=actor.name
        )
        taken += ready
    if not taken:
        act.delete()
        return
    superseded = 0
    if state == RateState.APPLIED:
        employers = {one.employer_id for one in taken}
        superseded = superseding.set_aside_older(act, employers, moment, actor.name)
    decided.done += len(taken)
    decided.superseded += superseded
    decided.acts.append(_close(actor, act, state, code, {"rates": len(taken), "superseded": superseded}))


def _why_not(seen: PasRate, row: PasRate | None, state: RateState) -> str:
    """Why a rate is left as it is; "" when it is what the person saw, and may become what is asked."""
    if row is None:
        return _GONE
    if row.state != seen.state or row.state == state:
        return f"il est déjà « {row.get_state_display()} » ({row.decided_by or 'la machine'})"
    if _value(row) != _value(seen):
        return _CHANGED
    if state == RateState.SET_ASIDE and row.state not in (RateState.WAITING, RateState.APPLIED):
        return f"il est « {row.get_state_display()} »"
    return "" if row.employer.declaring else _HELD_ELSEWHERE


def _value(row: PasRate) -> Any:
    return value_of(row.rate, row.future_rate, row.future_from), row.available_on


@transaction.atomic
def settle_line(*, actor: Actor, line: RateLine, employee: Employee | None) -> PasRate | None:
    """Say whose a line of a CRM is, or that it is nobody's (None). Returns the rate that now waits for that person.

    Of two lines that disagreed, the other ones are settled too. Raises `Refusal` when the line was settled already, the
    person works for another employer, or nobody can read its rate.
    """
    employer = Employer.objects.filter(siret=line.siret, declaring=True).select_related("dossier").first()
    if employer is None:
        raise NotVisible("Aucun dossier ne déclare cet employeur.", remedy="Importez d’abord l’une de ses DSN.")
    dossier = lock_writable(actor, employer.dossier)
    locked = (
        RateLine.objects.select_for_update(of=("self",), no_key=True).select_related("item").filter(pk=line.pk).first()
    )
    if locked is None or locked.settled_at is not None:
        raise Refusal("Cette ligne a déjà été traitée.", remedy="Rechargez la page : elle est à jour.")
    moment, rate = now(), None
    if employee is not None:
        rate = _settled_rate(actor, dossier, employer, locked, employee, moment)
    alike = RateLine.objects.filter(pk=locked.pk)
    if locked.kind == LineKind.CONFLICT and employee is not None:
        alike = locked.item.lines.filter(siret=locked.siret, kind=LineKind.CONFLICT, proposed=locked.proposed)
    settled = alike.filter(settled_at=None).update(settled_at=moment, settled_by=actor.name)
    journal.record(
        actor, "rates.line_settled", dossier_uuid=dossier.uuid, item=locked.item_id, line=locked.pk, lines=settled,
        employee=employee.pk if employee else None,
    )  # fmt: skip
    return rate


def _settled_rate(
    actor: Actor, dossier: Dossier, employer: Employer, line: RateLine, employee: Employee, moment: datetime
) -> PasRate:
    if employee.employer_id != employer.pk:
        raise Refusal("Cette personne n’est pas salariée de cet employeur, dans le dossier qui le déclare.")
    if line.kind == LineKind.UNREADABLE:
        raise Refusal(
            "Le taux de cette ligne est illisible : il ne peut être donné à personne.",
            remedy="Regardez le document d’origine, et saisissez le taux en paie si vous le lisez.",
        )
    key, day = crm_key(line.item.crm, line.item), available_on(line.item)
    versions = PasRate.objects.filter(employee=employee, crm__startswith=key).order_by("-pk")
    last = next((one for one in versions if one.crm == key or one.crm.startswith(f"{key}#")), None)
    if last is not None and _value(last)[0] == value_of(line.rate, line.future_rate, line.future_from):
        return cast(PasRate, last)
    value, before = value_of(line.rate, line.future_rate, line.future_from), rate_in_force(employee.pk, day)
    why = oddities.oddity(hundredths(before.rate) if before else None, value)
    act = _open(actor, dossier, moment)
    rate = PasRate.objects.create(
        dossier=dossier, employer=employer, employee=employee, act=act, item=line.item,
        crm=next_version(key, last.crm) if last else key, rate=line.rate, future_rate=line.future_rate,
        future_from=line.future_from, available_on=day, valid_until=valid_until(day),
        why=oddities.MAYBE_ESSAI if line.item.is_real is None else why,
    )  # fmt: skip
    act.message = f"Ligne attribuée du CRM {line.item}"
    act.receipt = {"item": line.item_id, "counts": {"created": 1}}
    act.save(update_fields=["message", "receipt"])
    return rate


@transaction.atomic
def undo(*, actor: Actor, act: Act) -> Undone:
    """Take back what an act applied or set aside: what was in force before is in force again, the others wait again.

    Rates that somebody decided again since are left. Rates that went out to the payroll software are taken back all the
    same, and said. Raises `Refusal` when it is undone already or no act on rates.
    """
    act = Act.objects.select_for_update(of=("self",), no_key=True).get(pk=act.pk)
    if act.dossier is None or act.kind != Act.Kind.RETURN:
        raise Refusal("Cet acte ne s’annule pas ainsi.")
    dossier = lock_writable(actor, act.dossier)
    if act.state == Act.State.UNDONE:
        raise Refusal(f"{act} est déjà annulé.", remedy="Il n’y a rien à faire.")
    moment = now()
    kept = Before.objects.filter(act=act, kind=BEFORE)
    mine = PasRate.objects.filter(dossier=dossier, decided_at=act.created_at).order_by()
    decided = mine.filter(Exists(kept.filter(object_id=OuterRef("pk"))))
    restored = _restore(kept, decided.filter(state=RateState.SET_ASIDE))
    withdrawn = superseding.wait_again(decided.filter(state=RateState.APPLIED), act, moment, actor.name)
    left = kept.count() - restored - withdrawn
    withdrawn += superseding.wait_again(mine.filter(state=RateState.APPLIED, act=act), act, moment, actor.name)
    if not withdrawn and not restored:
        raise Refusal(f"{act} n’a plus rien à annuler : ses taux ont été décidés autrement depuis.")
    act.state, act.undone_at, act.undone_by = Act.State.UNDONE, moment, actor.name
    act.save(update_fields=["state", "undone_at", "undone_by"])
    exported = RateExport.objects.filter(dossier=dossier, until__gte=act.created_at).order_by("-until").first()
    journal.record(
        actor, "rates.undone", dossier_uuid=dossier.uuid, act=act.pk, withdrawn=withdrawn, restored=restored,
        left=left, exported=exported is not None,
    )  # fmt: skip
    return Undone(act, withdrawn, restored, left, exported.until if exported else None)


def _restore(kept: QuerySet[Before], put_aside: QuerySet[PasRate]) -> int:
    """Give back how the rates that an act put aside stood. Returns how many."""
    stood = dict(kept.values_list("object_id", "values"))
    rows = [(pk, stood[pk]) for pk in put_aside.values_list("pk", flat=True)]
    update_rows(
        PasRate,
        ("state", "why", "decided_at", "decided_by"),
        [(told["state"], told["why"], _stored(told["decided_at"]), told["decided_by"], pk) for pk, told in rows],
    )
    return len(rows)


def _stored(moment: str | None) -> Any:
    """A moment that was kept, as the database takes it."""
    return moment and connection.ops.adapt_datetimefield_value(datetime.fromisoformat(moment))


@transaction.atomic
def change_availability(*, actor: Actor, item: Return, day: date) -> int:
    """Say on which day a CRM was made available, where the portal's date is wrong. Returns how many rates follow.

    Only in the dossiers that the actor may change. A return that told no day keeps this one. Raises `Refusal` for a day
    to come.
    """
    if day > now().astimezone(PARIS).date():
        raise Refusal("Un CRM n’est pas mis à disposition à une date à venir.", remedy="Vérifiez la date.")
    writable = Dossier.objects.writable_by(actor)
    rows = PasRate.objects.filter(item=item, dossier__in=writable)
    dossiers = list(Dossier.objects.filter(pk__in=rows.order_by().values("dossier_id")))
    if not dossiers:
        require_writable(actor, _dossier_of(item))
    if item.published_at is None:
        item.published_at = datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)
        item.save(update_fields=["published_at"])
    changed = 0
    for dossier in dossiers:
        count = rows.filter(dossier=dossier).update(available_on=day, valid_until=valid_until(day))
        superseding.compare_again(rows.filter(dossier=dossier, state=RateState.WAITING, why=oddities.UNDATED))
        journal.record(actor, "rates.dated", dossier_uuid=dossier.uuid, item=item.pk, day=day.isoformat(), rates=count)
        changed += count
    return changed


def _dossier_of(item: Return) -> Dossier:
    rate = PasRate.objects.filter(item=item).select_related("dossier").first()
    if rate is None:
        raise Refusal("Ce retour n’a donné de taux à personne.")
    return cast(Dossier, rate.dossier)


def _open(actor: Actor, dossier: Dossier, moment: datetime) -> Act:
    return Act.objects.create(
        kind=Act.Kind.RETURN, state=Act.State.DONE, dossier=dossier, dossier_name=dossier.name,
        actor_name=actor.name, user_id=actor.user_id, created_at=moment, finished_at=moment,
    )  # fmt: skip


def _close(actor: Actor, act: Act, state: RateState, code: str, counts: dict[str, int]) -> Act:
    act.message = f"Taux PAS : {state.label}, {counts['rates']}"
    act.receipt = {"counts": counts}
    act.save(update_fields=["message", "receipt"])
    journal.record(actor, code, dossier_uuid=act.dossier.uuid if act.dossier else None, act=act.pk, rate_counts=counts)
    return act
