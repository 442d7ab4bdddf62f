"""The two tabs, the blue ball, copies, and what stands above every page until identifiers are mended."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from tests.accounts.conftest import GOOD, Clock, SignIn
from tests.accounts.false_portal import RIGHT, false_portal, form_of
from tests.accounts.test_account_screens import LIST, OWN, text_of
from tests.conftest import PASSWORD

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import ConnectionTest, PortalBinding, PortalIdentifiers, PortalIdentity, User
from scarabee.accounts.portal.identifiers import kept_entry, save_identifiers, set_morning_time
from scarabee.accounts.services.users import create_user
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
SAVE = {"do": "enregistrer"}
WRONG_CASE = replace(RIGHT, motdepasse=RIGHT.motdepasse.lower())


@pytest.fixture
def confirmed(admin_client: Client) -> Client:
    """Administrateur's browser, the password confirmed a moment ago."""
    admin_client.post(f"{OWN}confirmer/", {"confirmation": PASSWORD})
    return admin_client


@pytest.fixture
def bouchon(db: None, tmp_path: Path) -> Iterator[Bouchon]:
    with false_portal(tmp_path / "bouchon") as server:
        yield server


def held_by(user: User) -> PortalIdentifiers:
    return PortalIdentifiers.objects.select_related("identity").get(user=user)


def page_of(user: User) -> str:
    return f"{LIST}{user.pk}/"


# Confirmer ---------------------------------------------------------------------------------------


def test_before_the_password_is_confirmed_the_second_tab_shows_no_field(
    admin_client: Client, owner: Actor, lucie: User
) -> None:
    save_identifiers(actor=owner, user=lucie, entry=RIGHT)
    page = admin_client.get(page_of(lucie), {"onglet": "net-entreprises"})
    assert "Confirmez d’abord votre mot de passe" in text_of(page)
    for hidden in ('name="siret"', 'name="motdepasse"', RIGHT.siret, "HERVAULT"):
        assert hidden not in page.text
    assert "Votre mot de passe" in page.text
    assert "Votre mot de passe</label>" not in admin_client.get(OWN).text


def test_confirmer_takes_the_password_of_whoever_is_signed_in_and_opens_the_second_tab(
    admin_client: Client, lucie: User
) -> None:
    for wrong in ("", "faux", GOOD.upper()):
        answer = admin_client.post(page_of(lucie), {"do": "confirmer", "confirmation": wrong})
        assert answer.status_code == 400
        assert 'name="siret"' not in answer.text
    answer = admin_client.post(page_of(lucie), {"do": "confirmer", "confirmation": PASSWORD})
    assert answer.headers["Location"] == f"{page_of(lucie)}?onglet=net-entreprises"
    assert 'name="siret"' in admin_client.get(answer.headers["Location"]).text


def test_confirmer_guessed_five_times_locks_the_account(admin_client: Client) -> None:
    for _ in range(5):
        answer = admin_client.post(OWN, {"do": "confirmer", "confirmation": "faux"})
    assert answer.status_code == 429
    assert admin_client.post(OWN, {"do": "confirmer", "confirmation": PASSWORD}).status_code == 429


def test_after_fifteen_minutes_nothing_is_saved_and_what_was_typed_comes_back_but_for_the_password(
    lucie: User, sign_in: SignIn, clock: Clock
) -> None:
    browser = sign_in("Lucie")
    browser.post(OWN, {"do": "confirmer", "confirmation": GOOD})
    clock.advance(minutes=16)
    answer = browser.post(OWN, {**form_of(), **SAVE})
    assert answer.status_code == 400
    assert RIGHT.motdepasse not in answer.text
    assert not PortalIdentifiers.objects.exists()
    carried = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    again = browser.post(OWN, {**carried, "do": "confirmer", "confirmation": GOOD})
    assert again.status_code == 200
    assert f'value="{RIGHT.siret}"' in again.text
    assert "Retapez le mot de passe Net-Entreprises" in text_of(again)


