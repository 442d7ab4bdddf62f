"""Forms of the dossiers. Rules stand in the services: a form only reads what was typed."""

from typing import Any

from django import forms

from scarabee.dossiers.models import Dossier

CONTROL = {"class": "form-control"}


class DossierNameForm(forms.Form):
    """The name of a dossier, new or not."""

    name = forms.CharField(
        label="Nom du dossier",
        max_length=Dossier._meta.get_field("name").max_length,
        help_text="Par exemple une région, une équipe, une année de reprise.",
        widget=forms.TextInput(attrs={**CONTROL, "autocomplete": "off"}),
    )


class ExportForm(forms.Form):
    """What to export: everything, one employer, one month; every version kept, or those in force."""

    siret = forms.CharField(
        label="Employeur (SIRET)",
        required=False,
        help_text="Laissez vide pour exporter tous les employeurs.",
        widget=forms.TextInput(attrs={**CONTROL, "inputmode": "numeric", "autocomplete": "off"}),
    )
    in_force_only = forms.BooleanField(
        label="Seulement les versions en vigueur",
        required=False,
        help_text="Sinon, toutes les versions gardées sont exportées, les remplacées aussi.",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, months: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Tous les mois et tous les signalements"), *months]
        self.fields["month"] = forms.ChoiceField(
            label="Mois",
            required=False,
            choices=choices,
            widget=forms.Select(attrs={"class": "form-select"}),
        )

    def clean_siret(self) -> str:
        return "".join(self.cleaned_data["siret"].split())
