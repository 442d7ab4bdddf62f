import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.dossiers.small_files import ASSOCIATION, OTHER_ASSOCIATION

import scarabee
from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.dossiers.services.entry import create_employer
from scarabee.maintenance import journal
from scarabee.maintenance.journal import Actor
from scarabee.web.navigation import NAVIGATION

pytestmark = pytest.mark.django_db

OPEN = {
    "accounts:login",
    "accounts:locked",
    "accounts:reset",
    "accounts:second_factor",
    "accounts:logout",
    "accounts:first_start_root",
    "accounts:first_start",
    "accounts:sign_in_link",
}
SAMPLES = {"int": "1", "str": "x", "uuid": "00000000-0000-4000-8000-000000000000", "slug": "x", "path": "x"}


def _addresses(resolver: URLResolver, prefix: str = "/", namespace: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern, route, pattern.namespace or namespace)
        elif isinstance(pattern, URLPattern):
            filled = re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES.get(match[1] or "str", "1"), route)
            yield f"{namespace}:{pattern.name}", filled


def test_every_address_asks_for_a_sign_in_unless_listed_as_open(client: Client, administrator: User) -> None:
    seen = dict(_addresses(get_resolver()))
    assert seen.keys() >= OPEN
    for name, address in seen.items():
        if name not in OPEN:
            for response in (client.get(address), client.post(address)):
                assert response.status_code == 302, name
                assert response.headers["location"].startswith("/connexion/?next="), name


def test_every_page_carries_a_strict_content_policy(client: Client, admin_client: Client) -> None:
    for response in (client.get("/connexion/"), admin_client.get("/"), admin_client.get("/nulle-part/")):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Frame-Options"] == "DENY"


def test_no_template_has_inline_script_or_style() -> None:
    source = Path(scarabee.__file__).parent
    templates = list(source.rglob("templates/**/*.html"))
    assert len(templates) > 15
    for template in templates:
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text), template


def test_the_home_page_says_where_to_begin(admin_client: Client) -> None:
    page = admin_client.get("/").text
    assert "<h1>" in page
    assert 'aria-current="page"' in page
    assert "Administrateur" in page


def test_the_home_page_sends_each_dossier_to_its_employers_without_a_name(admin_client: Client, owner: Actor) -> None:
    for name, count in (("Sports", 2), ("Culture", 1)):
        dossier = create_dossier(actor=owner, name=name)
        for siret in (ASSOCIATION, OTHER_ASSOCIATION)[:count]:
            create_employer(actor=owner, dossier=dossier, siret=siret)
    page = admin_client.get("/").text
    assert page.index("employeur sans nom dans « Culture »") < page.index("employeurs sans nom dans « Sports »")
    assert f"/dossiers/{Dossier.objects.get(name='Sports').uuid}/noms/" in page


def test_the_menu_shows_only_what_exists(admin_client: Client) -> None:
    page = admin_client.get("/").text
    assert "Journal" in page
    for href in re.findall(r'<li>\s*<a href="([^"]+)"', page):
        assert admin_client.get(href).status_code == 200, href
    assert len(NAVIGATION) == 4


def test_the_journal_is_for_administrators(client: Client, administrator: User) -> None:
    client.force_login(User.objects.create(username="Lucie"))
    assert "Journal" not in client.get("/").text
    response = client.get("/journal/")
    assert response.status_code == 403
    assert "Accès refusé" in response.text


def test_the_journal_is_paged(admin_client: Client, owner: Actor, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for count in range(120):
        journal.record(owner, "essai.ligne", count=count, flag=True)
    with django_assert_max_num_queries(7):
        first = admin_client.get("/journal/").text
    assert first.count("nombre</span>") == 50
    assert "1–50 sur 121" in first
    assert "oui" in first
    last = admin_client.get("/journal/?page=3").text
    assert last.count("nombre</span>") == 20
    assert "Compte créé" in last


def test_the_journal_names_the_dossier_of_an_act_while_it_exists(admin_client: Client, owner: Actor) -> None:
    dossier = create_dossier(actor=owner, name="Secteur nord")
    journal.record(owner, "essai.droit", dossier_uuid=dossier.uuid)
    journal.record(owner, "essai.parti", dossier_uuid=uuid4())
    assert "Secteur nord" in admin_client.get("/journal/?acte=essai.droit").text
    gone = admin_client.get("/journal/?acte=essai.parti").text
    assert "1–1 sur" in gone
    assert "Secteur nord" not in gone


def test_the_journal_says_codes_in_words(admin_client: Client, owner: Actor) -> None:
    journal.record(owner, "essai.codes", cause="deja_refuse", statement="risque", role="lecture", former_role="")
    text = admin_client.get("/journal/?acte=essai.codes").text
    for words in ("déjà refusés, rien n’a été envoyé", "comparé avec le portail", "Lecture", "aucun"):
        assert words in text
    assert "deja_refuse" not in text
    journal.record(owner, "essai.nom", username="lecture")
    assert "</span> lecture</span>" in admin_client.get("/journal/?acte=essai.nom").text


def test_the_journal_is_filtered_by_act_and_by_name(admin_client: Client, owner: Actor) -> None:
    journal.record(owner, "essai.ligne", mark="cherchée")
    by_act = admin_client.get("/journal/?acte=essai.ligne").text
    assert "cherchée" in by_act
    assert "1–1 sur" in by_act
    assert "2 entrées" in admin_client.get("/journal/?qui=propri").text.replace("\u00a0", " ")
    assert "Aucune entrée ne répond" in admin_client.get("/journal/?qui=personne").text


def test_a_page_that_does_not_exist_says_what_to_do(admin_client: Client) -> None:
    response = admin_client.get("/nulle-part/")
    assert response.status_code == 404
    assert "Page introuvable" in response.text


def test_a_stale_form_says_that_nothing_changed(administrator: User) -> None:
    response = Client(enforce_csrf_checks=True).post("/connexion/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "Formulaire périmé" in response.text
    assert "Rien n’a été modifié" in response.text


def test_a_fault_of_ours_is_admitted_in_french(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(actor: Actor) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("scarabee.web.home.page.home", broken)
    admin_client.raise_request_exception = False
    response = admin_client.get("/")
    assert response.status_code == 500
    assert "Une erreur s’est produite" in response.text
    assert "broken on purpose" not in response.text


def test_whoever_sees_no_dossier_is_told_whom_to_ask(client: Client, administrator: User) -> None:
    client.force_login(User.objects.create(username="Lucie"))
    assert "demandez à un Administrateur" in client.get("/").text
    client.force_login(administrator)
    assert "demandez à un Administrateur" not in client.get("/").text
