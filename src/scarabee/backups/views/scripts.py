"""Scripts: making, changing, running, removing one; and the alarm."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.backups import jobs, schedule, scripts
from scarabee.backups.forms import ScriptForm, WatchForm, script_initial
from scarabee.backups.models import Job, Script, Watch
from scarabee.backups.views.guard import administrator
from scarabee.dossiers.refusals import refused_in
from scarabee.maintenance.clock import now
from scarabee.maintenance.editing import as_it_stands, last_written
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new script."""
    actor = administrator(request)
    blank = Script(at=schedule.FIRST_HOUR, starts_on=schedule.today())
    form = ScriptForm(request.POST or None, initial=script_initial(blank))
    if request.method == "POST" and form.is_valid() and _save(request, actor, form, None):
        return redirect("backups:list")
    return render(request, "backups/script.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a script."""
    actor = administrator(request)
    with as_it_stands(request, get_object_or_404(Script, pk=pk)) as script:
        last = partial(last_written, scripts.SET, script=script.name)
        form = ScriptForm(request.POST or None, initial=script_initial(script), last=last)
        if request.method == "POST" and form.is_valid() and _save(request, actor, form, script):
            return redirect("backups:list")
    return render(request, "backups/script.html", {"form": form, "script": script}, status=form.status)


@require_POST
def run_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Save as this script does, now; its dates stay as they are."""
    job = jobs.ask(actor=administrator(request), kind=Job.Kind.SAVE, script=get_object_or_404(Script, pk=pk))
    return redirect("backups:job", job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what removing a script does, then do it."""
    actor = administrator(request)
    script = get_object_or_404(Script, pk=pk)
    if request.method == "POST":
        scripts.remove_script(actor=actor, script=script)
        messages.success(request, f"Le script « {script.name} » est supprimé. Ses archives restent où elles sont.")
        return redirect("backups:list")
    return render(request, "backups/script_remove.html", {"script": script})


@require_http_methods(["GET", "HEAD", "POST"])
def watch(request: HttpRequest) -> HttpResponse:
    """After how many days without a proved backup every page says so."""
    actor = administrator(request)
    current = schedule.begin(now()) if request.method == "POST" else Watch.objects.filter(pk=1).first() or Watch()
    with as_it_stands(request, current) as row:
        last = partial(last_written, scripts.WATCHED)
        form = WatchForm(request.POST or None, initial={"days": row.days}, last=last)
        if request.method == "POST" and form.is_valid():
            scripts.set_watch(actor=actor, days=form.cleaned_data["days"])
            messages.success(request, "L’alerte est réglée.")
            return redirect("backups:list")
    return render(request, "backups/watch.html", {"form": form}, status=form.status)


def _save(request: HttpRequest, actor: Actor, form: ScriptForm, script: Script | None) -> bool:
    chosen = {name: form.cleaned_data[name] for name in script_initial(Script())}
    try:
        saved = scripts.set_script(actor=actor, script=script, **chosen)
    except Refusal as refusal:
        refused_in(form, refusal)
        return False
    messages.success(request, f"Le script « {saved.name} » est enregistré.")
    return True
