"""A transfer that has left: its progress, receipt, downloads, undo, and the list of them all."""

import csv
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from scarabee.dossiers.errors import Refusal
from scarabee.dossiers.models import Act, Dossier
from scarabee.dossiers.services.undo import undo_act, undo_preview
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


@require_safe
def transfer_list(request: HttpRequest) -> HttpResponse:
    """Past transfers one may see, newest first."""
    search = request.GET.get("chercher", "").strip()[:100]
    page = selectors.transfer_page(Actor.of(request.user), search=search, number=request.GET.get("page"))
    return render(request, "transfers/list.html", {"page": page, "search": search})


@require_safe
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far a transfer is; when it is over, its receipt."""
    transfer = _transfer(request, number)
    if transfer is None:
        return redirect("transfers:list")
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
    if transfer is None:
        return redirect("transfers:list")
    if transfer.act.state == Act.State.PREPARED or transfer.act.state in UNDER_WAY:
        return redirect("transfers:progress", number=number)
    return render(request, "transfers/receipt.html", _receipt_context(request, transfer))


@require_safe
def receipt_json(request: HttpRequest, number: int) -> HttpResponse:
    """The receipt as one JSON document."""
    transfer = _transfer(request, number)
    if transfer is None:
        return redirect("transfers:list")
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
def receipt_csv(request: HttpRequest, number: int) -> HttpResponse:
    """The receipt, one line per employer, as a spreadsheet in French reads it."""
    transfer = _transfer(request, number)
    if transfer is None:
        return redirect("transfers:list")
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="transfert-{number}.csv"'},
    )
    answer.write("\ufeff")  # without it, spreadsheets read the accents wrong
    writer = csv.writer(answer, delimiter=";")
    writer.writerow(["siret", "nom", "localite", "pris", "salaries", *(f"{kind}_crees" for kind, _ in KINDS)])
    for row in transfer.act.receipt.get("employers", []):
        created = [row.get("created", {}).get(kind, 0) for kind, _ in KINDS]
        words = [row["siret"], _plain(row.get("name", "")), _plain(row.get("town", "")), _taken(row)]
        writer.writerow([*words, row["employees"], *created])
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """What undoing would take away and what it would refuse; a POST undoes."""
    actor = Actor.of(request.user)
    transfer = _transfer(request, number)
    if transfer is None:
        return redirect("transfers:list")
    context: dict[str, Any] = {"transfer": transfer}
    try:
        if request.method == "POST":
            result = undo_act(actor=actor, act=transfer.act)
            context |= {"result": result, "figures": _figures(result.removed)}
        else:
            preview = undo_preview(actor=actor, act=transfer.act)
            context |= {"preview": preview, "figures": _figures(preview.removed)}
    except Refusal as refusal:
        context["refusal"] = refusal
    return render(request, "transfers/undo.html", context)


def _transfer(request: HttpRequest, number: int) -> Transfer | None:
    """The transfer, or None with the reason as a message."""
    try:
        return selectors.visible_transfer(Actor.of(request.user), number)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return None


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


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
