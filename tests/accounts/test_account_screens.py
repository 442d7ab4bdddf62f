"""The screens of the accounts: who is listed, what is done to them, and one's own account."""

import html
import re
from datetime import timedelta

import pyotp
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.accounts.conftest import GOOD, Clock, Enrol, SignIn
from tests.conftest import PASSWORD
from tests.sent_forms import form_of

from scarabee.accounts import lock_out
from scarabee.accounts.account_urls import urlpatterns
from scarabee.accounts.models import Membership, PortalIdentifiers, Session, User
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.accounts.services.rights import set_roles
from scarabee.accounts.services.users import create_user, deactivate_user
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import archive_dossier, create_dossier
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

LIST = "/centre/comptes/"
OWN = "/mon-compte/"
NEW_PASSWORD = "ancre phare boussole 31"


def text_of(answer: object) -> str:
    """What a reader sees: no tags, single spaces."""
    without = re.sub(r"<(script|svg).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)  # type: ignore[attr-defined]
    return " ".join(html.unescape(without).split())


@pytest.fixture
def nord(owner: Actor) -> Dossier:
    return create_dossier(actor=owner, name="Secteur nord")


@pytest.fixture
def not_confirmed(administrator: User) -> Client:
    """Administrateur's browser, which pressed *Confirmer* never."""
    client = Client()
    client.force_login(administrator, backend="scarabee.accounts.backends.AccountBackend")
    return client


@pytest.fixture
def admin_client(admin_client: Client) -> Client:
    """Administrateur's browser, the password confirmed a moment ago."""
    admin_client.post(f"{OWN}confirmer/", {"confirmation": PASSWORD})
    return admin_client


@pytest.fixture
def confirmed(admin_client: Client) -> Client:
    """Administrateur's browser, the password confirmed a moment ago."""
    answer = admin_client.post(f"{OWN}confirmer/", {"confirmation": PASSWORD})
    assert answer.status_code == 302
    return admin_client


# Who sees what -----------------------------------------------------------------------------------


def test_whoever_is_no_administrator_sees_his_own_account_and_no_other(
    lucie: User, administrator: User, sign_in: SignIn
) -> None:
    browser = sign_in("Lucie")
    assert browser.get(LIST).status_code == 403
    assert browser.get(f"{LIST}nouveau/").status_code == 403
    for pk in (administrator.pk, lucie.pk, 4_000_000):
        assert browser.get(f"{LIST}{pk}/").status_code == 404
        assert browser.post(f"{LIST}{pk}/desactiver/").status_code == 404
    assert User.objects.filter(is_active=True).count() == 2
    page = browser.get(OWN)
    assert "Lucie" in page.text
    assert LIST not in page.text
    assert OWN in browser.get("/").text


def test_the_menu_leads_an_administrator_to_the_accounts(admin_client: Client) -> None:
    page = text_of(admin_client.get("/"))
    assert "Comptes utilisateurs / Droits d’accès" in page


def test_nothing_is_done_by_merely_looking(confirmed: Client, lucie: User) -> None:
    before = User.objects.values().get(pk=lucie.pk)
    for pattern in urlpatterns:
        kwargs = {"pk": lucie.pk} if "pk" in str(pattern.pattern) else {}
        if "uuid" not in str(pattern.pattern):
            assert confirmed.get(reverse(f"accounts:{pattern.name}", kwargs=kwargs)).status_code in {200, 405}
    assert User.objects.values().get(pk=lucie.pk) == before


def test_no_browser_keeps_these_pages(confirmed: Client, lucie: User) -> None:
    for address in (LIST, f"{LIST}{lucie.pk}/", f"{LIST}{lucie.pk}/mot-de-passe/", OWN, f"{OWN}mot-de-passe/"):
        assert "no-store" in confirmed.get(address).headers["Cache-Control"]


# The list ----------------------------------------------------------------------------------------


def test_the_list_says_role_lock_second_factor_and_health_in_words(
    admin_client: Client, owner: Actor, lucie: User, nord: Dossier, sign_in: SignIn, enrol: Enrol
) -> None:
    set_roles(actor=owner, user=lucie, roles={nord.pk: "lecture"})
    enrol(lucie)
    save_identifiers(actor=owner, user=lucie, entry=Entry("73282932000074", "N", "P", "secret"))
    for _ in range(5):
        sign_in("Lucie", "faux")
    page = text_of(admin_client.get(LIST))
    line = page[page.index("Lucie") :]
    assert line.startswith("Lucie bloqué Lecture de 1 dossier oui")
    assert "Pas vérifiés" in line


def test_the_list_is_searched_filtered_and_sorted(admin_client: Client, owner: Actor) -> None:
    zoe = create_user(actor=owner, username="Zoé Lambert")
    create_user(actor=owner, username="Marc")
    User.objects.filter(pk=zoe.pk).update(last_login=now() - timedelta(days=900))
    deactivate_user(actor=owner, user=create_user(actor=owner, username="Ancien"))
    assert "Zoé Lambert" in (found := text_of(admin_client.get(LIST, {"nom": "zoé"})))
    assert "Marc" not in found
    assert "Ancien" not in text_of(admin_client.get(LIST))
    assert "Ancien désactivé" in text_of(admin_client.get(LIST, {"etat": "desactives"}))
    by_name = admin_client.get(LIST, {"tri": "-nom"}).text
    assert by_name.index("Zoé Lambert") < by_name.index(">Marc<") < by_name.index(">Administrateur</a>")
    by_sign_in = admin_client.get(LIST, {"tri": "connexion"}).text
    assert by_sign_in.index("Zoé Lambert") < by_sign_in.index(">Marc<")


def test_the_list_is_paged_in_a_few_questions(
    admin_client: Client, owner: Actor, nord: Dossier, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        user = User.objects.create(username=f"Personne {number:02}", password="!")
        Membership.objects.create(user=user, dossier=nord, role="lecture")
        if number < 20:
            entry = Entry("73282932000074", f"NOM {number}", "P", "secret")
            save_identifiers(actor=owner, user=user, entry=entry)
    with django_assert_max_num_queries(10):
        page = admin_client.get(LIST)
    assert "1–50 sur 61 comptes" in text_of(page)
    assert "Personne 55" in admin_client.get(LIST, {"page": "2"}).text


def test_the_list_as_csv_holds_no_identifier(admin_client: Client, owner: Actor, lucie: User) -> None:
    save_identifiers(actor=owner, user=lucie, entry=Entry("73282932000074", "HERVAULT", "Noémie", "secret"))
    lines = admin_client.get(f"{LIST}liste.csv").getvalue().decode().splitlines()
    assert lines[2].startswith("Lucie;aucun droit;oui;non;non;;Pas vérifiés;")
    assert not [line for line in lines if "73282932000074" in line or "HERVAULT" in line or "secret" in line]


# A new account -----------------------------------------------------------------------------------

NEW = {"username": "Inès", "usual_role": "gestionnaire", "rights": "ceux-ci", "way_in": "adresse"}


def test_a_new_account_gets_its_rights_and_an_address_that_is_shown_once(
    admin_client: Client, nord: Dossier, owner: Actor
) -> None:
    create_dossier(actor=owner, name="Secteur sud")
    page = admin_client.post(f"{LIST}nouveau/", {**NEW, "dossiers": [nord.pk]})
    found = re.search(r'value="http://testserver(/mot-de-passe/[^"]+/)"', page.text)
    assert found is not None
    user = User.objects.get(username="Inès")
    assert list(user.memberships.values_list("dossier__name", "role")) == [("Secteur nord", "gestionnaire")]
    assert found[1] not in admin_client.get(f"{LIST}{user.pk}/").text
    person = Client()
    person.post(found[1], {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD})
    assert person.get(OWN).status_code == 200


def test_a_new_account_may_get_a_password_and_every_open_dossier(
    admin_client: Client, nord: Dossier, owner: Actor, sign_in: SignIn
) -> None:
    archive_dossier(actor=owner, dossier=create_dossier(actor=owner, name="Fini"))
    form = {**NEW, "rights": "tous", "way_in": "mot-de-passe", "password": GOOD, "confirmation": GOOD}
    assert admin_client.post(f"{LIST}nouveau/", form).status_code == 302
    user = User.objects.get(username="Inès")
    assert list(user.memberships.values_list("dossier_id", flat=True)) == [nord.pk]
    assert sign_in("Inès").get("/").status_code == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "LUCIE"}, "Un compte porte déjà ce nom."),
        ({"usual_role": ""}, "Choisissez le rôle à donner dans ces dossiers."),
        ({}, "Cochez au moins un dossier"),
        ({"way_in": "mot-de-passe", "password": "court", "confirmation": "court"}, "trop court"),
        ({"way_in": "mot-de-passe", "password": GOOD, "confirmation": "autre"}, "Les deux saisies diffèrent"),
        ({"way_in": "mot-de-passe"}, "Tapez un mot de passe"),
    ],
)
def test_a_new_account_that_cannot_be_made_says_why_and_forgets_the_password(
    admin_client: Client, lucie: User, changes: dict[str, str], said: str
) -> None:
    rights = {} if said.startswith(("Cochez", "Choisissez")) else {"rights": "aucun"}
    answer = admin_client.post(f"{LIST}nouveau/", {**NEW, **rights, **changes})
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert GOOD not in answer.text
    assert User.objects.count() == 2


