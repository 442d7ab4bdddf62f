"""Déposer: files go into a dossier; each becomes a batch that says what it holds. Nothing is sent from here."""

from contextlib import suppress
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.selectors.dossiers import get_dossier
from scarabee.dossiers.services import importing
from scarabee.dossiers.upload_handler import ImportUploadHandler
from scarabee.filings.enums import Source
from scarabee.filings.forms import DepositForm
from scarabee.filings.models import Batch
from scarabee.filings.services import intake
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def deposit(request: HttpRequest) -> HttpResponse:
    """The form. Files go straight into the data folder, which must be said before the form is read."""
    handler = ImportUploadHandler(request)
    if request.method == "POST":
        request.upload_handlers = [handler]
    return _deposit(request, handler)


@csrf_protect
def _deposit(request: HttpRequest, handler: ImportUploadHandler) -> HttpResponse:
    actor = Actor.of(request.user)
    if request.method == "POST":
        with suppress(ValueError):  # the form says what is amiss
            uuid = UUID(request.POST.get("dossier", ""))
            importing.require_writable(actor, get_dossier(actor=actor, uuid=uuid))
    initial = {"dossier": request.GET.get("dossier", "")}
    form = DepositForm(request.POST or None, request.FILES or None, actor=actor, initial=initial)
    refusal = handler.refusal
    if request.method == "POST" and refusal is None and form.is_valid():
        try:
            batch = _receive(request, actor, form)
        except Refusal as error:
            refusal = to_show(error)
        else:
            return redirect("filings:batch", number=batch.pk)
    recent = Batch.objects.visible_to(actor)[:5]
    return render(request, "filings/deposit.html", {"form": form, "refusal": refusal, "recent": recent})


def _receive(request: HttpRequest, actor: Actor, form: DepositForm) -> Batch:
    """The batch of the files sent, for whoever is signed in."""
    chosen = form.cleaned_data
    return intake.receive(
        actor=actor,
        dossier=Dossier.objects.writable_by(actor).get(uuid=chosen["dossier"]),
        files=chosen["dsn_files"],
        source=Source.UPLOAD,
        filer=request.user if isinstance(request.user, User) else None,
        orders_essais=chosen["orders_essais"],
    )
