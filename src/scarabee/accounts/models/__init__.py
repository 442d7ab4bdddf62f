"""Users and their sessions, what each may do in which dossier, and what they are for the portal."""

from scarabee.accounts.models.portal import (
    ConnectionTest,
    MorningCheck,
    PortalAttempt,
    PortalBinding,
    PortalIdentifiers,
    PortalIdentity,
    RefusedIdentifiers,
)
from scarabee.accounts.models.sessions import Session
from scarabee.accounts.models.users import Membership, OneTimeLink, User, username_key

__all__ = [
    "ConnectionTest",
    "Membership",
    "MorningCheck",
    "OneTimeLink",
    "PortalAttempt",
    "PortalBinding",
    "PortalIdentifiers",
    "PortalIdentity",
    "RefusedIdentifiers",
    "Session",
    "User",
    "username_key",
]
