"""The trousse: shown to print once the password was typed again, then said to be put away."""

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.views.chosen import ask_password
from scarabee.backups import keys
from scarabee.backups.views.guard import administrator
from scarabee.maintenance.clock import now


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """What it is; with `do=montrer` the line and its square; with `do=rangee`, the warning goes."""
    actor = administrator(request)
    if request.method == "POST" and request.POST.get("do") == "rangee":
        keys.put_away(actor=actor)
        messages.success(request, "C’est noté : la trousse est à l’abri.")
        return redirect("backups:list")
    context = {"is_put_away": keys.is_put_away(), "today": now()}
    if request.method == "POST":
        if not is_confirmed(request):
            return ask_password(request.path)
        line = keys.kit(actor=actor)
        context |= {"line": line, "square": _square(line), "public_key": keys.recipient(line)}
    return render(request, "backups/kit.html", context | {"is_confirmed": is_confirmed(request)})


def _square(line: str) -> SafeString:
    drawn = segno.make(line, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", title="Code QR de la trousse"
    )
    return mark_safe(drawn)  # noqa: S308  segno escapes the title and draws only paths
