"""The screens of Transfert de données as a browser without JavaScript, and as htmx, asks for them."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from tests.transfers.filled import filled

from scarabee.accounts.models import User
from scarabee.dossiers.models import Act, Dossier, Employer
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.journal import Actor
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Mode, Selection
from scarabee.transfers.services import drafts
from scarabee.transfers.services.execution import transfer_now

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def draft(administrator: User, source: Dossier) -> Transfer:
    return drafts.start_draft(actor=Actor.of(administrator), source=source)


@pytest.fixture
def screen(draft: Transfer) -> str:
    return reverse("transfers:screen", args=[draft.pk])


@pytest.fixture
def done(administrator: User, source: Dossier, destination: Dossier) -> Transfer:
    """A whole employer, transferred."""
    selection = Selection().tick_employer(_employers(source)[0].pk, ticked=True)
    return transfer_now(actor=Actor.of(administrator), source=source, destination=destination, selection=selection)


def _lines(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def _employers(source: Dossier) -> list[Employer]:
    return list(Employer.objects.filter(dossier=source))


def _selection(draft: Transfer) -> Selection:
    draft.refresh_from_db()
    return Selection.from_json(draft.selection)


def test_the_sources_are_in_order_of_their_names(admin_client: Client, owner: Actor) -> None:
    for name in ("Zone sud", "école", "Atelier"):
        create_dossier(actor=owner, name=name)
    page = admin_client.get(reverse("transfers:start")).text
    assert page.index("Atelier") < page.index("école") < page.index("Zone sud")


def test_the_source_is_chosen_first_then_its_tree_shows(admin_client: Client, source: Dossier) -> None:
    answer = admin_client.post(reverse("transfers:start"), {"source": source.pk}, follow=True)
    assert "Association 0001" in answer.text
    assert "le dossier d’origine n’est pas modifié" in answer.text
    again = admin_client.get(reverse("transfers:start")).text
    assert "Continuer" in again
    assert "Rien n’est coché" in again


def test_a_source_that_is_not_ones_own_is_not_offered_nor_taken(
    source: Dossier, destination: Dossier, user_with: Callable[..., Actor]
) -> None:
    reader = user_with("Lise", {source: "lecture"})
    client = Client()
    client.force_login(User.objects.get(pk=reader.user_id))
    assert "Secteur nord" not in client.get(reverse("transfers:start")).text
    client.post(reverse("transfers:start"), {"source": source.pk})
    assert not Transfer.objects.exists()


def test_another_persons_draft_cannot_be_seen(screen: str, source: Dossier, user_with: Callable[..., Actor]) -> None:
    other = user_with("Noé", {source: "gestionnaire"})
    client = Client()
    client.force_login(User.objects.get(pk=other.user_id))
    answer = client.get(screen, follow=True)
    assert "n’existe pas, ou il ne vous est pas ouvert" in answer.text
    assert "Association 0001" not in answer.text


def test_ticks_without_javascript_survive_search_and_paging(
    admin_client: Client, screen: str, draft: Transfer, source: Dossier
) -> None:
    first, second, _ = _employers(source)
    shown = {"vu_e": [f"{first.pk}:0", f"{second.pk}:0"]}
    admin_client.post(screen, {**shown, "e": [first.pk], "do": "chercher", "chercher": "Association 0003"})
    page = admin_client.get(screen).text
    assert "Association 0003" in page
    assert "Association 0001" not in page
    admin_client.post(screen, {"do": "carre-vert", "chercher": "Association 0003"})
    admin_client.post(screen, {"do": "tout-voir", "chercher": "Association 0003"})
    assert _selection(draft).employers.keys() == {first.pk}
    assert "en totalité" in admin_client.get(screen).text


def test_the_green_square_hides_employees_and_changes_no_tick(
    admin_client: Client, screen: str, draft: Transfer, source: Dossier
) -> None:
    employer = _employers(source)[0]
    admin_client.post(screen, {"do": f"ouvrir:{employer.pk}"})
    assert "NOM 00002" in admin_client.get(screen).text
    person = employer.employees.first()
    assert person is not None
    admin_client.post(screen, {"script": "1", "geste": f"s:{employer.pk}:{person.pk}:1"})
    before = _selection(draft)
    admin_client.post(screen, {"do": "carre-vert"})
    page = admin_client.get(screen).text
    assert "NOM 00002" not in page
    assert "1 salarié sur 4" in page
    assert _selection(draft) == before
    admin_client.post(screen, {"do": "carre-vert"})
    assert "NOM 00002" in admin_client.get(screen).text


def test_the_white_square_unticks_employees_that_are_hidden_or_on_another_page(
    admin_client: Client, screen: str, draft: Transfer, source: Dossier
) -> None:
    first, second, _ = _employers(source)
    person = second.employees.first()
    assert person is not None
    gestures = [f"e:{first.pk}:1", f"s:{second.pk}:{person.pk}:1"]
    admin_client.post(screen, {"script": "1", "geste": gestures, "chercher": "0003"})
    admin_client.post(screen, {"do": "carre-blanc", "chercher": "0003"})
    assert _selection(draft).employers.keys() == {first.pk}
    assert _selection(draft).employers[first.pk].is_record_only
    admin_client.post(screen, {"do": "tout-voir"})
    assert "fiche seule" in admin_client.get(screen).text


def test_all_employers_or_those_found_are_ticked_at_once(
    admin_client: Client, screen: str, draft: Transfer, source: Dossier
) -> None:
    admin_client.post(screen, {"chercher": "0002"})
    admin_client.post(screen, {"chercher": "0002", "do": "tout-cocher"})
    assert _selection(draft).employers.keys() == {_employers(source)[1].pk}
    admin_client.post(screen, {"chercher": ""})
    admin_client.post(screen, {"chercher": "", "do": "tout-cocher"})
    assert {one.mode for one in _selection(draft).employers.values()} == {Mode.WHOLE}
    assert len(_selection(draft).employers) == 3


def test_transferer_is_inactive_with_its_reason_then_active(
    admin_client: Client, screen: str, source: Dossier, destination: Dossier
) -> None:
    page = admin_client.get(screen).text
    assert 'aria-describedby="pourquoi" disabled' in page
    assert "Cochez au moins un employeur" in page
    gesture = f"e:{_employers(source)[0].pk}:1"
    post = {"script": "1", "geste": gesture, "destination": destination.pk}
    page = admin_client.post(screen, post, headers=HTMX).text
    assert 'aria-describedby="pourquoi" disabled' not in page
    assert f"Copie vers «\xa0{destination.name}\xa0»" in page


def test_the_server_says_no_to_transferer_when_it_makes_no_sense(
    admin_client: Client, screen: str, draft: Transfer
) -> None:
    answer = admin_client.post(screen, {"do": "transferer"}, follow=True)
    assert "Cochez au moins un employeur" in answer.text
    assert draft.act.state == Act.State.PREPARED
    assert Transfer.objects.filter(act__state=Act.State.PREPARED).count() == 1


def test_transferer_with_ticks_not_seen_yet_shows_them_first(
    admin_client: Client, screen: str, draft: Transfer, source: Dossier, destination: Dossier
) -> None:
    first = _employers(source)[0]
    post = {"vu_e": f"{first.pk}:0", "e": first.pk, "destination": destination.pk, "do": "transferer"}
    answer = admin_client.post(screen, post, follow=True)
    assert "rien n’est encore parti" in answer.text
    assert "Seront créés" in answer.text
    assert Act.objects.get(pk=draft.pk).state == Act.State.PREPARED


def test_a_search_never_stands_in_an_address(admin_client: Client, screen: str, source: Dossier) -> None:
    employer = _employers(source)[0]
    admin_client.post(screen, {"do": f"ouvrir:{employer.pk}"})
    answer = admin_client.post(screen, {f"chercher-{employer.pk}": "1850575123456"})
    assert "18505" not in answer.headers["location"]
    assert "Aucun salarié ne correspond" in admin_client.get(screen).text


def test_the_screen_costs_at_most_ten_queries_whatever_the_dossier(
    admin_client: Client, owner: Actor, administrator: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    big = filled(owner, "Grand", employers=60, employees=50)
    create_dossier(actor=owner, name="Vers")
    draft = drafts.start_draft(actor=Actor.of(administrator), source=big)
    address = reverse("transfers:screen", args=[draft.pk])
    vers = Dossier.objects.get(name="Vers")
    first = _employers(big)[0]
    admin_client.post(address, {"destination": vers.pk, "do": f"ouvrir:{first.pk}"})
    admin_client.post(address, {"script": "1", "do": "tout-cocher"})
    with django_assert_max_num_queries(10):
        page = admin_client.get(address).text
    assert page.count('name="e"') == 50
    assert page.count('name="s"') == 50


def test_the_preview_tells_what_would_happen_and_keeps_choices(
    admin_client: Client, screen: str, draft: Transfer, source: Dossier, destination: Dossier, done: Transfer
) -> None:
    first, second, _ = _employers(source)
    gestures = [f"e:{first.pk}:1", f"e:{second.pk}:1"]
    admin_client.post(screen, {"script": "1", "geste": gestures, "destination": destination.pk})
    part = admin_client.get(reverse("transfers:preview", args=[draft.pk]), headers=HTMX).text
    assert "<html" not in part
    assert "identique" in part
    assert "nouveau" in part
    choices = {"si-existe": "completer", "declarant": "destination", f"choix:employer:{first.pk}": "ignorer"}
    page = admin_client.post(reverse("transfers:choices", args=[draft.pk]), choices, follow=True).text
    assert "laissé tel quel" in page
    draft.refresh_from_db()
    assert draft.choices == {f"employer:{first.pk}": "ignorer"}
    assert draft.declaring == "destination"
    people = admin_client.get(reverse("transfers:preview-employees", args=[draft.pk, second.pk])).text
    assert "NOM 00004 Camille" in people


def test_the_end_is_told_in_a_dialog_and_the_receipt_is_kept(admin_client: Client, done: Transfer) -> None:
    answer = admin_client.get(reverse("transfers:progress", args=[done.pk]), follow=True)
    assert "<dialog" in answer.text
    assert "Le transfert est terminé" in answer.text
    receipt = done.act.receipt or Act.objects.get(pk=done.pk).receipt
    assert f"{receipt['expected']} attendus, {receipt['identical']} identiques" in answer.text
    assert "<dialog" not in admin_client.get(reverse("transfers:receipt", args=[done.pk])).text
    assert "Secteur sud" in admin_client.get(reverse("transfers:list")).text


def test_the_receipt_is_downloaded_as_json_and_csv(admin_client: Client, done: Transfer) -> None:
    document = json.loads(admin_client.get(reverse("transfers:receipt-json", args=[done.pk])).content)
    assert document["number"] == done.pk
    assert document["expected"] == document["identical"]
    answer = admin_client.get(reverse("transfers:receipt-csv", args=[done.pk]))
    lines = _lines(answer)
    assert [(line["nom"], line["salaries"]) for line in lines] == [("Association 0001", "4")]
    assert lines[0]["pris"] == "en totalité"


def test_a_refused_transfer_says_that_nothing_was_copied(admin_client: Client, done: Transfer) -> None:
    Act.objects.filter(pk=done.pk).update(state=Act.State.REFUSED, message="Le disque est plein.")
    page = admin_client.get(reverse("transfers:receipt", args=[done.pk])).text
    assert "Le transfert n’a pas eu lieu" in page
    assert "Le disque est plein." in page


def test_a_transfer_that_found_other_data_is_prepared_again_with_the_same_ticks(
    admin_client: Client,
    screen: str,
    draft: Transfer,
    source: Dossier,
    destination: Dossier,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def leave(number: int) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            admin_client.post(reverse("transfers:screen", args=[number]), {"script": "1", "do": "transferer"})
        return admin_client.get(reverse("transfers:progress", args=[number]), follow=True).text

    first = _employers(source)[0]
    admin_client.post(screen, {"script": "1", "geste": f"e:{first.pk}:1", "destination": destination.pk})
    Dossier.objects.filter(pk=destination.pk).update(revision=1)
    admin_client.get(reverse("transfers:preview", args=[draft.pk]), headers=HTMX)
    Dossier.objects.filter(pk=destination.pk).update(revision=2)  # somebody imports meanwhile
    page = leave(draft.pk)
    assert "Les données ont changé depuis l’aperçu" in page
    assert Employer.objects.filter(dossier=destination).count() == 0
    page = admin_client.post(reverse("transfers:again", args=[draft.pk]), follow=True).text
    assert "en totalité" in page
    new = Transfer.objects.latest("act_id")
    assert "Le transfert est terminé" in leave(new.pk)
    assert Employer.objects.filter(dossier=destination).count() == 1


def test_progress_is_asked_for_again_until_it_is_over(admin_client: Client, done: Transfer) -> None:
    Act.objects.filter(pk=done.pk).update(state=Act.State.RUNNING)
    address = reverse("transfers:progress", args=[done.pk])
    assert 'http-equiv="refresh"' in admin_client.get(address).text
    assert 'hx-trigger="every 1s"' in admin_client.get(address, headers=HTMX).text
    Act.objects.filter(pk=done.pk).update(state=Act.State.DONE)
    assert admin_client.get(address, headers=HTMX).headers["HX-Redirect"].endswith("?fini=1")


def test_undo_says_what_goes_asks_once_and_takes_it_away(
    admin_client: Client, destination: Dossier, source: Dossier, done: Transfer
) -> None:
    address = reverse("transfers:undo", args=[done.pk])
    page = admin_client.get(address).text
    assert "Seront retirés" in page
    assert Employer.objects.filter(dossier=destination).count() == 1
    answer = admin_client.post(address).text
    assert "Le transfert est annulé" in answer
    assert Employer.objects.filter(dossier=destination).count() == 0
    assert Employer.objects.filter(dossier=source).count() == 3


def test_sirets_of_several_dossiers_are_reported_and_handed_over(
    admin_client: Client, source: Dossier, destination: Dossier, done: Transfer
) -> None:
    siret = _employers(source)[0].siret
    Employer.objects.filter(dossier=destination).update(declaring=False)
    Employer.objects.filter(dossier=source, siret=siret).update(declaring=True)
    page = admin_client.get(reverse("transfers:duplicates")).text
    assert "Association 0001" in page
    assert "Association 0002" not in page
    admin_client.post(reverse("transfers:hand-over"), {"siret": siret, "dossier": destination.pk})
    assert Employer.objects.get(dossier=destination, siret=siret).declaring
    assert "Aucun employeur trouvé" in admin_client.get(reverse("transfers:duplicates") + "?chercher=zzz").text


def test_an_abandoned_draft_is_gone_and_nothing_else(
    admin_client: Client, screen: str, draft: Transfer, source: Dossier
) -> None:
    admin_client.post(reverse("transfers:drop", args=[draft.pk]))
    assert not Transfer.objects.filter(pk=draft.pk).exists()
    answer = admin_client.post(screen, {"do": "carre-blanc"}, follow=True)
    assert "n’existe pas" in answer.text
    assert Employer.objects.filter(dossier=source).count() == 3


def test_lists_are_sorted_searched_and_exported(
    admin_client: Client, source: Dossier, destination: Dossier, done: Transfer
) -> None:
    for sort in ("numero", "-quand", "de", "-vers", "par", "etat", "n’importe quoi"):
        assert admin_client.get(reverse("transfers:list"), {"tri": sort}).status_code == 200
    assert "Aucun transfert trouvé" in admin_client.get(reverse("transfers:list"), {"chercher": "zzz"}).text
    lines = _lines(admin_client.get(reverse("transfers:list-csv"), {"chercher": "sud"}))
    assert [(line["numero"], line["de"], line["vers"]) for line in lines] == [
        (str(done.pk), "Secteur nord", "Secteur sud")
    ]
    for sort in ("siret", "-siret", "-dossiers"):
        assert admin_client.get(reverse("transfers:duplicates"), {"tri": sort}).status_code == 200
    lines = _lines(admin_client.get(reverse("transfers:duplicates-csv")))
    assert sorted(line["dossier"] for line in lines) == ["Secteur nord", "Secteur sud"]


def test_a_transfer_one_may_not_see_is_told_like_one_that_does_not_exist(
    source: Dossier, done: Transfer, user_with: Callable[..., Actor]
) -> None:
    reader = user_with("Lise", {source: "lecture"})  # not of the destination
    client = Client()
    client.force_login(User.objects.get(pk=reader.user_id))
    for name in ("receipt", "receipt-json", "receipt-csv", "progress", "undo"):
        hidden = client.get(reverse(f"transfers:{name}", args=[done.pk]))
        missing = client.get(reverse(f"transfers:{name}", args=[9999]))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert "Secteur sud" not in hidden.text
    assert "Aucun transfert" in client.get(reverse("transfers:list")).text
