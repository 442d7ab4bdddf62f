"""Deposits that were made at a bouchon, and what was asked of it."""

from datetime import datetime

from tests.filings.factories import RIGHT, planned
from tests.filings.portal.front import Front

from scarabee.accounts.models import User
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import sending
from scarabee.maintenance.clock import now
from scarabee.netentreprises.addresses import portal_named
from scarabee.netentreprises.bouchon.kept import Return as Published
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Regime
from scarabee.returns.models import Cursor, Return, ReturnVersion
from scarabee.returns.services import arrivals, cursors

SEARCH, FLUX, DOWNLOAD = "/lister-retours-declarant/", "/lister-retours-flux/", "/telecharger-retour/"


def sent(data: bytes, user: User) -> Filing:
    """A filing that was deposited, by Scarabée."""
    filing = planned(data, user)
    sending.run_due()
    filing.refresh_from_db()
    assert filing.state == FilingState.ACCEPTED, filing.problem
    return filing


def deposited(portal: Bouchon | Front, data: bytes) -> str:
    """A deposit made elsewhere with the same account, behind the front if there is one; its idflux."""
    address = portal.bouchon.geturl() if isinstance(portal, Front) else portal.address
    with Client(portal_named(address), clock=now) as client:
        return client.deposit(client.authenticate(RIGHT.credentials, Regime.GENERAL), data).idflux


def caught_up(at: datetime | None = None) -> Cursor:
    """The cursor of the régime général, as after a month of collecting, until now."""
    cursors.begin_missing()
    Cursor.objects.update(until=at or now(), next_at=now())
    Cursor.objects.filter(regime=Regime.AGRICOLE).delete()
    return Cursor.objects.get()


def published(bouchon: Bouchon) -> list[Published]:
    """Everything that the portal has published so far."""
    return [one for deposit in bouchon.state.store.deposits() for one in deposit.published(now())]


def asked(bouchon: Bouchon, place: str) -> list[str]:
    """The paths that were asked for at a service, the oldest first."""
    return [one.path.removeprefix(place) for one in bouchon.requests if one.path.startswith(place)]


def fetched(bouchon: Bouchon) -> dict[str, bytes]:
    """{id of the return: its newest version, as kept here}."""
    from scarabee.dossiers import contents

    newest = {one.item_id: one for one in ReturnVersion.objects.order_by("pk")}
    kept = contents.load(one.content_id for one in newest.values())
    names = {one.pk: arrivals.mark_of(one.return_id, one.url) for one in Return.objects.all()}
    return {names[item]: kept[one.content_id] for item, one in newest.items()}


def documents(bouchon: Bouchon) -> dict[str, bytes]:
    """{id of the return: its document, as the portal has it now}."""
    store = bouchon.state.store
    return {
        one.id: store.file(deposit, one.file)
        for deposit in store.deposits()
        for one in deposit.published(now())
        if one.file
    }


def nothing(front: Front) -> None:
    """Let everything through again."""
    front.policy = lambda method, path: None
