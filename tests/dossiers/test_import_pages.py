import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.dossiers.small_files import ASSOCIATION, OTHER_ASSOCIATION, declaration, envoi, small_file

from scarabee.accounts.models import User
from scarabee.dossiers.models import Act, Declaration, Dossier, Employer, ImportFile
from scarabee.dossiers.services import import_runs, import_surveys, uploads
from scarabee.maintenance.clock import now
from scarabee.maintenance.gate import Door
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

TWO = envoi(declaration(), declaration(siret=OTHER_ASSOCIATION))
HERE = "/dossiers/import/"


@pytest.fixture(autouse=True)
def own_folder(settings: object, tmp_path: Path) -> Path:
    settings.DATA_FOLDER = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def send(client: Client, dossier: Dossier | str, *files: bytes, name: str = "") -> Act:
    """Send files by the form; the import that it leads to."""
    chosen = dossier if isinstance(dossier, str) else str(dossier.uuid)
    sent = [SimpleUploadedFile(f"{rank}.dsn", data) for rank, data in enumerate(files)]
    response = client.post(HERE, {"dossier": chosen, "new_name": name, "dsn_files": sent})
    act = Act.objects.get()
    assert response.headers["location"] == f"{HERE}{act.pk}/", response
    return act


def page(client: Client, act: Act, rest: str = "") -> str:
    response = client.get(f"{HERE}{act.pk}/{rest}")
    assert response.status_code == 200
    return str(response.text)


def decide(client: Client, act: Act, action: str, **routes: str) -> None:
    posted = {"action": action} | {f"route-{siret}": where for siret, where in routes.items()}
    assert client.post(f"{HERE}{act.pk}/choix/", posted).status_code == 302


def files_in(folder: Path) -> list[Path]:
    """What lies in the data folder, the lock of what writes aside."""
    return [path for path in folder.rglob("*") if path.is_file() and path != Door.WORK.path]


def test_files_go_in_step_by_step(admin_client: Client, dossier: Dossier, own_folder: Path) -> None:
    form = admin_client.get(f"{HERE}?dossier={dossier.uuid}").text
    assert f'value="{dossier.uuid}" selected' in form
    act = send(admin_client, dossier, TWO, b"Bonjour\n")
    preview = page(admin_client, act)
    assert "841 257 967 00015".replace(" ", "\u00a0") in preview
    assert "Refusé, ligne 1" in preview
    assert "nouveau ici" in preview
    assert not Declaration.objects.exists()
    decide(admin_client, act, "importer")
    report = page(admin_client, act)
    assert "1\u00a0fichier sur 2 est refusé" in report
    assert "n’est pas une DSN" in report
    assert "Annuler cet import" in report
    assert Declaration.objects.count() == 2
    assert files_in(own_folder) == []


def test_who_may_only_read_is_offered_nothing_to_change(
    admin_client: Client, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    act = send(admin_client, dossier, small_file())
    decide(admin_client, act, "importer")
    reader = Client()
    user_with("Zoé", {dossier: "lecture"})
    reader.force_login(User.objects.get(username="Zoé"))
    report = page(reader, act)
    assert "Ouvrir le dossier" in report
    home = str(reader.get("/").text)
    assert "Ouvrir un dossier" in home
    for offer in ("Annuler cet import", "Nommer", "Importer d’autres fichiers"):
        assert offer in page(admin_client, act)
        assert offer not in report
    for offer in ("sans nom dans", "Remplir un dossier", "Transférer des employeurs"):
        assert offer in str(admin_client.get("/").text)
        assert offer not in home


def test_an_import_that_brought_nothing_is_not_offered_to_be_undone(admin_client: Client, dossier: Dossier) -> None:
    decide(admin_client, send(admin_client, dossier, small_file()), "importer")
    again = SimpleUploadedFile("mars.dsn", small_file())
    address = admin_client.post(HERE, {"dossier": str(dossier.uuid), "new_name": "", "dsn_files": [again]}).url  # type: ignore[attr-defined]
    act = Act.objects.latest("pk")
    assert address == f"{HERE}{act.pk}/"
    decide(admin_client, act, "importer")
    report = page(admin_client, act)
    assert "Tout était déjà connu" in report
    assert "Annuler cet import" not in report


def test_a_new_dossier_is_made_on_the_spot(admin_client: Client) -> None:
    act = send(admin_client, "nouveau", small_file(), name="Les Amis du Val")
    assert Dossier.objects.get().name == "Les Amis du Val"
    assert act.receipt == {"created_dossier": True}


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"dossier": "nouveau", "new_name": " "}, "Donnez un nom"),
        ({"dossier": "", "new_name": ""}, "obligatoire"),
        ({"dossier": "nouveau", "new_name": "Val", "dsn_files": []}, "Choisissez au moins un fichier"),
    ],
)
def test_a_form_that_lacks_something_says_what(
    posted: dict[str, object], words: str, admin_client: Client, own_folder: Path
) -> None:
    sent = {"dsn_files": SimpleUploadedFile("a.dsn", small_file()), **posted}
    response = admin_client.post(HERE, sent)
    assert response.status_code == 200
    assert words in response.text
    assert not Act.objects.exists()
    assert files_in(own_folder) == []


