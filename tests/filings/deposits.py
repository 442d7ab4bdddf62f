"""Dossiers filled by the real import, and filings of what they hold, made straight in the database."""

from datetime import timedelta
from typing import Any

from tests.dossiers.small_files import ASSOCIATION, envoi
from tests.dossiers.small_files import declaration as declared

from scarabee.dossiers.models import Declaration, Dossier
from scarabee.filings.enums import FilingState, Source
from scarabee.filings.models import Batch, Filing
from scarabee.maintenance.clock import now

MARCH = envoi(declared(), real=True)


def filing_of(declaration: Declaration, state: FilingState, **columns: Any) -> Filing:
    """A filing of the bytes of a declaration, made from its dossier."""
    dossier = declaration.dossier
    said = {
        "siret": declaration.employer.siret, "is_real": declaration.is_real, "nature": declaration.nature,
        "type": declaration.type, "month": declaration.month, "champ": declaration.champ,
        "fraction": declaration.fraction, "order_number": declaration.order_number,
        "order_rank": declaration.order_rank, "whole_hash": bytes(declaration.whole_hash),
    }  # fmt: skip
    return _filing(dossier, state, said | columns)


def bare_filing(dossier: Dossier, state: FilingState, **columns: Any) -> Filing:
    """A réel filing of a month of which the dossier holds nothing."""
    said = {"siret": ASSOCIATION, "is_real": True, "nature": "01", "month": "2025-01", "champ": "01", "fraction": "11"}
    return _filing(dossier, state, said | columns)


def _filing(dossier: Dossier, state: FilingState, columns: dict[str, Any]) -> Filing:
    batch = Batch.objects.create(
        dossier=dossier, dossier_name=dossier.name, source=Source.UPLOAD, actor_name="Zoé", created_at=now()
    )
    if state is FilingState.HELD:
        columns = {"release_at": now() + timedelta(hours=2), "standing": True} | columns
    if state is FilingState.PLANNED:
        columns = {"planned_at": now(), "next_at": now()} | columns
    return Filing.objects.create(
        dossier=dossier, dossier_name=dossier.name, batch=batch, portal="bouchon", actor_name="Zoé", state=state,
        **columns,
    )  # fmt: skip
