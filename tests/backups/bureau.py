"""A small bureau with something in every corner: dossiers, people, a deposit, identifiers, typed names, a journal."""

import io
from datetime import date, timedelta
from decimal import Decimal

from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, declaration, envoi
from tests.filings.factories import holder, planned, small_files

from scarabee.accounts.enums import LinkPurpose
from scarabee.accounts.models import Membership, OneTimeLink, Session, User
from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.accounts.services.users import create_user
from scarabee.backups import tables
from scarabee.backups.models import Backup
from scarabee.dossiers.models import Act, Dossier, Employee
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.dossiers.services.naming import name_employers
from scarabee.filings.models import Filing, Proof
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import PasRate

PASSWORD = "corail dune sextant 47"
PORTAL_PASSWORD = "Corail.2026-Dune"
CHANGED_BY_A_RETURN = {
    "accounts_portalidentity", "dossiers_act", "filings_filing", "filings_filingmove", "filings_portalqueue",
    "maintenance_journalentry",
}  # fmt: skip


def fill() -> Filing:
    """Two dossiers, an Administrateur, Lucie and her identifiers of the portal, and a réel deposit that is planned."""
    owner = Actor.owner()
    bind_or_refuse()
    create_user(actor=owner, username="Administrateur", password=PASSWORD, is_administrator=True)
    lucie = holder("Lucie")
    val = create_dossier(actor=owner, name="Associations du Val")
    bring_in(val, envoi(declaration((ALAIN, BRIGITTE)), declaration((ALAIN,), siret=OTHER_ASSOCIATION)))
    name_employers(actor=owner, dossier=val, names=[(ASSOCIATION, "L’Été à la ferme")])
    create_dossier(actor=owner, name="Repli")
    Membership.objects.create(user=lucie, dossier=val, role="gestionnaire")
    filing = planned(next(small_files(real=True)), lucie)
    Proof.objects.create(filing=filing, kind="AEE", sha256="a" * 64, document=bytes(range(256)), published_at=now())
    rate(val)
    leave_open(lucie)
    return filing


def bring_in(dossier: Dossier, data: bytes) -> Act:
    """Import this file."""
    act = open_import(actor=Actor.owner(), dossier=dossier)
    import_file(actor=Actor.owner(), act=act, stream=io.BytesIO(data), name="essai.dsn")
    Act.objects.filter(pk=act.pk).update(state=Act.State.DONE, receipt={"é": [1.50, 1e16, None, {"b": 1, "a": True}]})
    return act


def rate(dossier: Dossier) -> PasRate:
    """A rate of somebody: figures behind the comma, and days."""
    person = Employee.objects.filter(dossier=dossier).order_by("pk")[0]
    return PasRate.objects.create(
        dossier=dossier, employer=person.employer, employee=person, act=person.act, crm="CRM-1", rate=Decimal("14.00"),
        future_rate=Decimal("3.10"), future_from=date(2027, 1, 1), available_on=date(2026, 11, 20),
        valid_until=date(2027, 1, 31),
    )  # fmt: skip


def leave_open(user: User) -> None:
    """A session and a link that were good when the archive was made."""
    Session.objects.create(
        session_key="k" * 32, session_data="x", expire_date=now() + timedelta(hours=12), user_id=user.pk
    )
    OneTimeLink.objects.create(
        purpose=LinkPurpose.FIRST_START, user=user, token_hash="b" * 64, expires_at=now() + timedelta(minutes=15)
    )


def everything() -> dict[str, tables.Table]:
    """What stands in each table that comes back, save where a return itself writes."""
    found = [tables.table_of("default", model) for model in tables.kept_models() if model is not Backup]
    return {one.name: one for one in found if one.name not in CHANGED_BY_A_RETURN}
