"""Coverage and the settings of a dossier."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.filings.factories import holder
from tests.filings.page_scenes import SIRETS, browser_of, employer, words
from tests.sent_forms import form_of

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.filings.models import DossierFiling, EmployerFiling
from scarabee.filings.services.options import set_employer_filing
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

COVERAGE = "/dsn/depots/couverture/"
SAVE = f"{COVERAGE}enregistrer/"


def test_the_table_says_whose_identifiers_would_serve_and_what_is_missing(
    admin_client: Client, dossier: Dossier
) -> None:
    employer(dossier)
    assert "Aucun compte n’a d’identifiants Net-Entreprises du régime général" in words(admin_client.get(COVERAGE))
    user = holder("Lucie")
    DossierFiling.objects.create(dossier=dossier, holder=user)
    page = admin_client.get(COVERAGE)
    assert "Lucie le compte choisi pour ce dossier" in words(page)
    assert f"/centre/comptes/{user.pk}/?onglet=net-entreprises" in page.text


def test_due_days_and_standing_orders_are_kept_for_the_rows_that_changed(
    admin_client: Client, dossier: Dossier
) -> None:
    shown = [employer(dossier, number).pk for number in range(3)]
    data = {"montre": shown, f"jour-{shown[0]}": "5", f"jour-{shown[1]}": "15", f"permanent-{shown[1]}": "1"}
    text = words(admin_client.post(SAVE, data, follow=True))
    assert "2 employeurs réglés" in text
    kept = {one.siret: (one.due_day, one.standing_dossier_id) for one in EmployerFiling.objects.all()}
    assert kept == {SIRETS[0]: (5, None), SIRETS[1]: (15, dossier.pk)}
    assert "donné par Administrateur" in words(admin_client.get(COVERAGE))
    assert "Rien n’était à changer" in words(admin_client.post(SAVE, data, follow=True))
    admin_client.post(SAVE, {"montre": shown})
    assert not EmployerFiling.objects.exclude(standing_dossier=None).exists()


def test_a_page_left_open_takes_back_nothing_that_somebody_else_changed(
    admin_client: Client, dossier: Dossier, owner: Actor
) -> None:
    first, second = employer(dossier, 0), employer(dossier, 1)
    stale = form_of(admin_client.get(COVERAGE), f"jour-{first.pk}")
    set_employer_filing(actor=owner, dossier=dossier, siret=second.siret, due_day=5, standing=True)
    admin_client.post(SAVE, {**stale, f"jour-{first.pk}": "5"})
    kept = {one.siret: (one.due_day, one.standing_dossier_id) for one in EmployerFiling.objects.all()}
    assert kept == {first.siret: (5, None), second.siret: (5, dossier.pk)}


def test_a_gestionnaire_sets_days_and_leaves_standing_orders_as_they_are(
    admin_client: Client, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    one = employer(dossier)
    admin_client.post(SAVE, {"montre": one.pk, f"permanent-{one.pk}": "1"})
    client = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    page = client.get(COVERAGE).text
    assert f"permanent-{one.pk}" not in page
    assert "Seul un Administrateur le donne" in page
    client.post(SAVE, {"montre": one.pk, f"jour-{one.pk}": "5"})
    kept = EmployerFiling.objects.get()
    assert (kept.due_day, kept.standing_dossier_id) == (5, dossier.pk)
    client.post(SAVE, {"montre": one.pk, f"jour-{one.pk}": "7"})
    assert EmployerFiling.objects.get().due_day == 5


def test_who_may_only_read_changes_nothing(
    dossier: Dossier, other: Dossier, user_with: Callable[..., Actor], administrator: User
) -> None:
    one, hidden = employer(dossier), employer(other, 1)
    client = browser_of(user_with("Zoé", {dossier: "lecture"}))
    text = words(client.get(COVERAGE))
    assert "Club 00" in text
    assert "Club 01" not in text
    assert "Enregistrer les échéances" not in text
    for employer_pk, status in ((one.pk, 403), (hidden.pk, 404)):
        answer = client.post(SAVE, {"montre": employer_pk, f"jour-{employer_pk}": "5"})
        assert answer.status_code == status
    assert not EmployerFiling.objects.exists()


def test_the_table_is_paged_searched_and_costs_the_same(
    dossier: Dossier,
    user_with: Callable[..., Actor],
    administrator: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(70):
        employer(dossier, number)
    client = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    with django_assert_max_num_queries(9):
        assert "1–50 sur 70" in words(client.get(COVERAGE))
    answer = client.post(COVERAGE, {"texte": "club 07", "dossier": dossier.pk})
    assert "club" not in answer.headers["Location"]
    assert "1–1 sur 1" in words(client.get(answer.headers["Location"]))
    for sort in ("dossier", "-echeance", "nonsense"):
        assert "sur 70" in words(client.get(f"{COVERAGE}?tri={sort}"))


def test_a_dossier_is_set_by_its_gestionnaire_but_its_folder_by_an_administrateur(
    admin_client: Client, dossier: Dossier, user_with: Callable[..., Actor], tmp_path: Path
) -> None:
    address = f"/dsn/depots/reglages/{dossier.uuid}/"
    user = holder("Lucie")
    data = {"holder": user.pk, "folder": str(tmp_path), "hold_minutes": "30"}
    assert "sont enregistrés" in words(admin_client.post(address, data, follow=True))
    kept = DossierFiling.objects.get(dossier=dossier)
    assert (kept.holder, kept.folder, kept.hold_minutes) == (user, str(tmp_path), 30)
    absent = words(admin_client.post(address, {**data, "folder": str(tmp_path / "absent")}))
    assert "n’existe pas, ou Scarabée n’y a pas accès" in absent
    DossierFiling.objects.update(folder_problem="Ce dossier n’est plus là.")
    client = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    page = client.get(address)
    assert "Ce dossier n’est plus là." in words(page)
    assert "Seul un Administrateur le choisit" in words(page)
    client.post(address, {**data, "folder": "/ailleurs", "hold_minutes": "45"})
    kept.refresh_from_db()
    assert (kept.folder, kept.hold_minutes) == (str(tmp_path), 45)


def test_a_gestionnaire_chooses_among_the_people_of_the_dossier_only(
    dossier: Dossier, other: Dossier, user_with: Callable[..., Actor], administrator: User
) -> None:
    stranger = holder("Étrangère")
    client = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    address = f"/dsn/depots/reglages/{dossier.uuid}/"
    assert "Étrangère" not in client.get(address).text
    assert client.post(address, {"holder": stranger.pk, "folder": "", "hold_minutes": "1"}).status_code == 400
    assert client.get(f"/dsn/depots/reglages/{other.uuid}/").status_code == 404


def test_a_reader_and_an_archive_are_shown_settings_without_form(
    admin_client: Client, owner: Actor, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    address = f"/dsn/depots/reglages/{dossier.uuid}/"
    reader = browser_of(user_with("Zoé", {dossier: "lecture"}))
    assert "Seul un Gestionnaire de ce dossier" in words(reader.get(address))
    assert reader.post(address, {"hold_minutes": "1"}).status_code == 403
    archive_dossier(actor=owner, dossier=dossier)
    assert "Le dossier est archivé" in words(admin_client.get(address))
    assert admin_client.post(address, {"hold_minutes": "1"}).status_code == 409
