"""What the journal page shows."""

from django.db.models import QuerySet

from scarabee.maintenance.models import JournalEntry


def journal(*, code: str = "", who: str = "") -> QuerySet[JournalEntry]:
    """The entries, newest first, of one act and by whoever's name holds `who`; all when both are empty."""
    entries = JournalEntry.objects.all()
    if code:
        entries = entries.filter(code=code)
    if who:
        entries = entries.filter(actor_name__icontains=who)
    return entries


def journal_codes() -> list[str]:
    """The codes that the journal holds, in order."""
    return list(JournalEntry.objects.order_by("code").values_list("code", flat=True).distinct())
