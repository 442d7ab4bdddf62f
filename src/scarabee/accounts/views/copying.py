"""« Les mêmes identifiants pour d’autres comptes »: each gets a set of its own, and nobody sees the password."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from scarabee.accounts import selectors
from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.models import User, username_key
from scarabee.accounts.portal import identifiers
from scarabee.accounts.views.chosen import Chosen, ask_password, chosen_account

NOBODY_TICKED = "Cochez au moins un compte."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def user_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick accounts, over pages and searches; then each holds a set equal to this account's."""
    chosen = chosen_account(request, pk)
    if not is_confirmed(request):
        return ask_password(request.path)
    ticked = _ticked(request, chosen)
    if request.POST.get("do") == "copier" and ticked:
        targets = User.objects.filter(pk__in=ticked, is_active=True)
        count = identifiers.copy_identifiers(actor=chosen.actor, source=chosen.user, targets=list(targets))
        messages.success(request, _copied(chosen, count))
        return redirect(chosen.portal_tab)
    return _page(request, chosen, ticked)


@never_cache
@require_POST
def account_take_over(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Take the newer password that another user proved for the same account of the portal."""
    chosen = chosen_account(request, pk)
    if not is_confirmed(request):
        return ask_password(chosen.portal_tab)
    source = identifiers.take_over(actor=chosen.actor, user=chosen.user)
    messages.success(
        request,
        f"« {chosen.user.username} » a maintenant le mot de passe que Net-Entreprises a accepté pour "
        f"« {source.username} ».",
    )
    return redirect(chosen.portal_tab)


def _page(request: HttpRequest, chosen: Chosen, ticked: set[int]) -> HttpResponse:
    text = " ".join(request.POST.get("texte", "").split())[:150]
    others = User.objects.filter(is_active=True).exclude(pk=chosen.user.pk)
    if request.POST.get("do") == "tous":
        ticked = set(others.values_list("pk", flat=True))
    found = others.filter(username_key__contains=username_key(text)) if text else others
    page = Paginator(found, selectors.USERS_PER_PAGE).get_page(request.POST.get("page"))
    rows = selectors.user_rows(chosen.actor, list(page.object_list))
    context = {
        "chosen": chosen,
        "account": chosen.user,
        "held": identifiers.identifiers_of(chosen.user),
        "page": page,
        "rows": rows,
        "text": text,
        "ticked": ticked,
        "ticked_elsewhere": ticked - {row.user.pk for row in rows},
        "error": NOBODY_TICKED if request.POST.get("do") == "copier" else "",
    }
    return render(request, "accounts/copy.html", context, status=400 if context["error"] else 200)


def _ticked(request: HttpRequest, chosen: Chosen) -> set[int]:
    return set(_numbers(request.POST.getlist("compte"))) - {chosen.user.pk}


def _numbers(values: Iterable[str]) -> list[int]:
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19]


def _copied(chosen: Chosen, count: int) -> str:
    whose = f"les mêmes identifiants que « {chosen.user.username} »"
    return f"{count} comptes ont maintenant {whose}." if count > 1 else f"Un compte a maintenant {whose}."