# Acts --------------------------------------------------------------------------------------------


def test_each_act_says_what_goes_and_then_does_it(admin_client: Client, lucie: User, sign_in: SignIn) -> None:
    page = f"{LIST}{lucie.pk}/"
    browser = sign_in("Lucie")
    assert "ses sessions ouvertes se ferment aussitôt" in admin_client.get(f"{page}desactiver/").text
    admin_client.post(f"{page}desactiver/")
    assert browser.get("/").status_code == 302
    admin_client.post(f"{page}reactiver/")
    admin_client.post(f"{page}administrateur/")
    lucie.refresh_from_db()
    assert lucie.is_active and lucie.is_administrator
    admin_client.post(f"{page}plus-administrateur/")
    lucie.refresh_from_db()
    assert not lucie.is_administrator


def test_a_lock_is_told_on_the_account_and_opened_by_an_administrator(
    admin_client: Client, lucie: User, sign_in: SignIn
) -> None:
    for _ in range(5):
        sign_in("Lucie", "faux")
    page = admin_client.get(f"{LIST}{lucie.pk}/")
    assert "bloqué" in text_of(page)
    assert f"{LIST}{lucie.pk}/debloquer/" in page.text
    admin_client.post(f"{LIST}{lucie.pk}/debloquer/")
    assert not lock_out.locked_keys(["Lucie"])
    assert f"{LIST}{lucie.pk}/debloquer/" not in admin_client.get(f"{LIST}{lucie.pk}/").text


