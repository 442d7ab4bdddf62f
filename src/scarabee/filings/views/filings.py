"""Dépôts: the list, one of them with everything that is known of it, and its files to download."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.views.asked import asked
from scarabee.dossiers.views.tables import csv_response
from scarabee.filings.calendar import month_to_declare
from scarabee.filings.enums import FilingState
from scarabee.filings.forms import ByHandForm, OutcomeForm, ReasonForm, WhenForm
from scarabee.filings.models import Proof
from scarabee.filings.selectors import details as one
from scarabee.filings.selectors import filings as listed
from scarabee.filings.selectors.months import today
from scarabee.filings.selectors.signs import kind_words, type_words
from scarabee.filings.services import sight
from scarabee.filings.templatetags.filings import moment
from scarabee.filings.views.choices import months_offered, remembered
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor

CHOICES = ("etat", "mois", "dossier", "genre", "tri")
CSV_AT_ONCE = 500
_OCTETS = "application/octet-stream"
_EXTENSIONS = {b"<": "xml", b"{": "json", b"[": "json"}


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """All the filings one may see. Posting filters them."""
    if request.method == "POST":
        return remembered(request, CHOICES)
    actor, wanted = Actor.of(request.user), _asked(request)
    context = {
        "asked": wanted,
        "is_filtered": bool(wanted.text or wanted.state or wanted.month or wanted.dossier or wanted.kind),
        "page": listed.page_of(actor, wanted, request.GET.get("page")),
        "dossiers": Dossier.objects.visible_to(actor).order_by("name_key").values_list("pk", "name"),
        "states": FilingState.choices,
        "kinds": listed.KINDS,
        "months": months_offered(wanted.month or month_to_declare(today())),
    }
    return render(request, "filings/list.html", context)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as it is filtered, as a CSV file."""
    header = (
        "Dépôt", "SIRET", "Employeur", "Mois", "Nature", "Type", "Fraction", "Envoi", "Personnes", "Dossier", "État",
        "Depuis", "Envoyé", "Identifiant du dépôt (idflux)", "Fichier",
    )  # fmt: skip
    return csv_response("depots", header, _lines(Actor.of(request.user), _asked(request)))


def _lines(actor: Actor, wanted: listed.Asked) -> Iterator[tuple[object, ...]]:
    found = listed.found(actor, wanted).select_related("file")
    for start in range(0, found.count(), CSV_AT_ONCE):
        for line in listed.lines(actor, found[start : start + CSV_AT_ONCE]):
            filing = line.filing
            yield (
                filing.pk, filing.siret, line.employer.name, filing.month, kind_words(filing), type_words(filing),
                filing.fraction, "réel" if filing.is_real else "essai", filing.people, line.place,
                filing.get_state_display(), moment(filing.state_at), moment(filing.sent_at), filing.idflux,
                filing.file.name if filing.file and line.place == filing.dossier_name else "",
            )  # fmt: skip


@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """Everything of one filing, with the buttons that its state and one's rights allow."""
    return page(request, number)


def page(request: HttpRequest, number: int, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a filing; `forms`: those that were sent and are shown again with what is amiss."""
    found = one.details(Actor.of(request.user), number)
    context = {
        "details": found,
        "filing": found.filing,
        "when": WhenForm(prefix=None),
        "pass_form": ReasonForm(auto_id="passer-%s"),
        "again_form": ReasonForm(auto_id="second-%s"),
        "outcome_form": OutcomeForm(auto_id="issue-%s"),
        "by_hand_form": ByHandForm(auto_id="main-%s"),
        **forms,
    }
    return render(request, "filings/show.html", context, status=status)


@require_safe
def sent_file(request: HttpRequest, number: int) -> HttpResponse:
    """The very bytes that are deposited, or were."""
    filing = sight.get_filing(Actor.of(request.user), number)
    if filing.content_id is None and filing.sha256:
        raise NotVisible(
            "Le fichier de ce dépôt n’est plus gardé : une personne qu’il nommait a été effacée. Son empreinte reste."
        )
    if filing.content_id is None:
        raise NotVisible("Le fichier de ce dépôt n’est jamais passé par Scarabée : il a été déposé à la main.")
    data = contents.load([filing.content_id])[filing.content_id]
    return _attached(data, f"depot-{filing.pk}-{filing.siret}.dsn")


@require_safe
def proof_file(request: HttpRequest, number: int, proof: int) -> HttpResponse:
    """An answer of the portal, as received; never opened by the browser as what it says it is."""
    filing = sight.get_filing(Actor.of(request.user), number)
    found = Proof.objects.filter(filing=filing, pk=proof).first()
    if found is None:
        raise NotVisible("Cette réponse du portail n’est pas là, ou plus.")
    data = bytes(found.document)
    extension = _EXTENSIONS.get(data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1], "txt")
    return _attached(data, f"{found.kind}-depot-{filing.pk}-{found.pk}.{extension}")


def _attached(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=_OCTETS)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _asked(request: HttpRequest) -> listed.Asked:
    return listed.Asked(
        text=asked(request),
        state=request.GET.get("etat", ""),
        month=request.GET.get("mois", ""),
        dossier=request.GET.get("dossier", ""),
        kind=request.GET.get("genre", ""),
        sort=request.GET.get("tri", "-numero"),
    )
