"""Two records of one person, and an employer that follows another: what only a person can say."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.dossiers.selectors.dossiers import may_write
from scarabee.dossiers.selectors.employees import get_employee
from scarabee.dossiers.selectors.employers import get_employer
from scarabee.dossiers.services.succession import mark_successor
from scarabee.dossiers.services.twins import join_people, probable_twins
from scarabee.maintenance.journal import Actor

PAIRS_PER_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
def twins(request: HttpRequest, pk: int) -> HttpResponse:
    """The records of an employer that look like one person; posting joins two of them."""
    actor = Actor.of(request.user)
    employer = get_employer(actor=actor, pk=pk)
    if request.method == "POST":
        kept = get_employee(actor=actor, pk=_number(request, "kept"))
        dropped = get_employee(actor=actor, pk=_number(request, "dropped"))
        kept = join_people(actor=actor, kept=kept, dropped=dropped)
        messages.success(request, f"Les deux fiches de {kept} n’en font plus qu’une.")
        return redirect("dossiers:employee", kept.pk)
    context = {
        "employer": employer,
        "dossier": employer.dossier,
        "may_write": may_write(actor=actor, dossier=employer.dossier),
        "page": Paginator(probable_twins(employer), PAIRS_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "dossiers/twins.html", context)


@require_POST
def succession(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which employer of the same company this one follows; none unmarks it."""
    actor = Actor.of(request.user)
    employer = get_employer(actor=actor, pk=pk)
    chosen = _number(request, "predecessor")
    predecessor = get_employer(actor=actor, pk=chosen) if chosen else None
    month = request.POST.get("month", "").strip()
    mark_successor(actor=actor, employer=employer, predecessor=predecessor, month=month)
    messages.success(request, "La fiche est à jour.")
    return redirect("dossiers:employer-sheet", pk)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
