"""Fetching the documents of listed returns: by the address of the listing, on the portal's own hosts only.

A document that is not there (404) was overwritten, or purged, unless the portal has a bad day, when everything is 404:
it counts as gone at once where its flux is listed without it, else after some days.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, Proof
from scarabee.filings.services import answers, following
from scarabee.filings.services.agenda import due as filings_due
from scarabee.filings.services.reports import report_in
from scarabee.filings.services.sessions import Session
from scarabee.maintenance.clock import now
from scarabee.netentreprises.downloads import Document
from scarabee.netentreprises.errors import BadParameters, NotFound, NotTheDepositor, UnreadableAnswer
from scarabee.netentreprises.listings import ListedReturn
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Cursor, Return
from scarabee.returns.services import arrivals, leaves
from scarabee.returns.services.readers import Reader

AT_MOST = 500
TRIES = 6
GIVEN_UP_AFTER = timedelta(days=3)
"""How long a document is asked for that the portal lists, or of whose flux it says nothing (api-dsn §8.4)."""
_AGAIN_AFTER, _MUCH_LATER = timedelta(hours=1), timedelta(days=1)
_GONE = "Le portail n’a plus ce document : il l’a remplacé ou supprimé. Cherchez-le sur net-entreprises.fr."
_AWAY = (
    "Ce document n’est pas à son adresse : un organisme l’a sans doute remplacé, ou le portail a un incident. Il est "
    "redemandé sous peu."
)


@dataclass(slots=True)
class Fetching:
    """What one session fetches for one account and régime. `listed`: idflux → the rows its new listing names,
    None when the portal says nothing of it."""

    session: Session
    reader: Reader
    listed: dict[str, set[int] | None] = field(default_factory=dict)


def is_over(session: Session) -> bool:
    """Whether to leave the rest for later: a session is long enough, or deposits, which go first, are waiting."""
    return session.is_over or Filing.objects.filter(filings_due(now()), state=FilingState.PLANNED).exists()


def fetch_due(session: Session, reader: Reader, cursor: Cursor) -> int:
    """Fetch what is due for this account and régime; how many documents came. One at least is asked for.

    Raises what `Session.ask` raises when the portal itself is in the way.
    """
    todo = Return.objects.filter(
        arrivals.due(now()), identity=cursor.identity_id, regime=cursor.regime, portal=session.client.portal.name
    )
    work, done = Fetching(session, reader), 0
    for pk in list(todo.order_by("next_at", "pk").values_list("pk", flat=True)[:AT_MOST]):
        done += _attend(work, pk)
        if is_over(session):
            break
    return done


def _attend(work: Fetching, pk: int) -> int:
    """List its flux again when its document was away or is under way; then fetch it, if there is one to fetch."""
    item = Return.objects.select_related("filing").get(pk=pk)
    if item.fetch != FetchState.TO_FETCH or item.attempts == arrivals.NOT_FOUND_ONCE:
        _list_again(work, item)
        item = Return.objects.select_related("filing").get(pk=pk)
    if item.fetch != FetchState.TO_FETCH or item.next_at is None or now() < item.next_at:
        return 0
    try:
        document, is_news = _document(work, item)
    except NotFound:
        _not_there(item)
    except (NotTheDepositor, BadParameters) as error:
        _put_off(item, str(error), None)
    except UnreadableAnswer as error:
        again = now() + _AGAIN_AFTER if item.attempts < TRIES else None
        _put_off(item, str(error), again, max(item.attempts, arrivals.NOT_FOUND_ONCE) + 1)
    else:
        item = leaves.known_by_hand(item, document.content)
        arrivals.store_version(item=item, document=document.content, media_type=document.media_type)
        if is_news:
            _let_filing_follow(work.session, item, document)
        return 1
    return 0


def _document(work: Fetching, item: Return) -> tuple[Document, bool]:
    """The document, and whether it was downloaded: that of a deposit is here when the deposit is followed."""
    mark = arrivals.mark_of(item.return_id, item.url)
    proof = Proof.objects.filter(
        filing=item.filing_id, published_at=item.published_at, return_id__endswith=mark, statut=item.statut
    ).first()
    if proof is not None and proof.document:
        return Document(bytes(proof.document), proof.media_type), False
    return answers.download(work.session, work.reader, item.idflux, item.return_id, item.url), True


def _list_again(work: Fetching, item: Return) -> None:
    """Ask once what the portal has for this flux; a return that it no longer names is gone."""
    if item.idflux not in work.listed:
        work.listed[item.idflux] = _listed(work, item)
    listed = work.listed[item.idflux]
    if listed is not None and item.pk in listed:
        return
    if item.fetch == FetchState.TO_FETCH:
        _gone(item) if listed is not None else _gone_in_the_end(item)
    elif listed is None and item.attempts == arrivals.NOT_FOUND_ONCE and now() - item.arrived_at < arrivals.ASKED_FOR:
        Return.objects.filter(pk=item.pk).update(next_at=now() + _MUCH_LATER)
    else:
        Return.objects.filter(pk=item.pk).update(next_at=arrivals.asked_again_at(item), attempts=0)


def _listed(work: Fetching, item: Return) -> set[int] | None:
    session = work.session
    try:
        listing = session.ask(work.reader, lambda token: session.client.list_returns_of(token, item.idflux))
    except NotFound:
        return None
    except (NotTheDepositor, BadParameters):
        return set()
    returns = [one for flux in listing.flux if flux.idflux in ("", item.idflux) for one in flux.returns]
    return arrivals.list_flux(
        identity_id=item.identity_id, regime=item.regime, idflux=item.idflux, returns=returns, is_whole=True
    )


def _not_there(item: Return) -> None:
    """404. Once: its flux is listed again, by whoever follows its deposit when that is soon, else in a few minutes."""
    if item.attempts >= arrivals.STILL_LISTED:
        _gone_in_the_end(item)
        return
    _put_off(item, _AWAY, arrivals.listed_again_at(item), arrivals.NOT_FOUND_ONCE)


def _gone_in_the_end(item: Return) -> None:
    """Its flux is listed again in an hour, for some days."""
    if now() - max(item.published_at or item.arrived_at, item.arrived_at) < GIVEN_UP_AFTER:
        _put_off(item, _AWAY, now() + _AGAIN_AFTER, arrivals.NOT_FOUND_ONCE)
    else:
        _gone(item)


def _gone(item: Return) -> None:
    Return.objects.filter(pk=item.pk).update(fetch=FetchState.GONE, next_at=None, problem=_GONE)


def _put_off(item: Return, problem: str, next_at: datetime | None, attempts: int | None = None) -> None:
    attempts = item.attempts if attempts is None else attempts
    Return.objects.filter(pk=item.pk).update(problem=problem, next_at=next_at, attempts=attempts)


def _let_filing_follow(session: Session, item: Return, document: Document) -> None:
    """A receipt or a conformity that came here first tells its deposit what became of it."""
    if item.nature not in (answers.RECEIPT, answers.CONFORMITY) or item.filing_id is None:
        return
    filing = Filing.objects.filter(following.FOLLOWED, pk=item.filing_id).select_related("dossier").first()
    if filing is not None:
        listed = ListedReturn(
            item.nature, item.statut, item.published_at, "", item.produced_at, "", item.return_id, item.url
        )
        report = report_in(document.content, item.nature)
        following.take(session, filing, [answers.Answer(listed, document.content, document.media_type, report)])
