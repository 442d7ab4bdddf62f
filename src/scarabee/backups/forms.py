"""Forms of the backups. Rules stand in the services: a form only reads what was typed."""

from typing import Any

from django import forms

from scarabee.backups.models import Script
from scarabee.backups.scripts import MOST_DAYS, MOST_EVERY
from scarabee.maintenance.editing import EditForm
from scarabee.maintenance.sentences import SentenceForm

_CONTROL = {"class": "form-control", "autocomplete": "off"}
SENTENCE = "tout remplacer"


class ScriptForm(EditForm):
    """When, where, under which name."""

    name = forms.CharField(
        label="Nom",
        max_length=100,
        widget=forms.TextInput(attrs=_CONTROL),
        error_messages={"required": "Donnez un nom à ce script."},
    )
    unit = forms.ChoiceField(
        label="Fréquence",
        choices=[("jour", "tous les … jours"), ("semaine", "toutes les … semaines"), ("mois", "tous les … mois"),
                 ("main", "à la main seulement")],
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    every = forms.IntegerField(
        label="Tous les combien",
        min_value=1,
        max_value=MOST_EVERY,
        help_text="1 : chaque jour, chaque semaine ou chaque mois.",
        widget=forms.NumberInput(attrs=_CONTROL),
    )
    at = forms.TimeField(
        label="Heure",
        help_text="Choisissez une heure où l’ordinateur est allumé. S’il ne l’était pas, la sauvegarde se fait dès "
        "qu’il l’est de nouveau.",
        widget=forms.TimeInput(attrs={**_CONTROL, "type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Cette heure ne se lit pas.", "required": "Donnez une heure."},
    )
    starts_on = forms.DateField(
        label="À partir du",
        help_text="Les passages suivants se comptent depuis ce jour.",
        widget=forms.DateInput(attrs={**_CONTROL, "type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Ce jour ne se lit pas.", "required": "Donnez un jour."},
    )
    folder = forms.CharField(
        label="Dossier",
        required=False,
        max_length=500,
        help_text="Chemin complet d’un dossier qui existe. Vide : « sauvegardes », au sein du dossier des données.",
        widget=forms.TextInput(attrs={**_CONTROL, "spellcheck": "false"}),
    )
    second_folder = forms.CharField(
        label="Second dossier",
        required=False,
        max_length=500,
        help_text="Une clé USB, un autre disque, un partage du réseau : chaque archive prouvée y est copiée, et "
        "la copie comparée. Une clé absente n’empêche pas la sauvegarde : un avertissement le dit jusqu’à ce qu’elle y "
        "soit.",
        widget=forms.TextInput(attrs={**_CONTROL, "spellcheck": "false"}),
    )
    is_on = forms.BooleanField(
        label="En service",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


def script_initial(script: Script) -> dict[str, Any]:
    """What stands now of a script."""
    return {name: getattr(script, name) for name in ScriptForm.base_fields if name != "vu"}


class WatchForm(EditForm):
    """After how many days to say it on every page."""

    days = forms.IntegerField(
        label="Avertir après combien de jours sans sauvegarde prouvée",
        min_value=1,
        max_value=MOST_DAYS,
        widget=forms.NumberInput(attrs=_CONTROL),
    )


class KitForm(forms.Form):
    """The line of a trousse."""

    kit = forms.CharField(
        label="La ligne AGE-SECRET-KEY-1… de la trousse",
        strip=True,
        max_length=4000,
        widget=forms.PasswordInput(attrs={**_CONTROL, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": "Recopiez la ligne imprimée, en entier."},
    )


class RestoreForm(SentenceForm):
    """The sentence that says that one knows what is about to be replaced."""

    wanted, safe = SENTENCE, "Rien n’a été remplacé."


class PartForm(forms.Form):
    """What of a dossier goes into an archive of its own, and who will read it."""

    WHOLE, SOME = "tout", "employeurs"
    US, OTHER = "nous", "autre"
    DEFAULTS = {"extent": WHOLE, "reader": US, "key": "", "sender": ""}

    extent = forms.ChoiceField(
        label="Quoi",
        choices=[(WHOLE, "Tout le dossier"), (SOME, "Les employeurs cochés ci-dessous")],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    reader = forms.ChoiceField(
        label="Pour qui",
        choices=[(US, "Pour nous seuls : une copie à garder"), (OTHER, "Pour un autre tiers de confiance")],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    key = forms.CharField(
        label="La clé publique de l’autre tiers",
        required=False,
        max_length=4000,
        help_text="Une ligne qui commence par « age1 ». L’autre tiers la trouve chez lui dans Reprendre / Remettre un "
        "dossier, et vous l’envoie ; vérifiez de vive voix ses derniers caractères.",
        widget=forms.TextInput(attrs={**_CONTROL, "spellcheck": "false"}),
    )
    sender = forms.CharField(
        label="De la part de",
        required=False,
        max_length=100,
        help_text="Le nom de votre bureau, tel que l’autre tiers le lira.",
        widget=forms.TextInput(attrs=_CONTROL),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        if said.get("reader") != self.OTHER:
            return said | {"key": "", "sender": ""}
        if not said.get("key"):
            self.add_error("key", "Collez la clé publique que l’autre tiers vous a envoyée.")
        if not said.get("sender"):
            self.add_error("sender", "Dites de qui vient cette archive.")
        return said
