"""The preview of a draft, beside its tree, and the choices made on it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from scarabee.dossiers.models import Employer
from scarabee.dossiers.refusals import to_show
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.transfers import preview as previews
from scarabee.transfers import selectors
from scarabee.transfers.models import Transfer
from scarabee.transfers.services import drafts
from scarabee.transfers.views import gone


@require_safe
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """The part of the screen that says what would happen; on its own address it is the screen with it."""
    draft = selectors.own_draft(Actor.of(request.user), number)
    if draft is None:
        return gone(request, number)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('transfers:screen', args=[number])}?apercu=1#apercu")
    return _part(request, draft)


@require_POST
def choices(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the choices, and show the preview they give."""
    actor = Actor.of(request.user)
    draft = selectors.own_draft(actor, number)
    if draft is None:
        return gone(request, number)
    if_exists, chosen, declaring = previews.read_choices(request.POST, draft)
    try:
        draft = drafts.choose(actor=actor, transfer=draft, if_exists=if_exists, choices=chosen, declaring=declaring)
    except Refusal as refusal:
        messages.error(request, str(to_show(refusal)))
    if request.headers.get("HX-Request"):
        return _part(request, selectors.own_draft(actor, number) or draft)
    back = request.POST.get("retour", "")
    if is_number(back):
        return redirect("transfers:preview-employees", number=number, employer=int(back))
    return redirect(f"{reverse('transfers:screen', args=[number])}?apercu=1#apercu")


@require_safe
def employees(request: HttpRequest, number: int, employer: int) -> HttpResponse:
    """What becomes of each ticked employee of one employer."""
    actor = Actor.of(request.user)
    draft = selectors.own_draft(actor, number)
    found = Employer.objects.visible_to(actor).filter(pk=employer).first()
    if draft is None:
        return gone(request, number)
    if found is None:
        raise NotVisible("Cet employeur n’existe pas, ou vous n’y avez pas accès.")
    asked = request.GET.get("page", "1")
    page_number = max(int(asked), 1) if is_number(asked) and len(asked) < 10 else 1
    context: dict[str, Any] = {"draft": draft, "employer": found}
    try:
        context["people"], context["page"] = previews.employees_page(
            actor=actor, draft=draft, employer=found, number=page_number
        )
    except Refusal as refusal:
        context["refusal"] = to_show(refusal)
    return render(request, "transfers/preview_employees.html", context)


def _part(request: HttpRequest, draft: Transfer) -> HttpResponse:
    actor = Actor.of(request.user)
    context: dict[str, Any] = {"draft": draft, "reason": drafts.why_not(actor=actor, transfer=draft)}
    if not context["reason"]:
        try:
            context["preview"] = previews.preview(actor=actor, draft=draft, number=request.GET.get("page"))
        except Refusal as refusal:
            context["preview_refusal"] = to_show(refusal)
    return render(request, "transfers/preview.html", context)
