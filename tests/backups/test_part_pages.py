"""Pages of parts: out of an archive into a new dossier, and into an archive for somebody else."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from tests.backups.archives import new_key
from tests.backups.bureau import bring_in, fill
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, declaration, envoi

from scarabee.accounts.models import User
from scarabee.backups import archive, choosing, keys, part_jobs, writing
from scarabee.backups.models import Backup, Job
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Dossier, Employee
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.transfers.models import Transfer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folder")]
OWNER = Actor.owner()
PARTS = "/maintenance/sauvegardes/parties/"


@pytest.fixture
def val() -> Dossier:
    """« Associations du Val », of which Lucie is Gestionnaire."""
    fill()
    return Dossier.objects.get(name="Associations du Val")


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name), backend="scarabee.accounts.backends.AccountBackend")
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def after(client: Client, address: str, **data: Any) -> tuple[str, str]:
    """Where a form leads, and what is told there; the job, if it began one, is done."""
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.content.decode()
    return answer.url, page(client, answer.url)  # type: ignore[attr-defined]


def said(client: Client, address: str, **data: Any) -> str:
    answer = client.post(address, data)
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def test_a_gestionnaire_takes_an_employer_out_of_an_archive_of_everything_and_puts_it_back(val: Dossier) -> None:
    before = dossier_digest(val)
    backup = writing.back_up(actor=OWNER, reason="essai")
    create_dossier(actor=OWNER, name="Pas pour Lucie")
    bring_in(val, envoi(declaration((ALAIN,), month="2026-04")))
    lucie = signed_in("Lucie")
    assert "Reprendre / Remettre un dossier" in page(lucie, "/")
    look, told = after(lucie, PARTS, sauvegarde=backup.pk)
    assert "Associations du Val" in told and "Repli" not in told
    assert "1 déclaration de plus qu’elle" in told and "la même chose" in told
    told = said(lucie, look, do="apercu", e=OTHER_ASSOCIATION)
    assert "Avant de reprendre" in told and OTHER_ASSOCIATION in told and ASSOCIATION not in told
    name = re.search(r'name="name" value="([^"]+)"', told)
    assert name and name[1].startswith("Associations du Val (sauvegarde du ")
    pulled, told = after(lucie, look, do="reprendre", e=OTHER_ASSOCIATION, name="Repris")
    assert "Repris" in told and "1 employeur, 1 salarié, 1 déclaration" in told
    arrived = Dossier.objects.get(name="Repris")
    assert [one.siret for one in arrived.employers.all()] == [OTHER_ASSOCIATION]
    assert "Reprendre dans le dossier d’origine" in told

    address, told = after(lucie, f"{pulled}transfert/")
    draft = Transfer.objects.get()
    assert (draft.source, draft.act.dossier) == (arrived, val) and draft.selection
    assert "apercu=1" in address and "Repris" in told

    told = page(lucie, f"{pulled}annuler/")
    assert "Seraient retirés de « Repris »" in told
    assert "La reprise est annulée." in said(lucie, f"{pulled}annuler/")
    assert not Dossier.objects.filter(name="Repris").exists() and dossier_digest(val) != before
    assert "n’est plus ici" in page(lucie, pulled)


def test_a_person_is_chosen_by_name_and_no_name_stands_in_plain_in_a_job(val: Dossier) -> None:
    backup = writing.back_up(actor=OWNER, reason="essai")
    lucie, chief = signed_in("Lucie"), signed_in("Administrateur")
    look, _ = after(lucie, PARTS, sauvegarde=backup.pk)
    people, told = after(lucie, look, do=f"salaries:{ASSOCIATION}")
    person = Employee.objects.get(dossier=val, nir=BRIGITTE.nir)
    assert str(person) in told and "les mêmes mois" in told and BRIGITTE.nir not in told
    stored = str(list(Job.objects.values_list("result", "asked")))
    assert person.family_name not in stored and BRIGITTE.nir not in stored
    assert "Avant de reprendre" in said(lucie, people, do=f"apercu-salarie:{person.pk}")
    _, told = after(lucie, people, do="reprendre", salarie=person.pk, name="Une personne")
    assert [one.nir for one in Employee.objects.filter(dossier__name="Une personne")] == [BRIGITTE.nir]
    assert chief.get(people).status_code == 404
    assert part_jobs.of(Actor.of(User.objects.get(username="Lucie"))).count() == 3


def test_a_dossier_sealed_for_another_bureau_says_who_sent_it_and_opens_there_only(val: Dossier) -> None:
    theirs, key = new_key()
    address = f"{PARTS}ecrire/{val.uuid}/"
    lucie = signed_in("Lucie")
    asked = {"reader": "autre", "key": key, "sender": "Bureau du Val", "extent": "tout"}
    assert "Collez la clé publique" in said(lucie, address, do="ecrire", **asked | {"key": ""})
    told = said(lucie, address, do="apercu", **asked)
    assert "2 employeurs, 3 salariés" in told and key in told
    job, told = after(lucie, address, do="ecrire", **asked)
    assert "L’archive est écrite, relue et vérifiée." in told and "2 employeurs, 3 salariés" in told
    sent = b"".join(lucie.post(f"{job}telecharger/").streaming_content)  # type: ignore[attr-defined]
    path = Path(Backup.objects.latest("pk").path)
    assert sent == path.read_bytes()
    with archive.reading(path, [theirs]) as found:
        assert found.manifest["sender"] == "Bureau du Val"
    keys.key_path().write_text(f"{theirs}\n")  # the other bureau, which never saw this dossier
    file = SimpleUploadedFile("remis.tar.zst.age", sent)
    told = after(lucie, PARTS, archive=file)[1]
    assert "Bureau du Val" in told and "remis.tar.zst.age" in told
    keys.key_path().write_text(f"{new_key()[0]}\n")
    assert "a été chiffrée avec une clé qui n’est pas ici" in after(
        lucie, PARTS, archive=SimpleUploadedFile("remis.tar.zst.age", sent)
    )[1]  # fmt: skip


def test_what_is_ticked_stays_ticked_from_page_to_page() -> None:
    rows = [f"{number:03}" for number in range(120)]
    post = QueryDict("e=001&e=119&e=999&do=page:2")
    shown = choosing.chooser(rows, post, key=str, text=str)
    assert shown.page.number == 2 and shown.ticked == {"001", "119"} and shown.elsewhere == ["001", "119"]
    found = choosing.chooser(rows, QueryDict("chercher=11&e=001"), key=str, text=str)
    assert list(found.page) == ["011", *(f"11{n}" for n in range(10))] and found.elsewhere == ["001"]


def test_a_running_job_is_followed_by_its_asker_and_leads_on_once_it_is_over(val: Dossier) -> None:
    lucie = signed_in("Lucie")
    number = User.objects.get(username="Lucie").pk
    job = Job.objects.create(
        kind=Job.Kind.PULL, state=Job.State.RUNNING, step="Lecture", actor_name="Lucie", user_number=number,
        heartbeat=now(),
    )  # fmt: skip
    address = f"{PARTS}{job.pk}/"
    told = page(lucie, address)
    assert (
        f'hx-get="{address}"' in told and "<noscript><meta" in told and "Lecture" in told and f'href="{PARTS}"' in told
    )
    assert lucie.get(address, headers={"HX-Request": "true"}).status_code == 200
    Job.objects.update(state=Job.State.INTERRUPTED, problem="Ce travail a été interrompu.")
    assert lucie.get(address, headers={"HX-Request": "true"}).headers["HX-Redirect"] == address
    assert "Ce travail a été interrompu." in page(lucie, address)
