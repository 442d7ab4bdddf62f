"""Déposer: files go into a dossier; each becomes a batch that says what it holds. Nothing is sent from here."""

from contextlib import suppress
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from scarabee.accounts.models import User
from scarabee.dossiers.import_forms import NEW
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.selectors.dossiers import get_dossier
from scarabee.dossiers.services import importing
from scarabee.dossiers.services.dossiers import create_dossier, delete_dossier, may_create, require_may_create
from scarabee.dossiers.upload_handler import ImportUploadHandler
from scarabee.filings.enums import Source
from scarabee.filings.forms import DepositForm
from scarabee.filings.models import Batch
from scarabee.filings.services import intake
from scarabee.maintenance.bodies import receives_files
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


@receives_files
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
        _require_destination(actor, request.POST.get("dossier", ""))
    initial = {"dossier": request.GET.get("dossier", "")}
    form = DepositForm(
        request.POST or None, request.FILES or None, actor=actor, may_create=may_create(actor), initial=initial
    )
    refusal = handler.refusal
    if request.method == "POST" and refusal is None and form.is_valid():
        try:
            batch = _receive(request, actor, form)
        except Refusal as error:
            refusal = to_show(error)
        else:
            return redirect("filings:batch", number=batch.pk)
    recent = Batch.objects.visible_to(actor)[:5]
    return render(request, "filings/deposit.html", {"form": form, "refusal": refusal, "recent": recent, "new": NEW})


def _require_destination(actor: Actor, chosen: str) -> None:
    """Raise when the dossier that was chosen is none that the actor may fill; what is amiss else, the form says."""
    if chosen == NEW:
        require_may_create(actor)
    with suppress(ValueError):
        importing.require_writable(actor, get_dossier(actor=actor, uuid=UUID(chosen)))


def _receive(request: HttpRequest, actor: Actor, form: DepositForm) -> Batch:
    """The batch of the files sent, for whoever is signed in; a new dossier that could take none of them goes again."""
    chosen = form.cleaned_data
    is_new = chosen["dossier"] == NEW
    if is_new:
        dossier = create_dossier(actor=actor, name=chosen["new_name"])
    else:
        dossier = Dossier.objects.writable_by(actor).get(uuid=chosen["dossier"])
    try:
        return intake.receive(
            actor=actor,
            dossier=dossier,
            files=chosen["dsn_files"],
            source=Source.UPLOAD,
            filer=request.user if isinstance(request.user, User) else None,
            orders_essais=chosen["orders_essais"],
        )
    except Refusal:
        if is_new:
            delete_dossier(actor=actor, dossier=dossier)
        raise
