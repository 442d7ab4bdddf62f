"""The list of dossiers, a dossier, and what is done to it."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scarabee.dossiers.forms import DossierNameForm
from scarabee.dossiers.refusals import refused_in
from scarabee.dossiers.selectors.dossiers import counts_of, dossier_page, get_dossier, may_write
from scarabee.dossiers.selectors.employers import employer_page, employer_rows, employers_of, unnamed_count
from scarabee.dossiers.services import dossiers as services
from scarabee.dossiers.views.asked import asked, remember
from scarabee.dossiers.views.tables import csv_response
from scarabee.maintenance.editing import as_it_stands, last_written
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

CSV_AT_ONCE = 500


@require_http_methods(["GET", "HEAD", "POST"])
def dossier_list(request: HttpRequest) -> HttpResponse:
    """All the dossiers one may see; posting makes a new one."""
    actor = Actor.of(request.user)
    if request.method == "POST":
        services.require_may_create(actor)
    form = DossierNameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dossier = services.create_dossier(actor=actor, name=form.cleaned_data["name"])
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, f"Le dossier « {dossier.name} » est créé. Importez-y des fichiers DSN.")
            return redirect("dossiers:show", dossier.uuid)
    page = dossier_page(actor=actor, sort=request.GET.get("tri", "nom"), page=request.GET.get("page"))
    context = {"page": page, "form": form, "may_create": services.may_create(actor)}
    return render(request, "dossiers/list.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def dossier_show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A dossier: its employers. Posting searches among them."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    if request.method == "POST":
        return remember(request)
    text, sort = asked(request), request.GET.get("tri", "nom")
    page = employer_page(actor=actor, dossier=dossier, text=text, sort=sort, page=request.GET.get("page"))
    context = {
        "dossier": dossier,
        "import_query": f"?dossier={dossier.uuid}",
        "counts": counts_of([dossier.pk])[dossier.pk],
        "page": page,
        "text": text,
        "unnamed": unnamed_count(dossier),
        "may_write": may_write(actor=actor, dossier=dossier),
    }
    return render(request, "dossiers/show.html", context)


@require_safe
def employers_csv(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The employers of a dossier as a CSV file."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    employers = employers_of(actor=actor, dossier=dossier, text=asked(request))
    rows = (
        (one.employer.siret, one.employer.name, one.employer.town, one.employees, one.months)
        for start in range(0, employers.count(), CSV_AT_ONCE)
        for one in employer_rows(employers[start : start + CSV_AT_ONCE])
    )
    return csv_response("employeurs", ("SIRET", "Nom", "Ville", "Salariés", "Mois en vigueur"), rows)


@require_http_methods(["GET", "HEAD", "POST"])
def dossier_rename(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Another name for a dossier."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    services.require_kept(actor, dossier)
    with as_it_stands(request, dossier) as now:
        last = partial(last_written, "dossier.renamed", dossier_uuid=uuid)
        form = DossierNameForm(request.POST or None, initial={"name": now.name}, last=last)
        if request.method == "POST" and form.is_valid():
            try:
                dossier = services.rename_dossier(actor=actor, dossier=now, name=form.cleaned_data["name"])
            except Refusal as refusal:
                refused_in(form, refusal)
            else:
                messages.success(request, f"Le dossier s’appelle maintenant « {dossier.name} ».")
                return redirect("dossiers:show", dossier.uuid)
    return render(request, "dossiers/rename.html", {"dossier": dossier, "form": form}, status=form.status)


@require_POST
def dossier_archive(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Make a dossier read-only."""
    actor = Actor.of(request.user)
    dossier = services.archive_dossier(actor=actor, dossier=get_dossier(actor=actor, uuid=uuid))
    messages.success(
        request,
        f"Le dossier « {dossier.name} » est archivé : il se lit et s’exporte, mais ne se modifie plus.",
    )
    return redirect("dossiers:show", uuid)


@require_POST
def dossier_unarchive(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Open an archived dossier again."""
    actor = Actor.of(request.user)
    dossier = services.unarchive_dossier(actor=actor, dossier=get_dossier(actor=actor, uuid=uuid))
    messages.success(request, f"Le dossier « {dossier.name} » peut de nouveau être modifié.")
    return redirect("dossiers:show", uuid)


@require_http_methods(["GET", "HEAD", "POST"])
def dossier_delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say what deleting an empty dossier means, then do it."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    services.require_kept(actor, dossier)
    if request.method == "POST":
        services.delete_dossier(actor=actor, dossier=dossier)
        messages.success(request, f"Le dossier « {dossier.name} », qui était vide, est supprimé.")
        return redirect("dossiers:list")
    context = {"dossier": dossier, "counts": counts_of([dossier.pk])[dossier.pk]}
    return render(request, "dossiers/delete.html", context)
