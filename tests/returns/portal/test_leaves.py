"""Bordereaux de paiement des IJ: listed by day, fetched once, about the employer whose employees were paid."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.accounts.conftest import Clock
from tests.dossiers.small_files import ALAIN, ASSOCIATION
from tests.filings.factories import small_files
from tests.filings.portal.front import Front, Reply
from tests.netentreprises.bouchon.files import arret
from tests.returns.portal.scenes import asked, caught_up, deposited, documents, fetched, sent

from scarabee.accounts.models import User
from scarabee.dossiers import contents
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.documents import read
from scarabee.returns.enums import FetchState, Origin
from scarabee.returns.models import Cursor, Return
from scarabee.returns.services import collecting
from scarabee.returns.services.manual import take_files

pytestmark = pytest.mark.django_db

LISTED, FETCHED = "/lister-bpij-declarant/", "/telecharger-bpij/"


def live(clock: Clock, minutes: int, step: int = 10) -> None:
    for _ in range(0, minutes, step):
        clock.advance(minutes=step)
        collecting.run_due()


def document(item: Return) -> bytes:
    version = item.versions.get()
    return contents.load([version.content_id])[version.content_id]


def test_a_bordereau_that_follows_an_arret_is_a_return_of_its_employer(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files()), lucie)
    caught_up()
    deposited(bouchon, arret())
    live(clock, 80)
    (item,) = Return.objects.filter(family="bpij")
    assert (item.fetch, item.problem, item.siret, item.people) == (FetchState.FETCHED, "", ASSOCIATION, 1)
    assert list(item.abouts.values_list("siret", flat=True)) == [ASSOCIATION]
    (payment,) = read(document(item)).payments
    assert payment.person.nir == ALAIN.nir
    live(clock, 180)
    assert len(asked(bouchon, FETCHED)) == 1
    assert len(asked(bouchon, LISTED)) <= 5, "once an hour"


def test_a_bordereau_that_was_added_by_hand_before_it_is_listed_stays_one_return(
    bouchon: Bouchon, lucie: User, clock: Clock, owner: Actor
) -> None:
    sent(next(small_files()), lucie)
    caught_up()
    deposited(bouchon, arret())
    store = bouchon.state.store
    ((deposit, extra),) = [(one, extra) for one in store.deposits() for extra in one.extras if extra.kind == "bpij"]
    added: Any = SimpleUploadedFile("bpij.xml", store.file(deposit, extra.file))
    (taken,) = take_files(actor=owner, files=[added])
    live(clock, 80)
    (item,) = Return.objects.filter(family="bpij")
    assert item == taken.item
    assert (item.fetch, item.origin, item.versions.count()) == (FetchState.FETCHED, Origin.FILE, 1)
    assert item.return_id and item.published_at and item.identity_id
    live(clock, 180)
    assert len(asked(bouchon, FETCHED)) == 1


def test_after_weeks_away_and_for_a_first_collecting_those_of_before_are_listed_too(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    clock.advance(days=-20)
    deposited(bouchon, arret())
    clock.advance(days=20)
    sent(next(small_files()), lucie)
    caught_up()
    collecting.run_due()
    live(clock, 10)
    assert Return.objects.filter(family="bpij").count() == 1
    deposited(bouchon, arret().replace(b"'11112026'", b"'12112026'"))
    clock.advance(days=12)
    Cursor.objects.update(until=clock())
    live(clock, 20)
    assert Return.objects.filter(family="bpij").count() == 2
    (first, *_, last) = asked(bouchon, LISTED)
    assert first.split("/")[1] == f"{clock() - timedelta(days=42, minutes=30):%Y%m%d}"
    assert last.split("/")[1] > first.split("/")[1], "not all of it again"


@pytest.mark.parametrize("status", [404, 500])
def test_a_portal_without_this_service_or_in_trouble_with_it_gives_its_returns_all_the_same(
    front: Front, bouchon: Bouchon, lucie: User, clock: Clock, status: int
) -> None:
    sent(next(small_files()), lucie)
    cursor = caught_up()
    front.policy = lambda method, path: Reply(status) if path.startswith(LISTED) else None
    live(clock, 130)
    assert fetched(bouchon) == documents(bouchon)
    cursor.refresh_from_db()
    assert bool(cursor.problem) is (status == 500), "what fails shows until it is cured"
    front.policy = lambda method, path: None
    live(clock, 70)
    cursor.refresh_from_db()
    assert cursor.problem == ""


def test_a_bordereau_that_was_away_is_asked_for_again_while_it_is_listed(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    sent(next(small_files()), lucie)
    caught_up()
    deposited(bouchon, arret())
    live(clock, 80)
    item = Return.objects.get(family="bpij")
    item.versions.all().delete()
    Return.objects.filter(pk=item.pk).update(fetch=FetchState.GONE, problem="Plus là.")
    live(clock, 80)
    item.refresh_from_db()
    assert (item.fetch, item.problem, item.versions.count()) == (FetchState.FETCHED, "", 1)
