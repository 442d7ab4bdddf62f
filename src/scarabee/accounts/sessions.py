"""The session engine (settings.SESSION_ENGINE): Django's own, whose rows know whose they are.

A session ends an hour after it was last used, twelve hours after it was opened, and with the browser. What the row
tells of it (public number, device, opening) lies in the session's own content, so that every save writes it again.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import OperationalError, transaction
from django.http import HttpRequest

from scarabee.accounts.devices import device_words
from scarabee.accounts.models import Session
from scarabee.maintenance.clock import now
from scarabee.maintenance.patience import without_waiting

IDLE_MINUTES = 60
SEEN_MINUTES = 5
_ABOUT = "session"


def idle_since() -> datetime:
    """Sessions not used since this moment are over."""
    return now() - timedelta(minutes=IDLE_MINUTES)


class SessionStore(DatabaseStore):
    """Rows of accounts.Session; `user_id` follows who is signed in. `seen_at` is that of the row as loaded."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        if row is None or row.seen_at <= idle_since():
            self._session_key = None
            return None
        self.seen_at = row.seen_at
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        signed_in = data.get(SESSION_KEY)
        row.user_id = int(signed_in) if signed_in else None
        if about := data.get(_ABOUT):
            row.public_id = uuid.UUID(about["id"])
            row.device = about["device"]
            row.opened_at = datetime.fromtimestamp(about["opened"], UTC)
            row.expire_date = row.opened_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return row

    def cycle_key(self) -> None:
        """A new key, and a new public number: for a moment the rows of both keys stand side by side."""
        if about := self.get(_ABOUT):
            self[_ABOUT] = {**about, "id": str(uuid.uuid4())}
        super().cycle_key()

    @classmethod
    def clear_expired(cls) -> None:
        from scarabee.accounts.services.sessions import sweep_sessions

        sweep_sessions()


def describe_session(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """On signing in: write down from where and since when."""
    request.session[_ABOUT] = {
        "id": str(uuid.uuid4()),
        "device": device_words(request.headers.get("User-Agent", "")),
        "opened": int(now().timestamp()),
    }


def note_use(session: Any) -> None:
    """Write that the session is used, every five minutes at most.

    A database busy with something else is not waited for: the page must not, and the next one will write it.
    """
    seen_at, moment = getattr(session, "seen_at", None), now()
    if seen_at is None or not session.session_key or moment - seen_at < timedelta(minutes=SEEN_MINUTES):
        return
    try:
        with without_waiting(), transaction.atomic():
            rows = Session.objects.select_for_update(skip_locked=True, no_key=True).filter(
                pk=session.session_key, seen_at__lt=moment
            )
            Session.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(seen_at=moment)
    except OperationalError:
        return
    session.seen_at = moment
