"""A quarter of a bureau: whatever the portal does, all of its returns and every rate are here at the end.

SCARABEE_LONG=1 runs it with fifty employers over three real months; SCARABEE_SEED replays a run.
"""

import os
import random
from dataclasses import replace
from datetime import date, datetime

import pytest
from tests.accounts.conftest import Clock
from tests.dossiers.conftest import Import
from tests.filings.factories import RIGHT, holder, small_files
from tests.returns.portal import scenes
from tests.returns.portal.quarter import Quarter, Size, Truth, truth
from tests.sizes import sized

from scarabee.accounts.models import PortalIdentity, User
from scarabee.dossiers.models import Dossier, Employer
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.credentials import Regime
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Cursor, PasRate, Return
from scarabee.returns.services import collecting, cursors
from scarabee.returns.services.rate_lists import rates_in_force
from scarabee.returns.services.rate_options import set_option

pytestmark = pytest.mark.django_db

SMALL = Size(4, 3, 12, 36, datetime.fromisoformat("2026-10-20T08:00:00+02:00"))
FULL = Size(50, 30, 5 * 24, 10 * 24, datetime.fromisoformat("2026-09-10T08:00:00+02:00"))
"""Both see the clocks change in October."""


def rates_here(on: date) -> dict[int, Truth]:
    """{employee: what is in force here on this day}."""
    employers = list(Employer.objects.values_list("pk", flat=True))
    return {pk: Truth(rate.rate, rate.crm) for pk, rate in rates_in_force(employers, on).items()}


@pytest.fixture
def lucie(bouchon: Bouchon) -> User:
    """Somebody whose identifiers are right, for the régime général."""
    return holder("Lucie", replace(RIGHT, agricole=False))


def test_what_was_published_a_minute_ago_is_waited_for_before_all_is_compared(
    bouchon: Bouchon, lucie: User, clock: Clock, dossier: Dossier, import_bytes: Import
) -> None:
    scenes.sent(next(small_files(real=True)), lucie)
    scenes.caught_up()
    collecting.run_due()
    clock.advance(minutes=5)
    collecting.run_due()
    assert scenes.fetched(bouchon).keys() < scenes.documents(bouchon).keys(), "the next search is in an hour"
    Quarter(SMALL, 1, bouchon, clock, lucie, dossier, import_bytes).end()
    assert scenes.fetched(bouchon) == scenes.documents(bouchon)


def test_after_a_quarter_every_return_and_every_rate_is_here_and_no_search_broke_the_rules(
    bouchon: Bouchon, lucie: User, clock: Clock, dossier: Dossier, import_bytes: Import, owner: Actor
) -> None:
    size = sized(SMALL, FULL)
    seed = int(os.environ.get("SCARABEE_SEED") or random.randrange(1_000_000))
    print(f"SCARABEE_SEED={seed}")
    clock.at = size.first_day
    set_option(actor=owner, dossier=dossier, applies_alone=True)
    if size is SMALL:  # the month before is another test's
        cursor = cursors.begin(PortalIdentity.objects.get().pk, Regime.GENERAL)
        Cursor.objects.filter(pk=cursor.pk).update(until=clock())
    quarter = Quarter(size, seed, bouchon, clock, lucie, dossier, import_bytes)
    quarter.live()
    on = clock().astimezone(PARIS).date()
    published, documents, rates = scenes.published(bouchon), scenes.documents(bouchon), rates_here(on)
    overwritten = sum(bool(one.overwrites) for one in published)
    print(f"{dict(quarter.said)}, {len(published)} returns, {overwritten} overwritten, {len(documents)} documents")

    assert scenes.fetched(bouchon) == documents
    assert Return.objects.count() == len(published)
    assert set(Return.objects.values_list("fetch", flat=True)) <= {FetchState.FETCHED, FetchState.NO_DOCUMENT}
    assert not Return.objects.exclude(problem="").exists()
    assert not Cursor.objects.exclude(problem="").exists()
    assert rates == truth(bouchon, on)
    assert len(rates) > size.employers // 2
    assert not PasRate.objects.filter(item__is_real=False).exists()
    assert bouchon.breaches == []
