"""A dossier with returns of several natures, the anomalies and the rates that they brought, for the pages."""

from datetime import timedelta
from typing import Any

from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, declaration, envoi
from tests.returns.documents import identification, official, received, urssaf
from tests.returns.rate_scenes import Told, crm
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier, Employee
from scarabee.maintenance.clock import now
from scarabee.returns.models import Anomaly, RateLine, Return

__all__ = ["addresses", "anomaly", "filled", "item", "official", "person", "sheet"]
STRANGER = "1700299350001"
"""The NIR of somebody who is not here."""


def filled(name: str = "Associations du Val") -> Dossier:
    """A dossier of two people; a 119 and a BIS find fault, a CRM gives both a rate and names a stranger."""
    dossier = scenes.dossier_of(name, [envoi(declaration([ALAIN, BRIGITTE]), real=True)])
    received(urssaf("119", "2026-03"), nature="119", is_real=True)
    received(identification("2026-03"), nature="20", is_real=True)
    told = [Told(ALAIN.nir, "7.50"), Told(BRIGITTE.nir, "0.00"), Told(STRANGER, "12.00")]
    received(crm(told), nature="94", is_real=True, published_at=now() - timedelta(days=1))
    return dossier


def item(nature: str) -> Return:
    """The return of this nature."""
    return Return.objects.get(nature=nature)


def anomaly(nature: str = "119") -> Anomaly:
    """The first anomaly of this nature about somebody recognised."""
    found: Anomaly = Anomaly.objects.filter(nature=nature).exclude(employee=None).order_by("pk")[0]
    return found


def person(nir: str = ALAIN.nir, siret: str = ASSOCIATION) -> Employee:
    """The employee of this NIR."""
    found: Employee = Employee.objects.get(nir=nir, employer__siret=siret)
    return found


def addresses(dossier: Dossier) -> dict[str, Any]:
    """Every page that shows something of a filled dossier, by name."""
    uuid, one = dossier.uuid, anomaly()
    return {
        "list": "/dsn/retours/",
        "expected": "/dsn/retours/attendus/?mois=2026-03",
        "add": "/dsn/retours/ajouter/",
        "a 119": f"/dsn/retours/{item('119').pk}/",
        "a BIS": f"/dsn/retours/{item('20').pk}/",
        "a CRM": f"/dsn/retours/{item('94').pk}/",
        "anomalies": "/dsn/anomalies/",
        "a cause": f"/dsn/anomalies/causes/{one.cause}/",
        "an anomaly": f"/dsn/anomalies/{one.pk}/",
        "rates": "/dsn/taux/",
        "rates to validate": f"/dsn/taux/{uuid}/",
        "rates in force": f"/dsn/taux/{uuid}/en-vigueur/",
        "without rate": f"/dsn/taux/{uuid}/sans-taux/",
        "a line": f"/dsn/taux/lignes/{RateLine.objects.all()[0].pk}/",
        "history": f"/dsn/taux/salaries/{person().pk}/",
    }


def sheet(answer: Any) -> str:
    """The text of a CSV file that a page gave."""
    return b"".join(answer.streaming_content).decode()
