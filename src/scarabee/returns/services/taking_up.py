"""Returns that came before those they are about: treated again once these are here (design §2, §6).

They are marked in the transaction that brings an employer or people in, and treated after it; the clock goes on with
what is left. Treating is harmless twice: nothing tells which returns had nothing to say.
"""

from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.services.locking import lock_rows
from scarabee.maintenance.clock import now
from scarabee.returns.enums import LineKind
from scarabee.returns.models import RateLine, Return
from scarabee.returns.services import treating
from scarabee.returns.services.arrivals import ASKED_FOR

AT_ONCE = 50
"""How many are treated before whoever brought people in goes on; the clock treats the others."""
_NOT_RECOGNISED = (LineKind.UNKNOWN, LineKind.BY_MATRICULE)


def declared(sirets: Collection[str]) -> None:
    """Treat again what came of late for SIRETs that have a declaring dossier, or another one, from now on.

    What is older than what the portal keeps changes nothing any more: its rates are not valid, its months are closed.
    """
    lately = now() - ASKED_FOR
    for some in chunks(sorted(set(sirets))):
        came = Q(arrived_at__gte=lately) | Q(published_at__gte=lately)
        _again(Return.objects.filter(came, abouts__siret__in=some))


def peopled(sirets: Collection[str]) -> None:
    """Treat again the CRM nominatifs of late that name somebody whom nobody recognised under these SIRETs."""
    lately = now() - ASKED_FOR
    for some in chunks(sorted(set(sirets))):
        unknown = RateLine.objects.filter(siret__in=some, settled_at=None, kind__in=_NOT_RECOGNISED)
        came = Q(Exists(unknown.filter(item=OuterRef("pk"))), arrived_at__gte=lately)
        _again(Return.objects.filter(came, abouts__siret__in=some))


def _again(rows: QuerySet[Return]) -> None:
    numbers = sorted(set(rows.order_by().values_list("pk", flat=True)))
    for some in chunks(numbers):
        marked = Return.objects.filter(pk__in=some)
        lock_rows(marked)
        marked.update(treated_at=None)
    if numbers:
        transaction.on_commit(partial(treating.treat_waiting, AT_ONCE), robust=True)
