"""Accounts: made, and found again."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from scarabee.accounts.models import User, username_key
from scarabee.maintenance import journal
from scarabee.maintenance.journal import Actor

ADMINISTRATOR_NAME = "Administrateur"


@transaction.atomic
def create_user(*, actor: Actor, username: str, password: str | None = None, is_administrator: bool = False) -> User:
    """Create an account; without a password nobody can sign in to it yet.

    Raises ValidationError, in French, when the name is taken or empty or the password too weak, and
    PermissionError when the actor is no administrator.
    """
    if not actor.is_administrator:
        raise PermissionError("Seul un administrateur peut créer un compte.")
    user = User(username=" ".join(username.split()), is_administrator=is_administrator)
    if password is None:
        user.set_unusable_password()
    else:
        validate_password(password, user)
        user.set_password(password)
    user.username_key = username_key(user.username)
    user.full_clean()
    user.save()
    journal.record(actor, "compte.cree", user_id=user.pk, username=user.username, administrator=is_administrator)
    return user


def ensure_administrator(*, actor: Actor) -> User:
    """The account Administrateur, created without a password when it does not exist."""
    existing = User.objects.filter(username_key=username_key(ADMINISTRATOR_NAME)).first()
    return existing or create_user(actor=actor, username=ADMINISTRATOR_NAME, is_administrator=True)
