"""Saving a dossier, or some of its employers, apart: for oneself, or sealed for another bureau."""

from typing import Any, cast
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from scarabee.backups import choosing, part_contents, part_jobs, recipients
from scarabee.backups.forms import PartForm
from scarabee.backups.views.part_page import figures
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.dossiers import require_kept, require_may_create
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

_LATER = ("page", "chercher")
"""Gestures that only turn a page of the list."""


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Which dossier."""
    actor = Actor.of(request.user)
    require_may_create(actor)
    held = Dossier.objects.kept_by(actor).annotate(count=Count("employers")).order_by("name_key")
    return render(request, "backups/part_save.html", {"dossiers": held})


@require_http_methods(["GET", "HEAD", "POST"])
def of_dossier(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What of it and for whom; then what is inside, once more; then it is written in the background."""
    actor = Actor.of(request.user)
    dossier = _kept(actor, uuid)
    employers = list(Employer.objects.filter(dossier=dossier).annotate(people=Count("employees")).order_by("siret"))
    turns_page = request.POST.get("do", "").partition(":")[0] in _LATER
    form = PartForm(request.POST if request.method == "POST" and not turns_page else None, initial=_initial(request))
    if form.is_bound and _is_right(form, request, employers):
        return _go_on(request, actor, dossier, form, _ticked(request, form, employers))
    told = {
        "dossier": dossier, "form": form, "listed": len(employers),
        "employers": choosing.chooser(
            employers, request.POST, key=lambda one: str(one.pk), text=lambda one: f"{one.siret} {one.name}"
        ),
    }  # fmt: skip
    return render(request, "backups/part_save_dossier.html", told, status=400 if form.is_bound else 200)


def _go_on(
    request: HttpRequest, actor: Actor, dossier: Dossier, form: PartForm, employers: list[Employer]
) -> HttpResponse:
    said = form.cleaned_data
    if request.POST.get("do") == "ecrire":
        job = part_jobs.ask_save(
            actor=actor, dossier=dossier, employers=employers, other=said["key"], sender=said["sender"]
        )
        return redirect("backups:part", job.pk)
    told: dict[str, Any] = {
        "dossier": dossier, "said": said, "employers": employers,
        "figures": figures(part_contents.counted(dossier, employers)),
    }  # fmt: skip
    return render(request, "backups/part_save_preview.html", told)


def _kept(actor: Actor, uuid: UUID) -> Dossier:
    dossier = Dossier.objects.visible_to(actor).filter(uuid=uuid).first()
    if dossier is None:
        raise NotVisible("Ce dossier n’existe pas, ou vous n’y avez pas accès.")
    require_kept(actor, dossier)
    return cast(Dossier, dossier)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What stands in the form while pages are turned."""
    post = request.POST
    return {name: post.get(name, default) for name, default in PartForm.DEFAULTS.items()}


def _is_right(form: PartForm, request: HttpRequest, employers: list[Employer]) -> bool:
    if not form.is_valid():
        return False
    if form.cleaned_data["extent"] == PartForm.SOME and not _ticked(request, form, employers):
        form.add_error(None, "Cochez au moins un employeur, ou choisissez tout le dossier.")
        return False
    if form.cleaned_data["reader"] == PartForm.OTHER:
        try:
            form.cleaned_data["key"] = recipients.checked(form.cleaned_data["key"])
        except Refusal as refusal:
            form.add_error("key", str(refusal))
            return False
    return True


def _ticked(request: HttpRequest, form: PartForm, employers: list[Employer]) -> list[Employer]:
    if form.cleaned_data["extent"] != PartForm.SOME:
        return []
    ticked = set(choosing.ticked_of(request.POST, [str(one.pk) for one in employers]))
    return [one for one in employers if str(one.pk) in ticked]