def test_a_reset_shows_the_address_once_and_ends_the_old_password(
    admin_client: Client, lucie: User, sign_in: SignIn
) -> None:
    answer = admin_client.post(f"{LIST}{lucie.pk}/reinitialiser/")
    assert "no-store" in answer.headers["Cache-Control"]
    found = re.search(r'value="http://testserver(/mot-de-passe/[^"]+/)"', answer.text)
    assert found is not None
    assert sign_in("Lucie").get("/").status_code == 302
    assert Client().get(found[1]).status_code == 200


def test_the_last_administrator_can_neither_be_closed_nor_demoted(admin_client: Client, administrator: User) -> None:
    for act in ("desactiver", "plus-administrateur", "reinitialiser"):
        answer = admin_client.post(f"{LIST}{administrator.pk}/{act}/")
        assert answer.status_code == 409
        assert "dernier Administrateur" in text_of(answer)
    administrator.refresh_from_db()
    assert administrator.is_active and administrator.is_administrator


# Rights ------------------------------------------------------------------------------------------


def test_only_what_was_changed_on_the_page_is_saved(admin_client: Client, owner: Actor, lucie: User) -> None:
    dossiers = [create_dossier(actor=owner, name=f"Dossier {number:03}") for number in range(60)]
    set_roles(actor=owner, user=lucie, roles={dossiers[0].pk: "lecture", dossiers[59].pk: "gestionnaire"})
    address = f"{LIST}{lucie.pk}/droits/"
    page = admin_client.get(address)
    assert "1–50 sur 60 dossiers" in text_of(page)
    form = form_of(page, f"role-{dossiers[1].pk}")
    assert len([name for name in form if name.startswith("role-")]) == 50
    form[f"role-{dossiers[1].pk}"] = "gestionnaire"
    set_roles(actor=owner, user=lucie, roles={dossiers[0].pk: "gestionnaire"})  # somebody else, meanwhile
    admin_client.post(address, form)
    assert dict(lucie.memberships.values_list("dossier__name", "role")) == {
        "Dossier 000": "gestionnaire",
        "Dossier 001": "gestionnaire",
        "Dossier 059": "gestionnaire",
    }


