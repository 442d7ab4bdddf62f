"""Names of employers, which no DSN holds: typed in a list, or read from a CSV file."""

from typing import BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from scarabee.dossiers.forms import NamesForm, named_in
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.selectors.dossiers import get_dossier
from scarabee.dossiers.selectors.employers import unnamed
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.services.naming import NameLine, NamesReport, name_employers, read_names_csv
from scarabee.maintenance.bodies import receives_files
from scarabee.maintenance.editing import as_it_stands
from scarabee.maintenance.journal import Actor

MOST_NAMES = 500
REMARKS_SHOWN = 100


@receives_files
@require_http_methods(["GET", "HEAD", "POST"])
def names(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The employers without a name, each with a field; or a CSV of names."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    require_writable(actor, dossier)
    if request.method != "POST":
        return _page(request, actor, dossier)
    file = request.FILES.get("fichier")
    if file is not None and file.file is not None:
        report = name_employers(actor=actor, dossier=dossier, names=read_names_csv(cast(BinaryIO, file.file)))
        return _answer(request, actor, dossier, report)
    with as_it_stands(request, dossier) as dossier:
        employers = Employer.objects.filter(dossier=dossier, pk__in=named_in(request.POST)[:MOST_NAMES])
        form = NamesForm(request.POST, employers=employers, dossier=dossier)
        if not form.is_valid():
            return _page(request, actor, dossier, form=form)
        names = [NameLine(employer.siret, name) for employer, name in form.typed()]
        report = name_employers(actor=actor, dossier=dossier, names=names)
    return _answer(request, actor, dossier, report)


def _answer(request: HttpRequest, actor: Actor, dossier: Dossier, report: NamesReport) -> HttpResponse:
    if report.remarks:
        return _page(request, actor, dossier, report=report)
    _say(request, report)
    return redirect(request.get_full_path())


def _page(
    request: HttpRequest,
    actor: Actor,
    dossier: Dossier,
    *,
    report: NamesReport | None = None,
    form: NamesForm | None = None,
) -> HttpResponse:
    """The employers without a name; those that somebody else named meanwhile too, with what both typed."""
    page = unnamed(actor=actor, dossier=dossier, page=request.GET.get("page"))
    status = form.status if form else 200
    form = form or NamesForm(None, employers=page.object_list, dossier=dossier)
    context = {
        "dossier": dossier,
        "page": page,
        "form": form,
        "rows": [(employer, form[name]) for name, employer in form.employers.items()],
        "report": report,
        "remarks": report.remarks[:REMARKS_SHOWN] if report else [],
    }
    return render(request, "dossiers/names.html", context, status=status)


def _say(request: HttpRequest, report: NamesReport) -> None:
    count = len(report.named)
    if count:
        words = "1 employeur a reçu un nom." if count == 1 else f"{count} employeurs ont reçu un nom."
        messages.success(request, words)
    else:
        messages.info(request, "Aucun nom n’a changé.")
