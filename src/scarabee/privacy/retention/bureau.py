"""What tells of the bureau's own work, past its time: details of reports, marks of exports, accounts of who left."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, ProtectedError, Q, QuerySet

from scarabee.accounts.models import User
from scarabee.dossiers.models import ImportFile
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.privacy.retention.answers import Found, midnight, per_dossier, remove
from scarabee.returns.models import Cursor, RateExport

_DETAILS: dict[str, Any] = {"warnings": [], "differences": [], "employer_differences": []}


def find_reports(before: date) -> Found:
    """Reports of imports made before that day that still hold details."""
    return per_dossier(_reports(before), "act__created_at", dossier="act__dossier_name")


def clear_reports(actor: Actor, before: date) -> int:
    """Leave of each report its counts; how many changed."""
    count = 0
    for row in _reports(before).iterator(chunk_size=100):
        row.report = {name: _DETAILS.get(name, value) for name, value in row.report.items()}
        row.survey = {}
        row.save(update_fields=["report", "survey"])
        count += 1
    return count


def find_exports(before: date) -> Found:
    """Exports of rates made before that day, but the last one of each dossier."""
    return per_dossier(_exports(before), "at")


def remove_exports(actor: Actor, before: date) -> int:
    """Remove them."""
    return remove(_exports(before))


def find_accounts(before: date) -> Found:
    """Accounts that were closed before that day; those whose returns are still collected are held back."""
    found = _accounts(before)
    if not found:
        return []
    days = sorted(day for _, day, _ in found)
    held = sum(kept for _, _, kept in found)
    return [("", len(found) - held, days[0], days[-1], held)]


def remove_accounts(actor: Actor, before: date) -> int:
    """Remove them, with their rights and identifiers; what they did keeps their name."""
    count = 0
    for user, _, kept in _accounts(before):
        try:
            if not kept:
                with transaction.atomic():
                    user.delete()
                count += 1
        except ProtectedError:  # something of another app still needs it
            continue
    return count


def _accounts(before: date) -> list[tuple[User, str, bool]]:
    """(account, day on which it was closed, whether its returns are still collected)."""
    closed = dict(
        JournalEntry.objects.filter(code="compte.desactive").order_by("sequence").values_list("facts__user_id", "at")
    )
    collecting = set(
        Cursor.objects.filter(collect_until__gte=now().date()).values_list("identity_id", flat=True)
    )  # the last day was chosen by a person
    found = []
    for user in User.objects.filter(is_active=False).select_related("portal_identifiers").order_by("pk"):
        at = closed.get(user.pk, user.created_at)
        if at < midnight(before):
            held = getattr(user, "portal_identifiers", None)
            found.append((user, f"{at:%Y-%m-%d}", held is not None and held.identity_id in collecting))
    return found


def _reports(before: date) -> QuerySet[ImportFile]:
    old = ImportFile.objects.filter(act__created_at__lt=midnight(before), path="")
    detailed = ~Q(survey={}) | (Q(report__has_key="warnings") & ~Q(report__warnings=[]))
    rows: QuerySet[ImportFile] = old.filter(detailed | (Q(report__has_key="differences") & ~Q(report__differences=[])))
    return rows.select_related("act").order_by("pk")


def _exports(before: date) -> QuerySet[RateExport]:
    last = RateExport.objects.order_by().values("dossier").annotate(last=Max("pk")).values("last")
    rows: QuerySet[RateExport] = RateExport.objects.filter(at__lt=midnight(before)).exclude(pk__in=last)
    return rows
