"""Parts: the first page, the page of a job, and what may follow it."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scarabee.backups import handing_back, keys, part_jobs, received, recipients
from scarabee.backups.forms import KitForm
from scarabee.backups.models import Backup, Job
from scarabee.backups.views import part_choice
from scarabee.backups.views.archives import sent
from scarabee.backups.views.guard import administrator
from scarabee.backups.views.part_page import figures, page, progress
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.services.dossiers import require_may_create
from scarabee.dossiers.services.undo import undo_act, undo_preview
from scarabee.maintenance.bodies import receives_files
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number

SHOWN, SHOWN_JOBS = 50, 8


@receives_files
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """An archive of the list, or one that is sent, to take a part out of; what was begun; our public key."""
    actor = Actor.of(request.user)
    require_may_create(actor)
    if request.method == "POST" and (job := _read(request, actor)):
        return redirect("backups:part", job.pk)
    context = {
        "archives": part_jobs.archives(actor)[:SHOWN],
        "jobs": part_jobs.of(actor)[:SHOWN_JOBS],
        "public_key": recipients.mine(),
    }
    return render(request, "backups/parts.html", context)


def _read(request: HttpRequest, actor: Actor) -> Job | None:
    file, picked = request.FILES.get("archive"), request.POST.get("sauvegarde", "")
    if isinstance(file, UploadedFile):
        return part_jobs.ask_look(
            actor=actor, path=str(received.receive(file)), received_as=Path(file.name or "").name[:255]
        )
    if is_number(picked):
        row = part_jobs.archives(actor).filter(pk=int(picked)).first()
        if row is None:
            raise NotVisible("Cette archive n’est plus dans la liste, ou vous n’y avez pas accès.")
        return part_jobs.ask_look(actor=actor, path=row.path)
    messages.error(request, "Choisissez une archive de la liste, ou un fichier.")
    return None


@require_safe
def public_key(request: HttpRequest) -> HttpResponse:
    """Our public key as a file, to give to who is to seal something for us."""
    require_may_create(Actor.of(request.user))
    name = {"Content-Disposition": 'attachment; filename="cle-publique-scarabee.txt"'}
    return HttpResponse(f"{recipients.mine()}\n", content_type="text/plain; charset=utf-8", headers=name)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, number: int) -> HttpResponse:
    """What a job is doing, or did; a POST goes on with what an archive holds."""
    actor = Actor.of(request.user)
    job = part_jobs.own(actor, number)
    if request.headers.get("HX-Request"):
        if job.is_open:
            return render(request, "backups/progress.html", progress(job))
        return HttpResponse(headers={"HX-Redirect": reverse("backups:part", args=[number])})
    is_look = job.kind == Job.Kind.PART_LOOK and job.state == Job.State.DONE
    if request.method == "POST" and is_look:
        return part_choice.gesture(request, actor, job)
    context = part_choice.context(request, job) if is_look else _outcome(actor, job)
    return render(request, "backups/part.html", page(job) | context)


@require_POST
@sensitive_post_parameters("kit")
def add_kit(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the key of a trousse beside ours, then read the archive again."""
    actor = administrator(request)
    job = part_jobs.own(actor, number)
    form = KitForm(request.POST)
    if form.is_valid():
        if found := keys.in_text(form.cleaned_data["kit"]):
            keys.trust(found, actor=actor)
            again = part_jobs.ask_look(actor=actor, path=job.path, received_as=job.received_as)
            return redirect("backups:part", again.pk)
        form.add_error("kit", "Cette ligne n’est pas une clé AGE-SECRET-KEY-1… : recopiez-la en entier.")
    return render(request, "backups/part.html", page(job) | {"kit_form": form}, status=400)


@require_POST
def transfer(request: HttpRequest, number: int) -> HttpResponse:
    """Prepare the transfer of what arrived, into the dossier it came from when that is here: its preview follows."""
    actor = Actor.of(request.user)
    job = _pulled(actor, number)
    draft = handing_back.prepare(actor=actor, dossier=_arrived(actor, job), job=job)
    return redirect(f"{reverse('transfers:screen', args=[draft.pk])}?apercu=1#apercu")


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """What taking it back would remove, and what would stay; a POST takes it back."""
    actor = Actor.of(request.user)
    job = _pulled(actor, number)
    context: dict[str, Any] = {"job": job}
    try:
        act = handing_back.act_of(job)
        if request.method == "POST":
            context["result"] = done = undo_act(actor=actor, act=act)
        else:
            context["preview"] = done = undo_preview(actor=actor, act=act)
        context["figures"] = figures(done.removed)
    except Refusal as refusal:
        context["refusal"] = to_show(refusal)
    return render(request, "backups/part_undo.html", context)


@require_POST
@never_cache
def download(request: HttpRequest, number: int) -> HttpResponseBase:
    """The archive that a job of one's own wrote."""
    actor = Actor.of(request.user)
    job = part_jobs.own(actor, number)
    backup = Backup.objects.filter(pk=job.backup_number or 0, deleted_at=None).first()
    if backup is None:
        raise NotVisible("Cette archive n’existe plus.", remedy="Refaites-en une.")
    return sent(actor, backup)


def _pulled(actor: Actor, number: int) -> Job:
    job = part_jobs.own(actor, number)
    if job.kind != Job.Kind.PULL or "act" not in job.result:
        raise NotVisible("Ce travail n’a rien repris.")
    return job


def _arrived(actor: Actor, job: Job) -> Dossier:
    found = handing_back.arrived(actor, job)
    if found is None:
        raise NotVisible(
            f"Le dossier « {job.result['name']} » n’existe plus, ou vous n’y avez pas accès.",
            remedy="Reprenez-le de nouveau dans l’archive.",
        )
    return found


def _outcome(actor: Actor, job: Job) -> dict[str, Any]:
    """What a job that is over came to."""
    told: dict[str, Any] = {"figures": figures(job.result.get("rows", {}))}
    if job.kind == Job.Kind.PART:
        told["backup"] = Backup.objects.filter(pk=job.backup_number or 0).first()
    elif "act" in job.result:
        told |= {"arrived": handing_back.arrived(actor, job), "origin": handing_back.origin(actor, job)}
    return told
