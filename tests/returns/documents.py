"""Returns to treat: copies of the official examples about invented people, stored as collecting stores them."""

import hashlib
from datetime import datetime
from typing import Any

from tests.dossiers.small_files import ALAIN, ASSOCIATION
from tests.filings.deposits import bare_filing
from tests.netentreprises.documents.corpora import SAMPLES, official

from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.maintenance.clock import now
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Return, ReturnVersion
from scarabee.returns.services.treating import treat

__all__ = ["deposit", "example", "identification", "official", "rates_with_anomaly", "received", "urssaf", "version"]


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


def urssaf(nature: str, month: str, *, shows: bool = True, siret: str = ASSOCIATION, nir: str = ALAIN.nir) -> bytes:
    """A 119 or 120 about the DSN of a month (AAAA-MM): with an anomaly of a person and one of the whole, or none."""
    first = {"<RO_B002_R002>119<": f"<RO_B002_R002>{nature}<"}
    if not shows:
        told = first | {"30438137900607": siret, "R006>2023-12": f"R006>{month}", "R013>01": "R013>02"}
        return example("exemple_retour_119_CRM_ACOSS_OK.xml", **told)
    told = first | {"84088347400016": siret, "R006>2024-01": f"R006>{month}", "1780675932379": nir}
    return example("exemple_retour_119_CRM_ACOSS_ANO.xml", **told)


def identification(month: str, *, siret: str = ASSOCIATION, nir: str = ALAIN.nir) -> bytes:
    """A BIS of four people known otherwise, the first of whom declared this NIR, and one unknown."""
    told = {
        "<SIREN>333000180": f"<SIREN>{siret[:9]}", "affectation>50000": f"affectation>{siret[9:]}",
        "01012014": f"01{month[5:]}{month[:4]}", "1200125463001": nir,
    }  # fmt: skip
    return example("exemple_retour_20_BIS_mensuelle.xml", **told)


def rates_with_anomaly(*, siret: str = ASSOCIATION, nir: str = ALAIN.nir) -> bytes:
    """A CRM nominatif of one person, whose town the DGFiP does not know."""
    told = {
        "<SIREN>456789123": f"<SIREN>{siret[:9]}", "affectation>54321": f"affectation>{siret[9:]}", "9999999999999": nir
    }  # fmt: skip
    return example("Exemple-94-DGFIP-crm-nominatif.xml", **told)


def deposit(
    dossier: Dossier, idflux: str, *, state: FilingState = FilingState.CONFORM, portal: str = "", **columns: Any
) -> Filing:
    """A deposit of March 2026 by this portal, else by the one of this folder."""
    filing = bare_filing(dossier, state, idflux=idflux, **{"month": "2026-03", **columns})
    filing.portal = portal or bind_or_refuse()
    filing.save(update_fields=["portal"])
    return filing
