"""Export of a dossier, an employer or a month, downloaded as a ZIP."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from scarabee.dossiers.forms import ExportForm
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import refused_in
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.selectors.declarations import months_held
from scarabee.dossiers.selectors.dossiers import counts_of, get_dossier
from scarabee.dossiers.services.exporting import export_zip
from scarabee.dsn.readable import readable_month
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


@require_http_methods(["GET", "HEAD", "POST"])
def export_page(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """What to export, then the ZIP."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    months = [(month, readable_month(month[5:] + month[:4])) for month in months_held(dossier)]
    form = ExportForm(months, request.POST or None, initial={"siret": request.GET.get("siret", "")})
    if request.method == "POST" and form.is_valid():
        try:
            return _download(actor, dossier, form)
        except Refusal as refusal:
            refused_in(form, refusal)
    return _page(request, dossier, form)


def _download(actor: Actor, dossier: Dossier, form: ExportForm) -> FileResponse:
    chosen = form.cleaned_data
    archive, _ = export_zip(
        actor=actor,
        dossier=dossier,
        siret=chosen["siret"] or None,
        month=chosen["month"] or None,
        in_force_only=chosen["in_force_only"],
    )
    words = [search_key(dossier.name).replace(" ", "-"), chosen["siret"], chosen["month"]]
    return FileResponse(archive, as_attachment=True, filename="-".join(filter(None, words)) + ".zip")


def _page(request: HttpRequest, dossier: Dossier, form: ExportForm) -> HttpResponse:
    context = {"dossier": dossier, "form": form, "counts": counts_of([dossier.pk])[dossier.pk]}
    return render(request, "dossiers/export.html", context, status=400 if form.errors else 200)