def test_a_full_disk_is_said_before_anything_is_received(
    admin_client: Client, dossier: Dossier, monkeypatch: pytest.MonkeyPatch, own_folder: Path
) -> None:
    monkeypatch.setattr(uploads, "SPARE_BYTES", 1 << 60)
    response = admin_client.post(
        HERE, {"dossier": str(dossier.uuid), "dsn_files": SimpleUploadedFile("a.dsn", small_file())}
    )
    assert "sur le disque des données" in response.text
    assert "Libérez de la place" in response.text
    assert not Act.objects.exists()
    assert files_in(own_folder) == []


def test_the_form_is_protected_although_it_is_read_late(administrator: User, dossier: Dossier) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    response = client.post(HERE, {"dossier": str(dossier.uuid), "dsn_files": SimpleUploadedFile("a.dsn", b"x")})
    assert response.status_code == 403
    assert not Act.objects.exists()


def test_an_employer_of_another_dossier_is_announced_and_can_go_there(
    admin_client: Client, dossier: Dossier, other: Dossier, import_bytes: Callable[..., ImportFile]
) -> None:
    import_bytes(other, small_file(month="2026-01"))
    Act.objects.update(kind=Act.Kind.RESTORATION)  # leave the import below alone in the list
    act_before = Act.objects.get()
    sent = SimpleUploadedFile("a.dsn", TWO)
    admin_client.post(HERE, {"dossier": str(dossier.uuid), "dsn_files": sent})
    act = Act.objects.exclude(pk=act_before.pk).get()
    preview = page(admin_client, act)
    assert "1\u00a0employeur est déjà déclaré par un autre dossier" in preview
    assert "déclaré par « Repli »" in preview
    decide(admin_client, act, "tout-declarant")
    assert re.search(rf'value="{other.pk}" selected', page(admin_client, act))
    decide(admin_client, act, "importer")
    assert dossier.employers.get().siret == OTHER_ASSOCIATION
    assert other.employers.get().declarations.count() == 2


def test_a_dossier_one_may_not_see_is_not_named(
    client: Client, administrator: User, dossier: Dossier, other: Dossier, user_with: Callable[..., Actor],
    import_bytes: Callable[..., ImportFile], owner: Actor,
) -> None:  # fmt: skip
    import_bytes(other, small_file(month="2026-01"))
    # prepared by somebody who sees everything, looked at by somebody who does not
    act = import_runs.prepare_import(actor=owner, dossier=dossier, files=[SimpleUploadedFile("a.dsn", TWO)])
    zoe = user_with("Zoé", {dossier: "gestionnaire"})
    client.force_login(User.objects.get(pk=zoe.user_id))
    preview = page(client, act)
    assert "déclaré par un autre dossier" in preview
    assert "Repli" not in preview
    report = client.get(f"{HERE}liste/").text
    assert f"n° {act.pk}" in report


def test_imports_of_other_dossiers_do_not_exist_for_one(
    client: Client, administrator: User, dossier: Dossier, other: Dossier, user_with: Callable[..., Actor], owner: Actor
) -> None:
    act = import_runs.prepare_import(actor=owner, dossier=other, files=[SimpleUploadedFile("a.dsn", TWO)])
    zoe = user_with("Zoé", {dossier: "gestionnaire"})
    client.force_login(User.objects.get(pk=zoe.user_id))
    row = act.files.get()
    for rest in ("", "avancement/", "annuler/", "fichiers/", f"fichiers/{row.pk}/", "remarques.csv"):
        assert client.get(f"{HERE}{act.pk}/{rest}").status_code == 404, rest
    for rest in ("choix/", "abandonner/", "annuler/"):
        assert client.post(f"{HERE}{act.pk}/{rest}").status_code == 404, rest
    assert f"n° {act.pk}" not in client.get(f"{HERE}liste/").text


