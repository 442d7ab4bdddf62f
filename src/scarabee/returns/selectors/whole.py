"""All that a return says, uncut, for a command: what its reader may see of its newest version."""

from collections.abc import Iterable, Iterator
from io import BytesIO

from scarabee.dossiers import contents
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises import documents
from scarabee.netentreprises.documents import Document, Piece, Unreadable
from scarabee.returns.models import Return
from scarabee.returns.services.seeing import visible_sirets


def whole_document(actor: Actor, item: Return) -> Document | None:
    """The document with all of its people; None when it is not here, or cannot be read.

    Of a return about several employers, only what is said of those that the actor may see.
    """
    version = item.versions.order_by("-pk").first()
    if version is None:
        return None
    seen = visible_sirets(actor, item)
    data = contents.load([version.content_id])[version.content_id]
    try:
        return documents.gather(_shown(documents.stream(BytesIO(data), nature=item.nature), seen))
    except Unreadable:
        return None


def _shown(pieces: Iterable[Piece], seen: frozenset[str] | None) -> Iterator[Piece]:
    for piece in pieces:
        siret = getattr(piece, "siret", "")
        if seen is None or not siret or siret in seen:
            yield piece
