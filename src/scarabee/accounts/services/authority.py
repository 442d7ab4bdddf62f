"""Who may do what to accounts, asked again inside the transaction of the act.

An `Actor` holds rights as they were when the request began: here they are read as they are now.
"""

from django.db import connection

from scarabee.accounts.models import User
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor

_ADVISORY_LOCK = 5_318_008_003


def take_turn() -> None:
    """Wait until no other transaction changes accounts or rights; held until the transaction ends.

    Every service that changes them starts here, so that two of them never decide on what the other is changing.
    """
    # SQLite's IMMEDIATE transactions already write one at a time.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])


def is_administrator(actor: Actor) -> bool:
    """Whether the actor is an Administrateur at this moment, or the owner of the data folder."""
    if actor.user_id is None:
        return actor.is_administrator
    return User.objects.filter(pk=actor.user_id, is_active=True, is_administrator=True).exists()


def require_administrator(actor: Actor) -> None:
    """Raise `NotAllowed` unless the actor is an Administrateur at this moment."""
    if not is_administrator(actor):
        raise NotAllowed(
            "Seul un Administrateur peut le faire.",
            remedy="Demandez-lui de le faire, ou de vous donner ce rôle.",
        )


def require_self_or_administrator(actor: Actor, user: User) -> None:
    """Raise `NotVisible` unless the account is the actor's own, or the actor an Administrateur."""
    if not (is_self(actor, user) or is_administrator(actor)):
        raise not_visible()


def is_self(actor: Actor, user: User) -> bool:
    """Whether the account is the actor's own, and still active."""
    return actor.user_id == user.pk and User.objects.filter(pk=user.pk, is_active=True).exists()


def current(user: User) -> User:
    """The account as it is now. Raises `NotVisible` when it is gone."""
    found = User.objects.filter(pk=user.pk).first()
    if found is None:
        raise not_visible()
    return found


def require_another_administrator(user: User) -> None:
    """Raise `Refusal` when this account is the last active Administrateur able to sign in."""
    able = User.objects.get_queryset().able_to_sign_in().filter(is_administrator=True)
    if able.filter(pk=user.pk).exists() and not able.exclude(pk=user.pk).exists():
        raise Refusal(
            f"« {user.username} » est le dernier Administrateur qui puisse se connecter.",
            remedy="Donnez d’abord le rôle Administrateur à un autre compte actif, qui ait un mot de passe.",
        )


def not_visible(name: str = "") -> NotVisible:
    """What is said of an account that does not exist, or that the actor may not see."""
    which = f"Le compte « {name} »" if name else "Ce compte"
    return NotVisible(
        f"{which} n’existe pas, ou vous n’y avez pas accès.",
        remedy="Vérifiez son nom dans la liste des comptes.",
    )
