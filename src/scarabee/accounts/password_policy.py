"""What makes a password too weak, beside its length: length counts more than kinds of characters (CNIL, 2022)."""

import re
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

MAX_LENGTH = 256
_DISTINCT = 6
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "01234567890",
)
_RUN = 4
_LEFT_OF_NAME = 8
_OWN_WORDS = frozenset({"administrateur", "impactemploi", "netentreprises", "net-entreprises", "scarabee", "scarabée"})
_TRIMMED = re.compile(r"^[\W\d_]+|[\W\d_]+$")


class VarietyValidator:
    """Refuses few different characters, a piece written over and over, rows of the keyboard, one known word dressed up.

    `aaaaaaaaaaaa`, `123412341234`, `motmotmotmotmot`, `azertyuiop123456`, `password2024!!`, and the name of the account
    with less than eight characters around it.
    """

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError, in French, when the password is one of those."""
        plain = password.casefold()
        if len(password) > MAX_LENGTH:
            raise ValidationError(f"Ce mot de passe est trop long : {MAX_LENGTH} caractères au plus.")
        if len(set(plain)) < min(_DISTINCT, len(plain)) or _is_repeated(plain):  # a short one is told that it is short
            raise ValidationError("Ce mot de passe se répète trop : il faut plus de caractères différents.")
        if _is_made_of_rows(plain):
            raise ValidationError("Ce mot de passe est une suite de touches ou de lettres qui se devine.")
        if _TRIMMED.sub("", plain) in _OWN_WORDS | _common_words():
            raise ValidationError("Ce mot de passe n’est qu’un mot connu avec quelques signes autour.")
        name = str(getattr(user, "username", "")).casefold()
        if name and name in plain and len(plain.replace(name, "")) < _LEFT_OF_NAME:
            raise ValidationError("Ce mot de passe n’est que le nom du compte avec quelques signes autour.")

    def get_help_text(self) -> str:
        """What is asked, in one French sentence."""
        return "Votre mot de passe ne doit pas se répéter, ni suivre les touches du clavier."


def _is_repeated(text: str) -> bool:
    """Whether the text is one piece written twice or more, the last time perhaps in part."""
    return any(text == (text[:size] * (len(text) // size + 1))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _is_made_of_rows(text: str) -> bool:
    """Whether nothing but pieces of four or more neighbours, forwards or backwards, make up the text, or nearly."""
    rows = [row for forwards in _ROWS for row in (forwards, forwards[::-1])]
    left, at = 0, 0
    while at < len(text):
        size = max((_shared(text[at:], row) for row in rows), default=0)
        left += 0 if size >= _RUN else 1
        at += size if size >= _RUN else 1
    return left < _RUN


def _shared(text: str, row: str) -> int:
    """How many characters the beginning of the text has in common with a place of the row."""
    start = row.find(text[0])
    size = 0
    while start >= 0 and size < min(len(text), len(row) - start) and text[size] == row[start + size]:
        size += 1
    return size


@cache
def _common_words() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
