"""Dossiers with returns of several natures, the anomalies and the rates that they brought, for the pages."""

import hashlib
from datetime import timedelta
from typing import Any

from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, Someone, declaration, envoi
from tests.returns.documents import deposit, identification, official, received, urssaf
from tests.returns.rate_scenes import Told, crm, declared
from tests.transfers import scenes

from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier, Employee
from scarabee.maintenance.clock import now
from scarabee.returns.models import Anomaly, PasRate, RateLine, Return

__all__ = ["addresses", "anomaly", "crowded", "filled", "item", "official", "person", "sheet"]
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


CROWD = [Someone(f"17004750{number:05}", f"PERSONNE {number:02}", "Camille", f"C{number:03}") for number in range(40)]


def crowded() -> Dossier:
    """A dossier of two employers of forty people, of whom each return finds fault with most; deposited by Scarabée."""
    files = [envoi(declaration(CROWD, siret=siret), real=True) for siret in (ASSOCIATION, OTHER_ASSOCIATION)]
    dossier = scenes.dossier_of("Grande association", files)
    digest = hashlib.sha256(files[0])
    (content,) = contents.store([files[0]], [digest.digest()])
    about = {"filing": deposit(dossier, "f" * 32, content_id=content), "is_real": True}
    whole = identification("2026-03", nir=CROWD[0].nir)
    begin, end = whole.index(b"<declaration_anomalie>"), whole.index(b"</declaration_anomalie>") + 23
    block = whole[begin:end]
    blocks = b"".join(block.replace(CROWD[0].nir.encode(), one.nir.encode()) for one in CROWD[:30])
    received(whole[:begin] + blocks + whole[end:], nature="20", **about)
    received(urssaf("119", "2026-03", nir=CROWD[0].nir), nature="119", **about)
    told = [Told(one.nir, "7.50") for one in CROWD[:20]]
    strange = [Told(f"17002993{number:05}", "12.00", matricule=one.matricule) for number, one in enumerate(CROWD)]
    parts = [declared([*told, *strange], siret) for siret in (ASSOCIATION, OTHER_ASSOCIATION)]
    received(crm(parts=parts), nature="94", published_at=now() - timedelta(days=1), **about)
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
    """Every page that shows something of a filled or crowded dossier, by name."""
    uuid, one = dossier.uuid, anomaly()
    somebody = PasRate.objects.filter(dossier=dossier)[0].employee_id
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
        "history": f"/dsn/taux/salaries/{somebody}/",
    }


def sheet(answer: Any) -> str:
    """The text of a CSV file that a page gave."""
    return b"".join(answer.streaming_content).decode()
