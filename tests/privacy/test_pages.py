"""The pages on personal data, as an Administrateur and as others see them."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from tests.conftest import PASSWORD
from tests.dossiers.small_files import ALAIN, declaration, envoi
from tests.privacy.bureau import ZEPHYRINE, fill, left_of_her, small
from tests.transfers import scenes

from scarabee.accounts.models import Session, User
from scarabee.dossiers.models import Declaration, Dossier
from scarabee.dossiers.views.asked import SEARCHES
from scarabee.maintenance.journal import Actor
from scarabee.privacy import settling
from scarabee.privacy.forms import ERASE, REMOVE
from scarabee.privacy.models import Erasure, RetentionRule
from scarabee.returns.models import Return

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]


def confirmed(client: Client) -> Client:
    answer = client.post(reverse("accounts:confirm"), {"confirmation": PASSWORD})
    assert answer.status_code == 302
    return client


def test_somebody_is_found_exported_then_erased_once_that_is_typed(admin_client: Client) -> None:
    scene = fill()
    number = scene.somebody.pk
    page = admin_client.post(reverse("privacy:list"), {"texte": ZEPHYRINE.nir})
    assert reverse("privacy:person", args=[number]) in page.text
    assert not any(ZEPHYRINE.nir in str(one.get_decoded()) for one in Session.objects.all())
    assert "Associations du Val" in admin_client.get(reverse("privacy:person", args=[number])).text
    for typed in (ZEPHYRINE.nir, "Quartzinski", "Mercier"):
        admin_client.post(reverse("dossiers:search"), {"texte": typed})
    assert searches() == {ZEPHYRINE.nir, "Quartzinski", "Mercier"}
    exported = admin_client.post(reverse("privacy:export", args=[number]))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(exported.streaming_content)))  # type: ignore[attr-defined]
    assert "LISEZMOI.txt" in archive.namelist() and "QUARTZ" not in exported.headers["Content-Disposition"]
    exported.close()
    erase = reverse("privacy:erase", args=[number])
    shown = admin_client.get(erase)
    assert f"n° {scene.filing.pk}" in shown.text and "AEE du dépôt" in shown.text and ERASE not in shown.text
    asked = {"reason": "À sa demande", "seen": shown.context["form"].initial["seen"], "sentence": ERASE}
    assert admin_client.post(erase, asked).status_code == 302 and not Erasure.objects.exists()
    confirmed(admin_client)
    assert ERASE in admin_client.get(erase).text
    for wrong in ({"sentence": "oui"}, {"reason": "Mme Quartzinski"}, {"seen": str(number)}):
        assert admin_client.post(erase, asked | wrong).status_code == 400 and not Erasure.objects.exists()
    done = admin_client.post(erase, asked)
    erasure = Erasure.objects.get()
    assert done.headers["Location"] == reverse("privacy:erasure", args=[erasure.pk])
    told = admin_client.get(done.headers["Location"])
    assert "À sa demande" in told.text and "QUARTZ" not in told.text
    settling.settle()
    assert left_of_her() == set() and searches() == {"Mercier"}
    item = Return.objects.get()
    assert "gardée sans une personne effacée" in admin_client.get(reverse("returns:show", args=[item.pk])).text
    gone = admin_client.get(reverse("filings:sent-file", args=[scene.filing.pk]))
    assert gone.status_code == 404 and "plus gardé" in gone.text
    assert f"n° {erasure.pk}" in admin_client.get(reverse("privacy:list")).text
    assert admin_client.get(reverse("privacy:person", args=[number])).status_code == 404


def searches() -> set[str]:
    """What is kept of searches in the sessions."""
    return {text for one in Session.objects.all() for text in one.get_decoded().get(SEARCHES, {}).values()}


def test_a_reader_finds_and_exports_in_their_dossiers_and_erases_nothing(user_with: Callable[..., Actor]) -> None:
    small("Associations du Val", "Repli")
    actor, client = user_with("Léa", {Dossier.objects.get(name="Repli"): "lecture"}), Client()
    client.force_login(User.objects.get(username=actor.name))
    page = client.post(reverse("privacy:list"), {"texte": "quartzinski"})
    assert "Repli" in page.text and "Associations du Val" not in page.text and "Registre" not in page.text
    (hers,) = [one.shown.pk for one in page.context["found"].people.object_list]
    shown = client.get(reverse("privacy:person", args=[hers]))
    assert "Effacer" not in shown.text and "Associations du Val" not in shown.text
    assert client.get(reverse("privacy:erase", args=[hers])).status_code == 403
    assert client.get(reverse("privacy:retention")).status_code == 403


def test_a_duration_is_set_then_what_is_past_it_goes_once_that_is_typed(admin_client: Client) -> None:
    scenes.dossier_of("Associations du Val", [envoi(declaration((ALAIN,), month="2018-05"))])
    page = admin_client.get(reverse("privacy:retention"))
    assert "72 mois" in page.text and "2018-05" in page.text
    kind = reverse("privacy:kind", args=["declarations"])
    assert admin_client.post(kind, {"months": "12"}).status_code == 400
    assert admin_client.post(kind, {"months": "60"}).status_code == 302
    assert RetentionRule.objects.get(kind="declarations").months == 60
    remove, asked = reverse("privacy:remove", args=["declarations"]), {"count": "1", "sentence": REMOVE}
    assert admin_client.post(remove, asked).status_code == 302 and Declaration.objects.exists()
    confirmed(admin_client)
    assert "1" in admin_client.get(kind).text and REMOVE in admin_client.get(kind).text
    assert admin_client.post(remove, asked | {"count": "2"}).status_code == 400
    assert admin_client.post(remove, asked | {"sentence": "oui"}).status_code == 400 and Declaration.objects.exists()
    assert admin_client.post(remove, asked).status_code == 302 and not Declaration.objects.exists()
    assert admin_client.get(reverse("privacy:kind", args=["rien"])).status_code == 404
