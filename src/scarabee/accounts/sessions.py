"""The session engine (settings.SESSION_ENGINE): Django's own, whose rows know whose they are."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from scarabee.accounts.models import Session


class SessionStore(DatabaseStore):
    """Rows of accounts.Session; `user_id` follows who is signed in."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        signed_in = data.get(SESSION_KEY)
        row.user_id = int(signed_in) if signed_in else None
        return row
