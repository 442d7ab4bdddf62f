"""Forms of the deposits. Rules stand in the services: a form only reads what was typed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms

from scarabee.dossiers.import_forms import NEW, ImportForm
from scarabee.filings.services.options import DUE_DAYS
from scarabee.maintenance.editing import EditForm
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.netentreprises.moments import PARIS

CONTROL = {"class": "form-control", "autocomplete": "off"}
CHECK = {"class": "form-check-input"}
LATER = "plus-tard"


class DepositForm(ImportForm):
    """A dossier that the actor may change, or the name of a new one, and the files to deposit from it."""

    orders_essais = forms.BooleanField(
        label="Déposer tout de suite les fichiers d’essai sans constat bloquant",
        required=False,
        help_text="Les déclarations réelles, elles, attendent toujours votre ordre.",
        widget=forms.CheckboxInput(attrs=CHECK),
    )

    def __init__(self, *args: Any, actor: Actor, may_create: bool, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, may_create=may_create, **kwargs)
        self.fields["dossier"].label = "Dossier"
        self.may_create = may_create
        choices = self.fields["dossier"].choices  # type: ignore[attr-defined]
        if sum(value != NEW for value, _ in choices) > 1:
            self.fields["dossier"].choices = [("", "Choisissez…"), *choices]  # type: ignore[attr-defined]


class WhenForm(forms.Form):
    """Now, or a day and an hour of Paris."""

    when = forms.ChoiceField(choices=[("maintenant", ""), (LATER, "")])
    day = forms.DateField(
        label="le",
        required=False,
        widget=forms.DateInput(attrs={**CONTROL, "type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Ce jour ne se lit pas."},
    )
    hour = forms.TimeField(
        label="à",
        required=False,
        widget=forms.TimeInput(attrs={**CONTROL, "type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Cette heure ne se lit pas."},
    )
    confirmed = forms.BooleanField(required=False, widget=forms.CheckboxInput(attrs=CHECK))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("when") == LATER and not self.errors and not (cleaned.get("day") and cleaned.get("hour")):
            self.add_error(None, "Donnez le jour et l’heure du dépôt, ou choisissez « Déposer maintenant ».")
        return cleaned

    @property
    def planned_at(self) -> datetime | None:
        """The moment asked for, None for now."""
        if self.cleaned_data["when"] != LATER:
            return None
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["hour"], tzinfo=PARIS)


class ReasonForm(forms.Form):
    """Why a person decides so, in a few words that stay in the history."""

    reason = forms.CharField(
        label="Pourquoi",
        max_length=1000,
        help_text="En quelques mots : ils restent dans l’historique du dépôt.",
        widget=forms.Textarea(attrs={**CONTROL, "rows": 2}),
        error_messages={"required": "Écrivez en quelques mots pourquoi."},
    )


class OutcomeForm(ReasonForm):
    """How an unknown deposit ended; its idflux, picked among those found or typed."""

    outcome = forms.ChoiceField(
        label="Ce que dit net-entreprises.fr",
        choices=[
            ("accepted", "Le dépôt y est, enregistré (AEE)"),
            ("refused", "Le dépôt y est, rejeté (ARE)"),
            ("not_deposited", "Le dépôt n’y est pas"),
        ],
        widget=forms.RadioSelect(attrs=CHECK),
        error_messages={"required": "Dites ce que vous avez vu sur net-entreprises.fr."},
    )
    idflux = forms.CharField(
        label="Identifiant du dépôt (idflux)",
        required=False,
        max_length=60,
        help_text="23 caractères, sur le tableau de bord DSN. Nécessaire quand le dépôt est enregistré.",
        widget=forms.TextInput(attrs={**CONTROL, "spellcheck": "false"}),
    )
    field_order = ("outcome", "idflux", "reason")


class ByHandForm(forms.Form):
    """A deposit that somebody made by hand: its idflux, or the day it was made."""

    idflux = forms.CharField(
        label="Identifiant du dépôt (idflux)",
        required=False,
        max_length=60,
        help_text="23 caractères, sur le tableau de bord DSN de net-entreprises.fr. Le suivi reprend alors aussitôt.",
        widget=forms.TextInput(attrs={**CONTROL, "spellcheck": "false"}),
    )
    day = forms.DateField(
        label="Ou le jour du dépôt",
        required=False,
        help_text="Scarabée cherchera le dépôt de ce jour-là sur le portail.",
        widget=forms.DateInput(attrs={**CONTROL, "type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Ce jour ne se lit pas."},
    )


class UnseenForm(ByHandForm):
    """A deposit made by hand of a declaration whose file never came here."""

    month = forms.CharField(
        label="Mois déclaré",
        widget=forms.TextInput(attrs={**CONTROL, "type": "month", "placeholder": "AAAA-MM"}),
        error_messages={"required": "Donnez le mois déclaré."},
    )
    fraction = forms.RegexField(
        r"^[1-9][1-9]$",
        label="Fraction",
        initial="11",
        help_text="11 pour un mois déclaré en une fois ; 12 pour la première de deux fractions.",
        widget=forms.TextInput(attrs={**CONTROL, "inputmode": "numeric", "maxlength": 2}),
        error_messages={"invalid": "Deux chiffres : le rang de la fraction, puis leur nombre."},
    )
    field_order = ("month", "fraction", "idflux", "day")


class DossierFilingForm(EditForm):
    """How a dossier files."""

    holder = forms.ChoiceField(
        label="Identifiants de secours",
        required=False,
        help_text="Ils servent quand la personne qui dépose n’en a pas pour ce point de dépôt, et pour ce qui arrive "
        "par le dossier d’échange.",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    folder = forms.CharField(
        label="Dossier d’échange",
        required=False,
        max_length=500,
        help_text="Chemin complet, sur la machine de Scarabée. Les fichiers DSN qui y arrivent sont lus tout seuls, "
        "puis rangés dans traités ou refusés.",
        widget=forms.TextInput(attrs={**CONTROL, "spellcheck": "false"}),
    )
    hold_minutes = forms.IntegerField(
        label="Retenue avant un départ par ordre permanent (minutes)",
        min_value=0,
        help_text="Le temps qu’il reste pour retenir une DSN avant qu’elle ne parte toute seule.",
        widget=forms.NumberInput(attrs={**CONTROL, "inputmode": "numeric"}),
        error_messages={"required": "Donnez un nombre de minutes, 0 pour un départ immédiat."},
    )

    def __init__(self, holders: list[tuple[str, str]], *args: Any, may_choose_folder: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["holder"].choices = [("", "aucun en particulier"), *holders]  # type: ignore[attr-defined]
        if not may_choose_folder:
            self.fields["folder"].disabled = True
            self.fields["folder"].help_text = "Seul un Administrateur le choisit."


class CoverageForm(EditForm):
    """When the DSN of each employer is due, and, for an Administrateur, whether it leaves by itself.

    `rows`: employers as `selectors.coverage.employers` reads them. Each setting is one of two: who changes it where
    somebody else did too wants the same.
    """

    independent = True

    def __init__(self, data: Any, *, rows: Iterable[Any], may_order: bool) -> None:
        super().__init__(data)
        self.rows = {row.pk: row for row in rows}
        for row in self.rows.values():
            name = row.name or row.siret
            self.fields[f"jour-{row.pk}"] = forms.CharField(
                label=f"Échéance de {name}",
                required=False,
                initial=row.due_day,
                widget=forms.Select(
                    choices=[(day, day) for day in DUE_DAYS],
                    attrs={"class": "form-select form-select-sm", "aria-label": f"Échéance de {name}"},
                ),
            )
            if may_order:
                self.fields[f"permanent-{row.pk}"] = forms.BooleanField(
                    label=f"Ordre permanent de {name}",
                    required=False,
                    initial=row.standing_dossier == row.dossier_id,
                    widget=forms.CheckboxInput(attrs=CHECK),
                )

    def fields_of(self, pk: int) -> tuple[forms.BoundField | None, forms.BoundField | None]:
        """The fields of the due day and of the standing order of this employer; None for one that is not here."""
        day, standing = f"jour-{pk}", f"permanent-{pk}"
        return self[day] if day in self.fields else None, self[standing] if standing in self.fields else None

    def settings(self) -> list[tuple[Any, int, bool]]:
        """(employer, due day, standing order) of those for which the page says something new."""
        wanted = []
        for pk, row in self.rows.items():
            day, had = self.cleaned_data[f"jour-{pk}"] or str(row.due_day), row.standing_dossier == row.dossier_id
            standing = self.cleaned_data.get(f"permanent-{pk}", had)
            if {f"jour-{pk}", f"permanent-{pk}"} & self.touched() and (day, standing) != (str(row.due_day), had):
                wanted.append((row, int(day) if is_number(day) else 0, standing))
        return wanted


def proposed(moment: datetime) -> dict[str, object]:
    """The first values of a WhenForm for an aware moment."""
    local = moment.astimezone(PARIS)
    return {"day": local.date(), "hour": local.time()}


BEFORE_NOON = timedelta(hours=2)
"""How long before the noon of a due date sending is proposed: at noon it would be too late."""