def test_rights_are_searched_and_given_to_all_that_is_found(admin_client: Client, owner: Actor, lucie: User) -> None:
    for name in ("Ligue Nord", "Ligue Sud", "Comité"):
        create_dossier(actor=owner, name=name)
    address = f"{LIST}{lucie.pk}/droits/?dossier=ligue"
    north = Dossier.objects.get(name="Ligue Nord")
    form = form_of(admin_client.get(address), f"role-{north.pk}")
    answer = admin_client.post(address, {**form, "do": "tous", "pour-tous": "lecture"})
    assert answer.headers["Location"] == address
    assert sorted(lucie.memberships.values_list("dossier__name", "role")) == [
        ("Ligue Nord", "lecture"),
        ("Ligue Sud", "lecture"),
    ]
    only_given = text_of(admin_client.get(f"{LIST}{lucie.pk}/droits/", {"montrer": "donnes"}))
    assert "Comité" not in only_given


# Sessions ----------------------------------------------------------------------------------------


def test_one_session_is_ended_and_the_others_go_on(lucie: User, sign_in: SignIn) -> None:
    here, there = sign_in("Lucie", agent="Windows Firefox/140.0"), sign_in("Lucie", agent="Linux Chrome/140.0")
    page = here.get(f"{OWN}sessions/")
    assert "Firefox, Windows cette session" in text_of(page)
    other = Session.objects.get(device="Chrome, Linux")
    assert str(other.pk) not in page.text
    here.post(f"{OWN}sessions/", {"session": str(other.public_id)})
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_signing_out_everywhere_ends_this_session_too(lucie: User, sign_in: SignIn) -> None:
    here, there = sign_in("Lucie"), sign_in("Lucie")
    assert here.post(f"{OWN}sessions/", {"do": "toutes"}).headers["Location"] == "/connexion/"
    assert here.get("/").status_code == there.get("/").status_code == 302


