from datetime import timedelta

import pytest
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.accounts.conftest import GOOD, Enrol, SignIn

from scarabee.accounts.models import OneTimeLink, Session, User
from scarabee.accounts.services.passwords import change_password, finish_reset, reset_user
from scarabee.accounts.services.users import is_locked
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db

OTHER = "marée lanterne orge 12"
TWICE = {"password": OTHER, "confirmation": OTHER}
WEAK = {
    "mon secret": "12 caractères",
    "q1w2e3r4t5y6": "trop courant",
    "19640827051980": "entièrement numérique",
    "lucie lucie 12": "nom",
    "Lucie-2026-x": "nom du compte",
    "aaaaaaaaaaaa": "se répète",
    "123412341234": "se répète",
    "abcabcabcabc": "se répète",
    "tulipe9tulipe9": "se répète",
    "azertyuiop123456": "suite de touches",
    "poiuytreza987654": "suite de touches",
    "abcdefghijklm": "suite de touches",
    "motdepasse2026!": "mot connu",
    "!!Scarabée!!2026": "mot connu",
    "l" * 200 + "corail dune sextant" * 4: "trop long",
}


def test_a_short_password_without_a_repeated_letter_is_only_told_that_it_is_short() -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password("dune", User(username="Lucie"))
    assert "12 caractères" in " ".join(refused.value.messages)
    assert "se répète" not in " ".join(refused.value.messages)


@pytest.mark.parametrize("weak", WEAK, ids=lambda password: password[:20])
def test_weak_passwords_are_refused_in_french(weak: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(weak, User(username="Lucie"))
    words = " ".join(refused.value.messages)
    assert WEAK[weak] in words
    assert weak not in words


@pytest.mark.parametrize(
    "strong",
    [
        GOOD,
        OTHER,
        "le facteur passe à neuf heures",
        "xkQ7vRpm2ZtW",
        "ouhla-quelle-histoire",
        "ma tulipe, ma tulipe rit",
    ],
)
def test_length_is_enough_whatever_the_kinds_of_characters(strong: str) -> None:
    validate_password(strong, User(username="Lucie"))


def test_passwords_are_kept_with_argon2id() -> None:
    from scarabee.settings import base

    assert base.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    from django.contrib.auth.hashers import Argon2PasswordHasher

    hasher = Argon2PasswordHasher()
    assert hasher.encode(GOOD, hasher.salt()).startswith("argon2$argon2id$")
    assert get_hasher().algorithm == "md5"  # of the tests alone


def test_changing_a_password_ends_the_other_sessions(lucie: User, sign_in: SignIn) -> None:
    here, elsewhere = sign_in("Lucie"), sign_in("Lucie")
    before = timezone.now() - timedelta(seconds=1)
    change_password(actor=Actor.of(lucie), user=lucie, password=OTHER, but_key=here.session.session_key or "")
    assert elsewhere.get("/").status_code == 302
    assert Session.objects.get(user_id=lucie.pk).session_key == here.session.session_key
    user = User.objects.get(pk=lucie.pk)
    assert user.check_password(OTHER)
    assert user.password_changed_at is not None and user.password_changed_at > before


def test_a_change_is_journalled_with_who_did_it_and_without_the_password(administrator: User, lucie: User) -> None:
    change_password(actor=Actor.of(administrator), user=lucie, password=OTHER)
    entry = JournalEntry.objects.first()
    assert entry is not None
    assert (entry.code, entry.actor_name) == ("mot_de_passe.change", "Administrateur")
    assert entry.facts == {"user_id": lucie.pk, "username": "Lucie"}
    assert OTHER not in str(JournalEntry.objects.values_list())


def test_a_weak_password_changes_nothing(lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie")
    with pytest.raises(ValidationError):
        change_password(actor=Actor.of(lucie), user=lucie, password="aaaaaaaaaaaa")
    assert browser.get("/").status_code == 200


def test_a_clerk_changes_the_password_of_nobody_else(administrator: User, lucie: User) -> None:
    with pytest.raises(NotVisible):
        change_password(actor=Actor.of(lucie), user=administrator, password=OTHER)


def test_a_reset_leaves_nothing_but_the_link(administrator: User, lucie: User, sign_in: SignIn, enrol: Enrol) -> None:
    browser = sign_in("Lucie")
    enrol(lucie)
    for _ in range(5):
        sign_in("Lucie", "faux")
    token = reset_user(actor=Actor.of(administrator), user=lucie)
    user = User.objects.get(pk=lucie.pk)
    assert not user.has_usable_password()
    assert user.second_factor_sealed == ""
    assert not is_locked(user)
    assert browser.get("/").status_code == 302
    assert token not in str(OneTimeLink.objects.values_list()) + str(JournalEntry.objects.values_list())


def test_the_person_chooses_a_password_from_any_machine_and_is_signed_in(administrator: User, lucie: User) -> None:
    url = reverse("accounts:reset", args=[reset_user(actor=Actor.of(administrator), user=lucie)])
    elsewhere = Client(REMOTE_ADDR="192.168.1.20", headers={"X-Forwarded-For": "10.0.0.1"})
    assert "Lucie" in elsewhere.get(url).text
    assert "12 caractères" in elsewhere.post(url, {"password": "court", "confirmation": "court"}).text
    response = elsewhere.post(url, TWICE, follow=True)
    assert response.context["request"].user == lucie
    user = User.objects.get(pk=lucie.pk)
    assert user.check_password(OTHER)
    assert user.password_changed_at is not None
    assert JournalEntry.objects.filter(code="mot_de_passe.choisi", actor_name="Lucie").exists()
    assert Client().post(url, TWICE).status_code == 403


def test_the_link_dies_after_a_quarter_of_an_hour_and_with_the_next_one(
    administrator: User, lucie: User, owner: Actor
) -> None:
    first = reverse("accounts:reset", args=[reset_user(actor=owner, user=lucie)])
    second = reverse("accounts:reset", args=[reset_user(actor=owner, user=lucie)])
    assert Client().get(first).status_code == 403
    OneTimeLink.objects.update(expires_at=timezone.now())
    refused = Client().get(second)
    assert refused.status_code == 403
    assert "Administrateur" in refused.text


def test_a_link_used_meanwhile_changes_nothing_more(lucie: User, owner: Actor) -> None:
    token = reset_user(actor=owner, user=lucie)
    from scarabee.accounts import links
    from scarabee.accounts.enums import LinkPurpose

    link = links.find(LinkPurpose.RESET, token)
    assert link is not None
    assert finish_reset(link=link, password=OTHER) == lucie
    assert finish_reset(link=link, password=GOOD) is None
    assert User.objects.get(pk=lucie.pk).check_password(OTHER)


def test_a_link_of_another_purpose_resets_nothing(lucie: User) -> None:
    from scarabee.accounts.services.sign_in import create_sign_in_link

    assert Client().get(reverse("accounts:reset", args=[create_sign_in_link(lucie)])).status_code == 403
