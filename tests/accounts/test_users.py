from typing import Any

import pytest
from django.core.exceptions import ValidationError
from tests.accounts.conftest import GOOD, SignIn

from scarabee.accounts import directory, links
from scarabee.accounts.enums import LinkPurpose
from scarabee.accounts.models import Membership, Session, User
from scarabee.accounts.services import users
from scarabee.accounts.services.first_start import administrator_needs_password, first_start_pending
from scarabee.accounts.services.users import create_user, ensure_administrator
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db


def _last() -> JournalEntry:
    entry = JournalEntry.objects.first()
    assert entry is not None
    return entry


def test_names_differ_by_more_than_case(owner: Actor) -> None:
    create_user(actor=owner, username="Élise", password=GOOD)
    with pytest.raises(ValidationError, match="Un compte porte déjà ce nom"):
        create_user(actor=owner, username="ÉLISE", password=GOOD)
    assert User.objects.get_by_natural_key("éLISE").username == "Élise"


@pytest.mark.parametrize("name", ["   ", "", "Lucie\u200b", "Lu\ncie", "L" * 151])
def test_an_empty_long_or_invisible_name_is_refused(owner: Actor, name: str) -> None:
    with pytest.raises(ValidationError):
        create_user(actor=owner, username=name, password=GOOD)
    assert not User.objects.exists()


def test_only_an_administrator_creates_accounts(owner: Actor) -> None:
    clerk = create_user(actor=owner, username="Lucie", password=GOOD)
    with pytest.raises(NotAllowed):
        create_user(actor=Actor.of(clerk), username="Paul", password=GOOD)


def test_creating_an_account_is_journalled_without_its_password(owner: Actor) -> None:
    user = create_user(actor=owner, username="Lucie", password=GOOD)
    entry = JournalEntry.objects.get()
    assert entry.code == "compte.cree"
    assert entry.facts == {"user_id": user.pk, "username": "Lucie", "administrator": False}
    assert user.password_changed_at is not None


def test_a_usual_role_opens_no_dossier(owner: Actor) -> None:
    create_dossier(actor=owner, name="Essai")
    user = create_user(actor=owner, username="Lucie", password=GOOD, usual_role="gestionnaire")
    assert not user.memberships.exists()
    assert directory.account(user).role == "gestionnaire"
    with pytest.raises(ValidationError):
        create_user(actor=owner, username="Paul", password=GOOD, usual_role="chef")


def test_the_first_start_is_over_when_an_administrator_has_a_password(owner: Actor) -> None:
    assert first_start_pending()
    administrator = ensure_administrator(actor=owner)
    assert ensure_administrator(actor=owner) == administrator
    assert first_start_pending()
    create_user(actor=owner, username="Lucie", password=GOOD)
    assert first_start_pending()
    administrator.set_password(GOOD)
    administrator.save()
    assert not first_start_pending()


def test_the_rights_of_the_actor_are_read_again_in_the_act(administrator: User, lucie: User) -> None:
    stale = Actor.of(administrator)
    User.objects.filter(pk=administrator.pk).update(is_administrator=False)
    for act in (users.deactivate_user, users.reactivate_user, users.unlock_user, users.reset_user):
        with pytest.raises(NotAllowed):
            act(actor=stale, user=lucie)
    lucie.refresh_from_db()
    assert lucie.is_active
    assert lucie.has_usable_password()


def test_an_account_that_was_closed_acts_no_more(owner: Actor, administrator: User, lucie: User) -> None:
    second = create_user(actor=owner, username="Paul", password=GOOD, is_administrator=True)
    stale = Actor.of(second)
    users.deactivate_user(actor=owner, user=second)
    with pytest.raises(NotAllowed):
        users.deactivate_user(actor=stale, user=lucie)
    with pytest.raises(NotVisible):
        users.change_password(actor=stale, user=second, password=GOOD + " bis")


def test_a_clerk_finds_nobody_but_himself(administrator: User, lucie: User) -> None:
    actor = Actor.of(lucie)
    assert users.user_by_name(actor=actor, name=" lucie ") == lucie
    messages = []
    for name in ("Administrateur", "Personne"):
        with pytest.raises(NotVisible) as refused:
            users.user_by_name(actor=actor, name=name)
        messages.append(refused.value.message.replace(name, "…"))
    assert len(set(messages)) == 1
    assert list(directory.users_visible_to(actor)) == [lucie]
    assert list(directory.users_visible_to(Actor.of(administrator))) == [administrator, lucie]


