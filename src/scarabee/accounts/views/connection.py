"""The blue ball: checks one after the other, live in a window, or all at once on a plain page."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from scarabee.accounts.confirmation import CONFIRMED_MINUTES, confirm, is_confirmed
from scarabee.accounts.models import ConnectionTest
from scarabee.accounts.portal import connection_tests
from scarabee.accounts.views.chosen import Chosen, ask_password, chosen_account
from scarabee.accounts.views.identifiers import account_form, say_kept
from scarabee.accounts.views.own import WRONG_PASSWORD
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


@never_cache
@sensitive_post_parameters("confirmation", "motdepasse")
@require_POST
def account_test(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Test what is in the form, saved or not: the window that does it, or a page of all results."""
    chosen = chosen_account(request, pk)
    if not (is_confirmed(request) or _confirmed_in_window(request)):
        return _not_confirmed(request, chosen)
    form = account_form(request, chosen)
    try:
        test = connection_tests.start_test(actor=chosen.actor, user=chosen.user, entry=form.entry)
    except Refusal as refusal:
        return _refused(request, refusal)
    if request.headers.get("HX-Request"):
        return render(request, "accounts/test_window.html", _context(test, chosen.actor))
    connection_tests.run_all(actor=chosen.actor, test=test)
    return redirect("accounts:test_show", test.pk)


@never_cache
@require_safe
def test_show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The results of a test, on a page of their own."""
    actor = Actor.of(request.user)
    test = connection_tests.get_test(actor=actor, uuid=uuid)
    return render(request, "accounts/test_page.html", _context(test, actor))


@never_cache
@require_POST
def test_next(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Run the next check: the window asks again until none is left. Without JavaScript: run all that is left."""
    actor = Actor.of(request.user)
    test = connection_tests.get_test(actor=actor, uuid=uuid)
    if not request.headers.get("HX-Request"):
        connection_tests.run_all(actor=actor, test=test)
        return redirect("accounts:test_show", test.pk)
    test = connection_tests.next_check(actor=actor, test=test)
    return render(request, "accounts/test_lines.html", {**_context(test, actor), "swapped": True})


@never_cache
@require_POST
def test_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The same identifiers once more, after a person's statement of what has changed on the portal."""
    actor = Actor.of(request.user)
    former = connection_tests.get_test(actor=actor, uuid=uuid)
    statement = request.POST.get("declaration", "")
    test = connection_tests.try_again(actor=actor, test=former, statement=statement)
    if request.headers.get("HX-Request"):
        return render(request, "accounts/test_lines.html", {**_context(test, actor), "swapped": True})
    connection_tests.run_all(actor=actor, test=test)
    return redirect("accounts:test_show", test.pk)


@never_cache
@require_POST
def test_save(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keep what was tested: the way of pages without JavaScript, whose form is a page behind."""
    actor = Actor.of(request.user)
    test = connection_tests.get_test(actor=actor, uuid=uuid)
    if not is_confirmed(request):
        return ask_password(reverse("accounts:test_show", args=[uuid]))
    connection_tests.save_tested(actor=actor, test=test)
    chosen = _chosen_of(test, actor)
    say_kept(request, chosen, None)
    return redirect(chosen.portal_tab)


def _context(test: ConnectionTest, actor: Actor) -> dict[str, Any]:
    shown = connection_tests.shown(test)
    finished = [line for line in shown.lines if line.state in {"ok", "red"}]
    return {
        "test": test,
        "chosen": _chosen_of(test, actor),
        "account": test.user,
        "shown": shown,
        "last": finished[-1] if finished else None,
        "running": next((index for index, line in enumerate(shown.lines) if line.state == "waiting"), None),
    }


def _chosen_of(test: ConnectionTest, actor: Actor) -> Chosen:
    return Chosen(test.user, actor, own_page=not actor.is_administrator or test.user.pk == actor.user_id)


@sensitive_variables("typed")
def _confirmed_in_window(request: HttpRequest) -> bool:
    typed = request.POST.get("confirmation", "")
    return bool(typed) and confirm(request, typed)


def _not_confirmed(request: HttpRequest, chosen: Chosen) -> HttpResponse:
    """Ask for the password: in the window, so that the form behind it stays as it is, else on a page."""
    if not request.headers.get("HX-Request"):
        return ask_password(chosen.portal_tab)
    wrong = WRONG_PASSWORD if request.POST.get("confirmation") else ""
    context = {"chosen": chosen, "wrong": wrong, "minutes": CONFIRMED_MINUTES}
    return render(request, "accounts/test_confirm.html", context)


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal in the window; without one, its page."""
    if not request.headers.get("HX-Request"):
        raise refusal
    return render(request, "accounts/test_refused.html", {"refusal": refusal})
