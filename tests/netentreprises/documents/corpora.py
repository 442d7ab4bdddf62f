"""Returns to read: the official examples beside this checkout, and what the bouchon writes for a deposit."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from tests.dossiers.small_files import ALAIN, BRIGITTE
from tests.netentreprises.bouchon.files import NO_NIR, arret, monthly

from scarabee.netentreprises.bouchon.returns.planning import planned_extras, planned_returns
from scarabee.netentreprises.bouchon.returns.reading import read_envoi
from scarabee.netentreprises.bouchon.returns.reports import Flow, receipt

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "data" / "retours" / "exemples"
official = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the examples of GIP-MDS are not beside this checkout")

IDFLUX = "Ab0cD1eF2gH3iJ4kL5mN6o."
AT = datetime(2026, 11, 5, 8, 15, tzinfo=UTC)
CROWD = tuple(replace(ALAIN, nir=f"185057512{number:04d}", matricule=f"C{number}") for number in range(60))
PEOPLE = (ALAIN, BRIGITTE, *CROWD, NO_NIR)


def sample(name: str) -> bytes:
    """One official example."""
    return (SAMPLES / name).read_bytes()


def flow_of(content: bytes) -> Flow:
    """A deposit of this file."""
    return Flow(7, IDFLUX, ("46766553500010", "DUVAL", "Anne"), "01", AT, len(content), read_envoi(content))


@cache
def returns_of(content: bytes, *, accepted: bool = True) -> tuple[tuple[str, str, bytes], ...]:
    """(nature, statut, document) of every return with a document, and of what comes beside, in the bouchon's order."""
    flow = flow_of(content if accepted else b"")
    plan = planned_returns(flow, receipt(flow, accepted=accepted), accepted=accepted)
    found = [(one.nature, one.statut, one.document) for one in plan if one.document]
    if plan[-1].nature not in {"10", "11"}:
        _, documents = planned_extras(flow, 50, frozenset())
        found += [("", "", document) for document in documents.values()]
    return tuple(found)


def every_family() -> tuple[bytes, ...]:
    """A document of each family that the bouchon writes, and several of the `rapport`."""
    return tuple(document for _, _, document in (*returns_of(monthly(PEOPLE)), *returns_of(arret())))
