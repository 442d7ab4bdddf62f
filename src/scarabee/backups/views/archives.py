"""The list: scripts, what is under way, archives; saving now; downloading one."""

from pathlib import Path

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from scarabee.backups import folders, jobs, selectors
from scarabee.backups.models import Backup, Job
from scarabee.backups.views.guard import administrator
from scarabee.maintenance import journal
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

DOWNLOADED = "sauvegarde.telechargee"
_PATIENCE_SECONDS = 10


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Everything about backups on one page."""
    administrator(request)
    every = request.GET.get("tout") == "1"
    context = {"board": selectors.board(request.GET.get("page"), with_deleted=every), "every": every}
    return render(request, "backups/list.html", context)


@require_POST
def save_now(request: HttpRequest) -> HttpResponse:
    """Save everything, in the background."""
    job = jobs.ask(actor=administrator(request), kind=Job.Kind.SAVE)
    return redirect("backups:job", job.pk)


@require_POST
def drill_now(request: HttpRequest) -> HttpResponse:
    """Bring the newest archive back beside everything, in the background."""
    job = jobs.ask(actor=administrator(request), kind=Job.Kind.DRILL)
    return redirect("backups:job", job.pk)


@require_POST
@never_cache
def download(request: HttpRequest, number: int) -> HttpResponseBase:
    """The archive itself, encrypted; the journal keeps who took it."""
    actor = administrator(request)
    return sent(actor, get_object_or_404(Backup, pk=number, deleted_at=None))


def sent(actor: Actor, backup: Backup) -> FileResponse:
    """The bytes of an archive, told to the journal. Raises `Refusal` when they are not where they were."""
    path = Path(backup.path)
    try:
        file = folders.watched(lambda step: path.open("rb"), folder=path.parent, patience=_PATIENCE_SECONDS)
    except OSError:
        raise Refusal(
            f"L’archive « {path.name} » n’est pas sur l’ordinateur où tourne Scarabée, ou son support est débranché.",
            safe="Vos données sont intactes.",
            remedy=f"Rebranchez-le, ou cherchez-la dans « {path.parent} » de « {backup.machine} ».",
        ) from None
    with transaction.atomic():
        journal.record(actor, DOWNLOADED, archive=path.name)
    return FileResponse(file, as_attachment=True, filename=path.name, content_type="application/octet-stream")
