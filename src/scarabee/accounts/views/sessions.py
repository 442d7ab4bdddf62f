"""Open sessions: one's own, or, for an Administrateur, anybody's."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scarabee.accounts.services import sessions
from scarabee.accounts.sessions import IDLE_MINUTES
from scarabee.accounts.views.chosen import Chosen, chosen_account


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_sessions(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The open sessions of an account; posting ends one, or all."""
    chosen = chosen_account(request, pk)
    if request.method == "POST":
        return _end(request, chosen)
    listed = sessions.open_sessions(actor=chosen.actor, user=chosen.user, this_key=request.session.session_key or "")
    context = {"chosen": chosen, "account": chosen.user, "sessions": listed, "idle_minutes": IDLE_MINUTES}
    return render(request, "accounts/sessions.html", context)


def _end(request: HttpRequest, chosen: Chosen) -> HttpResponse:
    if request.POST.get("do") == "toutes":
        ended = sessions.end_all_sessions(actor=chosen.actor, user=chosen.user)
        if chosen.is_self:
            logout(request)
            return redirect("accounts:login")
        messages.success(request, f"Sessions de « {chosen.user.username} » fermées : {ended}.")
    else:
        sessions.end_session(actor=chosen.actor, user=chosen.user, public_id=request.POST.get("session", ""))
        messages.success(request, "La session est fermée.")
    return redirect(chosen.addresses["sessions"])
