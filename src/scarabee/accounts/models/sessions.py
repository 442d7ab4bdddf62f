"""Open sessions, each with its owner, so that they can be listed and ended."""

import uuid

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from scarabee.maintenance.clock import now


class Session(AbstractBaseSession):
    """A browser that is signed in, or about to be. Pages name it by `public_id`, never by its key."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user_id = models.BigIntegerField(null=True, db_index=True)
    device = models.CharField(max_length=120, blank=True, default="")
    opened_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> type:
        from scarabee.accounts.sessions import SessionStore

        return SessionStore
