"""What no longer waits for an order: the same declaration came again, and that one is deposited."""

from django.db.models import Exists, OuterRef, Q

from scarabee.filings.enums import DEPOSITED
from scarabee.filings.models import Filing

_KEY = ("siret", "nature", "month", "champ", "fraction", "slot")


def superseded() -> Exists:
    """For a query of filings: whether a newer one of the same key is deposited; an essai also gives way to a réel."""
    as_real = Q(is_real=True) | Q(is_real=OuterRef("is_real"))
    same = {column: OuterRef(column) for column in _KEY}
    return Exists(Filing.objects.filter(as_real, **same, pk__gt=OuterRef("pk"), state__in=DEPOSITED).order_by())
