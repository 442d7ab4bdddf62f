"""What can be done to accounts."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from scarabee.accounts import links
from scarabee.accounts.enums import LinkPurpose
from scarabee.accounts.models import OneTimeLink, User, username_key
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


def first_start_pending() -> bool:
    """True until an administrator has a password."""
    return not User.objects.get_queryset().able_to_sign_in().filter(is_administrator=True).exists()


def administrator_needs_password() -> bool:
    """True while the account Administrateur exists without a password."""
    administrator = User.objects.filter(username_key=username_key(ADMINISTRATOR_NAME)).first()
    return administrator is not None and not administrator.has_usable_password()


@transaction.atomic
def create_first_start_link(*, actor: Actor) -> str:
    """The token of a link, good once for 15 minutes, on which the owner sets Administrateur's password."""
    token = links.create(LinkPurpose.FIRST_START, ensure_administrator(actor=actor))
    journal.record(actor, "premier_demarrage.lien")
    return token


@transaction.atomic
def finish_first_start(*, link: OneTimeLink, password: str) -> User | None:
    """Set Administrateur's password and use the link up; None when the link was used meanwhile.

    Raises ValidationError when the password is too weak; the link stays good.
    """
    validate_password(password, link.user)
    if not links.consume(link):
        return None
    link.user.set_password(password)
    link.user.save(update_fields=["password"])
    journal.record(Actor.of(link.user), "premier_demarrage.mot_de_passe", user_id=link.user_id)
    return link.user


def create_sign_in_link(user: User) -> str:
    """The token of a link that signs this user in, once, within 15 minutes."""
    return links.create(LinkPurpose.SIGN_IN, user)


@transaction.atomic
def sign_in_with_link(*, link: OneTimeLink) -> User | None:
    """Use the link up; the user to sign in, None when the link was used meanwhile."""
    if not links.consume(link):
        return None
    journal.record(Actor.of(link.user), "connexion.lien", user_id=link.user_id)
    return link.user
