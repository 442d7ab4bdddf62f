"""Pages of parts: out of an archive into a new dossier, and into an archive for somebody else."""

import re
from typing import Any

import pytest
from django.test import Client
from tests.backups.bureau import bring_in, fill
from tests.dossiers.small_files import ALAIN, ASSOCIATION, OTHER_ASSOCIATION, declaration, envoi

from scarabee.accounts.models import User
from scarabee.backups import writing
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
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
