"""The page of a job: how far it is, then what came of it."""

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from scarabee.accounts.confirmation import is_confirmed
from scarabee.backups import part_jobs, selectors
from scarabee.backups.archive import PARTIAL
from scarabee.backups.errors import Reason
from scarabee.backups.forms import SENTENCE, KitForm, RestoreForm
from scarabee.backups.models import Backup, Job
from scarabee.backups.views.guard import administrator


@never_cache
@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """What a job is doing, or did. While it lasts, the page asks again by itself."""
    administrator(request)
    job = get_object_or_404(Job.objects.exclude(kind__in=part_jobs.KINDS), pk=number)
    if not request.headers.get("HX-Request"):
        return page(request, job)
    if not job.is_open:
        return HttpResponse(headers={"HX-Redirect": reverse("backups:job", args=[number])})
    return render(request, "backups/progress.html", _progress(job))


def page(
    request: HttpRequest, job: Job, *, kit_form: KitForm | None = None, restore_form: RestoreForm | None = None
) -> HttpResponse:
    """The page; with the form that was refused, if one was."""
    context: dict[str, Any] = _progress(job) | {
        "backup": Backup.objects.filter(pk=job.backup_number or 0).first(),
        "asks_kit": job.result.get("reason") == Reason.KEY.name,
        "kit_form": kit_form or KitForm(),
        "restore_form": restore_form or RestoreForm(),
        "sentence": SENTENCE,
        "confirmed": is_confirmed(request),
        "archive_name": job.received_as or Path(job.path).name,
        "archive_made_at": parse_datetime(job.result.get("made_at", "")) if job.result.get("made_at") else None,
    }
    refused = any(form is not None and form.errors for form in (kit_form, restore_form))
    return render(request, "backups/job.html", context, status=400 if refused else 200)


def _progress(job: Job) -> dict[str, Any]:
    backup = selectors.under_way(job) if job.is_open else None
    return {
        "job": job,
        "step": job.step or _step(backup),
        "written": _written(backup),
        "address": reverse("backups:job", args=[job.pk]),
        "list_address": reverse("backups:list"),
        "list_name": "Sauvegarder / Restaurer",
    }


def _step(backup: Backup | None) -> str:
    if backup is None:
        return ""
    return "Relecture et preuve de l’archive" if backup.made_at else "Écriture de l’archive"


def _written(backup: Backup | None) -> int | None:
    """How many bytes of the archive stand, where this process can see it."""
    if backup is None or backup.made_at:
        return backup.size if backup else None
    path = Path(backup.path)
    try:
        return path.with_name(path.name + PARTIAL).stat().st_size
    except OSError:
        return None
