"""The one clock: rules ask it for the time, so that tests can set it."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The present moment, with its time zone (UTC)."""
    return timezone.now()
