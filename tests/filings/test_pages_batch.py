"""Files go in, a batch says what they hold, an order says what will go and what will not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.filings.deposits import bare_filing
from tests.filings.factories import holder
from tests.filings.intake_scenes import (
    MONTH,
    SECOND,
    SIRET,
    another,
    file_of,
    filings_of,
    mensuelle,
    receive,
    spoiled,
    upload,
)
from tests.filings.page_scenes import browser_of, words

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.filings.enums import FilingState as S
from scarabee.filings.enums import Source
from scarabee.filings.models import Batch, Filing, ReceivedFile
from scarabee.filings.services import intake
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS

pytestmark = pytest.mark.django_db

QUERIES = 10


def sent(dossier: Dossier, *files: bytes, **more: Any) -> dict[str, Any]:
    uploads = [upload(data, f"{number}.dsn") for number, data in enumerate(files, 1)]
    return {"dossier": str(dossier.uuid), "dsn_files": uploads, **more}


def states(batch: Batch) -> list[str]:
    return [one.state for one in filings_of(batch)]


def order(client: Client, batch: Batch, *filings: Filing, **more: str) -> Any:
    data = {"depot": [one.pk for one in filings], "when": "maintenant", **more}
    return client.post(f"/dsn/depots/lots/{batch.pk}/ordonner/", data, follow=True)


def test_dropped_files_become_a_batch_whose_page_says_what_they_hold(admin_client: Client, dossier: Dossier) -> None:
    files = (mensuelle(SIRET, SECOND), spoiled(mensuelle()), b"perdu", mensuelle(SIRET, SECOND))
    answer = admin_client.post("/dsn/depots/deposer/", sent(dossier, *files), follow=True)
    batch = Batch.objects.get()
    assert answer.redirect_chain == [(f"/dsn/depots/lots/{batch.pk}/", 302)]
    assert (batch.user, batch.source, batch.orders_essais) == (User.objects.get(), Source.UPLOAD, False)
    text = words(answer)
    assert "4 fichiers, 3 déclarations" in text
    assert text.index("refusé 0 bloquant") < text.index("1.dsn") < text.index("déjà reçu")
    assert "ce n’est pas DSN-Val" in text
    assert text.count("octobre 2026") >= 3
    assert "Un constat est bloquant" in text


def test_a_form_without_dossier_or_files_says_so_and_keeps_nothing(admin_client: Client, dossier: Dossier) -> None:
    text = words(admin_client.post("/dsn/depots/deposer/", {"dossier": str(dossier.uuid)}))
    assert "Choisissez au moins un fichier DSN." in text
    assert not Batch.objects.exists()


def test_essai_files_leave_at_once_when_asked(admin_client: Client, dossier: Dossier) -> None:
    data = sent(dossier, mensuelle(real=False), mensuelle(SECOND), orders_essais="on")
    admin_client.post("/dsn/depots/deposer/", data)
    assert states(Batch.objects.get()) == [S.PLANNED, S.CHECKED]


def test_only_who_may_change_a_dossier_may_bring_files_into_it(
    dossier: Dossier, other: Dossier, user_with: Callable[..., Actor], administrator: User
) -> None:
    client = browser_of(user_with("Zoé", {dossier: "lecture", other: "gestionnaire"}))
    assert client.post("/dsn/depots/deposer/", sent(dossier, mensuelle())).status_code == 403
    assert not Batch.objects.exists()
    assert client.post("/dsn/depots/deposer/", sent(other, mensuelle())).status_code == 302
    reader = browser_of(user_with("Léa", {dossier: "lecture"}))
    assert "Aucun dossier d’où déposer" in words(reader.get("/dsn/depots/deposer/"))


def test_a_real_order_asks_for_the_box_and_orders_nothing_without_it(admin_client: Client, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle(SIRET, SECOND), mensuelle(real=False))
    filings = filings_of(batch)
    answer = order(admin_client, batch, *filings)
    assert answer.status_code == 400
    assert "2 déclarations réelles sont choisies" in words(answer)
    assert set(states(batch)) == {S.CHECKED}
    text = words(order(admin_client, batch, *filings, confirmed="1"))
    assert "3 déclarations partent dès maintenant" in text
    assert set(states(batch)) == {S.PLANNED}


def test_what_was_unticked_stays_unticked_when_the_form_comes_back(admin_client: Client, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle(SIRET, SECOND))
    first, second = filings_of(batch)
    page = order(admin_client, batch, first).text
    ticked = {one.pk: f'value="{one.pk}"' in page and _is_ticked(page, one) for one in (first, second)}
    assert ticked == {first.pk: True, second.pk: False}


def _is_ticked(page: str, filing: Filing) -> bool:
    start = page.index(f'name="depot" value="{filing.pk}"')
    return " checked>" in page[start : page.index(">", start) + 1]


def test_an_essai_needs_no_box(admin_client: Client, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle(real=False))
    assert "1 déclaration part dès maintenant" in words(order(admin_client, batch, *filings_of(batch)))


def test_an_order_for_later_is_planned_in_paris_time(admin_client: Client, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle())
    day = (now() + timedelta(days=30)).date()
    later = {"when": "plus-tard", "confirmed": "1"}
    text = words(order(admin_client, batch, *filings_of(batch), **later))
    assert "Donnez le jour et l’heure du dépôt" in text
    text = words(order(admin_client, batch, *filings_of(batch), **later, day=f"{day}", hour="10:30"))
    (filing,) = filings_of(batch)
    assert filing.planned_at == datetime(day.year, day.month, day.day, 10, 30, tzinfo=PARIS)
    assert f"1 déclaration part le {day:%d/%m/%Y} à 10:30" in text


def test_what_is_refused_is_told_with_its_reason_once(admin_client: Client, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle(), spoiled(mensuelle(SECOND)), another(mensuelle()))
    filings = filings_of(batch)
    text = words(order(admin_client, batch, *filings, confirmed="1"))
    assert "1 déclaration part dès maintenant" in text
    assert f"1 déclaration n’est pas ordonnée (n° {filings[1].pk}). Un constat est bloquant" in text
    assert f"1 déclaration n’est pas ordonnée (n° {filings[2].pk}). Le dépôt n° {filings[0].pk}" in text


def test_nothing_ticked_orders_nothing_and_everything_orders_what_can_go(
    admin_client: Client, dossier: Dossier
) -> None:
    batch = receive(dossier, mensuelle(SIRET, SECOND))
    assert "Rien n’est coché" in words(order(admin_client, batch))
    assert "2 déclarations partent" in words(order(admin_client, batch, tout="1", confirmed="1"))


def test_the_form_names_the_employers_and_proposes_to_send_before_noon_of_the_due_date(
    monkeypatch: pytest.MonkeyPatch, admin_client: Client, dossier: Dossier
) -> None:
    batch = receive(dossier, mensuelle())
    moment = datetime(2026, 11, 3, 9, tzinfo=PARIS)
    monkeypatch.setattr("scarabee.filings.selectors.batches.now", lambda: moment)
    page = admin_client.get(f"/dsn/depots/lots/{batch.pk}/")
    assert "proposé : avant l’échéance, le 13/11/2026 à 10:00" in words(page)
    assert 'value="2026-11-13"' in page.text
    assert 'value="10:00"' in page.text
    named = "\u00a0".join((SIRET[:3], SIRET[3:6], SIRET[6:9], SIRET[9:]))
    assert f"data-confirm-names>{named}</span>" in page.text


def test_the_table_says_whose_identifiers_would_serve_or_what_is_missing(
    admin_client: Client, dossier: Dossier
) -> None:
    batch = receive(dossier, mensuelle(), filer=None)
    address = f"/dsn/depots/lots/{batch.pk}/"
    assert "rien ne peut partir" in words(admin_client.get(address))
    user = holder("Lucie")
    Filing.objects.update(user=user)
    text = words(admin_client.get(address))
    assert "Lucie la personne qui dépose" in text
    assert "rien ne peut partir" not in text


def test_files_that_came_again_lead_to_their_former_filings(admin_client: Client, dossier: Dossier) -> None:
    (filing,) = filings_of(receive(dossier, mensuelle()))
    again = receive(dossier, mensuelle())
    page = admin_client.get(f"/dsn/depots/lots/{again.pk}/")
    assert "déjà reçu" in words(page)
    assert f'href="/dsn/depots/{filing.pk}/"' in page.text
    assert "1 déclaration part" in words(order(admin_client, again, filing, confirmed="1"))


def test_the_batches_of_hidden_dossiers_are_not_there(
    dossier: Dossier, other: Dossier, user_with: Callable[..., Actor], administrator: User
) -> None:
    mine, hidden = receive(dossier, mensuelle()), receive(other, mensuelle(SECOND))
    client = browser_of(user_with("Zoé", {dossier: "lecture"}))
    text = words(client.get("/dsn/depots/lots/"))
    assert f"Lot n° {mine.pk}" in text
    assert f"Lot n° {hidden.pk}" not in text
    assert client.get(f"/dsn/depots/lots/{hidden.pk}/").status_code == 404
    assert order(client, hidden, *filings_of(hidden), confirmed="1").status_code == 404
    assert order(client, mine, *filings_of(mine), confirmed="1").status_code == 403
    assert "Déposer ce qui est coché" not in client.get(f"/dsn/depots/lots/{mine.pk}/").text
    assert states(mine) == states(hidden) == [S.CHECKED]


def test_a_filing_of_another_batch_is_not_ordered_from_here(admin_client: Client, dossier: Dossier) -> None:
    here, there = receive(dossier, mensuelle()), receive(dossier, mensuelle(SECOND))
    assert "Rien n’est coché" in words(order(admin_client, here, *filings_of(there), confirmed="1"))
    assert states(there) == [S.CHECKED]


def test_an_archived_dossier_orders_nothing_and_says_so(admin_client: Client, owner: Actor, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle())
    archive_dossier(actor=owner, dossier=dossier)
    text = words(admin_client.get(f"/dsn/depots/lots/{batch.pk}/"))
    assert "Déposer ce qui est coché" not in text
    assert "est archivé" in text


def test_while_files_are_read_the_page_asks_for_itself_then_comes_whole(
    monkeypatch: pytest.MonkeyPatch, admin_client: Client, dossier: Dossier
) -> None:
    monkeypatch.setattr(intake, "AT_ONCE_BYTES", 0)
    monkeypatch.setattr(intake, "_ring", lambda batch_id: None)
    batch = receive(dossier, mensuelle())
    address = f"/dsn/depots/lots/{batch.pk}/"
    page = admin_client.get(address)
    assert "Lecture des fichiers : 1 fichier attend encore" in words(page)
    assert f'hx-get="{address}avancement/?lecture=1"' in page.text
    htmx = {"HX-Request": "true"}
    assert "1 fichier attend" in admin_client.get(f"{address}avancement/?lecture=1", headers=htmx).text.replace(
        "\u00a0", " "
    )
    assert admin_client.get(f"{address}avancement/").status_code == 302
    intake.treat(batch.pk)
    over = admin_client.get(f"{address}avancement/?lecture=1", headers=htmx)
    assert over.headers["HX-Redirect"] == address


def test_while_filings_leave_their_states_are_put_in_place(admin_client: Client, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle())
    (filing,) = filings_of(batch)
    order(admin_client, batch, filing, confirmed="1")
    address = f"/dsn/depots/lots/{batch.pk}/avancement/"
    moving = admin_client.get(address, headers={"HX-Request": "true"}).text
    assert f'hx-get="{address}"' in moving
    Filing.objects.filter(pk=filing.pk).update(state=S.ACCEPTED, next_at=None)
    over = admin_client.get(address, headers={"HX-Request": "true"}).text
    assert "hx-get" not in over
    assert f'<div id="etat-{filing.pk}" hx-swap-oob="true">' in over
    assert "déposée (AEE)" in over
    assert f'<div id="coche-{filing.pk}" hx-swap-oob="true"></div>' in over


def test_a_batch_costs_the_same_whatever_it_holds(
    dossier: Dossier,
    user_with: Callable[..., Actor],
    administrator: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    batch = Batch.objects.create(dossier=dossier, dossier_name=dossier.name, source=Source.UPLOAD, finished_at=now())
    for number in range(260):
        file = ReceivedFile.objects.create(batch=batch, name=f"{number}.dsn", state="read")
        made = bare_filing(dossier, S.CHECKED, siret=f"{300000000 + number}00015", month=MONTH)
        Filing.objects.filter(pk=made.pk).update(batch=batch, file=file)
    client = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    for query in ("", "?page=2", "?fichiers=3"):
        with django_assert_max_num_queries(QUERIES):
            assert "260 fichiers, 260 déclarations" in words(client.get(f"/dsn/depots/lots/{batch.pk}/{query}"))
    with django_assert_max_num_queries(QUERIES):
        client.get("/dsn/depots/lots/")
    assert "Toutes les déclarations du lot" not in words(client.get(f"/dsn/depots/lots/{batch.pk}/"))


def test_batches_that_wait_for_an_order_are_found(admin_client: Client, dossier: Dossier) -> None:
    first, second = receive(dossier, mensuelle()), receive(dossier, mensuelle(SECOND))
    order(admin_client, first, *filings_of(first), confirmed="1")
    text = words(admin_client.get(f"/dsn/depots/lots/?voir=a-ordonner&dossier={dossier.pk}"))
    assert f"Lot n° {second.pk}" in text
    assert f"Lot n° {first.pk}" not in text
    assert file_of(second).name in words(admin_client.get(f"/dsn/depots/lots/{second.pk}/"))