# The tab Net Entreprise --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        {"siret": " 73282932000074 "},
        {"nom": "D\u2019HERVAULT"},
        {"prenom": "No\u0301émie\u00a0"},
        {"motdepasse": "  Espaces partout  "},
        {"motdepasse": "é€\u200b\u0430<&\"'>"},
    ],
)
def test_what_is_typed_is_kept_to_the_letter(confirmed: Client, lucie: User, odd: dict[str, str]) -> None:
    confirmed.post(page_of(lucie), {**form_of(**odd), **SAVE})
    entry = kept_entry(held_by(lucie))
    for name, value in odd.items():
        assert getattr(entry, name) == value


def test_one_enregistrer_keeps_both_tabs(confirmed: Client, lucie: User) -> None:
    form = {**form_of(agricole="on", morning_time="06:15"), "usual_role": "lecture", **SAVE}
    answer = confirmed.post(page_of(lucie), form, follow=True)
    assert "Enregistré" in text_of(answer)
    lucie.refresh_from_db()
    held = held_by(lucie)
    assert lucie.usual_role == "lecture"
    assert held.general and held.agricole
    assert f"{held.identity.morning_time:%H:%M}" == "06:15"
    confirmed.post(page_of(lucie), {**form_of(motdepasse="", morning_time=""), "usual_role": "", **SAVE})
    assert held_by(lucie).identity.morning_time is None


def test_the_hour_of_an_account_that_others_share_stays_as_they_set_it_until_it_is_touched(
    confirmed: Client, owner: Actor, lucie: User
) -> None:
    other = create_user(actor=owner, username="Paul")
    save_identifiers(actor=owner, user=other, entry=RIGHT)
    set_morning_time(actor=owner, user=other, value=None)
    confirmed.post(page_of(lucie), {**form_of(morning_time="07:00"), "usual_role": "", **SAVE})
    assert held_by(lucie).identity == held_by(other).identity
    assert held_by(other).identity.morning_time is None


def test_the_password_never_comes_back_in_an_answer(confirmed: Client, lucie: User) -> None:
    page, secret = page_of(lucie), "Sextant&Dune<1978>"
    form = form_of(motdepasse=secret)
    answers = [
        confirmed.post(page, {**form, **SAVE}),
        confirmed.get(page, {"onglet": "net-entreprises"}),
        confirmed.post(page, {**form, **SAVE, "morning_time": "midi"}),
        confirmed.post(page, {**form, **SAVE, "siret": "", "nom": "", "prenom": ""}),
        confirmed.post(f"{page}saisie/", form, headers=HTMX),
        confirmed.post(f"{page}verifier/", {**form, "siret": "1"}, headers=HTMX),
    ]
    for answer in answers:
        assert "Sextant" not in answer.text + repr(answer.headers)


def test_an_empty_password_keeps_the_one_there_is(confirmed: Client, owner: Actor, lucie: User) -> None:
    save_identifiers(actor=owner, user=lucie, entry=RIGHT)
    page = confirmed.get(page_of(lucie), {"onglet": "net-entreprises"})
    assert "laissez vide pour le garder" in text_of(page)
    confirmed.post(page_of(lucie), {**form_of(motdepasse="", prenom="Noemie"), **SAVE})
    assert kept_entry(held_by(lucie)) == replace(RIGHT, prenom="Noemie")


def test_a_password_that_can_no_longer_be_opened_must_be_typed_again(
    confirmed: Client, owner: Actor, lucie: User
) -> None:
    save_identifiers(actor=owner, user=lucie, entry=RIGHT)
    PortalIdentifiers.objects.update(sealed="v1:abcd:abime")
    page = text_of(confirmed.get(page_of(lucie), {"onglet": "net-entreprises"}))
    assert "Saisissez les identifiants à nouveau" in page
    assert "laissez vide pour le garder" not in page
    assert confirmed.post(page_of(lucie), {**form_of(motdepasse=""), **SAVE}).status_code == 400
    confirmed.post(page_of(lucie), {**form_of(), **SAVE})
    assert kept_entry(held_by(lucie)) == RIGHT


def test_what_cannot_serve_is_saved_with_a_warning_that_says_why(confirmed: Client, lucie: User) -> None:
    answer = confirmed.post(page_of(lucie), {**form_of(siret="123"), **SAVE}, follow=True)
    page = text_of(answer)
    assert "Enregistrés quand même, mais Net-Entreprises ne les acceptera pas ainsi" in page
    assert held_by(lucie).siret == "123"
    assert page.count("123") == 0  # the fields hold it, no message quotes it


