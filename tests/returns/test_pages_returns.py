"""The pages of returns: what they show, mark and give to download, to whom, and at what cost."""

import hashlib
import html
import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.dossiers.small_files import ALAIN, ASSOCIATION, OTHER_ASSOCIATION, declaration, envoi
from tests.filings.page_scenes import browser_of, words
from tests.returns import page_scenes
from tests.returns.documents import deposit, rates_with_anomaly, received
from tests.returns.identity_scenes import REFERENCE, recognised
from tests.returns.rate_scenes import Told, crm, declared
from tests.returns.test_rates_comparison import told
from tests.transfers import scenes

from scarabee.accounts.models import PortalIdentity
from scarabee.dossiers import contents
from scarabee.dossiers.models import Declaration, Dossier
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Return

pytestmark = [pytest.mark.django_db, page_scenes.official]

LIST = "/dsn/retours/"


@pytest.fixture
def dossier() -> Dossier:
    return page_scenes.filled()


def test_the_list_tells_unread_returns_apart_and_filters_them(admin_client: Client, dossier: Dossier) -> None:
    text = words(admin_client.get(LIST))
    assert text.count("non lu") >= 3
    admin_client.post(f"{LIST}{page_scenes.item('119').pk}/lu/")
    page = admin_client.get(f"{LIST}?voir=non-lus")
    assert "1–2 sur 2" in words(page)
    assert page.text.count('class="unread"') == 2
    assert "Aucun retour ne répond" in words(admin_client.get(f"{LIST}?etat=KO"))
    chosen = admin_client.post(LIST, {"texte": "chorale", "nature": "94", "etat": ""}).headers["Location"]
    assert "nature=94" in chosen and "chorale" not in chosen


def test_the_list_as_a_file_tells_as_much(admin_client: Client, dossier: Dossier) -> None:
    lines = page_scenes.sheet(admin_client.get(f"{LIST}liste.csv?nature=94")).splitlines()
    assert len(lines) == 2
    assert ASSOCIATION in lines[1] and "CRM nominatif" in lines[1]


def test_what_the_portal_refused_is_asked_for_again_from_its_page(admin_client: Client, dossier: Dossier) -> None:
    item = page_scenes.item("119")
    address, button = f"{LIST}{item.pk}/", "Redemander au portail"
    assert button not in words(admin_client.get(address))
    given_up = {"fetch": FetchState.TO_FETCH, "next_at": None, "return_id": "1", "problem": "Fait par un autre compte."}
    Return.objects.filter(pk=item.pk).update(identity=PortalIdentity.objects.create(key="k"), **given_up)
    assert button in words(admin_client.get(address))
    assert "est redemandé" in words(admin_client.post(f"{address}redemander/", follow=True))
    item.refresh_from_db()
    assert item.next_at is not None and item.problem == ""
    assert "n’est pas à redemander" in words(admin_client.post(f"{address}redemander/", follow=True))


def test_the_line_at_fault_leads_to_the_part_of_the_person_in_the_declaration(admin_client: Client) -> None:
    town = "S21.G00.30.010,'Bordeau'"
    lines = declaration([ALAIN])
    born = lines.index("S21.G00.30.006,'12051985'") + 1
    data = envoi([*lines[:born], town, *lines[born:]], real=True)
    dossier = scenes.dossier_of("Val", [data])
    (content,) = contents.store([data], [hashlib.sha256(data).digest()])
    filing = deposit(dossier, "f" * 32, content_id=content, whole_hash=Declaration.objects.get().whole_hash)
    item = received(rates_with_anomaly(), nature="94", is_real=True, filing=filing)
    page = admin_client.get(f"{LIST}{item.pk}/")
    assert town in html.unescape(page.text) and "voir dans la DSN de MERCIER Alain" in words(page)
    (address,) = re.findall(r'href="(/dossiers/declaration/[^"]*)#ligne-5"', page.text)
    raw = admin_client.get(address)
    assert "Bordeau" in raw.text[raw.text.index('id="ligne-5"') : raw.text.index('id="ligne-6"')]


def test_a_page_of_returns_is_marked_as_read_at_once(admin_client: Client, dossier: Dossier) -> None:
    numbers = list(Return.objects.values_list("pk", flat=True))
    answer = admin_client.post(f"{LIST}lus/?voir=non-lus", {"retour": numbers}, follow=True)
    assert "3 retours marqués comme lus." in words(answer)
    assert not Return.objects.filter(seen_at=None).exists()


def test_a_return_shows_declared_beside_expected_and_what_to_do(admin_client: Client, dossier: Dossier) -> None:
    text = words(admin_client.get(f"{LIST}{page_scenes.item('119').pk}/"))
    for piece in ("Urssaf Caisse nationale", "Que faire", "S21.G00.78.001", "MERCIER Alain", "à traiter"):
        assert piece in text


def test_an_unknown_document_is_shown_as_text_and_never_as_a_page(admin_client: Client, administrator: object) -> None:
    item = received(b"Message <script>alert(1)</script>\n", nature="999", siret=ASSOCIATION)
    page = admin_client.get(f"{LIST}{item.pk}/")
    assert "&lt;script&gt;alert(1)" in page.text and "<script>alert" not in page.text
    given = admin_client.get(f"{LIST}{item.pk}/document/")
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert (given.headers["Content-Type"], given.headers["X-Content-Type-Options"]) == (
        "application/octet-stream",
        "nosniff",
    )
    assert given.content == b"Message <script>alert(1)</script>\n"


