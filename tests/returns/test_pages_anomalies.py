"""The work list on screen: by cause, one at a time, several at once, and for those who may."""

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.dossiers.small_files import BRIGITTE
from tests.filings.page_scenes import browser_of, words
from tests.returns import page_scenes
from tests.sent_forms import form_of

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier, Employer
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import AnomalyState as A
from scarabee.returns.models import Anomaly

pytestmark = [pytest.mark.django_db, page_scenes.official]

LIST = "/dsn/anomalies/"


@pytest.fixture
def dossier() -> Dossier:
    return page_scenes.filled()


def cause_of(anomaly: Anomaly) -> str:
    return f"{LIST}causes/{anomaly.cause}/"


def test_causes_are_listed_with_what_they_ask_and_filtered(admin_client: Client, dossier: Dossier) -> None:
    text = words(admin_client.get(LIST))
    assert "7 à traiter sur 7" in text
    assert "Absence des assiettes plafonnées et déplafonnées salarié" in text
    assert "Aucune anomalie ne répond" in words(admin_client.get(f"{LIST}?etat=closed"))
    lines = page_scenes.sheet(admin_client.get(f"{LIST}liste.csv?nature=119"))
    assert "UR_ANO_ASS_DIPA01a" in lines and "MERCIER" in lines


