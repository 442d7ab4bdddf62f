"""The first start: the owner chooses Administrateur's password, on a one-time link."""

from django.db import transaction

from scarabee.accounts import links
from scarabee.accounts.enums import LinkPurpose
from scarabee.accounts.models import OneTimeLink, User, username_key
from scarabee.accounts.services import authority
from scarabee.accounts.services.passwords import set_new_password
from scarabee.accounts.services.users import ADMINISTRATOR_NAME, ensure_administrator
from scarabee.maintenance import journal
from scarabee.maintenance.journal import Actor


def first_start_pending() -> bool:
    """True until an administrator has a password."""
    return not User.objects.get_queryset().able_to_sign_in().filter(is_administrator=True).exists()


def administrator_needs_password() -> bool:
    """True while the account Administrateur is active and has no password."""
    administrator = User.objects.filter(username_key=username_key(ADMINISTRATOR_NAME), is_active=True).first()
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
    authority.take_turn()
    set_new_password(link.user, password)
    if not links.consume(link):
        return None
    link.user.save(update_fields=["password", "password_changed_at"])
    journal.record(Actor.of(link.user), "premier_demarrage.mot_de_passe", user_id=link.user_id)
    return link.user
