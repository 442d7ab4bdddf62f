"""Rows of an earlier moment are back: what was deposited meanwhile is found again, and never leaves twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.accounts.conftest import Clock
from tests.conftest import PASSWORD
from tests.filings.factories import RIGHT, planned, small_files
from tests.filings.portal.front import Front

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity, User
from scarabee.accounts.portal import health, morning
from scarabee.accounts.portal.connection_tests import run_all, start_test
from scarabee.accounts.services.users import create_user
from scarabee.dossiers.models import Act, Employer
from scarabee.filings.enums import FilingState
from scarabee.filings.models import EmployerFiling, Filing, FilingFindings
from scarabee.filings.services import after_restore, inquiries, orders, releases, rounds, standing
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.returns.services import collecting

pytestmark = pytest.mark.django_db
S = FilingState
OWNER = Actor.owner()
BACKEND = "scarabee.accounts.backends.AccountBackend"


def real(user: User, number: int = 0, **columns: Any) -> Filing:
    """A réel filing, planned now: the first of its kind, or another."""
    return planned(list(small_files(real=True))[number], user, **columns)


def restored(filing: Filing, row: dict[str, Any], made_at: Any) -> Filing:
    """This filing as it was, as a restore brings it back."""
    filing.proofs.all().delete()
    filing.moves.all().delete()
    Filing.objects.filter(pk=filing.pk).update(**row)
    returned(made_at)
    filing.refresh_from_db()
    return filing


def returned(made_at: Any) -> after_restore.Settled:
    """Back to a backup, and the blue ball pressed for everybody: the portal still takes these passwords."""
    settled = after_restore.settle(actor=OWNER, made_at=made_at)
    for held in PortalIdentifiers.objects.select_related("user"):
        press(held.user)
    return settled


def press(user: User) -> None:
    """The blue ball on what is kept, whatever the portal says."""
    run_all(actor=OWNER, test=start_test(actor=OWNER, user=user, entry=None))


def row_of(filing: Filing) -> dict[str, Any]:
    return Filing.objects.filter(pk=filing.pk).values().get()


def work(clock: Clock, minutes: int = 56) -> None:
    """What worker and clock do for so long, looked at now and then."""
    for _ in range(minutes // 8):
        clock.advance(minutes=8)
        releases.release_due()
        rounds.portal_round()


def test_what_left_after_the_backup_is_found_again_and_the_portal_has_it_once(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing, made_at = real(lucie), now()
    row = row_of(filing)
    clock.advance(minutes=30)
    rounds.portal_round()
    clock.advance(hours=8)
    restored(filing, row, made_at)
    assert filing.state == S.HELD and "peut-être parti" in filing.problem
    work(clock)
    filing.refresh_from_db()
    (kept,) = bouchon.state.store.deposits()
    assert (filing.state, filing.idflux) == (S.CONFORM, kept.idflux)
    assert not after_restore.open_acts().exists()


def test_what_did_not_leave_waits_for_a_person_who_may_order_it_once_the_portal_was_asked(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    other = real(lucie, 1)
    rounds.portal_round()
    filing, made_at = real(lucie), now()
    restored(filing, row_of(filing), made_at)
    assert orders.order(actor=OWNER, filings=[filing], real_confirmed=True).refused[0][1].startswith("Scarabée est rev")
    work(clock)
    filing.refresh_from_db()
    assert filing.state == S.HELD and bouchon.state.store.count() == 1
    assert orders.order(actor=OWNER, filings=[filing], real_confirmed=True).planned
    rounds.portal_round()
    assert {one.idflux for one in bouchon.state.store.deposits()} == set(
        Filing.objects.filter(pk__in=[filing.pk, other.pk]).values_list("idflux", flat=True)
    )


@pytest.mark.parametrize("state", [S.CHECKED, S.CANCELLED, S.NOT_DEPOSITED, S.REJECTED_LOCALLY])
def test_what_a_person_ordered_after_the_backup_is_found_again_too(
    bouchon: Bouchon, lucie: User, clock: Clock, state: FilingState
) -> None:
    filing, made_at = real(lucie), now()
    row = row_of(filing) | {"state": state, "planned_at": None, "next_at": None}
    clock.advance(minutes=5)
    rounds.portal_round()
    clock.advance(days=1)
    restored(filing, row, made_at)
    work(clock)
    filing.refresh_from_db()
    assert filing.idflux == bouchon.state.store.deposits()[0].idflux
    assert filing.state == S.CONFORM


def test_a_deposit_whose_file_came_after_the_backup_is_recorded_and_stands_in_the_way_of_a_second_one(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing, made_at = real(lucie), now()
    clock.advance(minutes=5)
    rounds.portal_round()
    clock.advance(hours=1)
    dossier = filing.dossier
    filing.delete()
    returned(made_at)
    work(clock)
    (found,) = Filing.objects.all()
    assert (found.siret, found.month, found.dossier) == (filing.siret, filing.month, dossier)
    assert found.state == S.CONFORM
    again = real(lucie, state=S.CHECKED)
    assert "ne se dépose pas deux fois" in orders.order(actor=OWNER, filings=[again], real_confirmed=True).refused[0][1]


def test_a_deposit_of_an_employer_who_is_not_here_is_shown_only(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    filing, made_at = real(lucie), now()
    clock.advance(minutes=5)
    rounds.portal_round()
    filing.delete()
    Employer.objects.all().delete()
    act = returned(made_at).act
    work(clock)
    (told,) = Act.objects.get(pk=act).receipt["found"].values()
    assert (told["siret"], told["month"], told["filing"], told["clear"]) == (filing.siret, filing.month, None, True)
    assert not Filing.objects.exists() and not after_restore.open_acts().exists()


def test_a_sending_that_the_backup_caught_is_unknown_then_found(bouchon: Bouchon, lucie: User, clock: Clock) -> None:
    filing, made_at = real(lucie), now()
    row = row_of(filing) | {
        "state": S.SENDING, "started_at": now(), "attempt_token": "a" * 32, "seen": [],
        "identity_id": lucie.portal_identifiers.identity_id, "holder_id": lucie.pk,
    }  # fmt: skip
    rounds.portal_round()
    clock.advance(hours=3)
    restored(filing, row, made_at)
    assert filing.state == S.UNKNOWN
    work(clock, 16)
    filing.refresh_from_db()
    assert filing.state == S.CONFORM and bouchon.state.store.count() == 1


def test_while_the_portal_is_away_nothing_real_is_ordered_and_the_asking_goes_on_later(
    bouchon: Bouchon, lucie: User, clock: Clock, front: Front
) -> None:
    filing, made_at = real(lucie), now()
    row = row_of(filing)
    rounds.portal_round()
    clock.advance(hours=1)
    restored(filing, row, made_at)
    bouchon.start_incident("maintenance")
    work(clock, 20)
    act = after_restore.open_acts().get()
    assert any(look["problem"] for look in act.receipt["looks"].values())
    assert orders.order(actor=OWNER, filings=[filing], real_confirmed=True).refused
    bouchon.end_incident("maintenance")
    work(clock, 64)
    filing.refresh_from_db()
    assert filing.state == S.CONFORM and bouchon.state.store.count() == 1


def test_an_administrateur_may_close_the_asking_and_a_person_may_decide_for_one_deposit(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing, made_at = real(lucie), now()
    restored(filing, row_of(filing), made_at)
    orders.decide_again(actor=OWNER, filing=filing, reason="regardé sur net-entreprises.fr")
    filing.refresh_from_db()
    assert orders.why_not(filing, real_confirmed=True) == ""
    other = real(lucie, 1, state=S.CHECKED)
    assert orders.why_not(other, real_confirmed=True)
    with pytest.raises(NotAllowed):
        after_restore.close(actor=Actor.of(lucie), reason="regardé moi-même")
    with pytest.raises(Refusal):
        after_restore.close(actor=OWNER, reason="")
    after_restore.close(actor=OWNER, reason="regardé sur net-entreprises.fr")
    assert orders.why_not(other, real_confirmed=True) == ""
    assert inquiries.run_due() == 0


def test_standing_orders_rest_until_an_administrateur_confirms_them(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    filing = real(lucie, state=S.HELD, standing=True, release_at=now() + timedelta(hours=1))
    FilingFindings.objects.create(filing=filing)
    EmployerFiling.objects.create(siret=filing.siret, standing_dossier=filing.dossier, standing_by="Zoé")
    assert returned(now()).orders == 1
    filing.refresh_from_db()
    assert (filing.state, filing.release_at) == (S.HELD, None)
    work(clock, 120)
    filing.refresh_from_db()
    assert filing.state == S.HELD and bouchon.state.store.count() == 0
    assert "suspendus" in standing.why_not(filing)
    administrator = create_user(actor=OWNER, username="Administrateur", is_administrator=True)
    with pytest.raises(NotAllowed):
        after_restore.confirm_orders(actor=Actor.of(lucie))
    assert after_restore.confirm_orders(actor=Actor.of(administrator)) == 1
    assert standing.why_not(filing) == ""
    with pytest.raises(Refusal):
        after_restore.confirm_orders(actor=OWNER)


def test_without_any_account_of_the_portal_there_is_nothing_to_ask(db: None, clock: Clock) -> None:
    after_restore.settle(actor=OWNER, made_at=now())
    rounds.portal_round()
    assert not after_restore.open_acts().exists()
    assert after_restore.last_act() is not None


def test_no_identifiers_of_a_backup_go_by_themselves_before_the_blue_ball_tried_them(
    bouchon: Bouchon, lucie: User, clock: Clock
) -> None:
    press(lucie)
    filing, made_at = real(lucie), now()
    row = row_of(filing)
    bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, "Nouveau.2026-Sel")
    Filing.objects.filter(pk=filing.pk).update(**row)
    sent = len(bouchon.authentications)
    after_restore.settle(actor=OWNER, made_at=made_at)
    clock.advance(days=1)
    assert morning.run_due() == 0
    work(clock)
    collecting.run_due()
    assert len(bouchon.authentications) == sent
    assert "revient d’une sauvegarde" in health.alerts(OWNER)[0].text
    press(lucie)  # a person tries, and hears that the password is another one
    assert [one.status for one in bouchon.authentications[sent:]] != [200]
    assert PortalIdentity.objects.get().frozen_cause == "identifiants_refuses"


@pytest.mark.parametrize("cause", ["compte_bloque", "identifiants_refuses", "non_inscrit"])
def test_what_the_portal_had_refused_before_the_backup_stays_stopped(
    bouchon: Bouchon, lucie: User, clock: Clock, cause: str
) -> None:
    PortalIdentity.objects.update(state=IdentityState.FROZEN, frozen_cause=cause, last_success_at=now())
    after_restore.settle(actor=OWNER, made_at=now())
    clock.advance(days=2)
    assert morning.run_due() == 0
    work(clock)
    assert not bouchon.authentications


def test_the_page_says_what_waits_and_what_the_portal_answered_and_takes_the_decisions(
    bouchon: Bouchon, lucie: User, clock: Clock, django_assert_max_num_queries: Any
) -> None:
    create_user(actor=OWNER, username="Administrateur", password=PASSWORD, is_administrator=True)
    filing, made_at = real(lucie), now()
    row = row_of(filing)
    EmployerFiling.objects.create(siret=filing.siret, standing_dossier=filing.dossier, standing_by="Zoé")
    rounds.portal_round()
    clock.advance(hours=8)
    filing.proofs.all().delete()
    filing.moves.all().delete()
    Filing.objects.filter(pk=filing.pk).update(**row)
    after_restore.settle(actor=OWNER, made_at=made_at)
    address = reverse("filings:after-restore")
    assert visit(address).status_code == 200
    assert "Voir ce qui reste à régler" in visit("/").content.decode()
    client = administrateur()
    client.get(address)
    with django_assert_max_num_queries(10):
        told = client.get(address).content.decode().replace("\xa0", " ")
    assert "Vérifier le compte de" in told and "Aucun compte n’a encore pu être interrogé" in told
    assert f"Dépôt n° {filing.pk}" in told and "1 ordre permanent est suspendu" in told
    assert "en vigueur" in post(address, do="confirmer") and not after_restore.resting()
    press(lucie)
    work(clock)
    told = visit(address).content.decode()
    assert "rien à confirmer" in told and "retrouvé" in told and "Vérifier le compte de" not in told
    assert "Voir ce qui reste à régler" not in told


def test_an_administrateur_may_close_the_search_with_a_reason_on_the_page(lucie: User, clock: Clock) -> None:
    create_user(actor=OWNER, username="Administrateur", password=PASSWORD, is_administrator=True)
    after_restore.settle(actor=OWNER, made_at=now())
    address = reverse("filings:after-restore")
    assert "alert" in post(address, do="clore", pourquoi="") and after_restore.open_acts().exists()
    assert "La recherche est close" in post(address, do="clore", pourquoi="Vu sur net-entreprises.fr.")
    assert not after_restore.open_acts().exists()
    client = Client()
    client.force_login(lucie)
    assert client.get(address).status_code == 403


def administrateur() -> Client:
    client = Client()
    client.force_login(User.objects.get(username="Administrateur"), backend=BACKEND)
    return client


def visit(address: str) -> Any:
    return administrateur().get(address)


def post(address: str, **data: str) -> str:
    return administrateur().post(address, data, follow=True).content.decode()