def test_closing_an_account_ends_its_sessions_and_links_and_keeps_the_rest(
    owner: Actor, administrator: User, lucie: User, sign_in: SignIn
) -> None:
    dossier = create_dossier(actor=owner, name="Essai")
    Membership.objects.create(user=lucie, dossier=dossier, role="lecture")
    browser = sign_in("Lucie")
    assert browser.get("/").status_code == 200
    token = links.create(LinkPurpose.SIGN_IN, lucie)
    users.deactivate_user(actor=Actor.of(administrator), user=lucie)
    assert not Session.objects.filter(user_id=lucie.pk).exists()
    assert browser.get("/").status_code == 302
    assert links.find(LinkPurpose.SIGN_IN, token) is None
    assert User.objects.get(pk=lucie.pk).memberships.count() == 1
    assert _last().code == "compte.desactive"
    assert _last().actor_name == "Administrateur"


def test_an_account_opened_again_has_its_rights_and_password(owner: Actor, lucie: User, sign_in: SignIn) -> None:
    users.deactivate_user(actor=owner, user=lucie)
    assert "_auth_user_id" not in sign_in("Lucie").session
    users.reactivate_user(actor=owner, user=lucie)
    assert "_auth_user_id" in sign_in("Lucie").session


def test_doing_it_twice_is_journalled_once(owner: Actor, lucie: User) -> None:
    for act in (users.deactivate_user, users.deactivate_user, users.reactivate_user, users.reactivate_user):
        act(actor=owner, user=lucie)
    codes = list(JournalEntry.objects.values_list("code", flat=True))
    assert codes.count("compte.desactive") == codes.count("compte.reactive") == 1


def test_the_last_administrator_is_not_closed(owner: Actor, administrator: User) -> None:
    with pytest.raises(Refusal, match="dernier Administrateur"):
        users.deactivate_user(actor=owner, user=administrator)
    without_password = create_user(actor=owner, username="Paul", is_administrator=True)
    with pytest.raises(Refusal, match="dernier Administrateur"):
        users.deactivate_user(actor=owner, user=administrator)
    users.deactivate_user(actor=owner, user=without_password)
    administrator.refresh_from_db()
    assert administrator.is_active


def test_the_last_administrator_is_not_reset_by_link_but_at_the_machine(owner: Actor, administrator: User) -> None:
    with pytest.raises(Refusal, match="scarabee utilisateurs reinitialiser"):
        users.reset_user(actor=Actor.of(administrator), user=administrator)
    assert User.objects.get(pk=administrator.pk).check_password(GOOD)
    users.reset_with_password(actor=owner, user=administrator, password="autre phrase de passe 9")
    assert User.objects.get(pk=administrator.pk).check_password("autre phrase de passe 9")
    assert not first_start_pending()


def test_a_closed_account_is_not_reset(owner: Actor, administrator: User, lucie: User) -> None:
    users.deactivate_user(actor=owner, user=lucie)
    for act in (users.reset_user, lambda **named: users.reset_with_password(password=GOOD, **named)):
        with pytest.raises(Refusal, match="désactivé"):
            act(actor=owner, user=lucie)


def test_a_closed_administrateur_is_offered_no_first_start(owner: Actor) -> None:
    create_user(actor=owner, username="Paul", password=GOOD, is_administrator=True)
    account = ensure_administrator(actor=owner)
    assert administrator_needs_password()
    users.deactivate_user(actor=owner, user=account)
    assert not administrator_needs_password()


def test_the_usual_role_is_changed_and_journalled(owner: Actor, lucie: User) -> None:
    users.set_usual_role(actor=owner, user=lucie, role="lecture")
    assert User.objects.get(pk=lucie.pk).usual_role == "lecture"
    assert _last().facts["role"] == "lecture"
    with pytest.raises(Refusal):
        users.set_usual_role(actor=owner, user=lucie, role="chef")


def test_accounts_are_listed_in_two_queries(
    owner: Actor, administrator: User, lucie: User, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        dossier = create_dossier(actor=owner, name=f"Essai {number}")
        Membership.objects.create(user=lucie, dossier=dossier, role="lecture")
    with django_assert_num_queries(3):
        listed = directory.accounts(User.objects.all())
    assert [one.role for one in listed] == ["administrateur", "lecture"]
    assert [given.name for given in listed[1].dossiers] == ["Essai 0", "Essai 1", "Essai 2"]
