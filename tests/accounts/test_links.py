from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from scarabee.accounts.models import OneTimeLink, User
from scarabee.accounts.services.first_start import create_first_start_link
from scarabee.accounts.services.sign_in import create_sign_in_link
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

GOOD = "corail dune sextant 47"
TWICE = {"password": GOOD, "confirmation": GOOD}


@pytest.fixture
def first_start_url(owner: Actor) -> str:
    return reverse("accounts:first_start", args=[create_first_start_link(actor=owner)])


def _expire_links() -> None:
    for link in OneTimeLink.objects.all():
        link.expires_at -= timedelta(minutes=15, seconds=1)
        link.save()


def test_before_the_first_start_every_address_explains_it(client: Client, owner: Actor) -> None:
    for path in ("/", "/connexion/", "/journal/", "/nulle-part/", "/dossiers/"):
        response = client.get(path)
        assert response.status_code == 403
        assert "scarabee demarrer" in response.text


def test_the_owner_sets_the_password_and_is_signed_in(client: Client, first_start_url: str) -> None:
    assert client.get(first_start_url).status_code == 200
    response = client.post(first_start_url, TWICE, follow=True)
    assert response.redirect_chain == [("/", 302)]
    assert response.context["request"].user.username == "Administrateur"
    assert User.objects.get().check_password(GOOD)


def test_the_first_start_link_is_good_once(client: Client, first_start_url: str) -> None:
    client.post(first_start_url, TWICE)
    other = {"password": "autre phrase de passe", "confirmation": "autre phrase de passe"}
    assert Client().post(first_start_url, other).status_code == 403
    assert User.objects.get().check_password(GOOD)


def test_a_weak_or_differing_password_leaves_the_link_good(client: Client, first_start_url: str) -> None:
    weak = client.post(first_start_url, {"password": "court", "confirmation": "court"})
    assert weak.status_code == 200
    assert "12 caractères" in weak.text
    differing = client.post(first_start_url, {"password": GOOD, "confirmation": GOOD + "!"})
    assert "diffèrent" in differing.text
    assert client.post(first_start_url, TWICE).status_code == 302


def test_the_first_start_link_expires(client: Client, first_start_url: str) -> None:
    _expire_links()
    assert client.get(first_start_url).status_code == 403
    assert client.post(first_start_url, TWICE).status_code == 403
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize(
    "origin",
    [
        {"REMOTE_ADDR": "192.168.1.20"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.168.1.20"},
    ],
)
def test_the_first_start_link_works_on_this_machine_only(
    client: Client, first_start_url: str, origin: dict[str, str]
) -> None:
    assert client.post(first_start_url, TWICE, **origin).status_code == 403
    assert client.post(first_start_url, TWICE, REMOTE_ADDR="::1").status_code == 302


def test_a_new_first_start_link_ends_the_former(client: Client, first_start_url: str, owner: Actor) -> None:
    create_first_start_link(actor=owner)
    assert client.get(first_start_url).status_code == 403


def test_tokens_are_not_kept(owner: Actor) -> None:
    token = create_first_start_link(actor=owner)
    assert token not in str(OneTimeLink.objects.values_list())


def test_a_sign_in_link_survives_a_preview_and_works_once(client: Client, administrator: User) -> None:
    url = reverse("accounts:sign_in_link", args=[create_sign_in_link(administrator)])
    for _ in range(3):
        assert "Entrer" in client.get(url).text
    response = client.post(url, follow=True)
    assert response.context["request"].user == administrator
    assert Client().post(url).status_code == 403
    assert Client().get(url).status_code == 403


def test_a_sign_in_link_expires_and_dies_with_its_account(client: Client, administrator: User) -> None:
    url = reverse("accounts:sign_in_link", args=[create_sign_in_link(administrator)])
    _expire_links()
    assert client.post(url).status_code == 403
    clerk = User.objects.create(username="Lucie")
    url = reverse("accounts:sign_in_link", args=[create_sign_in_link(clerk)])
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    assert client.post(url).status_code == 403


def test_a_sign_in_link_is_no_first_start_link(client: Client, administrator: User) -> None:
    token = create_sign_in_link(administrator)
    assert client.post(reverse("accounts:first_start", args=[token]), TWICE).status_code == 403
