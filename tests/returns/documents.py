"""Returns to treat: copies of the official examples about invented people, stored as collecting stores them."""

import hashlib
from datetime import datetime
from typing import Any

from tests.netentreprises.documents.corpora import SAMPLES, official

from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.dossiers import contents
from scarabee.maintenance.clock import now
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Return, ReturnVersion
from scarabee.returns.services.treating import treat

__all__ = ["example", "official", "received", "version"]


def example(name: str, **replaced: str) -> bytes:
    """An official example with some of its values replaced: `example("…xml", **{"old": "new"})`.

    Fails when one of them is not there, so that no test goes astray.
    """
    data = (SAMPLES / name).read_bytes()
    for old, new in replaced.items():
        assert old.encode() in data, old
        data = data.replace(old.encode(), new.encode())
    return data


def received(document: bytes, *, nature: str = "", **columns: Any) -> Return:
    """A return as collecting stores it, and treated."""
    said = {"portal": bind_or_refuse(), "fetch": FetchState.FETCHED, "published_at": now()} | columns
    item = Return.objects.create(nature=nature, **said)
    return version(item, document)


def version(item: Return, document: bytes, *, published_at: datetime | None = None) -> Return:
    """The next version of a return, treated."""
    digest = hashlib.sha256(document)
    (content,) = contents.store([document], [digest.digest()])
    ReturnVersion.objects.create(item=item, content_id=content, sha256=digest.hexdigest(), size=len(document))
    if published_at is not None:
        Return.objects.filter(pk=item.pk).update(published_at=published_at)
    treat(item)
    item.refresh_from_db()
    return item
