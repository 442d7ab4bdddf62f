"""Retours: the list of what came back, and what should have come by now."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.views.asked import asked
from scarabee.dossiers.views.tables import csv_response
from scarabee.filings.calendar import month_to_declare
from scarabee.filings.comparing.months import month_before
from scarabee.filings.selectors.months import today
from scarabee.filings.templatetags.filings import moment
from scarabee.filings.views.choices import (
    counted,
    month_asked,
    month_chosen,
    months_offered,
    number_asked,
    numbers_in,
    remembered,
)
from scarabee.maintenance.journal import Actor
from scarabee.returns.selectors import figures, listing, waiting
from scarabee.returns.services import seeing

CHOICES = ("nature", "etat", "dossier", "mois", "voir", "tri")
STATES = {"OK": "OK", "ANO": "anomalies", "KO": "refus (KO)", "aucun": "sans état"}
ONLY = {
    "non-lus": "non lus",
    "a-recuperer": "à récupérer",
    "problemes": "illisibles ou inconnus",
    "essais": "réponses à des essais",
}
CSV_AT_ONCE = 500


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """All the returns one may see. Posting filters them."""
    if request.method == "POST":
        return remembered(request, CHOICES)
    actor, wanted = Actor.of(request.user), _asked(request)
    context = {
        "asked": wanted,
        "is_filtered": any((wanted.nature, wanted.state, wanted.dossier, wanted.month, wanted.only, wanted.text)),
        "page": listing.return_page(actor, wanted, request.GET.get("page")),
        "dossiers": Dossier.objects.visible_to(actor).order_by("name_key").values_list("pk", "name"),
        "natures": listing.natures_seen(actor),
        "states": STATES,
        "only": ONLY,
        "months": months_offered(wanted.month or month_to_declare(today())),
        "may_mark": actor.is_administrator or Dossier.objects.writable_by(actor).exists(),
    }
    return render(request, "returns/list.html", context)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as it is filtered, as a CSV file."""
    header = (
        "Retour", "Nature", "Libellé", "État", "Mois", "SIRET", "Employeur", "Employeurs", "Personnes", "Anomalies",
        "Publié", "Reçu", "Lu le", "Lu par", "Identifiant du dépôt (idflux)", "Problème",
    )  # fmt: skip
    return csv_response("retours", header, _lines(Actor.of(request.user), _asked(request)))


def _lines(actor: Actor, wanted: listing.Asked) -> Iterator[tuple[object, ...]]:
    found = listing.returns(actor, wanted)
    for start in range(0, found.count(), CSV_AT_ONCE):
        for row in listing.return_rows(actor, list(found[start : start + CSV_AT_ONCE])):
            item, first = row.item, row.employers[0] if row.employers else None
            yield (
                item.pk, item.nature, row.kind.label, item.state, item.month, first.siret if first else "",
                first.name if first else "", row.about, _figure(row.people), _figure(row.anomalies),
                moment(item.published_at), moment(item.arrived_at), moment(item.seen_at), item.seen_by,
                item.idflux, item.problem,
            )  # fmt: skip


def _figure(figure: int | None) -> int | str:
    return "" if figure is None else figure


@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """Say that somebody has read those of the page."""
    count = seeing.mark_seen(actor=Actor.of(request.user), numbers=numbers_in(request.POST.getlist("retour")))
    if count:
        messages.success(request, f"{counted(count, 'retour marqué comme lu', 'retours marqués comme lus')}.")
    else:
        messages.info(request, "Ils étaient déjà lus.")
    return HttpResponseRedirect(f"{reverse('returns:list')}?{request.GET.urlencode()}")


@require_safe
def expected(request: HttpRequest) -> HttpResponse:
    """What the deposits of a month bring: arrived, too early, awaited, late, or could not be asked for."""
    actor, month, only = Actor.of(request.user), month_asked(request), request.GET.get("voir", "")
    found = waiting.Awaiting(actor, month)
    context = {
        "month": month,
        "months": months_offered(month),
        "previous": month_before(month),
        "next": month_before(month, -1),
        "chosen": only,
        "counts": found.counts,
        "page": found.page(only, request.GET.get("page")),
    }
    return render(request, "returns/expected.html", context)


@require_safe
def late_figure(request: HttpRequest) -> HttpResponse:
    """How many returns are late, for the home page, which says in one sentence whether nothing waits; elsewhere, the
    page that lists them.
    """
    if not request.headers.get("HX-Request"):
        return redirect("returns:expected")
    context = {"amiss": figures.amiss(Actor.of(request.user)), "tells_verdict": "calme" in request.GET}
    return render(request, "returns/late_figure.html", context)


def _asked(request: HttpRequest) -> listing.Asked:
    return listing.Asked(
        nature=request.GET.get("nature", ""),
        state=request.GET.get("etat", ""),
        dossier=number_asked(request, "dossier"),
        month=month_chosen(request),
        only=request.GET.get("voir", ""),
        text=asked(request),
        sort=request.GET.get("tri", "arrivee"),
    )
