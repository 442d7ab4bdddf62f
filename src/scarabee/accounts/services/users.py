"""Accounts: made, found again, closed, opened again. None is ever deleted: the journal needs them."""

import unicodedata

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from scarabee.accounts import links, lock_out
from scarabee.accounts.models import User, username_key
from scarabee.accounts.services import authority
from scarabee.accounts.services.passwords import change_password, reset_user, reset_with_password, set_new_password
from scarabee.accounts.services.sessions import drop_sessions
from scarabee.maintenance import journal
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

__all__ = [
    "ADMINISTRATOR_NAME",
    "change_password",
    "create_user",
    "deactivate_user",
    "ensure_administrator",
    "is_locked",
    "reactivate_user",
    "reset_user",
    "reset_with_password",
    "set_usual_role",
    "unlock_user",
    "user_by_name",
]

ADMINISTRATOR_NAME = "Administrateur"
NAME_LENGTH = 150
"""Characters of a name of account at most, as the model says."""


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    username: str,
    password: str | None = None,
    is_administrator: bool = False,
    usual_role: str = "",
) -> User:
    """Create an account; without a password nobody can sign in to it yet (see `reset_user`).

    `usual_role` ("gestionnaire", "lecture" or "") gives no right by itself. Raises ValidationError, in French, when
    the name is taken, empty or odd or the password too weak, and `NotAllowed` when the actor is no Administrateur.
    """
    authority.take_turn()
    authority.require_administrator(actor)
    user = User(username=_plain_name(username), is_administrator=is_administrator, usual_role=usual_role)
    if password is None:
        user.set_unusable_password()
    else:
        set_new_password(user, password)
    user.username_key = username_key(user.username)
    user.full_clean()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:  # another one took the name at the same moment
        raise ValidationError("Un compte porte déjà ce nom.") from error
    journal.record(actor, "compte.cree", user_id=user.pk, username=user.username, administrator=is_administrator)
    return user


def ensure_administrator(*, actor: Actor) -> User:
    """The account Administrateur, created without a password when it does not exist."""
    existing = User.objects.filter(username_key=username_key(ADMINISTRATOR_NAME)).first()
    return existing or create_user(actor=actor, username=ADMINISTRATOR_NAME, is_administrator=True)


def user_by_name(*, actor: Actor, name: str) -> User:
    """The account of that name, active or not. Raises `NotVisible` when there is none for this actor."""
    found = User.objects.filter(username_key=username_key(" ".join(name.split()))).first()
    if found is None:
        raise authority.not_visible(name.strip())
    if not (authority.is_self(actor, found) or authority.is_administrator(actor)):
        raise authority.not_visible(name.strip())
    return found


@transaction.atomic
def deactivate_user(*, actor: Actor, user: User) -> User:
    """Close an account: its sessions end at once, its rights and identifiers are kept.

    Raises `Refusal` for the last Administrateur able to sign in. Harmless on an account that is closed already.
    """
    user = _about_to_change(actor, user)
    if user.is_active:
        authority.require_another_administrator(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        drop_sessions(user)
        links.forget(user)
        journal.record(actor, "compte.desactive", user_id=user.pk, username=user.username)
    return user


@transaction.atomic
def reactivate_user(*, actor: Actor, user: User) -> User:
    """Open a closed account again, with the rights and the password it had."""
    user = _about_to_change(actor, user)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        journal.record(actor, "compte.reactive", user_id=user.pk, username=user.username)
    return user


@transaction.atomic
def unlock_user(*, actor: Actor, user: User) -> User:
    """Forget the failures of an account, so that one may sign in to it again now."""
    user = _about_to_change(actor, user)
    if lock_out.forget(user):
        journal.record(actor, "compte.debloque", user_id=user.pk, username=user.username)
    return user


@transaction.atomic
def set_usual_role(*, actor: Actor, user: User, role: str) -> User:
    """The role proposed when a dossier is given to the account ("" for none). It gives no right by itself."""
    user = _about_to_change(actor, user)
    if role not in {"", "gestionnaire", "lecture"}:
        raise Refusal(f"« {role} » n’est pas un rôle.", remedy="Choisissez Gestionnaire ou Lecture.")
    if user.usual_role != role:
        user.usual_role = role
        user.save(update_fields=["usual_role"])
        journal.record(actor, "compte.role_habituel", user_id=user.pk, username=user.username, role=role)
    return user


def is_locked(user: User) -> bool:
    """Whether too many failures keep everybody out of this account for the moment."""
    return lock_out.account_key(user.username) in lock_out.locked_keys([user.username])


def _about_to_change(actor: Actor, user: User) -> User:
    authority.take_turn()
    authority.require_administrator(actor)
    return authority.current(user)


def _plain_name(username: str) -> str:
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in username.strip()):
        raise ValidationError("Le nom d’utilisateur contient un caractère invisible. Retapez-le.")
    name = " ".join(username.split())
    if not name:
        raise ValidationError("Le nom d’utilisateur est vide.")
    if len(name) > NAME_LENGTH:
        raise ValidationError(f"Le nom d’utilisateur dépasse {NAME_LENGTH} caractères.")
    return name
