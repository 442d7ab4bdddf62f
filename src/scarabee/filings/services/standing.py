"""Standing orders (design §5): an employer's réel declarations that go off by themselves, after a hold.

Only a monthly declaration without blocking finding nor warning of the comparison with last month, alone for its SIRET
and month, and only for the dossier that gave the order, while it declares the SIRET.
"""

from datetime import timedelta

from scarabee.filings.enums import WAITING
from scarabee.filings.models import DEFAULT_HOLD_MINUTES, DossierFiling, EmployerFiling, Filing
from scarabee.filings.services import after_restore
from scarabee.filings.services.duplicates import twins
from scarabee.filings.services.orders import undeclared


def has_order(filing: Filing) -> bool:
    """Whether a standing order covers the employer of this filing, in its dossier."""
    if filing.dossier_id is None:
        return False
    orders = EmployerFiling.objects.filter(siret=filing.siret, standing_dossier_id=filing.dossier_id)
    return orders.exists()


def why_not(filing: Filing) -> str:
    """Why a standing order leaves this filing to a person, in French; empty when it may send it."""
    if not filing.is_real or not filing.is_monthly or filing.nature != "01":
        return "L’ordre permanent ne vaut que pour les DSN mensuelles réelles."
    if why := undeclared(filing) or after_restore.resting() or after_restore.why_not(filing):
        return why
    if filing.blocking:
        return "Un constat bloquant demande qu’une personne décide."
    if any(one.get("compared") and one["severity"] == "warning" for one in filing.found.findings):
        return "La comparaison avec le mois précédent demande un regard."
    others = Filing.objects.filter(
        is_real=True, siret=filing.siret, month=filing.month, nature=filing.nature, state__in=WAITING
    ).exclude(pk=filing.pk)
    if filing.fraction not in ("", "11") or others.exists():
        return "Plusieurs déclarations attendent pour cet employeur et ce mois : une personne choisit."
    if twins(filing):
        return "Une déclaration de cet employeur et de ce mois est déjà déposée ou prévue."
    return ""


def hold_of(filing: Filing) -> timedelta:
    """How long a filing of this dossier is held before a standing order sends it."""
    settings = DossierFiling.objects.filter(dossier=filing.dossier)
    minutes = settings.values_list("hold_minutes", flat=True).first()
    return timedelta(minutes=DEFAULT_HOLD_MINUTES if minutes is None else minutes)
