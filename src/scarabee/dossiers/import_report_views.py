"""What an import did, file by file, and the page that undoes it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from scarabee.dossiers import import_selectors as selectors
from scarabee.dossiers.models import Act, Dossier, ImportFile
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.services import import_runs
from scarabee.dossiers.services.undo import UndoReport, undo_act, undo_preview
from scarabee.dossiers.views.tables import csv_response
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

SHOW = "dossiers:import-show"
FILES_PER_PAGE = 50
REMARKS_PER_PAGE = 100


def found_import(actor: Actor, number: int) -> Act:
    """The import of this number, or the page that says there is none."""
    try:
        return import_runs.find_import(actor=actor, number=number)
    except NotVisible as error:
        raise Http404 from error


def report_page(request: HttpRequest, actor: Actor, act: Act) -> HttpResponse:
    """The report of an import that is over."""
    page = Paginator(selectors.files_of(act), FILES_PER_PAGE).get_page(request.GET.get("page"))
    receipt: dict[str, Any] = act.receipt if "counts" in act.receipt else import_runs.totals(act)
    may_write = Dossier.objects.writable_by(actor).filter(pk=act.dossier_id).exists()
    context = {
        "act": act,
        "page": page,
        "receipt": receipt,
        "files": [selectors.reported(row) for row in page.object_list],
        "unnamed": selectors.unnamed_employers(act) if may_write else 0,
        "may_write": may_write,
        "can_be_undone": may_write and act.state == Act.State.DONE and any(receipt["counts"].values()),
    }
    return render(request, "dossiers/import/report.html", context)


@require_safe
def files(request: HttpRequest, number: int) -> HttpResponse:
    """Every file of an import, before or after it is done."""
    act = found_import(Actor.of(request.user), number)
    rows = selectors.files_of(act)
    state = request.GET.get("etat", "")
    if state in ImportFile.Status.values:
        rows = rows.filter(status=state)
    page = Paginator(rows, FILES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "act": act,
        "page": page,
        "files": selectors.surveyed(page.object_list),
        "states": ImportFile.Status.choices,
        "state": state,
    }
    return render(request, "dossiers/import/files.html", context)


@require_safe
def file(request: HttpRequest, number: int, file: int) -> HttpResponse:
    """One file: everything there is to say about it."""
    actor = Actor.of(request.user)
    act = found_import(actor, number)
    row = get_object_or_404(ImportFile, act=act, pk=file)
    remarks = selectors.remarks_of(row)
    context = {
        "act": act,
        "file": selectors.reported(row),
        "survey": selectors.surveyed([row])[0],
        "page": Paginator(remarks, REMARKS_PER_PAGE).get_page(request.GET.get("page")),
        "unlisted": selectors.remark_count(row) - len(remarks),
        "differences": selectors.differences_of(actor, row),
    }
    return render(request, "dossiers/import/file.html", context)


@require_safe
def remarks_csv(request: HttpRequest, number: int) -> StreamingHttpResponse:
    """What there is to say about all files of an import, for a spreadsheet."""
    act = found_import(Actor.of(request.user), number)
    header = ("fichier", "statut", "gravité", "ligne", "rubrique", "libellé", "message")
    rows = (
        (row.name, row.get_status_display(), one.level, one.line or "", one.rubrique, one.label, one.message)
        for row in selectors.files_of(act).iterator(chunk_size=100)
        for one in selectors.remarks_of(row)
    )
    return csv_response(f"import-{act.pk}-remarques", header, rows)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """What undoing takes back, asked once; then it is done."""
    actor = Actor.of(request.user)
    act = found_import(actor, number)
    try:
        if request.method == "POST":
            done = undo_act(actor=actor, act=act)
            _tell(request, act, done)
            return redirect("dossiers:imports" if done.removes_dossier else reverse(SHOW, args=[number]))
        context: dict[str, Any] = {"act": act, "preview": undo_preview(actor=actor, act=act)}
    except Refusal as refusal:
        context = {"act": act, "refusal": to_show(refusal)}
    return render(request, "dossiers/import/undo.html", context)


def _tell(request: HttpRequest, act: Act, done: UndoReport) -> None:
    if done.is_whole:
        messages.success(request, f"L’import n° {act.pk} est annulé : il n’en reste rien, le reste est intact.")
    else:
        messages.warning(
            request,
            f"L’import n° {act.pk} est annulé en partie : ce qui a changé depuis est resté, la raison est donnée ici.",
        )
