"""Names of employers, which no DSN holds: typed in a list, or read from a CSV file."""

from typing import BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.selectors.dossiers import get_dossier
from scarabee.dossiers.selectors.employers import unnamed
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.services.naming import NameLine, NamesReport, name_employers, read_names_csv
from scarabee.maintenance.journal import Actor

TYPED = "nom-"
REMARKS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def names(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The employers without a name, each with a field; or a CSV of names."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    require_writable(actor, dossier)
    report: NamesReport | None = None
    if request.method == "POST":
        report = name_employers(actor=actor, dossier=dossier, names=_given(request, dossier))
        if not report.remarks:
            _say(request, report)
            return redirect(request.get_full_path())
    page = unnamed(actor=actor, dossier=dossier, page=request.GET.get("page"))
    shown = report.remarks[:REMARKS_SHOWN] if report else []
    context = {"dossier": dossier, "page": page, "report": report, "remarks": shown}
    return render(request, "dossiers/names.html", context)


def _given(request: HttpRequest, dossier: Dossier) -> list[NameLine]:
    """The lines of the file when there is one, else what was typed into the list."""
    file = request.FILES.get("fichier")
    if file is not None and file.file is not None:
        return read_names_csv(cast(BinaryIO, file.file))
    typed = {key.removeprefix(TYPED): request.POST[key] for key in request.POST if key.startswith(TYPED)}
    ids = [int(key) for key, value in typed.items() if key.isdigit() and value.strip()]
    employers = Employer.objects.filter(dossier=dossier, pk__in=ids[:500])
    return [NameLine(employer.siret, typed[str(employer.pk)]) for employer in employers]


def _say(request: HttpRequest, report: NamesReport) -> None:
    count = len(report.named)
    if count:
        words = "1 employeur a reçu un nom." if count == 1 else f"{count} employeurs ont reçu un nom."
        messages.success(request, words)
    else:
        messages.info(request, "Aucun nom n’a changé.")
