"""An employer: its employees, its declared months, its record."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scarabee.dossiers.models import Employer
from scarabee.dossiers.selectors import declarations, employees, employers, links
from scarabee.dossiers.selectors.dossiers import may_write
from scarabee.dossiers.services.declaring import hand_over
from scarabee.dossiers.views.asked import asked, remember
from scarabee.dossiers.views.tables import csv_response
from scarabee.maintenance.journal import Actor

CSV_AT_ONCE = 500


@require_http_methods(["GET", "HEAD", "POST"])
def employer_show(request: HttpRequest, pk: int) -> HttpResponse:
    """An employer's employees. Posting searches among them."""
    actor = Actor.of(request.user)
    employer = employers.get_employer(actor=actor, pk=pk)
    if request.method == "POST":
        return remember(request)
    text, sort = asked(request), request.GET.get("tri", "nom")
    page = employees.employee_page(actor=actor, employer=employer, text=text, sort=sort, page=request.GET.get("page"))
    return render(
        request,
        "dossiers/employer.html",
        {**_frame(actor, employer, "employees"), "page": page, "text": text},
    )


@require_safe
def employer_months(request: HttpRequest, pk: int) -> HttpResponse:
    """The declared months of an employer, and its signalements."""
    actor = Actor.of(request.user)
    employer = employers.get_employer(actor=actor, pk=pk)
    context = {
        **_frame(actor, employer, "months"),
        "page": declarations.month_page(employer=employer, page=request.GET.get("page")),
        "notices": declarations.notices(employer=employer),
    }
    return render(request, "dossiers/employer_months.html", context)


@require_safe
def employer_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The record of an employer: what its DSN says beside what was typed, and where else it exists."""
    actor = Actor.of(request.user)
    employer = employers.get_employer(actor=actor, pk=pk)
    context = {
        **_frame(actor, employer, "sheet"),
        "facts": employers.facts(bytes(employer.lines), employer.typed),
        "copies": employers.same_siret_elsewhere(actor=actor, employer=employer),
        "establishments": employers.same_siren(employer=employer),
    }
    return render(request, "dossiers/employer_sheet.html", context)


@require_POST
def employer_declare(request: HttpRequest, pk: int) -> HttpResponse:
    """Make this dossier the one that declares the employer."""
    actor = Actor.of(request.user)
    employer = employers.get_employer(actor=actor, pk=pk)
    hand_over(actor=actor, siret=employer.siret, dossier=employer.dossier)
    messages.success(request, f"Cet employeur est maintenant déclaré par le dossier « {employer.dossier.name} ».")
    return redirect("dossiers:employer-sheet", pk)


@require_safe
def employees_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The employees of an employer as a CSV file."""
    actor = Actor.of(request.user)
    employer = employers.get_employer(actor=actor, pk=pk)
    found = employees.employees_of(actor=actor, employer=employer, text=asked(request))
    rows = (
        (
            one.employee.matricule, one.employee.family_name, one.employee.given_names, one.employee.nir,
            one.employee.ntt, one.employee.birth_date, one.months,
        )
        for start in range(0, found.count(), CSV_AT_ONCE)
        for one in employees.employee_rows(found[start : start + CSV_AT_ONCE])
    )  # fmt: skip
    header = ("Matricule", "Nom", "Prénoms", "NIR", "NTT", "Né(e) le (JJMMAAAA)", "Mois en vigueur")
    return csv_response(f"salaries-{employer.siret}", header, rows)


def _frame(actor: Actor, employer: Employer, tab: str) -> dict[str, Any]:
    return {
        "employer": employer,
        "dossier": employer.dossier,
        "tab": tab,
        "links": links.of_employer(actor, employer),
        "may_write": may_write(actor=actor, dossier=employer.dossier),
    }
