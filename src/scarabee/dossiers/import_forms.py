from collections.abc import Sequence
from typing import Any

from django import forms

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import NAME_LENGTH
from scarabee.maintenance.journal import Actor

NEW = "nouveau"


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files; empty ones pass: they are refused later, by name, with the reason."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files: Sequence[Any] = data if isinstance(data, (list, tuple)) else [data] if data else []
        one = super().clean
        return [one(file, initial) for file in files] if files else [one(None, initial)]


class ImportForm(forms.Form):
    """A dossier the actor may change, or the name of a new one, and files."""

    dossier = forms.ChoiceField(label="Dossier à remplir", widget=forms.Select(attrs={"class": "form-select"}))
    new_name = forms.CharField(
        label="Nom du nouveau dossier",
        max_length=NAME_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text="Par exemple le nom de l’équipe ou du portefeuille.",
    )
    dsn_files = ManyFilesField(
        label="Fichiers DSN",
        allow_empty_file=True,
        widget=ManyFiles(attrs={"class": "form-control", "multiple": True}),
        error_messages={"required": "Choisissez au moins un fichier DSN."},
        help_text="Un ou plusieurs, tels que le logiciel de paie les a écrits ; une archive ZIP est ouverte.",
    )

    def __init__(self, *args: Any, actor: Actor, may_create: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dossiers = Dossier.objects.writable_by(actor).order_by("name_key").values_list("uuid", "name")
        choices = [(str(uuid), name) for uuid, name in dossiers]
        if may_create:
            choices.append((NEW, "Nouveau dossier…"))
        self.fields["dossier"].choices = choices  # type: ignore[attr-defined]
        self.only_new = [value for value, _ in choices] == [NEW]
        self.no_choice = not choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("dossier") == NEW and not (cleaned.get("new_name") or "").strip():
            self.add_error("new_name", "Donnez un nom au nouveau dossier.")
        return cleaned
