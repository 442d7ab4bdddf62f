"""The work list follows the returns: what one shows is opened or shown again, what it no longer shows is closed.

Rows hang on the employer in its declaring dossier. What a person decided stays: a return opens again only what a
return closed. A return that comes late changes nothing that a newer one settled.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Act, Employer
from scarabee.dossiers.services.locking import lock_more
from scarabee.filings.models import EmployerFiling
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.documents import Document
from scarabee.returns.enums import OPEN_ANOMALIES, AnomalyState
from scarabee.returns.models import Anomaly, Return
from scarabee.returns.services.admission import may_act
from scarabee.returns.services.anomaly_due import due_on
from scarabee.returns.services.anomaly_kinds import Rhythm, is_newer, kind_of, may_close, moment_of
from scarabee.returns.services.anomaly_words import name_of
from scarabee.returns.services.findings import Finding, findings_of, years_of
from scarabee.returns.services.recognition import ids_under

BY_ITSELF = "Scarabée"
_SHOWN = ("shown_in", "shown_in__filing", "closed_by")
_COLUMNS = (
    "employee", "cause", "nature", "code", "category", "title", "message", "action", "rubrique", "declared",
    "expected", "person", "month", "due_on", "state", "shown_in", "closed_by", "changed_at", "changed_by", "revision",
)  # fmt: skip


@transaction.atomic
def draw(item: Return, document: Document) -> None:
    """Bring the work list up to what a return says, read from its newest version. Harmless twice.

    Nothing for an essai, for another portal, or where nobody declares the employer here. Raises `Busy` while another
    work has one of the dossiers.
    """
    if not (item.nature and may_act(item)):
        return
    sirets = list(item.abouts.values_list("siret", flat=True))
    rows = Employer.objects.filter(siret__in=sirets, declaring=True)
    held = lock_more(rows.values_list("dossier_id", flat=True))
    rows = rows.filter(dossier__in=held)  # who lost a SIRET meanwhile no longer declares it
    for employer in rows.select_related("dossier").order_by("pk"):
        found = findings_of(item, document, employer.siret, sirets)
        _show(item, employer, found)
        _close(item, employer, document, {one.fingerprint for one in found})


def due_day_of(siret: str) -> int:
    """On which day, 5 or 15, an employer's DSN is due."""
    told = EmployerFiling.objects.filter(siret=siret).values_list("due_day", flat=True).first()
    return told or EmployerFiling._meta.get_field("due_day").get_default()


def _show(item: Return, employer: Employer, found: list[Finding]) -> None:
    if not found:
        return
    known = _known(employer, [one.fingerprint for one in found])
    people = ids_under(employer.pk, [one.person for one in found if one.person])
    due_day = due_day_of(employer.siret)
    changed, new = [], []
    for one in found:
        columns = one.columns | {
            "due_on": due_on(item.nature, one.columns["month"], due_day, moment_of(item)),
            "employee_id": people.get(one.person) if one.person else None,
        }
        columns["person"] = name_of(one.person) if one.person and columns["employee_id"] is None else ""
        row = known.get(one.fingerprint)
        if row is None:
            new.append(Anomaly(fingerprint=one.fingerprint, **columns))
        elif _shows_again(row, item, columns):
            changed.append(row)
    Anomaly.objects.bulk_update(changed, _COLUMNS, batch_size=200)
    if new:
        _create(item, employer, new, _newer_without(item, employer.siret))


def _shows_again(row: Anomaly, item: Return, columns: Mapping[str, Any]) -> bool:
    """Bring a row up to date; False when a newer return has shown it since."""
    shown, closed = row.shown_in, row.closed_by
    if shown is not None and shown.pk != item.pk and is_newer(shown, item):
        return False
    for name, value in columns.items():
        setattr(row, name, value)
    row.shown_in = item
    settled = closed is not None and closed.pk != item.pk and is_newer(closed, item)
    if row.state == AnomalyState.CLOSED and not settled:
        _turn(row, AnomalyState.TO_DO, None)
    return True


def _create(item: Return, employer: Employer, new: list[Anomaly], closer: Return | None) -> None:
    moment = now()
    act = Act.objects.create(
        kind=Act.Kind.RETURN, state=Act.State.DONE, dossier=employer.dossier, dossier_name=employer.dossier.name,
        actor_name=Actor.owner("service").name, created_at=moment, finished_at=moment,
        message=f"Anomalies du retour n° {item.pk}",
    )  # fmt: skip
    for row in new:
        row.dossier, row.employer, row.act = employer.dossier, employer, act
        row.shown_in, row.opened_at, row.changed_at, row.changed_by = item, moment, moment, BY_ITSELF
        if closer is not None:
            row.state, row.closed_by = AnomalyState.CLOSED, closer
    Anomaly.objects.bulk_create(new, batch_size=200)


def _close(item: Return, employer: Employer, document: Document, shown: set[str]) -> None:
    """Close what this return could have shown and does not."""
    kind = kind_of(item.nature)
    rows = Anomaly.objects.filter(employer=employer, nature__in=kind.closes, state__in=OPEN_ANOMALIES)
    closed = []
    for row in rows.select_related(*_SHOWN).order_by("pk"):
        if row.fingerprint in shown or row.shown_in is None or not may_close(item, row.shown_in):
            continue
        if kind.rhythm is Rhythm.YEARLY and row.shown_in_id != item.pk and row.month[:4] not in years_of(document):
            continue
        _turn(row, AnomalyState.CLOSED, item)
        closed.append(row)
    Anomaly.objects.bulk_update(closed, ("state", "closed_by", "changed_at", "changed_by", "revision"), batch_size=200)


def _newer_without(item: Return, siret: str) -> Return | None:
    """A newer return that does not show them, since nothing here has them: then this one comes late."""
    if kind_of(item.nature).rhythm is not Rhythm.MONTHLY:
        return None
    rows = Return.objects.filter(abouts__siret=siret, portal=item.portal, month__gte=item.month)
    rows = rows.exclude(Q(is_real=False) | Q(treated_at=None) | Q(month="") | Q(pk=item.pk))
    return next((one for one in rows.select_related("filing").order_by("-month", "-pk") if may_close(one, item)), None)


def _turn(row: Anomaly, state: AnomalyState, closer: Return | None) -> None:
    row.state, row.closed_by = state, closer
    row.changed_at, row.changed_by = now(), BY_ITSELF
    row.revision += 1


def _known(employer: Employer, fingerprints: list[str]) -> dict[str, Anomaly]:
    found: dict[str, Anomaly] = {}
    for some in chunks(fingerprints):
        rows = Anomaly.objects.filter(employer=employer, fingerprint__in=some).select_related(*_SHOWN)
        found |= {row.fingerprint: row for row in rows}
    return found
