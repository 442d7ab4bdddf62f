"""The screens of an import: files and dossier, then what goes where, then how far it is, then the report."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scarabee.dossiers import import_selectors as selectors
from scarabee.dossiers.import_forms import NEW, ImportForm
from scarabee.dossiers.import_report_views import found_import, report_page
from scarabee.dossiers.models import Act, Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.selectors.dossiers import get_dossier
from scarabee.dossiers.services import import_runs, importing, uploads
from scarabee.dossiers.services.dossiers import create_dossier, delete_dossier, may_create, require_may_create
from scarabee.dossiers.services.import_surveys import writable_ids
from scarabee.dossiers.upload_handler import ImportUploadHandler
from scarabee.maintenance.bodies import receives_files
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number

EMPLOYERS_PER_PAGE = 50
IMPORTS_PER_PAGE = 50
FILES_SHOWN = 10


@receives_files
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def new_import(request: HttpRequest) -> HttpResponse:
    """The form. Files go straight into the data folder, which must be said before the form is read."""
    handler = ImportUploadHandler(request)
    if request.method == "POST":
        request.upload_handlers = [handler]
    return _new_import(request, handler)


@csrf_protect
def _new_import(request: HttpRequest, handler: ImportUploadHandler) -> HttpResponse:
    actor = Actor.of(request.user)
    if request.method == "POST":
        _require_destination(actor, request.POST.get("dossier", ""))
    initial = {"dossier": request.GET.get("dossier", "")}
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        actor=actor,
        may_create=may_create(actor),
        initial=initial,
    )
    refusal = handler.refusal
    if request.method == "POST" and refusal is None and form.is_valid():
        try:
            act = _prepare(actor, form)
        except Refusal as error:
            refusal = to_show(error)
        else:
            return redirect("dossiers:import-show", number=act.pk)
    recent = selectors.imports(actor)[:5]
    return render(request, "dossiers/import/new.html", {"form": form, "refusal": refusal, "recent": recent, "new": NEW})


def _require_destination(actor: Actor, chosen: str) -> None:
    """Raise when the dossier that was chosen is none that the actor may fill; what is amiss else, the form says."""
    if chosen == NEW:
        require_may_create(actor)
    with suppress(ValueError):
        importing.require_writable(actor, get_dossier(actor=actor, uuid=UUID(chosen)))


def _prepare(actor: Actor, form: ImportForm) -> Act:
    chosen, received = form.cleaned_data["dossier"], form.cleaned_data["dsn_files"]
    if chosen != NEW:
        dossier = Dossier.objects.writable_by(actor).get(uuid=chosen)
        return import_runs.prepare_import(actor=actor, dossier=dossier, files=received)
    dossier = create_dossier(actor=actor, name=form.cleaned_data["new_name"])
    try:
        return import_runs.prepare_import(actor=actor, dossier=dossier, files=received, created_dossier=True)
    except Refusal:
        delete_dossier(actor=actor, dossier=dossier)
        raise


@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports one may see, newest first, by dossier and state."""
    actor = Actor.of(request.user)
    acts, dossier, state = (
        selectors.imports(actor),
        request.GET.get("dossier", ""),
        request.GET.get("etat", ""),
    )
    if is_number(dossier):
        acts = acts.filter(dossier_id=int(dossier))
    if state in Act.State.values:
        acts = acts.filter(state=state)
    page = Paginator(acts, IMPORTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": selectors.with_files(page.object_list),
        "dossiers": Dossier.objects.visible_to(actor).order_by("name_key"),
        "states": Act.State.choices,
        "chosen": {"dossier": dossier, "etat": state},
    }
    return render(request, "dossiers/import/list.html", context)


