"""What people decide about anomalies: state, owner, note. Nothing else changes hands here; returns close by themselves.

Two people may look at one list: a change goes through only for whoever saw the anomaly as it is (`revision`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.db import transaction
from django.utils.timezone import localtime

from scarabee.accounts.models import Membership, User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.importing import require_writable
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import AnomalyState
from scarabee.returns.models import Anomaly

BY_PEOPLE = (AnomalyState.TO_DO, AnomalyState.WITH_ASSOCIATION, AnomalyState.CORRECTED, AnomalyState.ACCEPTED)
"""The states that a person gives; CLOSED is for returns."""
NOTE_LENGTH = 2000
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class _Decision:
    state: AnomalyState
    corrected_in: str
    note: str
    owner: User | None
    keeps_empty: bool = False
    """What is not given stays as it is in each anomaly."""


@dataclass(slots=True)
class Changed:
    """What came of a change of many: the numbers changed, and (number, why) of those left as they were."""

    done: list[int] = field(default_factory=list)
    refused: list[tuple[int, Refusal]] = field(default_factory=list)


@transaction.atomic
def change(
    *,
    actor: Actor,
    anomaly: Anomaly,
    state: str,
    corrected_in: str = "",
    note: str = "",
    owner: User | None = None,
    revision: int,
) -> Anomaly:
    """Say where an anomaly stands, who looks after it, and what is worth knowing; all three are written.

    `corrected_in`: for CORRECTED, the month (AAAA-MM) of the DSN. Raises `Refusal` when the state is none that people
    give, the month is missing, the owner does not see the dossier, or somebody changed it since `revision`;
    `NotVisible` or `NotAllowed` unless the actor may change its dossier.
    """
    decision = _decision(state, corrected_in, note, owner)
    row = _locked(actor, anomaly.pk)
    _require_seen(row, revision)
    if _apply(actor, row, decision):
        journal.record(
            actor, "anomalie.etat", dossier_uuid=row.dossier.uuid, anomaly=row.pk, siret=row.employer.siret,
            stands=row.state, month=row.corrected_in or None, username=row.owner.username if row.owner else None,
        )  # fmt: skip
    return row


@transaction.atomic
def change_many(
    *,
    actor: Actor,
    seen: Mapping[int, int],
    state: str,
    corrected_in: str = "",
    note: str = "",
    owner: User | None = None,
) -> Changed:
    """Say the same of several anomalies, as a rule all those of a cause. `seen`: {number: revision as shown}.

    An empty note or no owner leaves each its own. One that cannot be changed is told, the others are changed. Raises
    `Refusal` when the decision itself will not do.
    """
    decision = replace(_decision(state, corrected_in, note, owner), keeps_empty=True)
    changed, counts = Changed(), dict[Dossier, int]()
    for number, revision in sorted(seen.items()):
        try:
            row = _locked(actor, number)
            _require_seen(row, revision)
            is_new = _apply(actor, row, decision)
        except Refusal as refusal:
            changed.refused.append((number, refusal))
            continue
        changed.done.append(number)
        counts[row.dossier] = counts.get(row.dossier, 0) + is_new
    for dossier, count in counts.items():
        if count:
            journal.record(
                actor, "anomalie.etats", dossier_uuid=dossier.uuid, anomaly_count=count, stands=decision.state.value,
                month=decision.corrected_in or None, username=owner.username if owner else None,
            )  # fmt: skip
    return changed


def possible_owners(dossier: Dossier) -> list[User]:
    """Who may look after an anomaly of a dossier: those who see it, by name."""
    members = Membership.objects.filter(dossier=dossier).values("user")
    active = User.objects.filter(is_active=True)
    return list((active.filter(pk__in=members) | active.filter(is_administrator=True)).order_by("username"))


def _decision(state: str, corrected_in: str, note: str, owner: User | None) -> _Decision:
    if state not in BY_PEOPLE:
        raise Refusal(
            "Une anomalie n’est close que par un retour plus récent qui ne la montre plus.",
            remedy="Choisissez un autre état, par exemple « acceptée, rien à faire ».",
        )
    if state == AnomalyState.CORRECTED and not _MONTH.fullmatch(corrected_in):
        raise Refusal(
            "Il manque le mois de la DSN dans laquelle l’anomalie est corrigée.",
            remedy="Donnez-le, par exemple 2026-11.",
        )
    if len(note) > NOTE_LENGTH:
        raise Refusal(f"La note est trop longue : {NOTE_LENGTH} caractères au plus.", remedy="Abrégez-la.")
    month = corrected_in if state == AnomalyState.CORRECTED else ""
    return _Decision(AnomalyState(state), month, note.strip(), owner)


def _locked(actor: Actor, number: int) -> Anomaly:
    """The anomaly, locked, for who may change it."""
    rows = Anomaly.objects.select_for_update(of=("self",), no_key=True).select_related("dossier", "employer", "owner")
    row = cast(Anomaly | None, rows.filter(pk=number).first())
    if row is None or not Dossier.objects.visible_to(actor).filter(pk=row.dossier_id).exists():
        raise NotVisible(
            "Cette anomalie n’existe pas, ou vous n’y avez pas accès.", remedy="Revenez à la liste : elle est à jour."
        )
    require_writable(actor, row.dossier)
    return row


def _require_seen(row: Anomaly, revision: int) -> None:
    if row.revision == revision:
        return
    at = f"{localtime(row.changed_at):%d/%m/%Y à %H:%M}"
    month = f" de {row.corrected_in}" if row.corrected_in else ""
    charge = f", suivie par {row.owner.username}" if row.owner else ""
    raise Refusal(
        f"Cette anomalie a changé pendant que vous la regardiez : « {row.get_state_display()} »{month}{charge}, "
        f"par {row.changed_by or 'Scarabée'} le {at}.",
        safe="Ce changement est gardé, le vôtre n’a pas été enregistré.",
        remedy="Regardez où elle en est, puis recommencez si c’est encore utile.",
    )


def _apply(actor: Actor, row: Anomaly, decision: _Decision) -> bool:
    """Write the decision; False when it says what the row says already."""
    told: dict[str, Any] = {"state": decision.state, "corrected_in": decision.corrected_in}
    if decision.note or not decision.keeps_empty:
        told["note"] = decision.note
    if decision.owner or not decision.keeps_empty:
        _require_owner(row, decision.owner)
        told["owner"] = decision.owner
    if all(getattr(row, name) == value for name, value in told.items()):
        return False
    for name, value in told.items():
        setattr(row, name, value)
    row.closed_by = None
    row.changed_at, row.changed_by, row.revision = now(), actor.name, row.revision + 1
    row.save(update_fields=[*told, "closed_by", "changed_at", "changed_by", "revision"])
    return True


def _require_owner(row: Anomaly, owner: User | None) -> None:
    if owner is None or owner.pk == row.owner_id:
        return
    seen = owner.is_administrator or Membership.objects.filter(user=owner, dossier=row.dossier_id).exists()
    if not (seen and owner.is_active):
        raise Refusal(
            f"« {owner.username} » ne voit pas ce dossier : cette anomalie ne peut pas lui être confiée.",
            remedy="Choisissez quelqu’un qui en a l’accès, ou donnez-le-lui d’abord.",
        )
