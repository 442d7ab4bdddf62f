"""Réglages: how a dossier files."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from scarabee.accounts.models import User
from scarabee.dossiers.refusals import refused_in
from scarabee.dossiers.selectors.dossiers import get_dossier, may_write
from scarabee.dossiers.services.importing import require_writable
from scarabee.filings.forms import DossierFilingForm
from scarabee.filings.models import DossierFiling
from scarabee.filings.selectors.coverage import possible_holders
from scarabee.filings.services import options
from scarabee.maintenance.editing import as_it_stands, last_written
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whose identifiers, which exchange folder, how long a standing order holds."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    if request.method == "POST":
        require_writable(actor, dossier)
    with as_it_stands(request, dossier) as dossier:
        current = DossierFiling.objects.select_related("holder").filter(dossier=dossier).first()
        current = current or DossierFiling(dossier=dossier)
        holders = possible_holders(actor, dossier, current.holder)
        form = _form(request, actor, current, holders)
        if request.method == "POST" and form.is_valid():
            try:
                _save(actor, current, form, holders)
            except Refusal as refusal:
                refused_in(form, refusal)
            else:
                messages.success(request, f"Les réglages de dépôt du dossier « {dossier.name} » sont enregistrés.")
                return redirect("filings:options", uuid)
    context = {
        "dossier": dossier,
        "form": form,
        "current": current,
        "may_write": may_write(actor=actor, dossier=dossier),
    }
    return render(request, "filings/options.html", context, status=form.status)


def _form(request: HttpRequest, actor: Actor, current: DossierFiling, holders: list[User]) -> DossierFilingForm:
    return DossierFilingForm(
        [(str(one.pk), one.username) for one in holders],
        request.POST or None,
        may_choose_folder=actor.is_administrator,
        initial={"holder": current.holder_id or "", "folder": current.folder, "hold_minutes": current.hold_minutes},
        last=partial(last_written, "depot.reglages", dossier_uuid=current.dossier.uuid),
    )


def _save(actor: Actor, current: DossierFiling, form: DossierFilingForm, holders: list[User]) -> None:
    chosen = form.cleaned_data
    options.set_dossier_filing(
        actor=actor,
        dossier=current.dossier,
        holder=next((one for one in holders if str(one.pk) == chosen["holder"]), None),
        folder=chosen["folder"],
        hold_minutes=chosen["hold_minutes"],
    )
