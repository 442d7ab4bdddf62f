"""Forms of the returns. Rules stand in the services: a form only reads what was typed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from scarabee.accounts.models import User
from scarabee.dossiers.import_forms import ManyFiles, ManyFilesField
from scarabee.maintenance.editing import EditForm, Written
from scarabee.returns.enums import AnomalyState
from scarabee.returns.models import Anomaly
from scarabee.returns.services.work import BY_PEOPLE, NOTE_LENGTH

CONTROL = {"class": "form-control", "autocomplete": "off"}


class CauseForm(forms.Form):
    """Where several anomalies stand; an empty note, or no owner chosen, leaves each its own."""

    state = forms.ChoiceField(
        label="État",
        choices=[(one.value, AnomalyState(one).label) for one in BY_PEOPLE],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    corrected_in = forms.CharField(
        label="Corrigée dans la DSN de",
        required=False,
        max_length=7,
        help_text="Le mois déclaré, pour une anomalie corrigée.",
        widget=forms.TextInput(attrs={**CONTROL, "type": "month", "placeholder": "AAAA-MM"}),
    )
    owner = forms.ChoiceField(label="Suivie par", required=False, widget=forms.Select(attrs={"class": "form-select"}))
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={**CONTROL, "rows": 2}),
    )

    nobody = "sans changement"

    def __init__(self, data: Any = None, *, owners: Sequence[User], initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        self._owners = {str(one.pk): one for one in owners}
        choices = [("", self.nobody), *((pk, one.username) for pk, one in self._owners.items())]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]

    @property
    def decision(self) -> dict[str, Any]:
        """What `work.change` and `work.change_many` are given."""
        chosen = self.cleaned_data
        return {
            "state": chosen["state"],
            "corrected_in": chosen["corrected_in"],
            "note": chosen["note"],
            "owner": self._owners.get(chosen["owner"]),
        }


class WorkForm(EditForm, CauseForm):
    """Where one anomaly stands, as it was shown."""

    nobody = "personne"

    def __init__(self, data: Any = None, *, anomaly: Anomaly, owners: Sequence[User], month: str) -> None:
        initial = {
            "state": anomaly.state,
            "corrected_in": anomaly.corrected_in or month,
            "owner": anomaly.owner_id or "",
            "note": anomaly.note,
        }
        super().__init__(data, owners=owners, initial=initial, last=lambda: (anomaly.changed_by, anomaly.changed_at))

    def in_words(self, name: str, value: str) -> str:
        return str(AnomalyState(value).label) if name == "state" else super().in_words(name, value)


class KeepCollectingForm(EditForm):
    """Whether the identifiers of a deactivated user go on serving for collecting, and until when."""

    unwatched = ("keep",)

    keep = forms.BooleanField(
        label="Continuer à récupérer leurs retours avec ses identifiants, et rien d’autre",
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    until = forms.DateField(
        label="Jusqu’au", required=False, error_messages={"invalid": "Ce jour n’existe pas. Écrivez-le AAAA-MM-JJ."}
    )

    def __init__(
        self, data: Any = None, *, first: date, last: date, until: date, written: Callable[[], Written | None]
    ) -> None:
        super().__init__(data, initial={"until": until}, last=written)
        attributes = {**CONTROL, "type": "date", "min": first.isoformat(), "max": last.isoformat()}
        self.fields["until"].widget = forms.DateInput(format="%Y-%m-%d", attrs=attributes)

    def clean(self) -> None:
        """A day is needed only to go on."""
        told = self.cleaned_data
        if told.get("keep") and "until" in told and told["until"] is None:
            self.add_error("until", "Choisissez jusqu’à quel jour.")


class ReturnFilesForm(forms.Form):
    """Files of returns, as downloaded from the portal."""

    return_files = ManyFilesField(
        label="Fichiers de retours",
        allow_empty_file=True,
        widget=ManyFiles(attrs={"class": "form-control", "multiple": True}),
        error_messages={"required": "Choisissez au moins un fichier."},
        help_text="Un ou plusieurs, tels que net-entreprises.fr les donne ; une archive ZIP est ouverte.",
    )
