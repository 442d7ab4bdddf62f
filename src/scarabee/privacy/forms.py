"""Forms of personal data. Rules stand in the services: a form only reads what was typed."""

from django import forms

from scarabee.maintenance.editing import EditForm
from scarabee.maintenance.sentences import SentenceForm
from scarabee.privacy.erasing import REASON_LENGTH
from scarabee.privacy.retention.kinds import LEAST_MONTHS, MOST_MONTHS

_CONTROL = {"class": "form-control", "autocomplete": "off"}
ERASE, REMOVE = "effacer cette personne", "supprimer définitivement"


class EraseForm(SentenceForm):
    """Why, and which rows the page showed."""

    wanted, safe = ERASE, "Rien n’a été supprimé."
    reason = forms.CharField(
        label="Motif",
        max_length=REASON_LENGTH,
        help_text="Il reste au registre des effacements : ne nommez pas la personne. Par exemple « à sa demande du "
        "12 novembre 2026 ».",
        widget=forms.TextInput(attrs=_CONTROL),
        error_messages={"required": "Écrivez le motif, sans nommer la personne."},
    )
    seen = forms.RegexField(r"^[0-9]{1,18}(,[0-9]{1,18})*$", max_length=20_000, widget=forms.HiddenInput)

    def clean_seen(self) -> list[int]:
        return [int(one) for one in str(self.cleaned_data["seen"]).split(",")]


class RemoveForm(SentenceForm):
    """How many the page showed."""

    wanted, safe = REMOVE, "Rien n’a été supprimé."
    count = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class MonthsForm(EditForm):
    """How long a kind is kept."""

    months = forms.IntegerField(
        label="Durée, en mois",
        min_value=LEAST_MONTHS,
        max_value=MOST_MONTHS,
        help_text="Changer la durée ne supprime rien : l’aperçu la suit.",
        widget=forms.NumberInput(attrs=_CONTROL),
    )
