from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest

from scarabee.accounts.models import User

WRONG_SIGN_IN = (
    "Ce nom et ce mot de passe ne vont pas ensemble, ou le compte n’est pas actif. "
    "Vérifiez la touche Verr. Maj puis recommencez."
)


def _text(autocomplete: str, **attrs: str | bool) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": autocomplete, **attrs})


def _password(autocomplete: str, **attrs: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"class": "form-control", "autocomplete": autocomplete, **attrs})


class SignInForm(forms.Form):
    """Name and password; refused without saying which of the two is wrong."""

    username = forms.CharField(
        label="Nom d’utilisateur",
        max_length=150,
        widget=_text("username", autocapitalize="none", autofocus=True),
    )
    password = forms.CharField(label="Mot de passe", strip=False, widget=_password("current-password"))

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        username, password = cleaned.get("username"), cleaned.get("password")
        if username and password:
            user = authenticate(self.request, username=username, password=password)
            if not isinstance(user, User):
                raise forms.ValidationError(WRONG_SIGN_IN)
            self.user = user
        return cleaned


class CodeForm(forms.Form):
    """The code of the second factor, as typed: what is right about it is asked of the service."""

    code = forms.CharField(
        label="Code à six chiffres",
        max_length=20,
        widget=_text("one-time-code", inputmode="numeric", autofocus=True),
        help_text="Celui que votre application affiche en ce moment.",
    )


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        widget=_password("new-password"),
        help_text="Douze caractères au moins ; plusieurs mots que vous seul assemblez font l’affaire.",
    )
    confirmation = forms.CharField(label="Le même, une seconde fois", strip=False, widget=_password("new-password"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned and cleaned.get("confirmation") != cleaned["password"]:
            self.add_error("confirmation", "Les deux saisies diffèrent. Tapez deux fois le même mot de passe.")
        return cleaned
