"""Ajouter des retours: files downloaded from the portal by hand, recognised by what they hold."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.upload_handler import ImportUploadHandler
from scarabee.maintenance.bodies import receives_files
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.returns.forms import ReturnFilesForm
from scarabee.returns.services import manual
from scarabee.returns.services.seeing import visible_returns


@receives_files
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """The form. Files go straight into the data folder, which must be said before the form is read."""
    handler = ImportUploadHandler(request)
    if request.method == "POST":
        request.upload_handlers = [handler]
    return _add(request, handler)


@csrf_protect
def _add(request: HttpRequest, handler: ImportUploadHandler) -> HttpResponse:
    actor = Actor.of(request.user)
    may_add = actor.is_administrator or Dossier.objects.writable_by(actor).exists()
    if request.method == "POST" and not may_add:
        raise NotAllowed("Ajouter des retours demande le rôle Gestionnaire sur un dossier.")
    form = ReturnFilesForm(request.POST or None, request.FILES or None)
    refusal, taken = handler.refusal, list[manual.Taken]()
    if request.method == "POST" and refusal is None and form.is_valid():
        try:
            taken = manual.take_files(actor=actor, files=form.cleaned_data["return_files"])
        except Refusal as error:
            refusal = to_show(error)
    visible = (
        visible_returns(actor).filter(pk__in=[one.item.pk for one in taken if one.item]).values_list("pk", flat=True)
    )
    context = {"form": form, "refusal": refusal, "may_add": may_add, "taken": taken, "visible": set(visible)}
    return render(request, "returns/add.html", context, status=400 if form.errors else 200)
