"""What a person does to one filing; each is a POST to an address of its own."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.dossiers.models import Employer
from scarabee.dossiers.refusals import refused_in, to_show
from scarabee.dossiers.selectors.employers import get_employer
from scarabee.dossiers.services.importing import require_writable
from scarabee.filings.enums import FilingState
from scarabee.filings.forms import ByHandForm, OutcomeForm, ReasonForm, UnseenForm, WhenForm
from scarabee.filings.models import Filing
from scarabee.filings.selectors.filings import unsent
from scarabee.filings.services import decisions, orders, sight
from scarabee.filings.views.choices import month_asked
from scarabee.filings.views.filings import page
from scarabee.filings.views.ordered import tell
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


@require_POST
def order(request: HttpRequest, number: int) -> HttpResponse:
    """Deposit it now or later; a réel one asks for the box."""
    actor = Actor.of(request.user)
    filing = sight.get_filing(actor, number)
    form = WhenForm(request.POST)
    if not form.is_valid():
        sight.writable(actor, filing)
        return page(request, number, status=400, when=form)
    confirmed = form.cleaned_data["confirmed"]
    try:
        done = orders.order(actor=actor, filings=[filing], real_confirmed=confirmed, planned_at=form.planned_at)
    except Refusal as refusal:
        refused_in(form, refusal)
        return page(request, number, status=400, when=form)
    tell(request, done)
    return redirect("filings:show", number)


@require_POST
def retain(request: HttpRequest, number: int) -> HttpResponse:
    """Keep it from going."""
    return _done(request, number, orders.retain, "Le dépôt est retenu : il ne partira pas sans un nouvel ordre.")


@require_POST
def reopen(request: HttpRequest, number: int) -> HttpResponse:
    """Take it up again after it was given up."""
    return _done(request, number, orders.reopen, "Le dépôt est repris là où il en était avant l’abandon.")


def _done(request: HttpRequest, number: int, act: Callable[..., Filing], said: str) -> HttpResponse:
    actor = Actor.of(request.user)
    try:
        act(actor=actor, filing=sight.get_filing(actor, number))
    except Refusal as refusal:
        messages.error(request, str(to_show(refusal)))
    else:
        messages.success(request, said)
    return redirect("filings:show", number)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Say what giving it up means, then do it."""
    actor = Actor.of(request.user)
    filing = sight.get_filing(actor, number)
    sight.writable(actor, filing)
    if request.method != "POST":
        return render(request, "filings/cancel.html", {"filing": filing})
    why = " ".join(request.POST.get("pourquoi", "").split())[:1000]
    orders.cancel(actor=actor, filing=filing, why=why)
    messages.success(request, f"Le dépôt n° {number} est abandonné : il ne partira pas. « Reprendre » le rouvre.")
    return redirect("filings:show", number)


@require_POST
def pass_findings(request: HttpRequest, number: int) -> HttpResponse:
    """Let it be ordered in spite of what was found, for a written reason."""
    said = "Les constats sont passés outre. Le dépôt n’est pas encore ordonné : il attend « Déposer »."
    return _reasoned(request, number, orders.pass_findings, "pass_form", "passer-%s", said)


@require_POST
def decide_again(request: HttpRequest, number: int) -> HttpResponse:
    """Decide that the same declaration is deposited a second time, for a written reason."""
    said = "Le second dépôt est décidé. Il n’est pas encore ordonné : il attend « Déposer »."
    return _reasoned(request, number, orders.decide_again, "again_form", "second-%s", said)


def _reasoned(
    request: HttpRequest, number: int, act: Callable[..., Filing], name: str, auto_id: str, said: str
) -> HttpResponse:
    actor = Actor.of(request.user)
    filing = sight.get_filing(actor, number)
    sight.writable(actor, filing)
    form = ReasonForm(request.POST, auto_id=auto_id)
    if form.is_valid():
        try:
            act(actor=actor, filing=filing, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, said)
            return redirect("filings:show", number)
    return page(request, number, status=400, **{name: form})


@require_POST
def settle(request: HttpRequest, number: int) -> HttpResponse:
    """Say how an unknown deposit ended."""
    actor = Actor.of(request.user)
    filing = sight.get_filing(actor, number)
    sight.writable(actor, filing)
    form = OutcomeForm(request.POST, auto_id="issue-%s")
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            decisions.settle_unknown(
                actor=actor,
                filing=filing,
                outcome=FilingState(chosen["outcome"]),
                idflux=request.POST.get("candidat") or chosen["idflux"],
                reason=chosen["reason"],
            )
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, "C’est noté, avec votre raison, dans l’historique du dépôt.")
            return redirect("filings:show", number)
    return page(request, number, status=400, outcome_form=form)


@require_POST
def record(request: HttpRequest, number: int) -> HttpResponse:
    """Record that this declaration was deposited by hand on the portal."""
    actor = Actor.of(request.user)
    filing = sight.get_filing(actor, number)
    sight.writable(actor, filing)
    form = ByHandForm(request.POST, auto_id="main-%s")
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            decisions.record_by_hand(actor=actor, filing=filing, idflux=chosen["idflux"], day=chosen["day"])
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, "Le dépôt fait à la main est enregistré : ses retours seront suivis d’ici.")
            return redirect("filings:show", number)
    return page(request, number, status=400, by_hand_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def record_unseen(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a deposit made by hand for an employer, of a declaration whose file never came here."""
    actor = Actor.of(request.user)
    employer = get_employer(actor=actor, pk=pk)
    require_writable(actor, employer.dossier)
    form = UnseenForm(request.POST or None, initial={"month": month_asked(request)})
    month = request.POST.get("month") or month_asked(request)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            filing = _recorded(actor, employer, chosen)
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, "Le dépôt fait à la main est enregistré : ses retours seront suivis d’ici.")
            return redirect("filings:show", filing.pk)
    context = {"employer": employer, "form": form, "month": month, "here": unsent(employer, month)}
    return render(request, "filings/by_hand.html", context, status=400 if form.errors else 200)


def _recorded(actor: Actor, employer: Employer, chosen: dict[str, Any]) -> Filing:
    """The filing of that fraction that waits here, now deposited by hand; one of its own when there is none."""
    same = [one for one in unsent(employer, chosen["month"]) if one.fraction == chosen["fraction"]]
    if same:
        return decisions.record_by_hand(actor=actor, filing=same[-1], idflux=chosen["idflux"], day=chosen["day"])
    return decisions.record_by_hand(
        actor=actor, dossier=employer.dossier, siret=employer.siret, month=chosen["month"],
        fraction=chosen["fraction"], idflux=chosen["idflux"], day=chosen["day"],
    )  # fmt: skip
