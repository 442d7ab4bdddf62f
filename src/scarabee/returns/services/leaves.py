"""Bordereaux de paiement des IJ (BPIJ): listed by day, for an account, apart from returns (api-dsn §6.4).

Each becomes a return without idflux or nature, named by its address, and is fetched like the others.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils.timezone import localtime

from scarabee.filings.services.sessions import Session
from scarabee.maintenance.clock import now
from scarabee.netentreprises.errors import NotFound
from scarabee.netentreprises.listings import ListedLeaves
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import FetchState, Origin
from scarabee.returns.models import Cursor, Return, ReturnAbout
from scarabee.returns.services import arrivals
from scarabee.returns.services.readers import Reader

OVERLAP = timedelta(days=7)
"""How far before the last one that is known a listing begins: a day is all that is told of when they are published."""
MOST_PAGES = 200


def list_lately(session: Session, reader: Reader, cursor: Cursor) -> None:
    """Take note of the bordereaux of late, to be fetched. A portal that has no such service has none.

    Raises what `Session.ask` raises when the portal is in the way.
    """
    today = localtime(now() + session.behind, PARIS).date()
    since, page, pages = _since(cursor, today), 1, 1
    while page <= min(pages, MOST_PAGES):
        try:
            listing = session.ask(reader, lambda token: session.client.list_leaves(token, since, today, page=page))  # noqa: B023
        except NotFound:
            return
        with transaction.atomic():
            session.lease.renew()
            _take_note(cursor, session.client.portal.name, listing.leaves)
        page, pages = page + 1, listing.pages


def known_by_hand(item: Return, document: bytes) -> Return:
    """A bordereau that a person added before the portal listed it: it goes on as the listed one. Else `item`."""
    if item.idflux or item.nature or item.versions.exists():
        return item
    digest = hashlib.sha256(document).hexdigest()
    alike = Return.objects.filter(portal=item.portal, origin=Origin.FILE, idflux="", return_id="")
    found: Return | None = alike.filter(versions__sha256=digest).order_by("pk").first()
    if found is None:
        return item
    with transaction.atomic():
        for column in ("return_id", "url", "identity_id", "regime", "published_at"):
            setattr(found, column, getattr(item, column))
        item.delete()
        found.save()
    return found


def _since(cursor: Cursor, today: date) -> date:
    """The first day to list, never before what the portal keeps."""
    known = Return.objects.filter(identity=cursor.identity_id, regime=cursor.regime, idflux="", nature="")
    last = known.exclude(published_at=None).order_by("-published_at").values_list("published_at", flat=True).first()
    since = localtime(last, PARIS).date() - OVERLAP if last else localtime(cursor.since, PARIS).date()
    return min(max(since, today - arrivals.ASKED_FOR), today)


def _take_note(cursor: Cursor, portal: str, listed: Sequence[ListedLeaves]) -> None:
    """Those that are new, or were published again, or that the portal lists though their document was away."""
    marked = {mark: one for one in listed if (mark := arrivals.mark_of("", one.url))}
    rows = Return.objects.filter(portal=portal, idflux="", nature="", return_id__in=marked)
    known = {row.return_id: row for row in rows}
    for mark, one in marked.items():
        row = known.get(mark) or Return(portal=portal, return_id=mark, siret=one.siret[:14])
        if row.pk and row.published_at == one.publication and row.fetch != FetchState.GONE:
            continue
        row.identity_id, row.regime = cursor.identity_id, cursor.regime
        row.url, row.published_at = one.url[:500], one.publication
        row.fetch, row.next_at, row.attempts, row.problem = FetchState.TO_FETCH, now(), 0, ""
        row.save()
        if row.siret:
            ReturnAbout.objects.get_or_create(item=row, siret=row.siret)