def test_emptied_fields_are_no_way_to_remove_identifiers(confirmed: Client, owner: Actor, lucie: User) -> None:
    save_identifiers(actor=owner, user=lucie, entry=RIGHT)
    answer = confirmed.post(page_of(lucie), {**form_of(siret="", nom="", prenom="", motdepasse=""), **SAVE})
    assert "Effacer ces identifiants" in text_of(answer)
    assert held_by(lucie).siret == RIGHT.siret


def test_odd_characters_are_pointed_at_under_their_field_as_soon_as_typed(confirmed: Client, lucie: User) -> None:
    odd = form_of(nom="D\u2019HERVAULT", motdepasse="espace ", general="")
    answer = confirmed.post(f"{page_of(lucie)}saisie/", odd, headers=HTMX)
    places = dict(re.findall(r'innerHTML:#remarques-(\w+)">(.*?)</div>', answer.text, re.DOTALL))
    assert set(places) == {"siret", "nom", "prenom", "motdepasse", "regime"}
    assert "apostrophe" in places["nom"]
    assert "espace" in places["motdepasse"]
    assert "Aucun régime" in places["regime"]
    assert not places["siret"].strip() and not places["prenom"].strip()


def test_nothing_is_said_of_fields_before_the_password_is_confirmed(admin_client: Client, lucie: User) -> None:
    answer = admin_client.post(f"{page_of(lucie)}saisie/", form_of(siret="1"), headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_plain_user_keeps_his_own_identifiers(lucie: User, sign_in: SignIn) -> None:
    browser = sign_in("Lucie")
    browser.post(OWN, {"do": "confirmer", "confirmation": GOOD})
    browser.post(OWN, {**form_of(), "usual_role": "gestionnaire", **SAVE})
    lucie.refresh_from_db()
    assert kept_entry(held_by(lucie)) == RIGHT
    assert lucie.usual_role == ""


# The blue ball -----------------------------------------------------------------------------------


def lines_of(answer: object) -> list[str]:
    return re.findall(r'class="check check-(\w+)', answer.text)  # type: ignore[attr-defined]


def test_the_window_turns_its_lines_green_one_after_the_other(confirmed: Client, lucie: User, bouchon: Bouchon) -> None:
    answer = confirmed.post(f"{page_of(lucie)}verifier/", form_of(), headers=HTMX)
    seen = [lines_of(answer)]
    while found := re.search(r'hx-post="([^"]+/suite/)"', answer.text):
        answer = confirmed.post(found[1], headers=HTMX)
        seen.append(lines_of(answer))
    assert seen == [["ok"] * done + ["waiting"] * (5 - done) for done in range(6)]
    assert "Tout est vert : enregistrez." in text_of(answer)
    assert len(bouchon.authentications) == 1
    assert not PortalIdentifiers.objects.exists()


def run(browser: Client, page: str, form: dict[str, str]) -> str:
    """The blue ball without JavaScript: the address of the page of results."""
    answer = browser.post(f"{page}verifier/", form)
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_without_javascript_a_page_says_all_and_offers_to_save(
    confirmed: Client, lucie: User, bouchon: Bouchon
) -> None:
    results = run(confirmed, page_of(lucie), form_of())
    page = confirmed.get(results)
    assert lines_of(page) == ["ok"] * 5
    assert "Enregistrer ces identifiants" in page.text
    answer = confirmed.post(f"{results}enregistrer/", follow=True)
    assert "Enregistré." in text_of(answer)
    assert kept_entry(held_by(lucie)) == RIGHT
    assert held_by(lucie).proved_at is not None


def test_a_red_line_names_cause_remedy_and_probable_reasons_and_can_be_saved(
    confirmed: Client, lucie: User, bouchon: Bouchon
) -> None:
    results = run(confirmed, page_of(lucie), form_of(WRONG_CASE))
    page = confirmed.get(results)
    assert lines_of(page) == ["ok", "ok", "red", "skipped", "skipped"]
    assert "Que faire" in text_of(page)
    assert "Le plus probable : Toutes les lettres du mot de passe sont des minuscules" in text_of(page)
    answer = confirmed.post(f"{results}enregistrer/", follow=True)
    assert "est arrêté après un refus" in text_of(answer)
    assert kept_entry(held_by(lucie)) == WRONG_CASE


def test_what_was_refused_goes_again_only_after_a_statement_and_once(
    confirmed: Client, lucie: User, bouchon: Bouchon
) -> None:
    for _ in range(3):
        results = run(confirmed, page_of(lucie), form_of(WRONG_CASE))
    assert len(bouchon.authentications) == 1
    page = confirmed.get(results)
    assert "n’ont pas été envoyés une seconde fois" in text_of(page)
    offered = re.findall(r'name="declaration" id="[^"]+" value="(\w+)"', page.text)
    assert "renouvele" in offered
    confirmed.post(f"{results}encore/")
    assert len(bouchon.authentications) == 1
    assert confirmed.post(f"{results}encore/", {"declaration": "renouvele"}).status_code == 302
    assert len(bouchon.authentications) == 2
    for declaration in ("renouvele", "debloque"):  # the same form, posted again
        assert confirmed.post(f"{results}encore/", {"declaration": declaration}).status_code == 409
    assert len(bouchon.authentications) == 2


def test_a_test_is_shown_to_nobody_but_who_started_it(
    confirmed: Client, lucie: User, bouchon: Bouchon, sign_in: SignIn
) -> None:
    results = run(confirmed, page_of(lucie), form_of())
    other = sign_in("Lucie")
    for end in ("", "suite/", "encore/", "enregistrer/"):
        answer = other.get(results) if not end else other.post(f"{results}{end}")
        assert answer.status_code == 404
    assert not PortalIdentifiers.objects.exists()


def test_the_ball_asks_for_the_password_in_its_own_window_when_it_is_no_longer_confirmed(
    admin_client: Client, lucie: User, bouchon: Bouchon
) -> None:
    address = f"{page_of(lucie)}verifier/"
    answer = admin_client.post(address, form_of(), headers=HTMX)
    assert "Confirmer et vérifier" in answer.text
    assert RIGHT.motdepasse not in answer.text
    assert not ConnectionTest.objects.exists()
    answer = admin_client.post(address, {**form_of(), "confirmation": PASSWORD}, headers=HTMX)
    assert lines_of(answer) == ["waiting"] * 5
    assert run(Client(), page_of(lucie), form_of()).startswith("/connexion/")


# Copies ------------------------------------------------------------------------------------------


def test_the_same_identifiers_are_given_to_those_ticked_over_searches(
    confirmed: Client, owner: Actor, lucie: User
) -> None:
    marc, zoe = create_user(actor=owner, username="Marc"), create_user(actor=owner, username="Zoé")
    save_identifiers(actor=owner, user=lucie, entry=RIGHT)
    address = f"{page_of(lucie)}memes-identifiants/"
    page = confirmed.post(address, {"do": "chercher", "texte": "zo", "compte": [str(marc.pk)]})
    assert f'type="hidden" name="compte" value="{marc.pk}"' in page.text
    assert RIGHT.motdepasse not in page.text
    odd = ["x", "²", "9" * 40, "-1", ""]
    confirmed.post(address, {"do": "copier", "compte": [str(marc.pk), str(zoe.pk), str(lucie.pk), *odd]})
    assert kept_entry(held_by(marc)) == kept_entry(held_by(zoe)) == RIGHT
    assert len({held_by(user).sealed for user in (lucie, marc, zoe)}) == 3
    everybody = confirmed.post(address, {"do": "tous"})
    assert "3 comptes cochés" in text_of(everybody)
    nobody = confirmed.post(address, {"do": "copier"})
    assert (nobody.status_code, "Cochez au moins un compte" in nobody.text) == (400, True)


def test_a_newer_password_proved_by_another_is_taken_over_in_one_click(
    confirmed: Client, owner: Actor, lucie: User, bouchon: Bouchon
) -> None:
    marc = create_user(actor=owner, username="Marc")
    save_identifiers(actor=owner, user=marc, entry=WRONG_CASE)
    confirmed.post(f"{run(confirmed, page_of(lucie), form_of())}enregistrer/")
    page = confirmed.get(page_of(marc))
    assert "un mot de passe plus récent" in text_of(page)
    confirmed.post(f"{page_of(marc)}reprendre/")
    assert kept_entry(held_by(marc)) == RIGHT
    assert "Reprendre ce mot de passe" not in confirmed.get(page_of(marc)).text
    assert confirmed.post(f"{page_of(marc)}reprendre/").status_code == 409


def test_a_plain_user_takes_over_the_newer_password_of_a_colleague_too(
    owner: Actor, lucie: User, bouchon: Bouchon, sign_in: SignIn
) -> None:
    renewed = replace(RIGHT, motdepasse="Nouveau.2026-Sel")
    create_user(actor=owner, username="Marc", password=GOOD)
    browsers = {name: sign_in(name) for name in ("Lucie", "Marc")}
    for name, entry in (("Lucie", RIGHT), ("Marc", renewed)):
        bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, entry.motdepasse)
        browsers[name].post(OWN, {"do": "confirmer", "confirmation": GOOD})
        browsers[name].post(f"{run(browsers[name], OWN, form_of(entry))}enregistrer/")
    page = browsers["Lucie"].get(OWN)
    assert "un mot de passe plus récent pour ce même compte, chez « Marc »" in text_of(page)
    assert renewed.motdepasse not in page.text
    browsers["Lucie"].post(f"{OWN}reprendre/")
    assert kept_entry(held_by(lucie)) == renewed


