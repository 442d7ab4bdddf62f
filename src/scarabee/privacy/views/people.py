"""Finding somebody, giving them what is held of them, erasing them."""

from tempfile import TemporaryFile

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.views.chosen import ask_password
from scarabee.dossiers.refusals import refused_in
from scarabee.dossiers.selectors.search import search
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.privacy import erasing, exporting, settling
from scarabee.privacy.forms import ERASE, EraseForm
from scarabee.privacy.models import Erasure
from scarabee.privacy.neighbours import archives_before
from scarabee.privacy.people import person_of
from scarabee.privacy.wording import counted_rows

SHOWN = 50


@never_cache
@sensitive_post_parameters("texte")
@require_http_methods(["GET", "HEAD", "POST"])
def search_page(request: HttpRequest) -> HttpResponse:
    """Look for somebody by NIR, NTT, matricule or name; what is typed is kept nowhere."""
    actor = Actor.of(request.user)
    text = request.POST.get("texte", "")[:200]
    found = search(actor=actor, text=text) if text else None
    erasures = Erasure.objects.all()[:SHOWN] if actor.is_administrator else []
    context = {"text": text, "found": found, "erasures": erasures, "is_administrator": actor.is_administrator}
    return render(request, "privacy/list.html", context)


@never_cache
@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """Where somebody stands, in the dossiers that the reader sees."""
    actor = Actor.of(request.user)
    person = person_of(actor=actor, number=number)
    return render(request, "privacy/person.html", {"person": person, "is_administrator": actor.is_administrator})


@never_cache
@require_POST
def export(request: HttpRequest, number: int) -> HttpResponse | FileResponse:
    """What is held of somebody, as one ZIP that names nobody."""
    target = TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  the response closes it
    try:
        exporting.export(actor=Actor.of(request.user), number=number, target=target)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"personne-{number}.zip", content_type="application/zip")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, number: int) -> HttpResponse:
    """Say what would go and what stays, then erase once that was typed in words."""
    actor = Actor.of(request.user)
    told = erasing.preview(actor=actor, number=number)
    form = EraseForm(request.POST or None, initial={"seen": ",".join(map(str, told.person.ids))})
    if request.method == "POST":
        if not is_confirmed(request):
            return ask_password(request.path)
        if form.is_valid():
            try:
                done = erasing.erase(
                    actor=actor, number=number, reason=form.cleaned_data["reason"], seen=form.cleaned_data["seen"]
                )
            except Refusal as refusal:
                refused_in(form, refusal)
            else:
                settling.settle()
                return redirect("privacy:erasure", done.pk)
    places = [(place.employee, counted_rows(place.counts)) for place in told.places]
    context = {"told": told, "places": places, "form": form, "sentence": ERASE, "confirmed": is_confirmed(request)}
    return render(request, "privacy/erase.html", context, status=400 if form.errors else 200)


@never_cache
@require_safe
def erasure(request: HttpRequest, number: int) -> HttpResponse:
    """What an erasure took, what it left, and until when archives still hold the person."""
    done = erasing.get_erasure(actor=Actor.of(request.user), number=number)
    context = {"done": done, "rows": counted_rows(done.counts), "archives": archives_before(done.at)}
    return render(request, "privacy/erasure.html", context)
