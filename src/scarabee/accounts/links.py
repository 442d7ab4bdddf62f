"""One-time links: made, looked at, used up."""

import hashlib
import secrets
from datetime import timedelta

from scarabee.accounts.enums import LinkPurpose
from scarabee.accounts.models import OneTimeLink, User
from scarabee.maintenance.clock import now

LINK_MINUTES = 15


def create(purpose: LinkPurpose, user: User) -> str:
    """A token good once, for fifteen minutes. Earlier unused links of the same purpose and user die."""
    OneTimeLink.objects.filter(purpose=purpose, user=user, used_at=None).delete()
    token = secrets.token_urlsafe(32)
    OneTimeLink.objects.create(
        purpose=purpose,
        user=user,
        token_hash=_hash(token),
        expires_at=now() + timedelta(minutes=LINK_MINUTES),
    )
    return token


def create_reset(user: User) -> str:
    """The token of a link on which this user chooses a new password."""
    return create(LinkPurpose.RESET, user)


def forget(user: User) -> None:
    """Earlier links of this user that nobody used are worth nothing any more."""
    OneTimeLink.objects.filter(user=user, used_at=None).delete()


def find(purpose: LinkPurpose, token: str) -> OneTimeLink | None:
    """The link of this token, if it can still be used."""
    return (
        OneTimeLink.objects.select_related("user")
        .filter(
            purpose=purpose,
            token_hash=_hash(token),
            used_at=None,
            expires_at__gt=now(),
            user__is_active=True,
        )
        .first()
    )


def consume(link: OneTimeLink) -> bool:
    """Use the link up; False when somebody else just did."""
    moment = now()
    used = OneTimeLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=moment).update(used_at=moment)
    return used == 1


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
