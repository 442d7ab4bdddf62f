"""Lots: what came in together, what it holds, and the order to deposit it."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.refusals import refused_in
from scarabee.dossiers.services.importing import require_writable
from scarabee.filings.forms import WhenForm, proposed
from scarabee.filings.selectors import batches as selectors
from scarabee.filings.services import orders
from scarabee.filings.views.choices import numbers_in
from scarabee.filings.views.ordered import tell
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

EMPLOYERS_NAMED = 30
ONLY = {"a-ordonner": "à ordonner"}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All batches, newest first."""
    actor, dossier, only = Actor.of(request.user), request.GET.get("dossier", ""), request.GET.get("voir", "")
    context = {
        "page": selectors.batch_page(actor, dossier=dossier, only=only, page=request.GET.get("page")),
        "dossiers": Dossier.objects.visible_to(actor).order_by("name_key").values_list("pk", "name"),
        "only": ONLY,
        "chosen": {"dossier": dossier, "voir": only},
    }
    return render(request, "filings/batches.html", context)


@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """A batch: its files, its filings, and the form that orders them."""
    return _page(request, number)


def _page(
    request: HttpRequest, number: int, form: WhenForm | None = None, ticks: Collection[int] | None = None
) -> HttpResponse:
    """`form` and `ticks`: what was sent, when it is shown again with what is amiss."""
    actor = Actor.of(request.user)
    batch = selectors.get_batch(actor, number)
    page = selectors.filing_page(actor, batch, request.GET.get("page"))
    rows: list[selectors.FilingRow] = list(page.object_list)
    if ticks is not None:
        page.object_list = rows = [replace(row, is_ticked=row.filing.pk in ticks) for row in rows]
    ticked = [row for row in rows if row.is_ticked]
    real = [row for row in rows if row.is_orderable and row.filing.is_real]
    proposal = selectors.proposal(row.filing for row in ticked or rows)
    context: dict[str, Any] = {
        "batch": batch,
        "files": selectors.file_page(actor, batch, request.GET.get("fichiers")),
        "page": page,
        "orderable": sum(row.is_orderable for row in rows),
        "coverage_problem": selectors.shared_problem(rows),
        "real": real,
        "real_named": sorted({row.employer.label for row in real})[:EMPLOYERS_NAMED],
        "real_employers": len({row.employer.siret for row in real}),
        "is_moving": batch.finished_at is None or any(selectors.is_leaving(row.filing) for row in rows),
        "form": form or WhenForm(initial=proposed(proposal) if proposal else {}),
        "proposal": proposal,
    }
    return render(request, "filings/batch.html", context, status=400 if form else 200)


@require_safe
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """The moving parts of the page, asked for every two seconds; it reloads the page once the files are read."""
    actor = Actor.of(request.user)
    batch = selectors.get_batch(actor, number)
    if not request.headers.get("HX-Request"):
        return redirect("filings:batch", number)
    was_reading = request.GET.get("lecture") == "1"
    if was_reading and batch.finished_at is not None:
        return HttpResponse(headers={"HX-Redirect": reverse("filings:batch", args=[number])})
    filings = list(selectors.filings_of(batch)[: selectors.FILINGS_PER_PAGE])
    is_moving = batch.finished_at is None or any(selectors.is_leaving(one) for one in filings)
    context = {"batch": batch, "filings": filings, "is_moving": is_moving, "out_of_band": True}
    context["orderable_states"] = orders.ORDERABLE
    return render(request, "filings/batch_progress.html", context)


@require_POST
def order(request: HttpRequest, number: int) -> HttpResponse:
    """Order what is ticked; says what is planned, what is refused and why."""
    actor = Actor.of(request.user)
    batch = selectors.get_batch(actor, number)
    if batch.dossier is not None:
        require_writable(actor, batch.dossier)
    form, everything = WhenForm(request.POST), bool(request.POST.get("tout"))
    ticks = set(numbers_in(request.POST.getlist("depot")))
    wanted = selectors.filings_of(batch)
    wanted = wanted.filter(state__in=orders.ORDERABLE) if everything else wanted.filter(pk__in=ticks)
    filings = list(wanted)
    real = sum(one.is_real for one in filings)
    if form.is_valid() and not filings:
        form.add_error(None, "Rien n’est coché : rien n’est ordonné. Cochez au moins une déclaration.")
    elif form.is_valid() and real and not form.cleaned_data["confirmed"]:
        several = "déclarations réelles sont choisies" if real > 1 else "déclaration réelle est choisie"
        form.add_error(None, f"{real} {several} : cochez « Je confirme le dépôt ». Rien n’est encore ordonné.")
    if not form.is_valid():
        return _page(request, number, form, ticks)
    try:
        done = orders.order(actor=actor, filings=filings, real_confirmed=True, planned_at=form.planned_at)
    except Refusal as refusal:
        refused_in(form, refusal)
        return _page(request, number, form, ticks)
    tell(request, done)
    return redirect("filings:batch", number)
