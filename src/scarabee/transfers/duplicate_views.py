"""Employers that stand in several dossiers, who declares each, and handing that over."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.services import declaring
from scarabee.dossiers.views.tables import csv_response
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.transfers import selectors


@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """The SIRETs that several of the actor's dossiers hold."""
    actor = Actor.of(request.user)
    search, sort = request.GET.get("chercher", "").strip()[:100], request.GET.get("tri", "")
    page, found = selectors.duplicate_page(actor, search=search, sort=sort, number=request.GET.get("page"))
    writable = set(Dossier.objects.writable_by(actor).values_list("pk", flat=True))
    context = {"page": page, "duplicates": found, "search": search, "writable": writable}
    return render(request, "transfers/duplicates.html", context)


@require_safe
def duplicates_csv(request: HttpRequest) -> HttpResponseBase:
    """The same list, all of it, one line per SIRET and dossier, for a spreadsheet."""
    search, sort = request.GET.get("chercher", "").strip()[:100], request.GET.get("tri", "")
    found = selectors.all_duplicates(Actor.of(request.user), search=search, sort=sort)
    rows = (
        [
            one.siret, one.name, holder.employer.dossier.name, holder.employees,
            "oui" if holder.employer.declaring else "non",
        ]
        for one in found
        for holder in one.holders
    )  # fmt: skip
    return csv_response("employeurs-en-double", ["siret", "nom", "dossier", "salaries", "declare"], rows)


@require_POST
def hand_over(request: HttpRequest) -> HttpResponse:
    """Let another dossier declare a SIRET."""
    actor = Actor.of(request.user)
    siret, chosen = request.POST.get("siret", ""), request.POST.get("dossier", "")
    dossier = None
    if is_number(chosen):
        dossier = Dossier.objects.visible_to(actor).filter(pk=int(chosen)).first()
        if dossier is None:
            raise NotVisible("Le dossier choisi n’existe pas, ou vous n’y avez pas accès.")
    if dossier is None:
        messages.error(request, "Choisissez d’abord le dossier qui doit déclarer. Rien n’a été modifié.")
        return redirect("transfers:duplicates")
    try:
        declaring.hand_over(actor=actor, siret=siret, dossier=dossier)
    except Refusal as refusal:
        messages.error(request, str(to_show(refusal)))
    else:
        messages.success(request, f"« {dossier.name} » déclare désormais l’employeur {siret}.")
    return redirect("transfers:duplicates")
