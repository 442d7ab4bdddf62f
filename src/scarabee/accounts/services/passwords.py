"""Passwords: chosen, changed, and what a change ends."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from scarabee.accounts import links, lock_out
from scarabee.accounts.models import OneTimeLink, User
from scarabee.accounts.services import authority
from scarabee.accounts.services.sessions import drop_sessions
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

_FIELDS = ["password", "password_changed_at"]
_SECOND_FACTOR = ["second_factor_sealed", "second_factor_step"]


@transaction.atomic
def change_password(*, actor: Actor, user: User, password: str, but_key: str = "") -> User:
    """A new password: one's own, or an Administrateur's act on another. Ends the sessions but that of `but_key`.

    A page that keeps the person signed in then calls `django.contrib.auth.update_session_auth_hash`.
    Raises ValidationError, in French, when it is too weak, and `NotVisible` when the actor may not.
    """
    authority.take_turn()
    authority.require_self_or_administrator(actor, user)
    user = authority.current(user)
    store_password(user, password)
    drop_sessions(user, but_key=but_key)
    links.forget(user)
    journal.record(actor, "mot_de_passe.change", user_id=user.pk, username=user.username)
    return user


@transaction.atomic
def reset_user(*, actor: Actor, user: User) -> str:
    """The token of a link, good once for 15 minutes, on which the person chooses a new password.

    At once: the old password is worth nothing, the second factor is removed, the account is unlocked and its
    sessions end. Raises `Refusal` for an inactive account and for the last Administrateur able to sign in, whose way
    back is at the machine: `scarabee utilisateurs reinitialiser`.
    """
    user = _about_to_reset(actor, user)
    try:
        authority.require_another_administrator(user)
    except Refusal as refusal:
        raise Refusal(
            refusal.message,
            remedy="Sur la machine, « scarabee utilisateurs reinitialiser » lui donne un nouveau mot de passe.",
        ) from None
    user.set_unusable_password()
    _reset(user)
    journal.record(actor, "compte.reinitialise", user_id=user.pk, username=user.username)
    return links.create_reset(user)


@transaction.atomic
def reset_with_password(*, actor: Actor, user: User, password: str) -> User:
    """Give the account a new password at once, without second factor, unlocked, signed out everywhere.

    Raises ValidationError when the password is too weak, `Refusal` for an inactive account.
    """
    user = _about_to_reset(actor, user)
    set_new_password(user, password)
    _reset(user)
    journal.record(actor, "compte.reinitialise", user_id=user.pk, username=user.username)
    journal.record(actor, "mot_de_passe.change", user_id=user.pk, username=user.username)
    return user


@transaction.atomic
def finish_reset(*, link: OneTimeLink, password: str) -> User | None:
    """Set the password chosen on the link and use the link up; None when it was used meanwhile.

    Raises ValidationError when the password is too weak; the link stays good.
    """
    authority.take_turn()
    user = authority.current(link.user)
    set_new_password(user, password)
    if not user.is_active or not links.consume(link):
        return None
    user.save(update_fields=_FIELDS)
    drop_sessions(user)
    lock_out.forget(user)
    journal.record(Actor.of(user), "mot_de_passe.choisi", user_id=user.pk, username=user.username)
    return user


def set_new_password(user: User, password: str) -> None:
    """Check the password and set it on the object, not saved. Raises ValidationError when it is too weak."""
    validate_password(password, user)
    user.set_password(password)
    user.password_changed_at = now()


def store_password(user: User, password: str) -> None:
    """`set_new_password`, saved."""
    set_new_password(user, password)
    user.save(update_fields=_FIELDS)


def _about_to_reset(actor: Actor, user: User) -> User:
    authority.take_turn()
    authority.require_administrator(actor)
    user = authority.current(user)
    if not user.is_active:
        raise Refusal(f"Le compte « {user.username} » est désactivé.", remedy="Réactivez-le d’abord.")
    return user


def _reset(user: User) -> None:
    user.second_factor_sealed = ""
    user.second_factor_step = 0
    user.save(update_fields=[*_FIELDS, *_SECOND_FACTOR])
    drop_sessions(user)
    links.forget(user)
    lock_out.forget(user)