def test_the_pages_of_an_employer_and_of_a_person_lead_to_their_own_anomalies(
    admin_client: Client, dossier: Dossier, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    alain = page_scenes.person()
    brigitte = page_scenes.person(BRIGITTE.nir)
    for page, address, count in (
        (f"/dossiers/employeur/{alain.employer_id}/", f"{LIST}?employeur={alain.employer_id}", 7),
        (
            f"/dossiers/salarie/{alain.pk}/",
            f"{LIST}?salarie={alain.pk}",
            Anomaly.objects.filter(employee=alain).count(),
        ),
    ):
        with django_assert_max_num_queries(10):
            shown = admin_client.get(page)
        assert f"Anomalies {count}" in words(shown) and address in shown.text
        listed = admin_client.get(address)
        assert "seulement." in words(listed)
        sheet = page_scenes.sheet(admin_client.get(address.replace("?", "liste.csv?")))
        assert len(list(csv.reader(io.StringIO(sheet), delimiter=";"))) == count + 1
    assert "?salarie=" not in admin_client.get(f"/dossiers/salarie/{brigitte.pk}/").text
    filtered = admin_client.post(f"{LIST}?salarie=1", {"etat": A.TO_DO, "salarie": alain.pk}).headers["Location"]
    assert f"salarie={alain.pk}" in filtered


def test_a_copy_tells_its_anomalies_on_its_own_page_only(
    admin_client: Client, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    alain = page_scenes.person()
    Employer.objects.filter(pk=alain.employer_id).update(declaring=False)
    assert "Rien à corriger" in words(admin_client.get(LIST))
    assert "Anomalies 7" in words(admin_client.get(f"/dossiers/employeur/{alain.employer_id}/"))
    stranger = browser_of(user_with("Zoé", {}))
    assert stranger.get(f"{LIST}?employeur={alain.employer_id}").status_code == 404
    assert stranger.get(f"{LIST}?salarie={alain.pk}").status_code == 404
    assert admin_client.get(f"{LIST}?salarie={'9' * 40}&employeur=x").status_code == 200


def test_the_work_list_is_filtered_by_the_return_that_shows_it(admin_client: Client, dossier: Dossier) -> None:
    page = admin_client.get(f"{LIST}?nature=119")
    assert "1–2 sur 2 causes" in words(page)
    assert '<option value="119" selected>' in page.text and '<option value="20">' in page.text
    assert "nature=20" in admin_client.post(LIST, {"nature": "20"}).headers["Location"]


def test_one_anomaly_is_corrected_in_a_month_followed_by_somebody(
    admin_client: Client, dossier: Dossier, administrator: User
) -> None:
    one = page_scenes.anomaly()
    shown = form_of(admin_client.get(f"{LIST}{one.pk}/"), "note")
    data = {**shown, "state": A.CORRECTED, "corrected_in": "2026-11", "owner": administrator.pk, "note": "vu"}
    assert "C’est noté." in words(admin_client.post(f"{LIST}{one.pk}/", data, follow=True))
    one.refresh_from_db()
    assert (one.state, one.corrected_in, one.owner, one.note) == (A.CORRECTED, "2026-11", administrator, "vu")
    refused = admin_client.post(f"{LIST}{one.pk}/", {**shown, "state": A.ACCEPTED, "note": "à voir"})
    assert refused.status_code == 409
    assert "Administrateur a enregistré cette page pendant que vous la remplissiez" in words(refused)
    assert f"État {A.TO_DO.label} {A.CORRECTED.label} {A.ACCEPTED.label}" in words(refused)
    one.refresh_from_db()
    assert (one.state, one.note) == (A.CORRECTED, "vu")


def test_a_correction_without_its_month_changes_nothing(admin_client: Client, dossier: Dossier) -> None:
    one = page_scenes.anomaly()
    answer = admin_client.post(f"{LIST}{one.pk}/", {"state": A.CORRECTED, "corrected_in": ""})
    assert answer.status_code == 400
    one.refresh_from_db()
    assert one.state == A.TO_DO


def test_a_whole_cause_is_changed_at_once_or_what_is_ticked(admin_client: Client, dossier: Dossier) -> None:
    first = Anomaly.objects.filter(nature="20").order_by("pk")[0]
    alike = Anomaly.objects.filter(cause=first.cause)
    assert alike.count() > 1
    nothing = admin_client.post(f"{cause_of(first)}changer/", {"state": A.ACCEPTED})
    assert nothing.status_code == 400 and "Rien n’est coché" in words(nothing)
    ticked = {"anomalie": first.pk, f"vu-{first.pk}": first.revision, "state": A.ACCEPTED}
    admin_client.post(f"{cause_of(first)}changer/", ticked)
    assert alike.filter(state=A.ACCEPTED).count() == 1
    whole = {"tout": "1", "state": A.WITH_ASSOCIATION, "note": "appelés"}
    answer = admin_client.post(f"{cause_of(first)}changer/?etat=toutes", whole, follow=True)
    assert "anomalies changées" in words(answer)
    assert set(alike.values_list("state", "note")) == {(A.WITH_ASSOCIATION, "appelés")}


def test_what_somebody_changed_meanwhile_stays_as_it_is(admin_client: Client, dossier: Dossier) -> None:
    one = page_scenes.anomaly()
    Anomaly.objects.filter(pk=one.pk).update(revision=3, state=A.WITH_ASSOCIATION)
    data = {"anomalie": one.pk, f"vu-{one.pk}": 0, "state": A.ACCEPTED}
    text = words(admin_client.post(f"{cause_of(one)}changer/", data, follow=True))
    assert "a changé pendant que vous la regardiez" in text
    one.refresh_from_db()
    assert one.state == A.WITH_ASSOCIATION


def test_an_identity_is_adopted_from_its_anomaly(admin_client: Client, dossier: Dossier) -> None:
    one = page_scenes.anomaly("20")
    page = admin_client.get(f"{LIST}{one.pk}/")
    field = page.text.split('name="champ-')[1]
    data = {f"champ-{field[:14]}": field.split('value="')[1].split('"')[0], "salarie": one.employee_id}
    answer = admin_client.post(f"/dsn/retours/{one.shown_in_id}/adopter/", {**data, "anomalie": one.pk}, follow=True)
    assert answer.redirect_chain[0][0] == f"{LIST}{one.pk}/"
    assert "adopté" in words(answer)


def test_a_reader_reads_the_list_and_changes_nothing(dossier: Dossier, user_with: Callable[..., Actor]) -> None:
    one = page_scenes.anomaly()
    client = browser_of(user_with("Zoé", {dossier: "lecture"}))
    assert "Enregistrer" not in client.get(cause_of(one)).text
    assert client.post(f"{LIST}{one.pk}/", {"state": A.ACCEPTED}).status_code == 403
    assert client.post(f"{cause_of(one)}changer/", {"tout": "1", "state": A.ACCEPTED}).status_code == 403
    stranger = browser_of(user_with("Léa", {}))
    assert "Rien à corriger" in words(stranger.get(LIST))
    assert {stranger.get(address).status_code for address in (cause_of(one), f"{LIST}{one.pk}/")} == {404}
