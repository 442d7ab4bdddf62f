"""Ways to sign in other than a name and a password."""

from django.db import transaction

from scarabee.accounts import links
from scarabee.accounts.enums import LinkPurpose
from scarabee.accounts.models import OneTimeLink, User
from scarabee.maintenance import journal
from scarabee.maintenance.journal import Actor


def create_sign_in_link(user: User) -> str:
    """The token of a link that signs this user in, once, within 15 minutes."""
    return links.create(LinkPurpose.SIGN_IN, user)


@transaction.atomic
def use_sign_in_link(*, link: OneTimeLink) -> User | None:
    """Use the link up; the user to sign in, None when the link was used meanwhile."""
    if not links.consume(link):
        return None
    journal.record(Actor.of(link.user), "connexion.lien", user_id=link.user_id)
    return link.user