def test_an_administrator_ends_the_sessions_of_another(admin_client: Client, lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie")
    admin_client.post(f"{LIST}{lucie.pk}/sessions/", {"do": "toutes"})
    assert browser.get("/").status_code == 302
    assert admin_client.get("/").status_code == 200


# Passwords and the second factor -----------------------------------------------------------------


def test_one_s_own_password_is_changed_with_the_current_one(lucie: User, sign_in: SignIn) -> None:
    here, there = sign_in("Lucie"), sign_in("Lucie")
    form = {"current": "faux", "password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
    answer = here.post(f"{OWN}mot-de-passe/", form)
    assert answer.status_code == 400
    assert "Ce n’est pas votre mot de passe" in text_of(answer)
    assert NEW_PASSWORD not in answer.text
    assert here.post(f"{OWN}mot-de-passe/", {**form, "current": GOOD}).status_code == 302
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302
    assert sign_in("Lucie", NEW_PASSWORD).get("/").status_code == 200


def test_the_two_fields_of_a_new_password_must_be_equal(lucie: User, sign_in: SignIn) -> None:
    form = {"current": GOOD, "password": NEW_PASSWORD, "confirmation": NEW_PASSWORD + "x"}
    answer = sign_in("Lucie").post(f"{OWN}mot-de-passe/", form)
    assert "Les deux saisies diffèrent" in text_of(answer)
    assert sign_in("Lucie").get("/").status_code == 200


def test_an_administrator_confirms_before_changing_the_password_of_another(
    not_confirmed: Client, lucie: User, sign_in: SignIn
) -> None:
    address = f"{LIST}{lucie.pk}/mot-de-passe/"
    form = {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
    asked = not_confirmed.post(address, form)
    assert asked.headers["Location"].startswith(f"{OWN}confirmer/?suite=")
    answer = not_confirmed.post(f"{OWN}confirmer/", {"confirmation": PASSWORD, "suite": address})
    assert answer.headers["Location"] == address
    assert sign_in("Lucie").get("/").status_code == 200
    not_confirmed.post(address, form)
    assert sign_in("Lucie", NEW_PASSWORD).get("/").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)", ""])
def test_confirming_never_leads_to_another_site(admin_client: Client, elsewhere: str) -> None:
    answer = admin_client.post(f"{OWN}confirmer/", {"confirmation": PASSWORD, "suite": elsewhere})
    assert answer.headers["Location"] == OWN


def test_a_second_factor_is_put_in_place_with_its_first_code(lucie: User, sign_in: SignIn, clock: Clock) -> None:
    browser = sign_in("Lucie")
    address = f"{OWN}deuxieme-facteur/"
    assert browser.get(address).headers["Location"].startswith(f"{OWN}confirmer/")
    browser.post(f"{OWN}confirmer/", {"confirmation": GOOD})
    page = browser.post(address, {"do": "commencer"})
    assert "<svg" in page.text
    secret = re.search(r'factor-secret">([A-Z2-7 ]+)<', page.text)
    assert secret is not None
    authenticator = pyotp.TOTP(secret[1].replace(" ", ""))
    wrong = browser.post(address, {"do": "confirmer", "code": "000000"})
    assert wrong.status_code == 400
    assert secret[1] in wrong.text
    answer = browser.post(address, {"do": "confirmer", "code": authenticator.at(clock.at)}, follow=True)
    assert "en place" in text_of(answer)
    assert Client().post("/connexion/", {"username": "Lucie", "password": GOOD}).headers["Location"] == (
        "/connexion/code/"
    )
    browser.post(address, {"do": "retirer"})
    lucie.refresh_from_db()
    assert not lucie.second_factor_sealed


def test_an_administrator_removes_the_second_factor_of_another_and_never_sees_one(
    confirmed: Client, lucie: User, enrol: Enrol
) -> None:
    address = f"{LIST}{lucie.pk}/deuxieme-facteur/"
    confirmed.post(address, {"do": "commencer"})
    enrol(lucie)
    assert "factor-secret" not in confirmed.post(address, {"do": "commencer"}, follow=True).text
    confirmed.post(address, {"do": "retirer"})
    lucie.refresh_from_db()
    assert not lucie.second_factor_sealed


def test_forgetting_identifiers_says_what_stops(confirmed: Client, owner: Actor, lucie: User) -> None:
    save_identifiers(actor=owner, user=lucie, entry=Entry("73282932000074", "N", "P", "secret"))
    address = f"{LIST}{lucie.pk}/effacer-identifiants/"
    assert "Plus aucun dépôt" in text_of(confirmed.get(address))
    confirmed.post(address)
    assert not PortalIdentifiers.objects.exists()


def test_the_pages_cannot_be_posted_to_from_another_site(administrator: User, lucie: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(administrator)
    for end in ("", "desactiver/", "reinitialiser/", "droits/", "verifier/", "memes-identifiants/", "sessions/"):
        assert strict.post(f"{LIST}{lucie.pk}/{end}").status_code == 403


@pytest.mark.parametrize(
    "end", ["desactiver", "reactiver", "reinitialiser", "administrateur", "plus-administrateur", "droits"]
)
def test_what_is_delicate_asks_for_the_password_first(
    not_confirmed: Client, lucie: User, nord: Dossier, end: str
) -> None:
    page = f"{LIST}{lucie.pk}/{end}/"
    before = User.objects.filter(pk=lucie.pk).values().get()
    for answer in (not_confirmed.get(page), not_confirmed.post(page, {f"role-{nord.pk}": "gestionnaire"})):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(f"{OWN}confirmer/?suite=")
    assert User.objects.filter(pk=lucie.pk).values().get() == before
    assert not lucie.memberships.exists()


def test_a_new_account_asks_for_the_password_too_and_unlocking_does_not(not_confirmed: Client, lucie: User) -> None:
    answer = not_confirmed.post(f"{LIST}nouveau/", NEW)
    assert answer.headers["Location"].startswith(f"{OWN}confirmer/?suite=")
    assert not User.objects.filter(username=NEW["username"]).exists()
    assert not_confirmed.post(f"{LIST}{lucie.pk}/debloquer/").headers["Location"] == f"{LIST}{lucie.pk}/"
