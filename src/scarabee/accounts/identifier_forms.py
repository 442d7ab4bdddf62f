"""The two tabs of an account, in one form. What is typed for Net-Entreprises is kept to the letter."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.timezone import localtime
from django.views.decorators.debug import sensitive_variables

from scarabee.accounts.account_forms import CHECK, CONTROL, SELECT, USUAL_ROLES, password_input
from scarabee.accounts.models import PortalIdentifiers, User
from scarabee.accounts.models.portal import DEFAULT_MORNING_TIME
from scarabee.accounts.portal.entry import Entry
from scarabee.maintenance.editing import EditForm, Written, last_written

PASSWORD_MANAGERS_ASIDE = {"data-1p-ignore": "true", "data-bwignore": "true", "data-lpignore": "true"}
"""What the usual extensions read as « leave this field alone »; browsers read `autocomplete`."""
NOTHING_LEFT = "Pour retirer ces identifiants, passez par « Effacer ces identifiants » : ici, remplissez les champs."


def _exact(label: str, name: str, **attrs: str) -> forms.CharField:
    """A field kept to the letter: no space is taken away, nothing is corrected, no length cuts what is pasted."""
    described = f"remarques-{name}"
    return forms.CharField(
        label=label,
        required=False,
        strip=False,
        widget=forms.TextInput(
            attrs={
                **CONTROL,
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "aria-describedby": described,
                **PASSWORD_MANAGERS_ASIDE,
                **attrs,
            }
        ),
    )


class AccountForm(EditForm):
    """*Scarabée* and *Net Entreprise*: one form, one Enregistrer.

    `held`: the identifiers kept so far, which fill the fields, except the password, which no answer holds.
    """

    unwatched = ("motdepasse",)

    usual_role = forms.ChoiceField(
        label="Rôle habituel",
        required=False,
        choices=USUAL_ROLES,
        widget=forms.Select(attrs=SELECT),
        help_text="Proposé quand un dossier lui est donné ; ne donne aucun droit par lui-même.",
    )
    siret = _exact("SIRET", "siret", inputmode="numeric")
    nom = _exact("Nom", "nom")
    prenom = _exact("Prénom", "prenom")
    motdepasse = forms.CharField(
        label="Mot de passe",
        required=False,
        strip=False,
        widget=password_input(
            "new-password",
            **{"aria-describedby": "aide-motdepasse remarques-motdepasse", **PASSWORD_MANAGERS_ASIDE},
        ),
    )
    general = forms.BooleanField(label="Régime général", required=False, widget=forms.CheckboxInput(attrs=CHECK))
    agricole = forms.BooleanField(
        label="Régime agricole (MSA)", required=False, widget=forms.CheckboxInput(attrs=CHECK)
    )
    morning_time = forms.TimeField(
        label="Vérification du matin",
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%Hh%M", "%Hh"],
        widget=forms.TimeInput(format="%H:%M", attrs={**CONTROL, "type": "time", "autocomplete": "off"}),
        help_text="Vide : jamais.",
        error_messages={"invalid": "Écrivez une heure comme 07:00, ou rien."},
    )

    def __init__(self, data: QueryDict | None, *, user: User, held: PortalIdentifiers | None, with_role: bool) -> None:
        super().__init__(data, initial=_initial(user, held), last=lambda: _last(user))
        self.held = held
        if not with_role:
            del self.fields["usual_role"]

    def besides(self) -> dict[str, tuple[str, str]]:
        """The password shows in no answer: that it was saved again does."""
        if self.held is None:
            return {"enregistre": ("Mot de passe et identifiants", "")}
        when = f"enregistrés le {localtime(self.held.saved_at):%d/%m/%Y à %H:%M:%S} par {self.held.saved_by}"
        return {"enregistre": ("Mot de passe et identifiants", when)}

    @property
    def entry(self) -> Entry:
        """What the fields hold, to the letter, whether or not the form is valid."""
        return Entry(
            siret=self._typed("siret"),
            nom=self._typed("nom"),
            prenom=self._typed("prenom"),
            motdepasse=self._typed("motdepasse"),
            general=bool(self._typed("general")),
            agricole=bool(self._typed("agricole")),
        )

    @property
    def carries_portal(self) -> bool:
        """Whether what was posted came with the second tab, which has no field until the password is confirmed."""
        return self.is_bound and "siret" in self.data

    @property
    def says_something(self) -> bool:
        """Whether there is anything of the portal to keep."""
        entry = self.entry
        return bool(entry.siret or entry.nom or entry.prenom or entry.motdepasse)

    @sensitive_variables("cleaned")
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        entry = self.entry
        if self.held is not None and self.carries_portal and not (entry.siret or entry.nom or entry.prenom):
            self.add_error("siret", NOTHING_LEFT)
        return cleaned

    def _typed(self, name: str) -> str:
        return str((self.data if self.is_bound else self.initial).get(name) or "")


def _last(user: User) -> Written | None:
    return last_written(
        "identifiants.enregistres", "identifiants.copies", "compte.role_habituel", username=user.username
    )


def _initial(user: User, held: PortalIdentifiers | None) -> dict[str, Any]:
    role = {"usual_role": user.usual_role}
    if held is None:
        return {**role, "general": True, "morning_time": DEFAULT_MORNING_TIME}
    kept = {name: getattr(held, name) for name in ("siret", "nom", "prenom", "general", "agricole")}
    return {**role, **kept, "morning_time": held.identity.morning_time}
