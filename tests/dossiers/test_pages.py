import io
import zipfile
from collections.abc import Callable
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.axe import assert_no_axe_violation

from scarabee.accounts.models import User
from scarabee.dossiers.models import (
    Declaration,
    DeletedPackage,
    Dossier,
    Employee,
    EmployeeMonth,
    Employer,
    ImportFile,
)
from scarabee.dsn.invention import invent_bureau, month_file, signalement_files
from scarabee.maintenance.journal import Actor

Import = Callable[[Dossier, bytes], ImportFile]
BUREAU = invent_bureau(31, employers=6, employees_per_employer=(2, 4), months=3)
QUERIES_AT_MOST = 10
pytestmark = pytest.mark.usefixtures("administrator")  # the first start is over


@pytest.fixture
def filled(dossier: Dossier, import_bytes: Import) -> Dossier:
    for month in BUREAU.all_months:
        import_bytes(dossier, month_file(BUREAU, month))
        for data in signalement_files(BUREAU, month):
            import_bytes(dossier, data)
    return dossier


@pytest.fixture
def copied(filled: Dossier, other: Dossier, import_bytes: Import) -> Dossier:
    """Another dossier that holds a part of the same."""
    import_bytes(other, month_file(BUREAU, BUREAU.all_months[0]))
    return other


@pytest.fixture
def person(filled: Dossier) -> Employee:
    month = EmployeeMonth.objects.filter(dossier=filled, declaration__in_force=True)
    return month.exclude(declaration__month="").order_by("pk")[0].employee


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def addresses(person: Employee) -> dict[str, str]:
    """Every page that only shows."""
    uuid, employer = person.dossier.uuid, person.employer_id
    held = EmployeeMonth.objects.filter(employee=person).order_by("pk")[0]
    return {
        "list": reverse("dossiers:list"),
        "search": reverse("dossiers:search"),
        "show": reverse("dossiers:show", args=[uuid]),
        "employers-csv": reverse("dossiers:employers-csv", args=[uuid]),
        "export": reverse("dossiers:export", args=[uuid]),
        "trash": reverse("dossiers:trash", args=[uuid]),
        "employer": reverse("dossiers:employer", args=[employer]),
        "employer-months": reverse("dossiers:employer-months", args=[employer]),
        "employer-sheet": reverse("dossiers:employer-sheet", args=[employer]),
        "employees-csv": reverse("dossiers:employees-csv", args=[employer]),
        "employee": reverse("dossiers:employee", args=[person.pk]),
        "twins": reverse("dossiers:twins", args=[employer]),
        "declaration": reverse("dossiers:declaration", args=[held.declaration_id]),
        "declaration-raw": reverse("dossiers:declaration-raw", args=[held.declaration_id]),
        "person-raw": reverse("dossiers:person-raw", args=[held.declaration_id, held.position]),
    }


def forms(person: Employee) -> dict[str, str]:
    """The pages of what changes something."""
    uuid, employer = person.dossier.uuid, person.employer_id
    return {
        "rename": reverse("dossiers:rename", args=[uuid]),
        "delete": reverse("dossiers:delete", args=[uuid]),
        "employer-delete": reverse("dossiers:employer-delete", args=[employer]),
        "employee-delete": reverse("dossiers:employee-delete", args=[person.pk]),
        "names": reverse("dossiers:names", args=[uuid]),
        "employer-new": reverse("dossiers:employer-new", args=[uuid]),
        "employer-correct": reverse("dossiers:employer-correct", args=[employer]),
        "employee-new": reverse("dossiers:employee-new", args=[employer]),
        "employee-correct": reverse("dossiers:employee-correct", args=[person.pk]),
    }


def body(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address, follow=True)
    assert response.status_code == status, address
    content = response.getvalue() if response.streaming else response.content
    return unescape(content.decode().replace("\xa0", " ").replace("\u202f", " "))


