"""Files of returns added by hand, downloaded from the portal: recognised by what they hold, kept as they came.

What nobody knows is kept and shown raw. A file that says of which flux and nature it is joins the return that the
portal listed; the same bytes are known. Hostile or damaged files are refused in words.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localtime

from scarabee.accounts.portal.binding import current_portal
from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services import uploads
from scarabee.dossiers.services.uploads import Incoming, Kept
from scarabee.maintenance import journal
from scarabee.maintenance.errors import NotAllowed
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises import documents
from scarabee.netentreprises.documents import Document, Family, Unreadable
from scarabee.netentreprises.markup import STREAM_BYTES
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import FetchState, Origin
from scarabee.returns.models import Return, ReturnVersion
from scarabee.returns.services import arrivals
from scarabee.returns.services.anomaly_kinds import Rhythm, kind_of

PDF = "application/pdf"
_TYPES = {Family.TEXT: "text/plain"}
_DSN_STARTS = (b"S10.G00.", b"S05.G00.", b"S20.G00.")
_A_DSN = "Ce fichier est une DSN, pas un retour. Ajoutez-le dans Dépôts, ou importez-le dans un dossier."
_TOO_BIG = "Ce fichier est plus gros qu’aucun retour de DSN : il n’a pas été lu."
_ELSEWHERE = (
    "Ce retour concerne un employeur d’un dossier que vous ne pouvez pas modifier. Demandez à un Administrateur de "
    "l’ajouter, ou le rôle Gestionnaire sur ce dossier."
)


class Status(StrEnum):
    """What became of a file."""

    ADDED = "added"
    VERSION = "version"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Taken:
    """One file: a new return, another version of one, one that was here already, or why it was refused (French)."""

    name: str
    status: Status
    item: Return | None = None
    message: str = ""


def take_files(*, actor: Actor, files: Iterable[Incoming]) -> list[Taken]:
    """Keep files of returns, archives opened, and have them read; what became of each, in their order.

    Raises `NotAllowed` for somebody who may change no dossier, `Refusal` when the files cannot be received.
    """
    if not (actor.is_administrator or Dossier.objects.writable_by(actor).exists()):
        raise NotAllowed(
            "Ajouter des retours demande le rôle Gestionnaire sur un dossier.",
            remedy="Demandez-le à un Administrateur.",
        )
    folder, kept = uploads.keep(files)
    try:
        taken = [_take(actor, one) for one in kept]
    finally:
        uploads.remove_folder(folder)
    new = [one.item.pk for one in taken if one.item is not None and one.status in (Status.ADDED, Status.VERSION)]
    if new:
        with transaction.atomic():
            journal.record(actor, "retours.ajoutes", returns=new)
    return taken


def _take(actor: Actor, kept: Kept) -> Taken:
    if kept.path is None:
        return Taken(kept.name, Status.REFUSED, message=kept.refusal)
    if kept.size > STREAM_BYTES:
        return Taken(kept.name, Status.REFUSED, message=_TOO_BIG)
    data = kept.path.read_bytes()
    kept.path.unlink()
    if data.lstrip().startswith(_DSN_STARTS):
        return Taken(kept.name, Status.REFUSED, message=_A_DSN)
    try:
        document = _document(data, kept.name)
    except Unreadable as error:
        return Taken(kept.name, Status.REFUSED, message=str(error))
    if not _may_take(actor, document):
        return Taken(kept.name, Status.REFUSED, message=_ELSEWHERE)
    return _kept(kept.name, data, document)


def _document(data: bytes, name: str) -> Document:
    """What the file says. Raises Unreadable for what is damaged, hostile, or neither XML nor text nor PDF."""
    if data.startswith(b"%PDF-"):
        return Document(family=Family.UNKNOWN)
    return documents.read(data, name=name)


def _may_take(actor: Actor, document: Document) -> bool:
    """Whether the actor may change every dossier that declares an employer of this return."""
    if actor.is_administrator:
        return True
    filing = arrivals.filing_of(document.idflux)
    sirets = {*document.sirets, *([filing.siret] if filing is not None else [])}
    declared = Employer.objects.filter(siret__in=sirets, declaring=True)
    return not declared.exclude(dossier__in=Dossier.objects.writable_by(actor)).exists()


def _kept(name: str, data: bytes, document: Document) -> Taken:
    portal = current_portal().name
    same = ReturnVersion.objects.filter(sha256=hashlib.sha256(data).hexdigest(), item__portal=portal).first()
    if same is not None:
        return Taken(name, Status.KNOWN, same.item)
    with transaction.atomic():
        found = _listed(portal, data, document)
        item = found or _new(portal, document)
    is_newest = found is None or not _is_older(document, found)
    arrivals.store_version(
        item=item, document=data, media_type=_media_type(data, document), file_name=name, is_newest=is_newest
    )
    if found is not None and found.fetch == FetchState.TO_FETCH and found.next_at is not None:
        # what the portal has now is fetched all the same: it may be another version
        Return.objects.filter(pk=item.pk).update(fetch=FetchState.TO_FETCH, next_at=found.next_at)
    item.refresh_from_db()
    return Taken(name, Status.VERSION if found else Status.ADDED, item)


def _listed(portal: str, data: bytes, document: Document) -> Return | None:
    """The return that this document is a version of: one that waits for its document, else the only one it may be."""
    if not (document.idflux and document.nature):
        return None
    named = Return.objects.filter(portal=portal, nature=document.nature, idflux__in=_names(document.idflux))
    rows = [one for one in named.order_by("rank", "pk") if _may_be_from(one, data) and _may_be_about(one, document)]
    waiting = [one for one in rows if not one.versions.exists()]
    if waiting:
        return waiting[0]
    return rows[0] if len(rows) == 1 and _may_replace(rows[0], document) else None


def _may_be_from(row: Return, data: bytes) -> bool:
    """Whether a document names the organisme and the délégataire of a return."""
    return all(one.encode() in data for one in (row.ops, row.delegataire) if one)


def _may_be_about(row: Return, document: Document) -> bool:
    """Whether a document and a return have an employer in common, as far as both tell."""
    known = set(row.abouts.values_list("siret", flat=True)) or {row.siret} - {""}
    return not known or not document.sirets or not known.isdisjoint(document.sirets)


def _may_replace(row: Return, document: Document) -> bool:
    """Whether a document may be another version of the one that is here: of one deposit, several bodies write their own
    return of one nature, and each event has one."""
    if document.replaces:
        return True
    if kind_of(document.nature).rhythm is Rhythm.EVENT:
        return False
    newest = row.versions.order_by("-pk")[0].content_id
    try:
        here = documents.read(contents.load([newest])[newest], nature=row.nature)
    except Unreadable:
        return True
    return (here.body.casefold(), here.kind) == (document.body.casefold(), document.kind)


def _new(portal: str, document: Document) -> Return:
    filing = arrivals.filing_of(document.idflux)
    idflux = (filing.idflux if filing is not None else document.idflux)[:50]
    alike = Return.objects.filter(
        portal=portal, idflux=idflux, nature=document.nature[:8], ops="", delegataire=""
    ).aggregate(last=Max("rank"))["last"]
    item = Return(
        portal=portal, origin=Origin.FILE, idflux=idflux, nature=document.nature[:8],
        rank=0 if alike is None or not idflux else alike + 1, fetch=FetchState.FETCHED,
        produced_at=_moment(document.produced),
    )  # fmt: skip
    arrivals.link(item, filing)
    item.save()
    return item


def _is_older(document: Document, item: Return) -> bool:
    """Whether the portal has since produced another version than this one; only when both tell when."""
    if item.produced_at is None or not document.produced or not item.versions.exists():
        return False
    return document.produced < f"{localtime(item.produced_at, PARIS):%Y-%m-%d %H:%M:%S}"[: len(document.produced)]


def _names(idflux: str) -> list[str]:
    return [idflux, idflux[: arrivals.IDFLUX_LENGTH]]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=PARIS)
    except ValueError:
        return None


def _media_type(data: bytes, document: Document) -> str:
    return PDF if data.startswith(b"%PDF-") else _TYPES.get(document.family, "application/xml")