def test_who_sees_one_of_several_employers_reads_of_it_alone_and_downloads_nothing(
    dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    scenes.dossier_of("Réservé", [envoi(declaration([ALAIN], siret=OTHER_ASSOCIATION))])
    parts = [declared([Told(ALAIN.nir, "7.50")]), declared([Told("1700299350001", "66.60")], OTHER_ASSOCIATION)]
    item = received(crm(parts=parts, identifier="42"), nature="94", is_real=True)
    client = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    text = words(client.get(f"{LIST}{item.pk}/"))
    assert "7,50" in text and "66,60" not in text and OTHER_ASSOCIATION[:3] not in text.replace("841", "")
    assert client.get(f"{LIST}{item.pk}/document/").status_code == 404


def test_a_reader_reads_and_marks_nothing(dossier: Dossier, user_with: Callable[..., Actor]) -> None:
    client = browser_of(user_with("Zoé", {dossier: "lecture"}))
    item = page_scenes.item("119")
    assert "Marquer comme lu" not in client.get(f"{LIST}{item.pk}/").text
    assert client.post(f"{LIST}{item.pk}/lu/").status_code == 403
    assert client.post(f"{LIST}ajouter/", {}).status_code == 403
    assert browser_of(user_with("Léa", {})).get(f"{LIST}{item.pk}/").status_code == 404


def test_an_identity_is_adopted_field_by_field(admin_client: Client, dossier: Dossier) -> None:
    item = received(recognised(ALAIN.nir, "MERCIER"), nature="20", is_real=True)
    person = page_scenes.person()
    assert REFERENCE in words(admin_client.get(f"{LIST}{item.pk}/"))
    data = {"salarie": person.pk, "champ-S21.G00.30.002": "AUTRE"}
    refused = admin_client.post(f"{LIST}{item.pk}/adopter/", data, follow=True)
    assert "ne propose pas ces valeurs" in words(refused)
    data["champ-S21.G00.30.002"] = REFERENCE
    assert "adopté" in words(admin_client.post(f"{LIST}{item.pk}/adopter/", data, follow=True))
    person.refresh_from_db()
    assert person.family_name == REFERENCE


def test_declared_rates_stand_beside_those_of_the_crm_for_who_sees_the_person(
    admin_client: Client, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    item = told()
    item.abouts.create(siret=ASSOCIATION)
    text = words(admin_client.get(f"{LIST}{item.pk}/"))
    assert "MERCIER Alain 31/05/2026 n° 1 20,00 % aucun" in text
    assert "Aucun CRM ne donnait de taux ce jour-là" in text
    copy = scenes.dossier_of("Copie", [envoi(declaration([ALAIN]))])
    assert browser_of(user_with("Zoé", {copy: "lecture"})).get(f"{LIST}{item.pk}/").status_code == 404


def test_files_added_by_hand_are_recognised_or_refused_in_words(admin_client: Client, dossier: Dossier) -> None:
    files = [
        SimpleUploadedFile("taux.xml", crm([Told(ALAIN.nir, "8.00")], identifier="77")),
        SimpleUploadedFile("mars.dsn", envoi(declaration())),
    ]
    text = words(admin_client.post(f"{LIST}ajouter/", {"return_files": files}))
    assert "taux.xml ajouté" in text
    assert "mars.dsn refusé Ce fichier est une DSN" in text
    assert Return.objects.filter(crm="77").count() == 1


@pytest.mark.parametrize("scene", [page_scenes.filled, page_scenes.crowded])
def test_every_page_asks_ten_questions_at_most_whatever_it_shows(
    admin_client: Client, scene: Callable[[], Dossier], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for name, address in page_scenes.addresses(scene()).items():
        with django_assert_max_num_queries(10, info=name):
            assert admin_client.get(address).status_code == 200, name


def test_rates_of_the_dgfip_are_compared_in_ten_questions_for_a_gestionnaire_too(
    user_with: Callable[..., Actor], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    dossier = page_scenes.crowded()
    item = told(nir=page_scenes.CROWD[0].nir)
    item.abouts.create(siret=ASSOCIATION)
    client = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    for address in (f"{LIST}{item.pk}/", *page_scenes.addresses(dossier).values()):
        with django_assert_max_num_queries(10, info=address):
            assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("value", ["²", "9" * 30, "\0", "-1", "x"])
def test_an_address_that_somebody_mistyped_is_no_fault(admin_client: Client, dossier: Dossier, value: str) -> None:
    item = received(crm([Told(ALAIN.nir, "8.00")]), nature="94")
    asked = {"dossier": value, "mois": value, "suivi": value, "employeur": value, "salarie": value}
    rates = f"/dsn/taux/{dossier.uuid}/"
    for address in (LIST, f"{LIST}liste.csv", "/dsn/anomalies/", "/dsn/anomalies/liste.csv", f"{rates}en-vigueur/"):
        assert admin_client.get(address, asked).status_code == 200, address
    posted = {"salarie": value, "anomalie": value, "retour": value, "taux": value, f"vu-{value}": value}
    for address in (f"{LIST}{item.pk}/adopter/", f"{LIST}lus/", f"{rates}decider/"):
        assert admin_client.post(address, posted).status_code in (302, 404), address
