"""One return: what it says, its documents to download, the identity that it proposes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.selectors.employees import get_employee
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.returns.selectors import detail
from scarabee.returns.services import asking_again, identity, seeing

_OCTETS = "application/octet-stream"
_EXTENSIONS = {b"<": "xml", b"{": "json", b"[": "json"}
_ADOPTED = "champ-"


@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """Everything of one return that the reader may see."""
    found = detail.details(Actor.of(request.user), number)
    context = {"details": found, "item": found.item, "is_given_up": asking_again.is_given_up(found.item)}
    return render(request, "returns/show.html", context)


@require_POST
def mark_read(request: HttpRequest, number: int) -> HttpResponse:
    """Say that somebody has read it."""
    seeing.mark_seen(actor=Actor.of(request.user), numbers=[number])
    messages.success(request, "Le retour est marqué comme lu.")
    return redirect("returns:show", number)


@require_POST
def ask_again(request: HttpRequest, number: int) -> HttpResponse:
    """Have its document asked for again."""
    try:
        asking_again.ask_again(actor=Actor.of(request.user), number=number)
    except Refusal as refusal:
        messages.error(request, str(to_show(refusal)))
    else:
        messages.success(request, "Le retour est redemandé au portail : il arrive dans les minutes qui viennent.")
    return redirect("returns:show", number)


@require_safe
def document(request: HttpRequest, number: int, version: int | None = None) -> HttpResponse:
    """The very bytes received; never opened by the browser as what they say they are."""
    found = detail.document_of(Actor.of(request.user), number, version)
    if found is None:
        raise NotVisible(
            "Ce document n’est pas là, ou il parle aussi d’employeurs que vous ne voyez pas.",
            remedy="La page du retour montre ce qui vous concerne.",
        )
    kept, data = found
    extension = _EXTENSIONS.get(data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1], "txt")
    response = HttpResponse(data, content_type=_OCTETS)
    response.headers["Content-Disposition"] = f'attachment; filename="retour-{number}-{kept.pk}.{extension}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def adopt(request: HttpRequest, number: int) -> HttpResponse:
    """Take over what was ticked of the identity of reference, for one person."""
    actor, pk = Actor.of(request.user), request.POST.get("salarie", "")
    item = seeing.get_return(actor, number)
    employee = get_employee(actor=actor, pk=int(pk) if is_number(pk) else 0)
    fields = {
        name.removeprefix(_ADOPTED): str(value) for name, value in request.POST.items() if name.startswith(_ADOPTED)
    }
    try:
        identity.adopt(actor=actor, item=item, employee=employee, fields=fields)
    except Refusal as refusal:
        messages.error(request, str(to_show(refusal)))
    else:
        messages.success(request, "L’identité adoptée est sur la fiche. Déclarez le changement dans la prochaine DSN.")
    anomaly = request.POST.get("anomalie", "")
    return redirect("returns:anomaly", int(anomaly)) if is_number(anomaly) else redirect("returns:show", number)
