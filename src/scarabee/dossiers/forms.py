"""Forms of the dossiers. Rules stand in the services: a form only reads what was typed."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.entry_fields import EntryField
from scarabee.dsn.readable import readable_date
from scarabee.maintenance.editing import EditForm, last_written
from scarabee.maintenance.numbers import is_number

CONTROL = {"class": "form-control"}
_SMALL = {"class": "form-control form-control-sm", "maxlength": "200", "autocomplete": "off"}
_NAME = "nom-"


class DossierNameForm(EditForm):
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


class EntryForm(EditForm):
    """The fields that a person may type about an employer or an employee, one per rubrique.

    `told`: what the DSN says, `typed`: what was typed before. Rules stand in the service.
    """

    def __init__(
        self,
        listed: Mapping[str, EntryField],
        *args: Any,
        told: Mapping[str, str] | None = None,
        typed: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rubriques = list(listed)
        for code, field in listed.items():
            said, entered = (told or {}).get(code, ""), (typed or {}).get(code)
            self.fields[code] = _entry_field(field, said, entered["value"] if entered else "")

    def sent(self) -> dict[str, str]:
        """{rubrique: value as typed}, for the service; call it once the form is valid."""
        return {code: self.cleaned_data[code] for code in self.rubriques}

    def rubrique_fields(self) -> list[forms.BoundField]:
        """The bound fields of the rubriques, in their order."""
        return [self[code] for code in self.rubriques]


class EmployerForm(EntryForm):
    """The name of an employer, which no DSN holds, and its fields."""

    name = forms.CharField(
        label="Nom de l’association",
        required=False,
        help_text="Une DSN ne contient pas le nom : il ne vient que d’ici.",
        widget=forms.TextInput(attrs={**CONTROL, "autocomplete": "off"}),
    )


class NewEmployerForm(EmployerForm):
    """A new employer starts with its SIRET."""

    siret = forms.CharField(
        label="SIRET",
        help_text="14 chiffres, avec ou sans espaces.",
        widget=forms.TextInput(attrs={**CONTROL, "inputmode": "numeric", "autocomplete": "off"}),
    )


def _entry_field(field: EntryField, told: str, typed: str) -> forms.Field:
    shown = readable_date(typed or told) if field.kind == "date" else typed or told
    said = readable_date(told) if field.kind == "date" else told
    notes = [] if not typed or typed == told else [f"La DSN dit : {said}." if told else "Absent de la DSN."]
    if field.kind == "date":
        notes.append("JJ/MM/AAAA ; un jour ou un mois inconnu s’écrit 99.")
    common: dict[str, Any] = {"label": field.label, "required": False, "initial": shown}
    if not field.choices:
        widget = forms.TextInput(attrs={**CONTROL, "autocomplete": "off"})
        return forms.CharField(**common, help_text=" ".join(notes), widget=widget)
    choices = [("", "non renseigné"), *field.choices.items()]
    if shown and shown not in field.choices:
        choices.append((shown, shown))
    return forms.ChoiceField(
        **common, help_text=" ".join(notes), choices=choices, widget=forms.Select(attrs={"class": "form-select"})
    )


class NamesForm(EditForm):
    """A name for each employer that has none. `employers`: those shown, or sent."""

    independent = True

    def __init__(self, data: Any, *, employers: Iterable[Employer], dossier: Dossier) -> None:
        codes = ("employers.named", "employer.corrected")
        super().__init__(data, last=lambda: last_written(*codes, dossier_uuid=dossier.uuid))
        self.employers = {f"{_NAME}{one.pk}": one for one in employers}
        for name, employer in self.employers.items():
            self.fields[name] = forms.CharField(
                label=f"Employeur {employer.siret}, {employer.town}",
                required=False,
                initial=employer.name,
                widget=forms.TextInput(attrs={**_SMALL, "aria-label": f"Nom de l’employeur {_of(employer)}"}),
            )

    def typed(self) -> list[tuple[Employer, str]]:
        """The employers that get a name, and which."""
        return [(self.employers[name], self.cleaned_data[name]) for name in self.employers if self.cleaned_data[name]]


def named_in(names: Iterable[str]) -> list[int]:
    """The numbers of the employers that fields of these names are about."""
    numbers = (name.removeprefix(_NAME) for name in names if name.startswith(_NAME))
    return [int(number) for number in numbers if is_number(number)]


def _of(employer: Employer) -> str:
    siret = employer.siret
    return f"{siret[:3]}\u00a0{siret[3:6]}\u00a0{siret[6:9]}\u00a0{siret[9:]}, {employer.town}"
