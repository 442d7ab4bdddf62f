"""Tableau: one month at a glance, and the same as a file or as a calendar."""

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from scarabee.dossiers.views.asked import asked
from scarabee.dossiers.views.tables import csv_response
from scarabee.filings.calendar import month_to_declare
from scarabee.filings.comparing.months import month_before
from scarabee.filings.icalendar import MEDIA_TYPE, Deadline, calendar_text
from scarabee.filings.selectors import board
from scarabee.filings.selectors.months import today
from scarabee.filings.selectors.signalements import signalements
from scarabee.filings.selectors.signs import PROGRESS, SIGNS
from scarabee.filings.views.choices import month_asked, months_offered, remembered
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS

CHOICES = ("mois", "dossier", "etat", "voir", "tri")


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The board. Posting filters it."""
    if request.method == "POST":
        return remembered(request, CHOICES)
    actor, wanted = Actor.of(request.user), _asked(request)
    rows = board.rows(actor, wanted.month)
    found = board.chosen(rows, wanted)
    context = {
        "asked": wanted,
        "is_filtered": bool(wanted.dossier or wanted.state or wanted.text or wanted.only),
        "page": board.page_of(found, request.GET.get("page")),
        "summary": board.summary(rows),
        "has_employers": bool(rows),
        "is_current": wanted.month >= month_to_declare(today()),  # older months were deposited long ago
        "dossiers": [
            (uuid, name)
            for name, uuid in sorted({(row.employer.dossier, str(row.employer.dossier_uuid)) for row in rows})
        ],
        "states": [(key, SIGNS[key].label) for key in PROGRESS],
        "only": board.ONLY,
        "months": months_offered(wanted.month),
        "previous": month_before(wanted.month),
        "next": month_before(wanted.month, -1),
        "signalements": signalements(actor, wanted.month),
    }
    return render(request, "filings/board.html", context)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """The board as it is filtered, as a CSV file."""
    actor, wanted = Actor.of(request.user), _asked(request)
    found = board.chosen(board.rows(actor, wanted.month), wanted)
    board.with_proofs(found)
    header = (
        "Mois", "SIRET", "Employeur", "Dossier", "À déposer avant le", "Dernier moment", "Urgence", "État", "Dépôts",
        "AEE", "CCO", "BAN",
    )  # fmt: skip
    return csv_response(f"depots-{wanted.month}", header, _lines(wanted.month, found))


def _lines(month: str, found: list[board.BoardRow]) -> Iterator[tuple[str, ...]]:
    for row in found:
        urgency = "en retard" if row.is_late else "à risque" if row.is_at_risk else ""
        parts = row.parts
        yield (
            month, row.employer.siret, row.employer.name, row.employer.dossier,
            f"{row.due.planned_before.astimezone(PARIS):%d/%m/%Y %H:%M}",
            f"{row.due.last_moment.astimezone(PARIS):%d/%m/%Y %H:%M}",
            urgency, board.state_words(row), " ".join(str(part.filing.pk) for part in parts if part.filing),
            *(" ".join(_day(part.dates, kind) for part in parts).strip() for kind in ("AEE", "CCO", "BAN")),
        )  # fmt: skip


def _day(dates: dict[str, datetime], kind: str) -> str:
    moment = dates.get(kind)
    return f"{moment.astimezone(PARIS):%d/%m/%Y %H:%M}" if moment else ""


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """The due dates of the month, for the calendar of the bureau."""
    wanted = _asked(request)
    found = board.chosen(board.rows(Actor.of(request.user), wanted.month), wanted)
    entries = (
        Deadline(row.employer.siret, row.employer.name, wanted.month, row.due, board.state_words(row), row.is_settled)
        for row in found
        if row.is_expected
    )
    response = HttpResponse(calendar_text(entries), content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="echeances-{wanted.month}.ics"'
    return response


def _asked(request: HttpRequest) -> board.Asked:
    return board.Asked(
        month=month_asked(request),
        dossier=request.GET.get("dossier", ""),
        state=request.GET.get("etat", ""),
        text=asked(request),
        only=request.GET.get("voir", ""),
        sort=request.GET.get("tri", "urgence"),
    )
