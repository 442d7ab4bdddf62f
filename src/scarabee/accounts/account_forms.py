"""What is typed about accounts. Rules stand in the services: a form only reads."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.views.decorators.debug import sensitive_variables

from scarabee.accounts.enums import Role
from scarabee.accounts.forms import NewPasswordForm
from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier

CONTROL = {"class": "form-control"}
SELECT = {"class": "form-select"}
CHECK = {"class": "form-check-input"}
USUAL_ROLES = [("", "Aucun"), *Role.choices]
MOST_DOSSIERS = 200
"""More dossiers than this are given on the page of the rights, where they are paged and searched."""


def password_input(autocomplete: str, **attrs: str) -> forms.PasswordInput:
    """A field whose value never comes back in an answer."""
    return forms.PasswordInput(attrs={**CONTROL, "autocomplete": autocomplete, **attrs})


class ConfirmForm(forms.Form):
    """One's own password, typed again."""

    confirmation = forms.CharField(
        label="Votre mot de passe", strip=False, widget=password_input("current-password", autofocus="autofocus")
    )


class NewAccountForm(forms.Form):
    """Who, what role, which dossiers, and how the first password comes."""

    NONE, ALL, THESE = "aucun", "tous", "ceux-ci"
    LINK, CHOSEN = "adresse", "mot-de-passe"

    username = forms.CharField(
        label="Nom d’utilisateur",
        max_length=150,
        widget=forms.TextInput(attrs={**CONTROL, "autocomplete": "off", "autocapitalize": "none"}),
        help_text="Celui que la personne tapera pour se connecter. Il ne change plus ensuite.",
    )
    is_administrator = forms.BooleanField(
        label="Administrateur",
        required=False,
        widget=forms.CheckboxInput(attrs=CHECK),
        help_text="Peut tout, dans tous les dossiers, et gère les comptes.",
    )
    usual_role = forms.ChoiceField(
        label="Rôle habituel",
        required=False,
        choices=USUAL_ROLES,
        widget=forms.Select(attrs=SELECT),
        help_text="Gestionnaire modifie, Lecture ne fait que voir. Proposé chaque fois qu’un dossier lui est donné.",
    )
    rights = forms.ChoiceField(
        label="Avec ce rôle, dans",
        choices=[
            (NONE, "aucun dossier pour l’instant"),
            (ALL, "tous les dossiers ouverts aujourd’hui"),
            (THESE, "les dossiers cochés ci-dessous"),
        ],
        initial=NONE,
        widget=forms.RadioSelect(attrs=CHECK),
    )
    dossiers = forms.ModelMultipleChoiceField(
        label="Dossiers",
        required=False,
        queryset=Dossier.objects.none(),
        widget=forms.CheckboxSelectMultiple(attrs=CHECK),
    )
    way_in = forms.ChoiceField(
        label="Premier mot de passe",
        choices=[
            (LINK, "Donner une adresse à usage unique : la personne y choisit son mot de passe"),
            (CHOSEN, "Choisir un mot de passe provisoire"),
        ],
        initial=LINK,
        widget=forms.RadioSelect(attrs=CHECK),
    )
    password = forms.CharField(
        label="Mot de passe provisoire",
        required=False,
        strip=False,
        widget=password_input("new-password"),
        help_text="Douze caractères au moins ; la personne le changera dans « Mon compte ».",
    )
    confirmation = forms.CharField(
        label="Le même, une seconde fois", required=False, strip=False, widget=password_input("new-password")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["dossiers"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = Dossier.objects.filter(archived_at=None).order_by("name_key")
        self.dossier_count = field.queryset.count()
        self.lists_dossiers = 0 < self.dossier_count <= MOST_DOSSIERS

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("way_in") == self.CHOSEN:
            self._clean_passwords(cleaned)
        else:
            cleaned["password"] = ""
        if cleaned.get("rights") in {self.ALL, self.THESE} and not cleaned.get("usual_role"):
            self.add_error("usual_role", "Choisissez le rôle à donner dans ces dossiers.")
        if cleaned.get("rights") == self.THESE and not cleaned.get("dossiers"):
            self.add_error("dossiers", "Cochez au moins un dossier, ou choisissez « aucun dossier pour l’instant ».")
        if cleaned.get("rights") != self.THESE:
            cleaned["dossiers"] = []
        return cleaned

    @sensitive_variables()
    def _clean_passwords(self, cleaned: dict[str, Any]) -> None:
        password = cleaned.get("password") or ""
        if not password:
            self.add_error("password", "Tapez un mot de passe, ou choisissez l’adresse à usage unique.")
        elif password != cleaned.get("confirmation"):
            self.add_error("confirmation", "Les deux saisies diffèrent. Tapez deux fois le même mot de passe.")
        else:
            try:
                validate_password(password, User(username=cleaned.get("username", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)


class OwnPasswordForm(NewPasswordForm):
    """One's own new password: the current one first."""

    field_order = ["current", "password", "confirmation"]

    current = forms.CharField(
        label="Mot de passe actuel", strip=False, widget=password_input("current-password", autofocus="autofocus")
    )


class FirstCodeForm(forms.Form):
    """The first code of a second factor being installed."""

    code = forms.CharField(
        label="Code affiché par l’application",
        max_length=20,
        widget=forms.TextInput(attrs={**CONTROL, "autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text="Six chiffres, qui changent toutes les trente secondes.",
    )
