"""How long each kind of data is kept, what is past its time, and removing that."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.services import authority
from scarabee.accounts.views.chosen import ask_password
from scarabee.dossiers.refusals import refused_in
from scarabee.maintenance.editing import as_it_stands, last_written
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.privacy.forms import REMOVE, MonthsForm, RemoveForm
from scarabee.privacy.models import RetentionRule
from scarabee.privacy.retention import rules
from scarabee.privacy.retention.kinds import fixed, kind_of, months_of


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """All kinds, with what is past its time of each."""
    told = rules.proposals(actor=Actor.of(request.user))
    return render(request, "privacy/retention.html", {"proposals": told, "fixed": fixed()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kind(request: HttpRequest, code: str) -> HttpResponse:
    """One kind: its duration to set, and dossier by dossier what is past it."""
    actor = Actor.of(request.user)
    authority.require_administrator(actor)
    chosen = kind_of(code)
    with as_it_stands(request, _row(request, code)) as rule:
        last = partial(last_written, rules.SET, kind=code)
        form = MonthsForm(request.POST or None, initial={"months": rule.months}, last=last)
        if request.method == "POST" and form.is_valid():
            try:
                rules.set_months(actor=actor, kind=chosen, months=form.cleaned_data["months"])
            except Refusal as refusal:
                refused_in(form, refusal)
            else:
                messages.success(
                    request, f"{chosen.label} : {form.cleaned_data['months']} mois. Rien n’a été supprimé."
                )
                return redirect("privacy:kind", code)
    return _page(request, actor, code, form)


@never_cache
@require_http_methods(["POST"])
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """Remove what the page showed, once that was typed in words."""
    actor = Actor.of(request.user)
    authority.require_administrator(actor)
    chosen = kind_of(code)
    if not is_confirmed(request):
        return ask_password(reverse("privacy:kind", args=[code]))
    form = RemoveForm(request.POST)
    if form.is_valid():
        try:
            count = rules.apply(actor=actor, kind=chosen, count=form.cleaned_data["count"])
        except Refusal as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, f"{chosen.label} : {count} supprimés.")
            return redirect("privacy:retention")
    return _page(request, actor, code, MonthsForm(initial={"months": months_of(chosen)}), form)


def _row(request: HttpRequest, code: str) -> RetentionRule:
    """The rule that stands, or ours; made once somebody saves one."""
    months = months_of(kind_of(code))
    if request.method == "POST":
        return RetentionRule.objects.get_or_create(kind=code, defaults={"months": months})[0]
    return RetentionRule(kind=code, months=months)


def _page(
    request: HttpRequest, actor: Actor, code: str, form: MonthsForm, remove_form: RemoveForm | None = None
) -> HttpResponse:
    told = rules.proposal_of(actor=actor, kind=kind_of(code))
    context = {
        "told": told,
        "form": form,
        "remove_form": remove_form or RemoveForm(initial={"count": told.count}),
        "sentence": REMOVE,
        "confirmed": is_confirmed(request),
    }
    status = 400 if remove_form is not None and remove_form.errors else form.status
    return render(request, "privacy/kind.html", context, status=status)
