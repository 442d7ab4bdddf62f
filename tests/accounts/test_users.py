import pytest
from django.core.exceptions import ValidationError

from scarabee.accounts.models import User
from scarabee.accounts.services.first_start import first_start_pending
from scarabee.accounts.services.users import create_user, ensure_administrator
from scarabee.maintenance.errors import NotAllowed
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db

GOOD = "corail dune sextant 47"


def test_names_differ_by_more_than_case(owner: Actor) -> None:
    create_user(actor=owner, username="Élise", password=GOOD)
    with pytest.raises(ValidationError, match="Un compte porte déjà ce nom"):
        create_user(actor=owner, username="ÉLISE", password=GOOD)
    assert User.objects.get_by_natural_key("éLISE").username == "Élise"


@pytest.mark.parametrize("weak", ["trop court", "q1w2e3r4t5y6", "123456789012345", "Lucie Lucie 1"])
def test_weak_passwords_are_refused(owner: Actor, weak: str) -> None:
    with pytest.raises(ValidationError):
        create_user(actor=owner, username="Lucie Lucie", password=weak)
    assert not User.objects.exists()
    assert not JournalEntry.objects.exists()


def test_an_empty_name_is_refused(owner: Actor) -> None:
    with pytest.raises(ValidationError):
        create_user(actor=owner, username="   ", password=GOOD)


def test_only_an_administrator_creates_accounts(owner: Actor) -> None:
    clerk = create_user(actor=owner, username="Lucie", password=GOOD)
    with pytest.raises(NotAllowed):
        create_user(actor=Actor.of(clerk), username="Paul", password=GOOD)


def test_creating_an_account_is_journalled_without_its_password(owner: Actor) -> None:
    user = create_user(actor=owner, username="Lucie", password=GOOD)
    entry = JournalEntry.objects.get()
    assert entry.code == "compte.cree"
    assert entry.facts == {"user_id": user.pk, "username": "Lucie", "administrator": False}


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