def test_choices_of_one_page_are_kept_while_turning_to_the_next(
    admin_client: Client, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scarabee.dossiers.import_views.EMPLOYERS_PER_PAGE", 1)
    act = send(admin_client, dossier, TWO)
    assert "1–1 sur 2" in page(admin_client, act)
    decide(admin_client, act, "page-2", **{OTHER_ASSOCIATION: "laisser"})
    assert "2–2 sur 2" in page(admin_client, act, "?page=2")
    decide(admin_client, act, "importer", **{ASSOCIATION: "ici"})
    assert Employer.objects.get().siret == ASSOCIATION


def test_a_shortcut_counts_for_the_filtered_list_only(admin_client: Client, dossier: Dossier) -> None:
    act = send(admin_client, dossier, TWO)
    posted = {"action": "tout-laisser", "q": OTHER_ASSOCIATION}
    assert admin_client.post(f"{HERE}{act.pk}/choix/", posted).headers["location"].endswith(f"?q={OTHER_ASSOCIATION}")
    assert act.files.get().routes == {OTHER_ASSOCIATION: None}


def test_the_progress_can_be_left_and_found_again(
    admin_client: Client, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = send(admin_client, dossier, small_file(), small_file(month="2026-04"))
    Act.objects.filter(pk=act.pk).update(state=Act.State.RUNNING, heartbeat=now(), progress=act.progress_total // 2)
    shown = page(admin_client, act)
    assert '<noscript><meta http-equiv="refresh"' in shown
    assert 'value="50"' in shown or 'value="49"' in shown
    assert "en cours" in admin_client.get(f"{HERE}liste/").text
    htmx = {"HX-Request": "true"}
    assert "0.dsn" in admin_client.get(f"{HERE}{act.pk}/avancement/", headers=htmx).text
    assert admin_client.get(f"{HERE}{act.pk}/avancement/").status_code == 302
    Act.objects.filter(pk=act.pk).update(state=Act.State.QUEUED)
    import_runs.run(act.pk)
    over = admin_client.get(f"{HERE}{act.pk}/avancement/", headers=htmx)
    assert over.headers["HX-Redirect"] == f"{HERE}{act.pk}/"


def test_a_survey_in_the_background_shows_its_progress(
    admin_client: Client, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "SURVEY_AT_ONCE_BYTES", 10)
    monkeypatch.setattr(import_runs, "_ring_survey", lambda _: None)
    act = send(admin_client, dossier, small_file())
    assert "Lecture des fichiers" in page(admin_client, act)
    import_surveys.survey_files(act.pk)
    assert "quoi va où" in page(admin_client, act)


def test_the_page_of_a_file_tells_every_remark_and_the_csv_too(admin_client: Client, dossier: Dossier) -> None:
    act = send(admin_client, dossier, envoi(declaration(), totals=(99, 1)))
    decide(admin_client, act, "importer")
    told = page(admin_client, act, f"fichiers/{act.files.get().pk}/")
    assert "S90.G00.90.001" in told
    assert "le total annonce 99 rubriques" in told
    csv = admin_client.get(f"{HERE}{act.pk}/remarques.csv").getvalue().decode("utf-8-sig")
    assert "0.dsn;importé;à vérifier;31;S90.G00.90.001;" in csv
    assert "0.dsn" in page(admin_client, act, "fichiers/?etat=imported")


def test_undo_is_shown_first_and_asked_once(admin_client: Client, dossier: Dossier) -> None:
    act = send(admin_client, dossier, TWO)
    decide(admin_client, act, "importer")
    asked = page(admin_client, act, "annuler/")
    assert "Annuler l’import et retirer ces éléments" in asked
    assert Declaration.objects.count() == 2
    admin_client.post(f"{HERE}{act.pk}/annuler/")
    assert not Declaration.objects.exists()
    assert "Cet import a été annulé" in page(admin_client, act)
    assert "déjà annulé" in page(admin_client, act, "annuler/")


def test_abandoning_says_that_nothing_was_imported(admin_client: Client, dossier: Dossier) -> None:
    act = send(admin_client, dossier, TWO)
    response = admin_client.post(f"{HERE}{act.pk}/abandonner/", follow=True)
    assert "rien n’a été importé" in response.text
    assert "interrompu" in response.text
    assert "Abandonné avant de commencer" in page(admin_client, act)


@pytest.mark.parametrize("count", [1, 40])
def test_the_pages_cost_few_queries_whatever_the_number_of_files(
    count: int, admin_client: Client, dossier: Dossier, django_assert_max_num_queries: Callable[..., object]
) -> None:
    files = [small_file(month=f"20{10 + rank // 12}-{rank % 12 + 1:02}") for rank in range(count)]
    act = send(admin_client, dossier, *files)
    for rest in ("", "fichiers/"):
        with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
            page(admin_client, act, rest)
    decide(admin_client, act, "importer")
    for address in (f"{HERE}{act.pk}/", f"{HERE}liste/", HERE):
        with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
            admin_client.get(address)


def test_a_disk_that_is_nearly_full_is_said_while_an_import_waits(
    admin_client: Client, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = send(admin_client, dossier, small_file())
    Act.objects.filter(pk=act.pk).update(state=Act.State.RUNNING, heartbeat=now())
    assert "presque plein" not in page(admin_client, act)
    monkeypatch.setattr(uploads, "NEARLY_FULL_BYTES", 1 << 60)
    assert "l’import reprend alors de lui-même" in page(admin_client, act)


def test_a_dossier_made_for_an_import_goes_when_nothing_comes_of_it(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = send(admin_client, "nouveau", small_file(), name="Les Amis du Val")
    admin_client.post(f"{HERE}{act.pk}/abandonner/")
    assert not Dossier.objects.exists()
    monkeypatch.setattr(uploads, "MAX_FILES", 0)
    sent = {"dossier": "nouveau", "new_name": "Encore", "dsn_files": SimpleUploadedFile("a.dsn", b"x")}
    assert "0 au plus" in admin_client.post(HERE, sent).text
    assert not Dossier.objects.exists()
