"""A return that came is read: what it is and about whom, then what changes because of it (design §6).

The bytes are kept before; nothing here may lose them. What cannot be read is shown raw, with the reason.
"""

import logging
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from scarabee.dossiers import contents
from scarabee.dossiers.models import Employer
from scarabee.dossiers.services.locking import Busy, lock_dossiers
from scarabee.filings.models import Filing
from scarabee.maintenance.clock import now
from scarabee.netentreprises.documents import Document, Family, Head, Person, Piece, Unreadable, gather, stream
from scarabee.netentreprises.documents.values import SEVERITY
from scarabee.returns.models import Return, ReturnAbout, ReturnVersion
from scarabee.returns.services import anomalies
from scarabee.returns.services.admission import same_portal

RATES = "94"
AT_MOST = 500
AT_ONCE = 4000
"""How many people of a document are treated at a time."""
logger = logging.getLogger(__name__)

_SIRET = re.compile(r"[0-9]{14}")
_MONTHLY = ("", "01")
_FAULT = (
    "Scarabée n’a pas su exploiter ce retour : c’est un défaut du logiciel, noté dans le journal technique. Le retour "
    "est gardé tel quel ; lisez-le sur sa page, et signalez l’erreur."
)


@dataclass(slots=True)
class _People:
    """The people a document lists, counted as they go by: a CRM nominatif may hold any number of them.

    `take`: who else is told of them, some at a time.
    """

    take: Callable[[list[Person]], None] | None = None
    count: int = 0
    sirets: dict[str, None] = field(default_factory=dict)

    def counted(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The other pieces, and one person who has a rate: it tells a CRM nominatif that nothing else tells."""
        waiting: list[Person] = []
        has_rate = False
        for piece in pieces:
            if not isinstance(piece, Person):
                yield piece
                continue
            if piece.has_rate and not has_rate:
                has_rate = True
                yield piece
            waiting.append(piece)
            if len(waiting) == AT_ONCE:
                self._note(waiting)
                waiting = []
        self._note(waiting)

    def _note(self, people: list[Person]) -> None:
        self.count += len(people)
        self.sirets |= dict.fromkeys(one.siret for one in people)
        if self.take is not None:
            self.take(people)


def treat(item: Return) -> None:
    """Read the newest version of a return and let anomalies, and for nature 94 rates, follow it. Harmless twice.

    Never raises for what a document holds: its `problem` tells. Raises OperationalError when the database is not to be
    had: `treat_waiting` does it again, as it does where another work has one of the dossiers for long.
    """
    version = item.versions.order_by("-pk").first()
    if version is None:
        return
    try:
        _treat_in_turn(item, version)
    except OperationalError:
        raise
    except Busy:
        return
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Return %s, version %s: %s\n%s", item.pk, version.pk, type(error).__name__, where)
        Return.objects.filter(pk=item.pk).update(problem=_FAULT, treated_at=now())
    item.refresh_from_db()


def treat_waiting(at_most: int = AT_MOST) -> int:
    """Treat the returns that are to be treated: after a stop in between, or once more (see `taking_up`); how many."""
    versions = ReturnVersion.objects.filter(item=OuterRef("pk"))
    since = versions.filter(received_at__gt=OuterRef("treated_at"))
    waiting = Return.objects.filter(Q(Exists(versions), treated_at=None) | Exists(since))
    oldest_first = waiting.order_by(Coalesce("published_at", "produced_at", "arrived_at"), "pk")
    found = list(oldest_first[:at_most])
    for item in found:
        treat(item)
    return len(found)


def _treat_in_turn(item: Return, version: ReturnVersion) -> None:
    """Whose employers a CRM names shows while it is read: begun again where that was a dossier another work has."""
    needed: set[int] = set()
    while True:
        try:
            return _treat(item, version, needed)
        except Busy as busy:
            if needed.issuperset(busy.dossiers):
                raise
            needed.update(busy.dossiers)


def _treat(item: Return, version: ReturnVersion, needed: Collection[int]) -> None:
    data = contents.load([version.content_id])[version.content_id]
    try:
        pieces = stream(BytesIO(data), nature=item.nature, name=version.file_name)
        head = next(pieces)
        assert isinstance(head, Head)
        if brings_rates := (item.nature or head.nature) == RATES:
            _recall(item, head)
            document = _read_with_rates(item, version, head, pieces, needed)
        else:
            people = _People()
            document = gather(people.counted(chain([head], pieces)))
            document = document if _fill(item, version, document, people) else None
    except Unreadable as error:
        _keep_raw(item, version, str(error))
        return
    if document is None:
        return
    told = Return.objects.select_related("filing").get(pk=item.pk)
    if told.nature == RATES and not brings_rates:  # nothing said so before its people did
        _treat(told, version, needed)
        return
    with transaction.atomic():
        _lock(item, needed)
        if not _is_newest(item, version):
            return
        anomalies.draw(told, document)
        _done(item, version)


def _read_with_rates(
    item: Return, version: ReturnVersion, head: Head, pieces: Iterable[Piece], needed: Collection[int]
) -> Document | None:
    """Read a CRM nominatif once, its rates landing on the way; None, and nothing done, when a newer version came."""
    from scarabee.returns.services import rates

    is_again = item.treated_at is not None and item.treated_at < version.received_at
    with transaction.atomic():
        _lock(item, needed)
        landing = rates.landing(item, head, is_again=is_again)
        people = _People(landing.take if landing else None)
        document = gather(people.counted(chain([head], pieces)))
        _recall(item, document)
        is_essai = item.is_real is False  # said so at its end only, it must not leave a rate
        if landing is not None and not is_essai:
            landing.close()
        is_filled = not is_essai and _fill(item, version, document, people)
        if not is_filled:
            transaction.set_rollback(True)
    if is_essai:
        is_filled = _fill(item, version, document, people)
    return document if is_filled else None


def _lock(item: Return, needed: Collection[int]) -> None:
    """The dossiers that declare those it is about, and those found out to be needed, before the return itself."""
    about = Employer.objects.filter(siret__in=item.abouts.values("siret"), declaring=True)
    lock_dossiers({*about.values_list("dossier_id", flat=True), *needed})
    Return.objects.select_for_update(of=("self",), no_key=True).get(pk=item.pk)


def _recall(item: Return, head: Head) -> None:
    """The deposit that a document answers, and whether that is a réel one."""
    item.filing = item.filing or _filing_of(item, head)
    item.is_real = _is_real(head, item.filing)


def _done(item: Return, version: ReturnVersion) -> None:
    """It is treated, unless a newer version came meanwhile."""
    Return.objects.filter(pk=item.pk).exclude(versions__pk__gt=version.pk).update(treated_at=now())


def _keep_raw(item: Return, version: ReturnVersion, why: str) -> None:
    """What cannot be read changes nothing; whom it is about stays what was known."""
    about = list(item.abouts.values_list("siret", flat=True)) or ([item.filing.siret] if item.filing else [])
    columns = {"family": Family.UNKNOWN, "problem": why, "state": _listed_state(item), "people": 0, "anomalies": 0}
    if _settle(item, version, columns, about):
        _done(item, version)


def _fill(item: Return, version: ReturnVersion, document: Document, people: _People) -> bool:
    """Write down what the document tells; False when a newer version came meanwhile."""
    _recall(item, document)
    filing = item.filing
    about = [one for one in {**dict.fromkeys(document.sirets), **people.sirets} if _SIRET.fullmatch(one)]
    if not about and filing is not None:
        about = [filing.siret]
    columns = {
        "family": document.family,
        "state": (document.state or _listed_state(item))[:4],
        "is_real": item.is_real,
        "siret": about[0] if about else "",
        "month": _month(document, filing),
        "crm": document.crm_identifier[:40],
        "people": people.count or _people_named(document),
        "anomalies": len(document.anomalies),
        "filing": filing,
        "problem": "",
    }
    if not item.nature and document.nature:
        columns |= {"nature": document.nature[:8], "rank": _free_rank(item, document.nature[:8])}
    return _settle(item, version, columns, about)


@transaction.atomic
def _settle(item: Return, version: ReturnVersion, columns: Mapping[str, object], about: list[str]) -> bool:
    locked = Return.objects.select_for_update(of=("self",), no_key=True).get(pk=item.pk)
    if not _is_newest(item, version):
        return False
    if locked.seen_at is not None and locked.seen_at < version.received_at:
        columns = {**columns, "seen_at": None, "seen_by": ""}
    Return.objects.filter(pk=item.pk).update(treated_at=None, **columns)
    locked.abouts.exclude(siret__in=about).delete()
    rows = [ReturnAbout(item=locked, siret=one) for one in about]
    ReturnAbout.objects.bulk_create(rows, ignore_conflicts=True)
    return True


def _is_newest(item: Return, version: ReturnVersion) -> bool:
    return not ReturnVersion.objects.filter(item=item, pk__gt=version.pk).exists()


def _filing_of(item: Return, document: Head) -> Filing | None:
    """The deposit that it answers, by the identifier of the flux."""
    idflux = item.idflux or document.idflux
    found = Filing.objects.filter(idflux=idflux).first() if idflux else None
    return found if found is not None and same_portal(found.portal, item.portal) else None


def _listed_state(item: Return) -> str:
    statut = item.statut.upper()
    return statut if statut in SEVERITY else ""


def _is_real(document: Head, filing: Filing | None) -> bool | None:
    """An essai if either says so."""
    told = {document.is_real, filing.is_real if filing else None}
    return False if False in told else (True if True in told else None)


def _month(document: Document, filing: Filing | None) -> str:
    """The month declared; "" for a signalement, as in `Filing`."""
    if filing is not None:
        return filing.month
    return next((one.month for one in document.declarations if one.month and one.nature in _MONTHLY), "")


def _people_named(document: Document) -> int:
    """How many people it speaks of when it lists none."""
    groups = (document.anomalies, document.payments)
    return len({one.person for group in groups for one in group if one.person})


def _free_rank(item: Return, nature: str) -> int:
    """The rank of a return among those of its flux, once its nature is known."""
    alike = Return.objects.filter(
        portal=item.portal, idflux=item.idflux, nature=nature, ops=item.ops, delegataire=item.delegataire
    )
    taken = set(alike.exclude(pk=item.pk).values_list("rank", flat=True)) if item.idflux else set()
    return next(rank for rank in range(len(taken) + 1) if rank not in taken)
