"""Returns as they come in: what the portal lists becomes rows, every document is kept before anything reads it.

A return is named by its flux, nature, organisme and délégataire, and by its rank when a flux has several alike; what
has the same name and another id or publication takes its place (api-dsn §6.5), where its flux is listed without the
former id: a search shows part of a flux only. All of its versions are kept.
"""

import hashlib
import logging
import traceback
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from scarabee.accounts.portal.binding import current_portal
from scarabee.dossiers import contents
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services.holders import regime_of
from scarabee.maintenance.clock import now
from scarabee.netentreprises.listings import ListedFlux, ListedReturn
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Return, ReturnVersion
from scarabee.returns.services import treating

UNDER_WAY = "EN COURS"
NOT_FOUND_ONCE, STILL_LISTED = 1, 2
"""Attempts of a return whose flux is to be listed, for its document was not there, or another one has its name; and of
one that was not there although it was listed again."""
LISTED_AGAIN_AFTER = timedelta(minutes=3)
"""Longer than a listing stays fresh: the same search is not repeated before (api-dsn §6.3)."""
FOLLOWED_SOON = timedelta(hours=1)
_AFTER_IT = timedelta(minutes=1)
IDFLUX_LENGTH = 23
"""What follows in a return is the rank of the declaration (api-dsn §1)."""
ASKED_OFTEN_FOR, ASKED_FOR = timedelta(days=3), timedelta(days=90)
"""What is under way is asked for every hour for three days, then every day while the portal keeps returns."""
_OFTEN, _SELDOM = timedelta(hours=1), timedelta(days=1)
_NEVER_SO_LATE = timedelta(hours=26)

logger = logging.getLogger(__name__)


def due(moment: datetime) -> Q:
    """The returns to ask the portal for at this moment; what a wrong clock planned is due too."""
    return Q(next_at__lte=moment) | Q(next_at__gt=moment + _NEVER_SO_LATE)


def mark_of(return_id: str, url: str) -> str:
    """What tells one version of a return from another: its id, which also ends its address. "": nothing to fetch."""
    return (return_id or url.rstrip("/").rpartition("/")[2])[-40:]


def note_listed(filing: Filing, flux: ListedFlux) -> None:
    """What the portal lists for a filing that is being followed (see `filings.services.listed`)."""
    list_flux(
        identity_id=filing.identity_id, regime=regime_of(filing.depot), idflux=filing.idflux, returns=flux.returns,
        is_whole=True,
    )  # fmt: skip


@transaction.atomic
def list_flux(
    *, identity_id: int | None, regime: str, idflux: str, returns: Sequence[ListedReturn], is_whole: bool = False
) -> set[int]:
    """Take note of what the portal lists for one flux; the ids of its rows, new or not.

    What is new, or was overwritten, is to be fetched. `is_whole`: this is all that the flux has; else what has the name
    of a return and another id waits for its flux to be listed whole. Nothing is asked of the portal.
    """
    portal, idflux = current_portal().name, idflux[:50]
    rows = list(Return.objects.filter(portal=portal, idflux=idflux).order_by("rank", "pk"))
    known: dict[tuple[str, ...], list[Return]] = {}
    for row in rows:
        known.setdefault(_key(row.nature, row.ops, row.delegataire), []).append(row)
    listed: dict[tuple[str, ...], list[ListedReturn]] = {}
    for one in returns:
        listed.setdefault(_key(one.nature, one.ops, one.delegataire), []).append(one)
    filing = filing_of(idflux)
    seen = set()
    for key, alike in listed.items():
        pairs, doubtful = _paired(known.get(key, []), alike, is_named=bool(idflux), is_whole=is_whole)
        for row in doubtful:
            row.attempts, row.next_at = NOT_FOUND_ONCE, listed_again_at(row)
            row.save(update_fields=["attempts", "next_at"])
        for row, one in pairs:
            if row._state.adding:
                row.portal, row.idflux = portal, idflux
                row.nature, row.ops, row.delegataire = key
            row.identity_id, row.regime = identity_id, regime
            link(row, filing)
            _take_note(row, one)
            row.save()
            seen.add(row.pk)
    return seen


def store_version(
    *, item: Return, document: bytes, media_type: str = "", file_name: str = "", is_newest: bool = True
) -> ReturnVersion | None:
    """Keep a document as a version of its return, then have it read; None when this version was known already.

    A CRM nominatif that is published again is read again, even as it was.
    `is_newest` False: an older one, which changes nothing of what the return says.
    """
    digest = hashlib.sha256(document)
    (content_id,) = contents.store([document], [digest.digest()])
    with transaction.atomic():
        item = Return.objects.select_for_update(no_key=True).get(pk=item.pk)
        newest = item.versions.last()
        same = item.versions.filter(sha256=digest.hexdigest()).first()
        item.fetch, item.attempts, item.problem = FetchState.FETCHED, 0, ""
        item.next_at = asked_again_at(item)
        item.save(update_fields=["fetch", "attempts", "problem", "next_at"])
        if same is not None and (not is_newest or same == newest):
            version, is_news = None, is_newest and _is_issued_again(same, item)
        else:
            if same is not None:  # what was said before is said again
                same.delete()
            version = ReturnVersion.objects.create(
                item=item, content_id=content_id, sha256=digest.hexdigest(), size=len(document),
                media_type=media_type[:100], file_name=file_name[:255], statut=item.statut, return_id=item.return_id,
                published_at=item.published_at,
            )  # fmt: skip
            is_news = newest is None or is_newest
            if not is_news and newest is not None:
                _put_last(newest)
    if is_news or (version is not None and item.treated_at is None):
        treat(item)
    return version