# Above every page --------------------------------------------------------------------------------


def freeze(user: User) -> None:
    PortalIdentity.objects.filter(holders__user=user).update(
        state=IdentityState.FROZEN, frozen_cause="mot_de_passe_expire"
    )


def test_refused_identifiers_are_told_on_every_page_to_whoever_may_mend_them(
    admin_client: Client, owner: Actor, lucie: User, sign_in: SignIn
) -> None:
    save_identifiers(actor=owner, user=lucie, entry=RIGHT)
    create_user(actor=owner, username="Marc", password=GOOD)
    freeze(lucie)
    told = "a refusé un essai avec le compte de « Noémie D'HERVAULT » (mot de passe expiré)"
    for address in ("/", "/dossiers/", "/journal/", LIST):
        page = admin_client.get(address)
        assert told in text_of(page)
        assert f'href="{page_of(lucie)}?onglet=net-entreprises"' in page.text
    own = sign_in("Lucie").get("/dossiers/")
    assert told in text_of(own)
    assert f'href="{OWN}?onglet=net-entreprises"' in own.text
    assert "Lucie" not in text_of(sign_in("Marc").get("/"))


def test_the_home_page_lists_identifiers_among_what_is_to_do(admin_client: Client, owner: Actor, lucie: User) -> None:
    save_identifiers(actor=owner, user=lucie, entry=RIGHT)
    assert "1 compte aux identifiants à vérifier" in text_of(admin_client.get("/"))
    freeze(lucie)
    assert "1 compte Net-Entreprises refusé" in text_of(admin_client.get("/"))


@pytest.mark.parametrize(
    ("portal", "told"),
    [("production", ""), ("test", "Portail de test."), ("http://127.0.0.1:8700", "Mode école.")],
)
def test_every_page_says_when_the_portal_is_not_the_real_one(
    admin_client: Client, client: Client, portal: str, told: str
) -> None:
    PortalBinding.objects.create(pk=1, portal=portal)
    for page in (admin_client.get("/"), admin_client.get(OWN), client.get("/connexion/"), admin_client.get("/rien/")):
        assert ('class="training"' in page.text) == bool(told)
        assert told in page.text


def test_no_password_kept_is_not_said_to_be_kept(confirmed: Client, owner: Actor, lucie: User) -> None:
    confirmed.post(page_of(lucie), {**form_of(motdepasse=""), "usual_role": "", **SAVE})
    page = text_of(confirmed.get(page_of(lucie)))
    assert "Aucun mot de passe n’est enregistré" in page
    assert "laissez vide pour le garder" not in page
    again = confirmed.post(
        page_of(lucie), {**form_of(motdepasse="", nom="AUTRE"), "usual_role": "", **SAVE}, follow=True
    )
    assert "ne les acceptera pas ainsi" in text_of(again)
