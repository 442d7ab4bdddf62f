"""Returning to a backup: choosing it, the trousse when it is needed, confirming in words."""

from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.views.chosen import ask_password
from scarabee.backups import jobs, keys, received
from scarabee.backups.forms import KitForm, RestoreForm
from scarabee.backups.models import Backup, Job
from scarabee.backups.views.guard import administrator
from scarabee.backups.views.jobs import page
from scarabee.maintenance.bodies import receives_files
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.numbers import is_number

SHOWN = 50


@receives_files
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """An archive of the list, or one that is sent; it is then read in the background."""
    actor = administrator(request)
    if request.method == "POST":
        sent = request.FILES.get("archive")
        if isinstance(sent, UploadedFile):
            path, name = received.receive(sent), (sent.name or "")[:255]
        else:
            picked = request.POST.get("sauvegarde", "")
            row = get_object_or_404(Backup, pk=int(picked), deleted_at=None) if is_number(picked) else None
            if row is None:
                messages.error(request, "Choisissez une archive de la liste, ou un fichier.")
                return redirect("backups:restore")
            path, name = Path(row.path), ""
        job = jobs.ask(actor=actor, kind=Job.Kind.LOOK, path=str(path), received_as=name)
        return redirect("backups:job", job.pk)
    archives = Backup.objects.proved().order_by("-made_at")[:SHOWN]
    return render(request, "backups/restore.html", {"archives": archives})


@require_POST
@sensitive_post_parameters("kit")
def add_kit(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the key of a trousse beside ours, then read the archive again."""
    actor = administrator(request)
    job = get_object_or_404(Job, pk=number, kind=Job.Kind.LOOK)
    form = KitForm(request.POST)
    if form.is_valid():
        if found := keys.in_text(form.cleaned_data["kit"]):
            keys.trust(found, actor=actor)
            again = jobs.ask(actor=actor, kind=Job.Kind.LOOK, path=job.path, received_as=job.received_as)
            return redirect("backups:job", again.pk)
        form.add_error("kit", "Cette ligne n’est pas une clé AGE-SECRET-KEY-1… : recopiez-la en entier.")
    return page(request, job, kit_form=form)


@require_POST
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Go back to the archive that was looked at, once that was typed in words."""
    actor = administrator(request)
    job = get_object_or_404(Job, pk=number, kind=Job.Kind.LOOK, state=Job.State.DONE)
    if not is_confirmed(request):
        return ask_password(request.path.removesuffix("revenir/"))
    form = RestoreForm(request.POST)
    if not form.is_valid():
        return page(request, job, restore_form=form)
    if Job.objects.filter(kind=Job.Kind.SAVE, state__in=jobs.OPEN).exists():
        raise Refusal("Une sauvegarde est en cours.", remedy="Attendez qu’elle finisse, puis recommencez.")
    done = jobs.ask(actor=actor, kind=Job.Kind.RESTORE, path=job.path, received_as=job.received_as)
    return redirect("backups:job", done.pk)
