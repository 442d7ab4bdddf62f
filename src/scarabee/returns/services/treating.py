"""A return that came is read: what it is and about whom, then what changes because of it (design §6).

The bytes are kept before; nothing here may lose them. What cannot be read is shown raw, with the reason.
"""

import logging
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO

from django.db import OperationalError, transaction
from django.db.models import F, Max, Q

from scarabee.dossiers import contents
from scarabee.filings.models import Filing
from scarabee.maintenance.clock import now
from scarabee.netentreprises.documents import Document, Family, Person, Piece, Unreadable, gather, stream
from scarabee.netentreprises.documents.values import SEVERITY
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Return, ReturnAbout, ReturnVersion
from scarabee.returns.services import anomalies
from scarabee.returns.services.admission import same_portal

RATES = "94"
AT_MOST = 500
logger = logging.getLogger(__name__)

_SIRET = re.compile(r"[0-9]{14}")
_MONTHLY = ("", "01")
_FAULT = (
    "Scarabée n’a pas su exploiter ce retour : c’est un défaut du logiciel, noté dans le journal technique. Le retour "
    "est gardé tel quel ; lisez-le sur sa page, et signalez l’erreur."
)


@dataclass(slots=True)
class _People:
    """The people a document lists, counted as they go by: a CRM nominatif may hold any number of them."""

    count: int = 0
    sirets: dict[str, None] = field(default_factory=dict)

    def counted(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The other pieces, and one person who has a rate: it tells a CRM nominatif that nothing else tells."""
        has_rate = False
        for piece in pieces:
            if not isinstance(piece, Person):
                yield piece
                continue
            self.count += 1
            self.sirets.setdefault(piece.siret)
            if piece.has_rate and not has_rate:
                has_rate = True
                yield piece


def treat(item: Return) -> None:
    """Read the newest version of a return and let anomalies, and for nature 94 rates, follow it. Harmless twice.

    Never raises for what a document holds: its `problem` tells. Raises OperationalError when the database is not to be
    had: `treat_waiting` does it again.
    """
    version = item.versions.order_by("-pk").first()
    if version is None:
        return
    try:
        _treat(item, version)
    except OperationalError:
        raise
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Return %s, version %s: %s\n%s", item.pk, version.pk, type(error).__name__, where)
        Return.objects.filter(pk=item.pk).update(problem=_FAULT, treated_at=now())
    item.refresh_from_db()


def treat_waiting(at_most: int = AT_MOST) -> int:
    """Treat the returns that came and were not treated since, after a stop in between; how many."""
    rows = Return.objects.filter(fetch=FetchState.FETCHED).annotate(received_at=Max("versions__received_at"))
    waiting = rows.filter(Q(treated_at=None, received_at__isnull=False) | Q(treated_at__lt=F("received_at")))
    found = list(waiting.order_by("pk")[:at_most])
    for item in found:
        treat(item)
    return len(found)


def _treat(item: Return, version: ReturnVersion) -> None:
    data = contents.load([version.content_id])[version.content_id]
    people = _People()
    try:
        document = gather(people.counted(stream(BytesIO(data), nature=item.nature, name=version.file_name)))
    except Unreadable as error:
        _keep_raw(item, version, str(error))
        return
    if not _fill(item, version, document, people):
        return
    told = Return.objects.select_related("filing").get(pk=item.pk)
    anomalies.draw(told, document)
    if told.nature == RATES:
        from scarabee.returns.services import rates

        rates.land(told, lambda: BytesIO(data))
    Return.objects.filter(pk=item.pk).update(treated_at=now())


def _keep_raw(item: Return, version: ReturnVersion, why: str) -> None:
    """What cannot be read changes nothing; whom it is about stays what was known."""
    about = list(item.abouts.values_list("siret", flat=True)) or ([item.filing.siret] if item.filing else [])
    columns = {"family": Family.UNKNOWN, "problem": why, "state": _listed_state(item), "people": 0, "anomalies": 0}
    if _settle(item, version, columns, about):
        Return.objects.filter(pk=item.pk).update(treated_at=now())


def _fill(item: Return, version: ReturnVersion, document: Document, people: _People) -> bool:
    """Write down what the document tells; False when a newer version came meanwhile."""
    filing = item.filing or _filing_of(item, document)
    about = [one for one in {**dict.fromkeys(document.sirets), **people.sirets} if _SIRET.fullmatch(one)]
    if not about and filing is not None:
        about = [filing.siret]
    columns = {
        "family": document.family,
        "state": (document.state or _listed_state(item))[:4],
        "is_real": _is_real(document, filing),
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
    locked = Return.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if locked.versions.filter(pk__gt=version.pk).exists():
        return False
    if locked.seen_at is not None and locked.seen_at < version.received_at:
        columns = {**columns, "seen_at": None, "seen_by": ""}
    Return.objects.filter(pk=item.pk).update(treated_at=None, **columns)
    locked.abouts.exclude(siret__in=about).delete()
    rows = [ReturnAbout(item=locked, siret=one) for one in about]
    ReturnAbout.objects.bulk_create(rows, ignore_conflicts=True)
    return True


def _filing_of(item: Return, document: Document) -> Filing | None:
    """The deposit that it answers, by the identifier of the flux."""
    idflux = item.idflux or document.idflux
    found = Filing.objects.filter(idflux=idflux).first() if idflux else None
    return found if found is not None and same_portal(found.portal, item.portal) else None


def _listed_state(item: Return) -> str:
    statut = item.statut.upper()
    return statut if statut in SEVERITY else ""


def _is_real(document: Document, filing: Filing | None) -> bool | None:
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
