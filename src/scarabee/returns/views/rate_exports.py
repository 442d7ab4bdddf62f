"""Rates for the payroll software: CSV files, whose columns docs/user/taux-csv.md tells."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_POST, require_safe

from scarabee.dossiers.selectors.dossiers import get_dossier
from scarabee.dossiers.views.tables import csv_response
from scarabee.maintenance.journal import Actor
from scarabee.returns.services import rate_exports, rate_lacking
from scarabee.returns.views.rates import chosen_employer, day_asked

CSV_AT_ONCE = 2000


@require_safe
def everything(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Every rate in force of a dossier, or of one of its employers, on a day of payment."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    employer, day = chosen_employer(request, actor, dossier), day_asked(request)
    rows = rate_exports.outgoing(actor=actor, on=day, dossier=dossier, employer=employer)
    return _attached(rate_exports.csv_lines(rows), f"taux-{day.isoformat()}")


@require_POST
def changes(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """What changed since one's last export, which this one becomes."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    return _attached(rate_exports.csv_lines(rate_exports.export_changes(actor=actor, dossier=dossier)), "taux-changes")


@require_safe
def lacking(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Those who have no valid personalised rate on a day of payment."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    day = day_asked(request)
    employer = chosen_employer(request, actor, dossier)
    header = ("SIRET", "Employeur", "Matricule", "Nom", "Prénoms", "Motif", "Que faire")
    found = rate_lacking.without_valid_rate(actor=actor, on=day, dossier=dossier, employer=employer)
    rows = (
        (
            one.employee.employer.siret, one.employee.employer.name, one.employee.matricule, one.employee.family_name,
            one.employee.given_names, one.words, one.advice,
        )
        for one in rate_lacking.told(found.iterator(chunk_size=CSV_AT_ONCE))
    )  # fmt: skip
    return csv_response(f"sans-taux-{day.isoformat()}", header, rows)


def _attached(lines: Iterable[str], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
