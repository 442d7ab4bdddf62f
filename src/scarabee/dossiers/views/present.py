"""Who else is in a dossier."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from scarabee.dossiers.selectors.dossiers import get_dossier
from scarabee.maintenance import presence
from scarabee.maintenance.journal import Actor


@never_cache
@require_safe
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A line for a page of this dossier, or a page of its own without JavaScript."""
    actor = Actor.of(request.user)
    dossier = get_dossier(actor=actor, uuid=uuid)
    context = {"dossier": dossier, "others": presence.others_in([uuid], besides=actor.user_id)}
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "dossiers/present_part.html" if is_part else "dossiers/present.html", context)