@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The import as it is now: being read, to be confirmed, being imported, or over."""
    actor = Actor.of(request.user)
    act = found_import(actor, number)
    now = selectors.progress_of(act)
    if not now.over:
        return render(request, "dossiers/import/progress.html", _moving(act, now))
    if act.state == Act.State.PREPARED:
        return _preview(request, actor, act)
    return report_page(request, actor, act)


@require_safe
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """The moving part of the progress page, asked for every second; it reloads the page when all is over."""
    act = found_import(Actor.of(request.user), number)
    if not request.headers.get("HX-Request"):
        return redirect("dossiers:import-show", number=number)
    now = selectors.progress_of(act)
    if now.over:
        return HttpResponse(headers={"HX-Redirect": reverse("dossiers:import-show", args=[number])})
    return render(request, "dossiers/import/progress_bar.html", _moving(act, now))


@require_POST
def choices(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what the form says about the employers it shows, then do what its button says."""
    actor = Actor.of(request.user)
    act = found_import(actor, number)
    wanted = request.POST.get("action", "")
    back = f"{reverse('dossiers:import-show', args=[number])}?{_place(request.POST)}"
    try:
        import_runs.choose(actor=actor, act=act, routes=_routes(actor, act, request.POST, wanted))
        if wanted == "importer":
            import_runs.start(actor=actor, act=act)
            return redirect("dossiers:import-show", number=number)
    except Refusal as refusal:
        messages.error(request, str(to_show(refusal)))
        return redirect(back)
    if wanted.startswith("tout-"):
        messages.success(request, "Choix enregistré pour tous les employeurs de la liste. Rien n’est encore importé.")
    return redirect(back)


@require_POST
def abandon(request: HttpRequest, number: int) -> HttpResponse:
    """Give the import up before it begins."""
    actor = Actor.of(request.user)
    act = found_import(actor, number)
    try:
        import_runs.abandon(actor=actor, act=act)
    except Refusal as refusal:
        messages.error(request, str(to_show(refusal)))
        return redirect("dossiers:import-show", number=number)
    messages.success(request, f"L’import n° {number} est abandonné : rien n’a été importé, ses fichiers sont effacés.")
    return redirect("dossiers:imports")


def _moving(act: Act, now: selectors.ImportProgress) -> dict[str, Any]:
    return {"act": act, "progress": now, "nearly_full": uploads.is_nearly_full()}


def _preview(request: HttpRequest, actor: Actor, act: Act) -> HttpResponse:
    everyone = selectors.employer_choices(actor, act)
    text, standing = request.GET.get("q", ""), request.GET.get("statut", "")
    listed = selectors.filtered(everyone, text, standing)
    page = Paginator(listed, EMPLOYERS_PER_PAGE).get_page(request.GET.get("page"))
    files = list(selectors.files_of(act)[:FILES_SHOWN])
    context: dict[str, Any] = {
        "act": act,
        "page": page,
        "everyone": everyone,
        "elsewhere": sum(one.declared_elsewhere for one in everyone),
        "files": selectors.surveyed(files),
        "file_count": act.files.count(),
        "total_size": uploads.in_words(act.progress_total),
        "writable": dict(Dossier.objects.writable_by(actor).order_by("name_key").values_list("pk", "name")),
        "standings": selectors.STANDINGS,
        "q": text,
        "standing": standing,
    }
    return render(request, "dossiers/import/preview.html", context)


def _routes(actor: Actor, act: Act, form: QueryDict, wanted: str) -> dict[str, int | None]:
    """What the form says: one choice per employer shown, or the same for all those of the list."""
    if not wanted.startswith("tout-"):
        chosen = {key.removeprefix("route-"): str(form[key]) for key in form if key.startswith("route-")}
        return {siret: _destination(act, where) for siret, where in chosen.items()}
    listed = selectors.filtered(selectors.employer_choices(actor, act), form.get("q", ""), form.get("statut", ""))
    if wanted == "tout-declarant":
        mine = writable_ids(actor)
        return {one.siret: one.declared_by_id for one in listed if one.declared_by_id in mine}
    return {one.siret: _destination(act, wanted.removeprefix("tout-")) for one in listed}


def _destination(act: Act, where: str) -> int | None:
    if where == selectors.LEFT_OUT:
        return None
    return int(where) if is_number(where) else act.dossier_id


def _place(form: QueryDict) -> str:
    """The query string of the list the form was sent from."""
    place = QueryDict(mutable=True)
    for key in ("q", "statut", "page"):
        if form.get(key):
            place[key] = str(form[key])
    if str(form.get("action", "")).startswith("page-"):
        place["page"] = str(form["action"]).removeprefix("page-")
    return place.urlencode()
