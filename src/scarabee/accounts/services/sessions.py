"""Open sessions of an account: listed, ended one by one or all at once, swept when they are over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from scarabee.accounts.models import Session, User
from scarabee.accounts.services import authority
from scarabee.accounts.sessions import idle_since
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser signed in: `public_id` names it on pages, `device` is in short words (« Firefox, Windows »)."""

    public_id: UUID
    device: str
    opened_at: datetime
    seen_at: datetime
    is_this_one: bool


def open_sessions(*, actor: Actor, user: User, this_key: str = "") -> list[OpenSession]:
    """The open sessions of an account, the one of `this_key` first, then the last seen.

    Raises `NotVisible` unless the account is the actor's own, or the actor an Administrateur.
    """
    authority.require_self_or_administrator(actor, user)
    rows = _open().filter(user_id=user.pk).order_by("-seen_at")
    listed = [
        OpenSession(row.public_id, row.device, row.opened_at, row.seen_at, row.session_key == this_key) for row in rows
    ]
    return sorted(listed, key=lambda one: not one.is_this_one)


@transaction.atomic
def end_session(*, actor: Actor, user: User, public_id: UUID | str) -> None:
    """End one session. Raises `NotVisible` when it is over already, or not for this actor."""
    authority.require_self_or_administrator(actor, user)
    ended, _ = Session.objects.filter(user_id=user.pk, public_id=_uuid(public_id)).delete()
    if not ended:
        raise _over()
    journal.record(actor, "session.fermee", user_id=user.pk, username=user.username, count=ended)


@transaction.atomic
def end_all_sessions(*, actor: Actor, user: User, but_key: str = "") -> int:
    """End every session of an account but that of `but_key`; returns how many."""
    authority.require_self_or_administrator(actor, user)
    ended = drop_sessions(user, but_key=but_key)
    if ended:
        journal.record(actor, "session.fermee", user_id=user.pk, username=user.username, count=ended)
    return ended


def drop_sessions(user: User, *, but_key: str = "") -> int:
    """End the sessions of an account as part of another act, which checks the right and writes the journal."""
    ended, _ = Session.objects.filter(user_id=user.pk).exclude(session_key=but_key).delete()
    return ended


def sweep_sessions() -> int:
    """Remove the rows of sessions that are over; returns how many."""
    removed, _ = Session.objects.filter(Q(expire_date__lte=now()) | Q(seen_at__lte=idle_since())).delete()
    return removed


def _open() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__gt=now(), seen_at__gt=idle_since())


def _uuid(text: UUID | str) -> UUID:
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except ValueError:
        raise _over() from None


def _over() -> NotVisible:
    return NotVisible("Cette session est déjà fermée.", remedy="Rouvrez la liste des sessions.")
