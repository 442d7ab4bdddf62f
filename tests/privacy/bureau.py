"""A bureau in which one person stands everywhere, and a way to look for what is left of her."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, Someone, declaration, envoi
from tests.filings.intake_scenes import filed
from tests.returns import rate_scenes
from tests.returns.rate_scenes import Told, crm
from tests.transfers.scenes import everything, fresh

from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.dossiers import contents
from scarabee.dossiers.models import Content, DeletedPackage, Dossier, Employee
from scarabee.dossiers.services import deletion, entry
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.dossiers.services.packages import unpack
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, FilingFindings, Proof
from scarabee.maintenance.journal import Actor
from scarabee.transfers.services.execution import transfer_now

OWNER = Actor.owner()
ZEPHYRINE = Someone("2880275119472", "QUARTZINSKI", "Zéphyrine", "M777", "1888.88")
NEEDLES = tuple(
    word.encode(coding)
    for word in (
        ZEPHYRINE.nir,
        "QUARTZINSKI",
        "quartzinski",
        "Quartzinski",
        "Zéphyrine",
        "zephyrine",
        "Z\\u00e9phyrine",
    )
    for coding in ("utf-8", "latin-1")
)
BAN = (
    '<?xml version="1.0" encoding="ISO-8859-1"?><g:rapport xmlns:g="http://www.gip-mds.fr/" type="BAN"><anomalies>'
    f"<anomalie><message>NIR inconnu</message><salarie><NIR>{ZEPHYRINE.nir}</NIR><nom_famille>QUARTZINSKI</nom_famille>"
    f"<prenoms>Zéphyrine</prenoms></salarie></anomalie><anomalie><salarie><NIR>{ALAIN.nir}</NIR></salarie></anomalie>"
    "</anomalies></g:rapport>"
).encode("latin-1")


@dataclass
class Bureau:
    """« Associations du Val » and its copy « Repli », a deposit with its proofs, a CRM, a package."""

    val: Dossier
    repli: Dossier
    filing: Filing
    package: DeletedPackage

    @property
    def somebody(self) -> Employee:
        """One of the rows of Zéphyrine."""
        found: Employee = Employee.objects.filter(nir=ZEPHYRINE.nir).order_by("pk")[0]
        return found


def fill() -> Bureau:
    """Zéphyrine under two employers in two dossiers, in a deposit, a CRM, a BAN, a deleted copy, a correction."""
    bind_or_refuse()
    everybody = (ALAIN, ZEPHYRINE, BRIGITTE)
    files = [envoi(declaration(everybody, month=month)) for month in ("2026-02", "2026-03")]
    val, repli, third = (create_dossier(actor=OWNER, name=name) for name in ("Associations du Val", "Repli", "Ancien"))
    for data in (*files, envoi(declaration((ZEPHYRINE,), siret=OTHER_ASSOCIATION))):
        bring_in(val, data)
    transfer_now(actor=OWNER, source=fresh(val), destination=repli, destination_name="", selection=everything(val))
    bring_in(third, files[0])
    package = deletion.delete_employer(actor=OWNER, employer=third.employers.get()).package
    somebody = Employee.objects.get(dossier=val, nir=ZEPHYRINE.nir, employer__siret=ASSOCIATION)
    entry.correct_employee(actor=OWNER, employee=somebody, fields={"S21.G00.30.002": "QUARTZINSKI-ROCHE"})
    bring_in(val, envoi(declaration(everybody, month="2026-04")))
    filing = deposited(val, files[1])
    rate_scenes.landed(crm([Told(ALAIN.nir, "3.10"), Told(ZEPHYRINE.nir, "14.00"), Told(BRIGITTE.nir, "0.00")]))
    return Bureau(fresh(val), fresh(repli), filing, package)


def small(*names: str) -> list[Employee]:
    """Zéphyrine and Alain in a dossier of each name; the rows of Zéphyrine."""
    for name in names:
        bring_in(create_dossier(actor=OWNER, name=name), envoi(declaration((ALAIN, ZEPHYRINE))))
    return list(Employee.objects.filter(nir=ZEPHYRINE.nir).order_by("pk"))


def deposited(val: Dossier, data: bytes) -> Filing:
    """A deposit of this file that the portal accepted, then found an anomaly in; a finding of ours names her too."""
    filing = filed(val, data)
    Filing.objects.filter(pk=filing.pk).update(state=FilingState.ANOMALIES, next_at=None)
    for kind, document in (("AEE", b"<aee/>"), ("BAN", BAN)):
        Proof.objects.create(filing=filing, kind=kind, sha256=kind.lower() * 10, document=document)
    line = next(number for number, one in enumerate(data.splitlines(), 1) if ZEPHYRINE.nir.encode() in one)
    told: dict[str, Any] = {"severity": "warning", "rule": "r", "rubrique": "", "remedy": "", "certain": False}
    findings = [
        told | {"line": line, "value": ZEPHYRINE.nir, "message": "La clé ne va pas."},
        told | {"line": 0, "value": "", "message": "Zéphyrine QUARTZINSKI n’est plus déclarée."},
        told | {"line": line - 8, "value": ALAIN.family_name, "message": "Nom écrit autrement."},
    ]
    FilingFindings.objects.filter(filing=filing).update(findings=findings)
    return Filing.objects.get(pk=filing.pk)


def bring_in(dossier: Dossier, data: bytes) -> Any:
    """Import a file; its row."""
    act = open_import(actor=OWNER, dossier=dossier)
    row = import_file(actor=OWNER, act=act, stream=io.BytesIO(data), name="essai.dsn")
    act.state = "done"
    act.save(update_fields=["state"])
    return row


def left_of_her() -> set[str]:
    """The tables, and the files of the data folder, in which something of her is left: packed or compressed as well."""
    found = set[str]()
    for model in apps.get_models(include_auto_created=True):
        names = [field.attname for field in model._meta.concrete_fields]
        for values in model._base_manager.values_list(*names):
            if any(_speaks(_bytes(value)) for value in values):
                found.add(model._meta.label)
    for pk in Content.objects.values_list("pk", flat=True):
        if _speaks(contents.load([pk])[pk]):
            found.add("dossiers.Content")
    for package in DeletedPackage.objects.exclude(rows=b""):
        _, batches = unpack(package)
        if any(_speaks(repr(row).encode()) for batch in batches for row in batch.rows):
            found.add("dossiers.DeletedPackage")
    for path in Path(settings.DATA_FOLDER).rglob("*"):
        if path.is_file() and _speaks(path.read_bytes()):
            found.add(path.name)
    return found


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value) + base64.b64encode(bytes(value))
    return str(value).encode()


def _speaks(data: bytes) -> bool:
    return any(needle in data for needle in NEEDLES)