def test_every_page_shows_real_data_within_ten_queries(
    person: Employee, copied: Dossier, user_with: Callable[..., Actor], administrator: User
) -> None:
    keeper = signed_in(user_with("Zoé", {person.dossier: "gestionnaire", copied: "lecture"}))
    admin = Client()
    admin.force_login(administrator)
    for client in (keeper, admin):
        for name, address in {**addresses(person), **forms(person)}.items():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert body(client, address)
            if name not in ("employer-delete", "employee-delete"):
                assert len(queries) <= QUERIES_AT_MOST, (name, [query["sql"] for query in queries])


def test_a_lecture_reads_everything_and_changes_nothing(person: Employee, user_with: Callable[..., Actor]) -> None:
    client = signed_in(user_with("Léa", {person.dossier: "lecture"}))
    for name, address in addresses(person).items():
        text = body(client, address)
        assert "Supprimer" not in text, name
        assert "Renommer" not in text, name
    before = (Dossier.objects.count(), Employer.objects.count(), Employee.objects.count(), person.dossier.name)
    for address in forms(person).values():
        answer = client.post(address, {"name": "Autre nom"})
        assert answer.status_code == 403, address
        assert "le droit" in unescape(answer.content.decode())
    for name in ("archive", "unarchive"):
        assert client.post(reverse(f"dossiers:{name}", args=[person.dossier.uuid])).status_code == 403
    person.dossier.refresh_from_db()
    after = (Dossier.objects.count(), Employer.objects.count(), Employee.objects.count(), person.dossier.name)
    assert before == after


def test_a_stranger_finds_nothing_at_these_addresses(person: Employee, user_with: Callable[..., Actor]) -> None:
    client = signed_in(user_with("Ali", {}))
    for name, address in {**addresses(person), **forms(person)}.items():
        text = body(client, address, 200 if name in ("list", "search") else 404)
        for secret in (person.dossier.name, person.family_name, person.employer.siret):
            assert secret not in text, name
    for address in forms(person).values():
        assert client.post(address, {"name": "Autre nom"}).status_code == 404


def test_a_dossier_is_created_renamed_archived_opened_again_and_deleted(admin_client: Client) -> None:
    answer = admin_client.post(reverse("dossiers:list"), {"name": "  Équipe   Nord "}, follow=True)
    dossier = Dossier.objects.get()
    assert dossier.name == "Équipe Nord"
    assert "Ce dossier est vide" in unescape(answer.content.decode())
    again = admin_client.post(reverse("dossiers:list"), {"name": "equipe nord"})
    assert again.status_code == 400
    assert "s’appelle déjà" in unescape(again.content.decode())
    assert 'value="equipe nord"' in again.content.decode()
    admin_client.post(reverse("dossiers:rename", args=[dossier.uuid]), {"name": "Équipe Sud"})
    admin_client.post(reverse("dossiers:archive", args=[dossier.uuid]))
    dossier.refresh_from_db()
    assert (dossier.name, dossier.is_archived) == ("Équipe Sud", True)
    refused = admin_client.post(reverse("dossiers:rename", args=[dossier.uuid]), {"name": "Autre"})
    assert "archivé" in unescape(refused.content.decode())
    admin_client.post(reverse("dossiers:unarchive", args=[dossier.uuid]))
    assert "vide" in body(admin_client, reverse("dossiers:delete", args=[dossier.uuid]))
    admin_client.post(reverse("dossiers:delete", args=[dossier.uuid]))
    assert not Dossier.objects.exists()


def test_a_dossier_that_is_not_empty_is_not_deleted(person: Employee, admin_client: Client) -> None:
    address = reverse("dossiers:delete", args=[person.dossier.uuid])
    assert "n’est pas vide" in body(admin_client, address)
    answer = admin_client.post(address)
    assert answer.status_code == 409
    text = unescape(answer.content.decode())
    assert "n’est pas vide" in text
    assert "Rien n’a été modifié." in text
    assert Dossier.objects.filter(pk=person.dossier_id).exists()


def test_what_is_searched_never_stands_in_an_address(person: Employee, admin_client: Client) -> None:
    for name, args in (("search", []), ("show", [person.dossier.uuid]), ("employer", [person.employer_id])):
        answer = admin_client.post(reverse(f"dossiers:{name}", args=args), {"texte": f" {person.nir} "})
        assert answer.status_code == 302
        assert person.nir not in answer.headers["location"]
        page = admin_client.get(answer.headers["location"])
        assert f'value="{person.nir}"' in page.content.decode()
        for link in ("href", "action"):
            assert f'{link}="{person.nir}' not in page.content.decode()
    found = body(admin_client, answer.headers["location"])
    assert str(person) in found
    forgotten = admin_client.post(reverse("dossiers:search"), {"texte": "  "})
    assert forgotten.headers["location"] == reverse("dossiers:search")