def treat(item: Return) -> None:
    """Have the newest version of a return read. Whatever fails stops nothing: `treating.treat_waiting` comes again."""
    try:
        treating.treat(item)
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Return %s was not read: %s\n%s", item.pk, type(error).__name__, where)


def filing_of(idflux: str) -> Filing | None:
    """The filing that this idflux, alone or followed by a rank, names; not one that a person only says was made."""
    if not idflux:
        return None
    named = Filing.objects.filter(idflux__in=[idflux, idflux[:IDFLUX_LENGTH]])
    found: Filing | None = named.exclude(state=FilingState.RECORDED_BY_HAND).defer("seen", "candidates").first()
    return found


def link(item: Return, filing: Filing | None) -> None:
    """Tie a return to the filing it answers; what its document does not say yet is known from there."""
    if filing is None or item.filing_id is not None:
        return
    item.filing = filing
    item.siret, item.month = item.siret or filing.siret, item.month or filing.month
    if item.is_real is None:
        item.is_real = filing.is_real


def asked_again_at(item: Return) -> datetime | None:
    """When to ask how a return that is under way stands; None for any other."""
    if item.statut.upper() != UNDER_WAY:
        return None
    age = now() - item.arrived_at
    if age >= ASKED_FOR:
        return None
    return now() + (_OFTEN if age < ASKED_OFTEN_FOR else _SELDOM)


def _key(nature: str, ops: str, delegataire: str) -> tuple[str, str, str]:
    return nature[:8], ops[:40], delegataire[:40]


def listed_again_at(item: Return) -> datetime:
    """When to list a flux whole: after whoever follows its deposit, when that is soon, else in a few minutes."""
    moment = now()
    followed_at = item.filing.next_at if item.filing is not None else None
    if followed_at is not None and followed_at <= moment + FOLLOWED_SOON:
        return max(followed_at, moment) + _AFTER_IT
    return moment + LISTED_AGAIN_AFTER


def _paired(
    rows: Sequence[Return], listed: Iterable[ListedReturn], *, is_named: bool, is_whole: bool
) -> tuple[list[tuple[Return, ListedReturn]], list[Return]]:
    """Each listed return of one name with its row: the one that has its id, else one whose id is no longer listed.

    Those alike are taken in the order of their production. Without a flux to name them, only the id does. And the rows
    that something else listed may replace, or stand beside: only the whole flux tells.
    """
    alike = sorted(listed, key=lambda one: (one.production_text, one.publication_text, one.id or one.url))
    by_mark = {mark: row for row in rows if (mark := mark_of(row.return_id, row.url))}
    pairs: dict[int, Return] = {}
    for place, one in enumerate(alike):
        if row := by_mark.pop(mark_of(one.id, one.url), None):
            pairs[place] = row
    taken = {row.pk for row in pairs.values()}
    free = [row for row in rows if row.pk not in taken] if is_named else []
    if (
        not is_whole
        and (marked := [row for row in free if mark_of(row.return_id, row.url)])
        and len(pairs) < len(alike)
    ):
        return [(pairs[place], alike[place]) for place in sorted(pairs)], marked
    rank = max((row.rank for row in rows), default=-1)
    for place in range(len(alike)):
        if place in pairs:
            continue
        if free:
            pairs[place] = free.pop(0)
        else:
            rank += 1
            pairs[place] = Return(rank=rank)
    return [(pairs[place], one) for place, one in enumerate(alike)], []


def _take_note(row: Return, one: ListedReturn) -> None:
    """What the listing says of a return, and whether it is to be fetched."""
    mark = mark_of(one.id, one.url)
    former = (mark_of(row.return_id, row.url), row.published_at, row.statut)
    is_new = row._state.adding or former != (mark, one.publication, one.statut[:12])
    row.return_id, row.url, row.statut = one.id[:40], one.url[:500], one.statut[:12]
    row.published_at, row.produced_at = one.publication, one.production
    if is_new:
        row.attempts, row.problem = 0, ""
        row.fetch, row.next_at = (FetchState.TO_FETCH, now()) if mark else (_without(row), asked_again_at(row))
    elif mark and (row.fetch == FetchState.GONE or (row.fetch, row.attempts) == (FetchState.TO_FETCH, NOT_FOUND_ONCE)):
        row.fetch, row.attempts, row.next_at = FetchState.TO_FETCH, STILL_LISTED, now()
    elif row.fetch != FetchState.TO_FETCH:
        row.next_at = asked_again_at(row)


def _is_issued_again(version: ReturnVersion, item: Return) -> bool:
    """Whether a CRM nominatif came again as it was, published later: its rates are valid longer (retours §5)."""
    if item.nature != treating.RATES or item.published_at is None or version.published_at == item.published_at:
        return False
    version.published_at, version.received_at = item.published_at, now()
    version.save(update_fields=["published_at", "received_at"])
    return True


def _without(row: Return) -> FetchState:
    """A return that lists no document: what was fetched before stays."""
    has_version = not row._state.adding and row.versions.exists()
    return FetchState.FETCHED if has_version else FetchState.NO_DOCUMENT


def _put_last(version: ReturnVersion) -> None:
    """Make it the newest of its return again."""
    ReturnVersion.objects.filter(pk=version.pk).delete()
    version.pk = None
    version.save(force_insert=True)
