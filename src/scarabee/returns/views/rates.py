"""Taux PAS: what waits in each dossier, what is in force, who has no rate, the history of one person."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.selectors.dossiers import get_dossier, may_write
from scarabee.dossiers.selectors.employees import get_employee
from scarabee.dossiers.selectors.employers import get_employer
from scarabee.dossiers.views.asked import asked
from scarabee.filings.selectors.months import today
from scarabee.filings.views.choices import number_asked, remembered
from scarabee.maintenance.journal import Actor
from scarabee.returns.selectors import rate_pages
from scarabee.returns.services import rate_lists
from scarabee.returns.services.rate_lacking import Lack

CHOICES = ("jour", "employeur")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The dossiers, with what waits in each."""
    page = rate_pages.dossier_page(Actor.of(request.user), request.GET.get("page"))
    return render(request, "returns/rates.html", {"page": page})


@require_safe
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What waits in a dossier: rates to validate, lines to attribute; and what was decided lately."""
    actor = Actor.of(request.user)
    dossier = rate_pages.get_dossier(actor, uuid)
    context = {
        "dossier": dossier,
        "tab": "waiting",
        "may_write": may_write(actor=actor, dossier=dossier),
        "page": rate_pages.preview_page(dossier, request.GET.get("page")),
        "plain_seen": rate_pages.plain_seen(dossier),
        "lines": rate_pages.shown_lines(dossier) if dossier.lines else [],
        "acts": rate_pages.recent_acts(dossier),
        "option": dossier.rate_option if dossier.applies_alone else None,
        "may_set": actor.is_administrator and not dossier.is_archived,
    }
    return render(request, "returns/dossier_rates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def in_force(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The rates in force on a day of payment. Posting filters them."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    if request.method == "POST":
        return remembered(request, CHOICES)
    employer, text = chosen_employer(request, actor, dossier), asked(request)
    page = rate_pages.in_force_page(
        dossier, day_asked(request), employer=str(employer.pk) if employer else "", text=text,
        page=request.GET.get("page"),
    )  # fmt: skip
    context = _context(request, actor, dossier, employer) | {"tab": "in-force", "page": page, "text": text}
    return render(request, "returns/rates_in_force.html", context)


@require_safe
def lacking(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Those who have no valid personalised rate on a day of payment, and why."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    employer = chosen_employer(request, actor, dossier)
    reason = request.GET.get("motif", "")
    reasons, page = rate_pages.lacking_page(
        actor, dossier, day_asked(request), employer=employer, reason=reason, page=request.GET.get("page")
    )
    context = _context(request, actor, dossier, employer) | {
        "tab": "lacking",
        "page": page,
        "reasons": reasons,
        "reason": reason,
        "asks_for_rates": any(one is Lack.NEW_HIRE for one, _ in reasons),
    }
    return render(request, "returns/rates_lacking.html", context)


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every rate that one person ever received, with what may be undone."""
    actor = Actor.of(request.user)
    employee = get_employee(actor=actor, pk=pk)
    rates = list(rate_lists.history(actor=actor, employee=employee))
    context = {
        "employee": employee,
        "employer": employee.employer,
        "dossier": employee.dossier,
        "may_write": may_write(actor=actor, dossier=employee.dossier),
        "told": rate_pages.decided(rates),
        "current": rate_lists.rate_in_force(employee.pk, today()),
        "elsewhere": rate_lists.held_elsewhere(actor=actor, employer=employee.employer),
    }
    return render(request, "returns/rate_history.html", context)


def _context(request: HttpRequest, actor: Actor, dossier: Dossier, employer: Employer | None) -> dict[str, Any]:
    return {
        "dossier": dossier,
        "employer": employer,
        "day": day_asked(request),
        "may_write": may_write(actor=actor, dossier=dossier),
    }


def day_asked(request: HttpRequest) -> date:
    """The day of payment of the address; today when there is none that can be read."""
    try:
        return date.fromisoformat(request.GET.get("jour", ""))
    except ValueError:
        return today()


def chosen_employer(request: HttpRequest, actor: Actor, dossier: Dossier) -> Employer | None:
    """The employer of the address, of this dossier; None for all. Raises `NotVisible`."""
    asked_for = number_asked(request, "employeur")
    if not asked_for:
        return None
    employer = get_employer(actor=actor, pk=int(asked_for))
    return employer if employer.dossier_id == dossier.pk else None
