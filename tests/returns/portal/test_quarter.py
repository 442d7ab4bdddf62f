"""A quarter of a bureau: whatever the portal does, all of its returns and every rate are here at the end.

SCARABEE_QUARTER=full runs it with fifty employers over three real months; SCARABEE_SEED replays a run.
"""

import os
import random
from datetime import datetime

import pytest
from tests.accounts.conftest import Clock
from tests.dossiers.conftest import Import
from tests.returns.portal import scenes
from tests.returns.portal.quarter import Quarter, Size, Truth, truth

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier, Employee, Employer
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Cursor, PasRate, Return
from scarabee.returns.services.rate_lists import rates_in_force
from scarabee.returns.services.rate_options import set_option

pytestmark = pytest.mark.django_db

SMALL = Size(5, 3, datetime.fromisoformat("2026-10-20T08:00:00+02:00"), 48)
FULL = Size(50, 30, datetime.fromisoformat("2026-09-10T08:00:00+02:00"), 7 * 24)
"""Both see the clocks change in October."""


def rates_here(on: datetime) -> dict[tuple[str, str], Truth]:
    """{(SIRET, NIR or NTT): what is in force here on this day}."""
    day = on.astimezone(PARIS).date()
    rates = rates_in_force(list(Employer.objects.values_list("pk", flat=True)), day)
    people = Employee.objects.select_related("employer").in_bulk(list(rates))
    return {
        (people[pk].employer.siret, people[pk].nir or people[pk].ntt): Truth(rate.rate, rate.crm)
        for pk, rate in rates.items()
    }


def test_after_a_quarter_every_return_and_every_rate_is_here_and_no_search_broke_the_rules(
    bouchon: Bouchon, lucie: User, clock: Clock, dossier: Dossier, import_bytes: Import, owner: Actor
) -> None:
    size = FULL if os.environ.get("SCARABEE_QUARTER") == "full" else SMALL
    seed = int(os.environ.get("SCARABEE_SEED") or random.randrange(1_000_000))
    print(f"SCARABEE_SEED={seed}")
    clock.at = size.first_day
    set_option(actor=owner, dossier=dossier, applies_alone=True)
    quarter = Quarter(size, seed, bouchon, clock, lucie, dossier, import_bytes)
    quarter.live()
    documents = scenes.documents(bouchon)
    rates = rates_here(clock())
    print(quarter.said, f"returns={len(scenes.published(bouchon))} documents={len(documents)} rates={len(rates)}")

    from scarabee.returns.models import RateLine
    from scarabee.dossiers.models import Identifier
    t = truth(bouchon, clock().astimezone(PARIS).date())
    for k in set(t) - set(rates):
        print("MISSING", k, t[k], list(RateLine.objects.filter(siret=k[0]).values()))
        print(Employer.objects.filter(siret=k[0]).values())
        print(Identifier.objects.filter(value=k[1]).values())
        print(PasRate.objects.filter(employee__identifiers__value=k[1]).values())
        for d in bouchon.state.store.deposits():
            if k[0] in d.declared:
                print(d.number, d.at, d.essai_reel, [(r.nature, r.publication, Return.objects.filter(return_id=r.id).values("fetch","is_real","treated_at","problem","filing__state","crm","siret")) for r in d.returns if r.nature=="94"])
    assert scenes.fetched(bouchon) == documents
    assert Return.objects.count() == len(scenes.published(bouchon))
    assert set(Return.objects.values_list("fetch", flat=True)) <= {FetchState.FETCHED, FetchState.NO_DOCUMENT}
    assert not Return.objects.exclude(problem="").exists()
    assert not Cursor.objects.exclude(problem="").exists()
    assert rates == truth(bouchon, clock().astimezone(PARIS).date())
    assert len(rates) > size.employers // 2
    assert not PasRate.objects.filter(item__is_real=False).exists()
    assert bouchon.breaches == []