def test_the_search_page_says_where_a_person_is(
    person: Employee, copied: Dossier, user_with: Callable[..., Actor]
) -> None:
    twin = Employee.objects.filter(dossier=copied).exclude(nir="")[0]
    both = signed_in(user_with("Zoé", {person.dossier: "lecture", copied: "lecture"}))
    one = signed_in(user_with("Léa", {copied: "lecture"}))
    for client, seen in ((both, True), (one, False)):
        answer = client.post(reverse("dossiers:search"), {"texte": twin.nir}, follow=True)
        text = unescape(answer.content.decode())
        assert copied.name in text
        assert (person.dossier.name in text) is seen


def test_the_export_page_sends_the_chosen_files(person: Employee, admin_client: Client) -> None:
    address = reverse("dossiers:export", args=[person.dossier.uuid])
    siret = person.employer.siret
    answer = admin_client.post(address, {"siret": f"{siret[:9]} {siret[9:]}", "in_force_only": "on"})
    assert answer.headers["content-type"] == "application/zip"
    assert siret in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as pack:
        held = sum(pack.read(name).count(b"S20.G00.05.001,") for name in pack.namelist())
    assert held == Declaration.objects.filter(employer=person.employer, in_force=True).count()
    refused = admin_client.post(address, {"siret": "00000000000000"})
    assert refused.status_code == 400
    assert "n’a pas d’employeur" in unescape(refused.content.decode())
    assert admin_client.post(address, {"month": "1999-01"}).status_code == 400


def test_the_lists_come_as_csv(person: Employee, admin_client: Client) -> None:
    Employer.objects.filter(pk=person.employer_id).update(name="=2+3; Été")
    text = body(admin_client, addresses(person)["employers-csv"])
    assert text.startswith("\ufeffSIRET;Nom;Ville;Salariés;Mois en vigueur\r\n")
    assert len(text.splitlines()) == 1 + Employer.objects.filter(dossier=person.dossier).count()
    assert "'=2+3; Été" in text
    people = body(admin_client, addresses(person)["employees-csv"])
    assert len(people.splitlines()) == 1 + person.employer.employees.count()
    assert person.family_name in people


def test_an_employee_is_deleted_and_brought_back(person: Employee, admin_client: Client) -> None:
    address = reverse("dossiers:employee-delete", args=[person.pk])
    text = body(admin_client, address)
    assert "C’est la dernière copie" in text
    assert str(person) in text
    months = person.months.count()
    answer = admin_client.post(address, follow=True)
    assert "corbeille" in unescape(answer.content.decode())
    assert not Employee.objects.filter(pk=person.pk).exists()
    assert "partielle" in body(admin_client, reverse("dossiers:employer-months", args=[person.employer_id]))
    trash = reverse("dossiers:trash", args=[person.dossier.uuid])
    assert str(person) in body(admin_client, trash)
    package = DeletedPackage.objects.get()
    back = admin_client.post(reverse("dossiers:restore", args=[package.pk]), follow=True)
    assert str(person) in unescape(back.content.decode())
    assert Employee.objects.get(employer=person.employer, nir=person.nir, ntt=person.ntt).months.count() == months
    assert admin_client.post(reverse("dossiers:restore", args=[package.pk])).status_code == 409


def test_an_employer_is_deleted_and_the_other_copy_declares_it(
    filled: Dossier, copied: Dossier, admin_client: Client
) -> None:
    copy = Employer.objects.filter(dossier=copied)[0]
    employer = Employer.objects.get(dossier=filled, siret=copy.siret)
    assert (employer.declaring, copy.declaring) == (True, False)
    address = reverse("dossiers:employer-delete", args=[employer.pk])
    text = body(admin_client, address)
    assert copied.name in text
    assert "le déclarera ensuite" in text
    admin_client.post(address)
    copy.refresh_from_db()
    assert copy.declaring
    assert not Employer.objects.filter(pk=employer.pk).exists()


