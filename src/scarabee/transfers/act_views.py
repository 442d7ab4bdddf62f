"""A transfer that has left: its progress, receipt, downloads, undo, and the list of them all."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_safe

from scarabee.dossiers.models import Act, Dossier
from scarabee.dossiers.refusals import to_show
from scarabee.dossiers.services.undo import undo_act, undo_preview
from scarabee.dossiers.views.tables import csv_response
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.transfers import selectors
from scarabee.transfers.models import Transfer

UNDER_WAY = {Act.State.QUEUED, Act.State.RUNNING}
KINDS = (
    ("employers", "Employeurs"),
    ("employees", "Salariés"),
    ("declarations", "Déclarations"),
    ("employee_months", "Mois de salariés"),
)
_CSV_KINDS = ("employeurs", "salaries", "declarations", "mois")


@require_safe
def transfer_list(request: HttpRequest) -> HttpResponse:
    """Past transfers one may see, newest first."""
    search = request.GET.get("chercher", "").strip()[:100]
    found = selectors.found_transfers(Actor.of(request.user), search=search, sort=request.GET.get("tri", ""))
    page = Paginator(found, selectors.PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "transfers/list.html", {"page": page, "search": search})


@require_safe
def transfer_list_csv(request: HttpRequest) -> HttpResponseBase:
    """The same list, all of it, for a spreadsheet."""
    search = request.GET.get("chercher", "").strip()[:100]
    found = selectors.found_transfers(Actor.of(request.user), search=search, sort=request.GET.get("tri", ""))
    header = ["numero", "prepare_le", "de", "vers", "par", "etat", "attendus", "identiques"]
    rows = (
        [
            one.pk, f"{localtime(one.act.created_at):%d/%m/%Y %H:%M}", one.source_name, one.destination_name,
            one.act.actor_name, one.act.get_state_display(), one.act.receipt.get("expected", ""),
            one.act.receipt.get("identical", ""),
        ]
        for one in found.iterator(chunk_size=500)
    )  # fmt: skip
    return csv_response("transferts", header, rows)


@require_safe
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far a transfer is; when it is over, its receipt."""
    transfer = _transfer(request, number)
    if transfer.act.state == Act.State.PREPARED:
        return redirect("transfers:screen", number=number)
    asked_by_htmx = bool(request.headers.get("HX-Request"))
    if transfer.act.state not in UNDER_WAY:
        address = reverse("transfers:receipt", args=[number]) + "?fini=1"
        return HttpResponse(headers={"HX-Redirect": address}) if asked_by_htmx else redirect(address)
    template = "transfers/progress_part.html" if asked_by_htmx else "transfers/progress.html"
    return render(request, template, {"transfer": transfer})


@require_safe
def receipt(request: HttpRequest, number: int) -> HttpResponse:
    """What was copied and the proof of it; `?fini=1` says so in a dialog first."""
    transfer = _transfer(request, number)
    if transfer.act.state == Act.State.PREPARED or transfer.act.state in UNDER_WAY:
        return redirect("transfers:progress", number=number)
    return render(request, "transfers/receipt.html", _receipt_context(request, transfer))


@require_safe
def receipt_json(request: HttpRequest, number: int) -> HttpResponse:
    """The receipt as one JSON document."""
    transfer = _transfer(request, number)
    act = transfer.act
    document = {
        "number": transfer.pk,
        "source": transfer.source_name,
        "destination": transfer.destination_name,
        "state": act.state,
        "actor": act.actor_name,
        "created_at": act.created_at,
        "finished_at": act.finished_at,
        "undone_at": act.undone_at,
        **act.receipt,
    }
    return JsonResponse(
        document,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": f'attachment; filename="transfert-{number}.json"'},
    )


@require_safe
def receipt_csv(request: HttpRequest, number: int) -> HttpResponseBase:
    """The receipt, one line per employer, as a spreadsheet in French reads it."""
    transfer = _transfer(request, number)
    header = ["siret", "nom", "localite", "pris", "salaries", *(f"{kind}_crees" for kind in _CSV_KINDS)]
    rows = (
        [row["siret"], row.get("name", ""), row.get("town", ""), _taken(row), row["employees"], *_created(row)]
        for row in transfer.act.receipt.get("employers", [])
    )
    return csv_response(f"transfert-{number}", header, rows)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """What undoing would take away and what it would refuse; a POST undoes."""
    actor = Actor.of(request.user)
    transfer = _transfer(request, number)
    context: dict[str, Any] = {"transfer": transfer}
    try:
        if request.method == "POST":
            result = undo_act(actor=actor, act=transfer.act)
            context |= {"result": result, "figures": _figures(result.removed)}
        else:
            preview = undo_preview(actor=actor, act=transfer.act)
            context |= {"preview": preview, "figures": _figures(preview.removed)}
    except Refusal as refusal:
        context["refusal"] = to_show(refusal)
    return render(request, "transfers/undo.html", context)


def _transfer(request: HttpRequest, number: int) -> Transfer:
    return selectors.visible_transfer(Actor.of(request.user), number)


def _receipt_context(request: HttpRequest, transfer: Transfer) -> dict[str, Any]:
    found = transfer.act.receipt
    columns = [(key, label) for key, label in _COLUMNS if key == "created" or any(found.get(key, {}).values())]
    rows = [
        {"label": label, "counts": [found.get(column, {}).get(kind, 0) for column, _ in columns]}
        for kind, label in KINDS
    ]
    may_undo = (
        transfer.act.state == Act.State.DONE
        and Dossier.objects.writable_by(Actor.of(request.user)).filter(pk=transfer.act.dossier_id).exists()
    )
    return {
        "transfer": transfer,
        "receipt": found,
        "columns": [label for _, label in columns],
        "rows": rows,
        "employers": [{**row, "taken": _taken(row)} for row in found.get("employers", [])],
        "may_undo": may_undo,
        "just_finished": "fini" in request.GET,
    }


_COLUMNS = (("created", "Créés"), ("completed", "Complétés"), ("replaced", "Remplacés"), ("left", "Déjà là"))


def _taken(row: dict[str, Any]) -> str:
    if row.get("record_only"):
        return "fiche seule"
    return "en totalité" if row.get("whole") else "une partie"


def _figures(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(label, counts.get(kind, 0)) for kind, label in KINDS]


def _created(row: dict[str, Any]) -> list[int]:
    return [row.get("created", {}).get(kind, 0) for kind, _ in KINDS]
