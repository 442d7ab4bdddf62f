"""The screen of maintenance mode: where it stands, closing by hand, opening again."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scarabee.maintenance import presence, window
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.middleware import reachable_in_maintenance

_NOTICES = {"0": "tout de suite", "5": "dans 5 minutes", "10": "dans 10 minutes", "30": "dans 30 minutes"}
_LENGTHS = {"30": "30 minutes", "60": "1 heure", "120": "2 heures", "240": "4 heures", "480": "8 heures"}
_SELECT = {"class": "form-select"}


class MaintenanceForm(forms.Form):
    """Why, after how long a notice, and for how long at most."""

    reason = forms.CharField(
        label="Pourquoi",
        max_length=200,
        help_text="Chacun le lira à la place des pages.",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": "Dites pourquoi Scarabée ferme : chacun le lira."},
    )
    notice = forms.ChoiceField(
        label="Fermer",
        choices=list(_NOTICES.items()),
        initial="5",
        help_text="Jusque-là, chaque page affiche un compte à rebours, et aucun travail de fond ne commence.",
        widget=forms.Select(attrs=_SELECT),
    )
    minutes = forms.ChoiceField(
        label="Pour au plus",
        choices=list(_LENGTHS.items()),
        initial="60",
        help_text="Ensuite Scarabée rouvre de lui-même, si personne ne l’a rouvert avant.",
        widget=forms.Select(attrs=_SELECT),
    )


@reachable_in_maintenance
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """For an Administrateur, who gets here even when somebody else has closed by hand."""
    actor = Actor.of(request.user)
    if not actor.is_administrator:
        raise PermissionDenied
    form = MaintenanceForm(request.POST if request.POST.get("do") == "fermer" else None)
    try:
        if request.POST.get("do") == "rouvrir":
            window.end(actor=actor)
            messages.success(request, "Scarabée est ouvert à tous.")
            return redirect("web:maintenance")
        if form.is_valid():
            chosen = form.cleaned_data
            window.begin(
                actor=actor,
                reason=chosen["reason"],
                grace_seconds=int(chosen["notice"]) * 60,
                minutes=int(chosen["minutes"]),
            )
            return redirect("web:maintenance")
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("web:maintenance")
    context = {"window": window.current(), "form": form, "present": presence.anybody()}
    return render(request, "web/maintenance.html", context, status=400 if form.errors else 200)