def test_a_dossier_takes_over_the_declaration_of_an_employer(
    filled: Dossier, copied: Dossier, admin_client: Client
) -> None:
    copy = Employer.objects.filter(dossier=copied)[0]
    assert "Un autre dossier déclare" in body(admin_client, reverse("dossiers:employer-sheet", args=[copy.pk]))
    admin_client.post(reverse("dossiers:employer-declare", args=[copy.pk]))
    copy.refresh_from_db()
    assert copy.declaring
    assert not Employer.objects.get(dossier=filled, siret=copy.siret).declaring


def test_a_deletion_of_another_dossier_cannot_be_brought_back(
    person: Employee, admin_client: Client, user_with: Callable[..., Actor]
) -> None:
    admin_client.post(reverse("dossiers:employee-delete", args=[person.pk]))
    package = DeletedPackage.objects.get()
    stranger = signed_in(user_with("Ali", {}))
    assert stranger.post(reverse("dossiers:restore", args=[package.pk])).status_code == 404
    reader = signed_in(user_with("Léa", {person.dossier: "lecture"}))
    assert reader.post(reverse("dossiers:restore", args=[package.pk])).status_code == 403
    assert stranger.get(reverse("dossiers:trash-of-gone")).status_code == 403


def test_sorting_and_paging_keep_the_search(
    person: Employee, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scarabee.dossiers.selectors.employers.PAGE_LENGTH", 2)
    address = reverse("dossiers:show", args=[person.dossier.uuid])
    answer = admin_client.post(address, {"texte": person.employer.siret[:3]})
    page = body(admin_client, answer.headers["location"] + "&tri=-siret")
    assert "recherche=" in page
    assert "tri=siret" in page
    whole = body(admin_client, address + "?page=2")
    assert 'rel="prev"' in whole
    assert body(admin_client, address + "?page=900&tri=inconnu")


def test_an_employer_and_a_person_are_typed_by_hand(dossier: Dossier, admin_client: Client) -> None:
    siret = BUREAU.employers[0].siret
    new = reverse("dossiers:employer-new", args=[dossier.uuid])
    wrong = admin_client.post(new, {"siret": "12345678901234", "name": "Les Amis"})
    assert wrong.status_code == 400
    text = unescape(wrong.content.decode())
    assert "n’existe pas" in text
    assert 'value="Les Amis"' in text
    admin_client.post(new, {"siret": f"{siret[:9]} {siret[9:]}", "name": "Les Amis", "S21.G00.11.005": "MONTFLEURY"})
    employer = Employer.objects.get()
    assert (employer.siret, employer.name, employer.town) == (siret, "Les Amis", "MONTFLEURY")
    add = reverse("dossiers:employee-new", args=[employer.pk])
    answer = admin_client.post(
        add, {"S21.G00.30.002": "D'ARTAGNAN", "S21.G00.30.004": "Zoé", "S21.G00.30.006": "3/2/1990"}, follow=True
    )
    employee = Employee.objects.get()
    text = unescape(answer.content.decode())
    assert "né(e) le 03/02/1990" in text
    assert "D'ARTAGNAN" in text
    nobody = admin_client.post(add, {"S21.G00.30.004": "Zoé"})
    assert nobody.status_code == 400
    assert "nom de famille manque" in unescape(nobody.content.decode())
    page = body(admin_client, reverse("dossiers:employee-correct", args=[employee.pk]))
    assert 'value="03/02/1990"' in page


def test_a_typed_value_stands_beside_that_of_the_dsn(person: Employee, admin_client: Client) -> None:
    address = reverse("dossiers:employee-correct", args=[person.pk])
    response = admin_client.get(address)
    sent = {field.html_name: "" if field.value() is None else field.value() for field in response.context["form"]}
    told = sent["S21.G00.30.002"]
    admin_client.post(address, {**sent, "S21.G00.30.002": "NOMCORRIGE"})
    person.refresh_from_db()
    assert list(person.typed) == ["S21.G00.30.002"]
    page = body(admin_client, reverse("dossiers:employee", args=[person.pk]))
    assert "NOMCORRIGE" in page
    assert "la DSN dit autrement" in page
    assert f"La DSN dit : {told}." in body(admin_client, address)
    stale = admin_client.post(address, {**sent, "S21.G00.30.002": "AUTRE"})
    assert stale.status_code == 409
    page = unescape(stale.content.decode())
    assert "Administrateur a enregistré cette page pendant que vous la remplissiez" in page
    assert 'value="AUTRE"' in page
    person.refresh_from_db()
    assert person.typed["S21.G00.30.002"]["value"] == "NOMCORRIGE"


def test_employers_are_named_in_the_list_and_by_a_file(filled: Dossier, admin_client: Client) -> None:
    address = reverse("dossiers:names", args=[filled.uuid])
    first, second, *_ = Employer.objects.filter(dossier=filled).order_by("town", "siret")
    assert "Nommer les employeurs" in body(admin_client, reverse("dossiers:show", args=[filled.uuid]))
    answer = admin_client.post(address, {f"nom-{first.pk}": " Judo  Club ", f"nom-{second.pk}": ""}, follow=True)
    assert "1 employeur a reçu un nom." in answer.content.decode()
    first.refresh_from_db()
    assert first.name == "Judo Club"
    lines = f"siret;nom\n{second.siret};Chœur d’Été\n00000000000000;Personne\n"
    file = io.BytesIO(lines.encode("cp1252"))
    file.name = "noms.csv"
    report = unescape(admin_client.post(address, {"fichier": file}).content.decode())
    second.refresh_from_db()
    assert second.name == "Chœur d’Été"
    assert "ligne 3" in report
    assert "aucun employeur de ce dossier" in report


def test_two_records_of_one_person_are_proposed_and_joined(person: Employee, admin_client: Client) -> None:
    twin = Employee.objects.get(pk=person.pk)
    twin.pk, twin.nir, twin.ntt = None, "", ""
    twin.save()
    address = reverse("dossiers:twins", args=[person.employer_id])
    assert "mêmes nom, prénoms et date de naissance" in body(admin_client, address)
    admin_client.post(address, {"kept": person.pk, "dropped": twin.pk})
    assert not Employee.objects.filter(pk=twin.pk).exists()
    assert admin_client.post(address, {"kept": person.pk, "dropped": "x"}).status_code == 404


def test_an_establishment_follows_another_of_its_company(person: Employee, admin_client: Client) -> None:
    before = Employer.objects.get(pk=person.employer_id)
    after = Employer.objects.get(pk=before.pk)
    after.pk, after.siret, after.declaring = None, before.siren + "99999", True
    after.save()
    address = reverse("dossiers:succession", args=[after.pk])
    assert admin_client.post(address, {"predecessor": before.pk, "month": "hier"}).status_code == 409
    admin_client.post(address, {"predecessor": before.pk, "month": "2026-03"})
    assert "mars 2026" in body(admin_client, reverse("dossiers:employer-sheet", args=[after.pk]))
    admin_client.post(address, {"predecessor": ""})
    after.refresh_from_db()
    assert after.successor_of is None


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_everybody_can_use_every_page(
    person: Employee, copied: Dossier, signed_in_page: Page, live_server: LiveServer
) -> None:
    empty = Dossier.objects.create(name="Vide", name_key="vide", created_at=person.dossier.created_at)
    more = [reverse("dossiers:show", args=[empty.uuid]), reverse("dossiers:employee", args=[10**9])]
    shown = {name: one for name, one in addresses(person).items() if not name.endswith("-csv")}
    for address in [*shown.values(), *forms(person).values(), *more]:
        signed_in_page.goto(live_server.url + address)
        assert_no_axe_violation(signed_in_page)
    signed_in_page.goto(live_server.url + reverse("dossiers:search"))
    signed_in_page.get_by_label("Que cherchez-vous ?").fill(person.family_name)
    signed_in_page.keyboard.press("Enter")
    expect(signed_in_page.get_by_role("table", name="Personnes trouvées")).to_be_visible()
    assert_no_axe_violation(signed_in_page)
