"""Files go in, a batch says what they hold, an order says what will go and what will not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.filings.deposits import bare_filing
from tests.filings.factories import RIGHT, holder
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
from tests.filings.page_scenes import browser_of, it_is, words

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentity, User
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.filings.enums import FilingState as S
from scarabee.filings.enums import Source
from scarabee.filings.models import Batch, EmployerFiling, Filing, ReceivedFile
from scarabee.filings.services import intake
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS

pytestmark = pytest.mark.django_db

QUERIES = 10


@pytest.fixture
def covered(administrator: User, owner: Actor) -> None:
    """Administrateur has identifiers of the portal: what is ordered can leave."""
    save_identifiers(actor=owner, user=administrator, entry=RIGHT)


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


def test_an_administrator_makes_the_first_dossier_on_the_spot(admin_client: Client) -> None:
    text = words(admin_client.get("/dsn/depots/deposer/"))
    assert "Nouveau dossier…" in text
    assert "Demandez à un Administrateur" not in text
    data = {"dossier": "nouveau", "new_name": "", "dsn_files": [upload(mensuelle(), "a.dsn")]}
    assert "Donnez un nom au nouveau dossier." in words(admin_client.post("/dsn/depots/deposer/", data))
    assert not Dossier.objects.exists()
    data = {"dossier": "nouveau", "new_name": "Val", "dsn_files": [upload(mensuelle(), "a.dsn")]}
    text = words(admin_client.post("/dsn/depots/deposer/", data, follow=True))
    assert "Val · 1 fichier, 1 déclaration" in text
    assert Batch.objects.get().dossier == Dossier.objects.get(name="Val")


def test_who_may_fill_no_dossier_makes_none_either(
    dossier: Dossier, user_with: Callable[..., Actor], administrator: User
) -> None:
    client = browser_of(user_with("Léa", {dossier: "lecture"}))
    data = {"dossier": "nouveau", "new_name": "Val", "dsn_files": [upload(mensuelle(), "a.dsn")]}
    assert client.post("/dsn/depots/deposer/", data).status_code == 403
    assert Dossier.objects.count() == 1


def test_only_who_may_change_a_dossier_may_bring_files_into_it(
    dossier: Dossier, other: Dossier, user_with: Callable[..., Actor], administrator: User
) -> None:
    client = browser_of(user_with("Zoé", {dossier: "lecture", other: "gestionnaire"}))
    assert client.post("/dsn/depots/deposer/", sent(dossier, mensuelle())).status_code == 403
    assert not Batch.objects.exists()
    assert client.post("/dsn/depots/deposer/", sent(other, mensuelle())).status_code == 302
    reader = browser_of(user_with("Léa", {dossier: "lecture"}))
    assert "Aucun dossier d’où déposer" in words(reader.get("/dsn/depots/deposer/"))


@pytest.mark.usefixtures("covered")
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


@pytest.mark.usefixtures("covered")
def test_an_essai_needs_no_box(admin_client: Client, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle(real=False))
    assert "1 déclaration part dès maintenant" in words(order(admin_client, batch, *filings_of(batch)))


@pytest.mark.usefixtures("covered")
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


@pytest.mark.usefixtures("covered")
def test_what_is_refused_is_told_with_its_reason_once(admin_client: Client, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle(), spoiled(mensuelle(SECOND)), another(mensuelle()))
    filings = filings_of(batch)
    text = words(order(admin_client, batch, *filings, confirmed="1"))
    assert "1 déclaration part dès maintenant" in text
    assert f"1 déclaration n’est pas ordonnée (n° {filings[1].pk}). Un constat est bloquant" in text
    assert f"1 déclaration n’est pas ordonnée (n° {filings[2].pk}). Le dépôt n° {filings[0].pk}" in text


def test_what_is_ordered_and_covered_by_nobody_is_said_not_to_leave(admin_client: Client, dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle(SIRET, SECOND))
    text = words(order(admin_client, batch, *filings_of(batch), confirmed="1"))
    assert "2 déclarations sont ordonnées mais ne peuvent pas partir : Aucun compte n’a d’identifiants" in text
    assert "dès maintenant" not in text
    assert states(batch) == [S.PLANNED, S.PLANNED]
    assert text.count("Aucun compte n’a d’identifiants") == 2  # the message, and once above the table
    one = filings_of(batch)[0]
    address = f"/dsn/depots/{one.pk}/deposer/"
    data = {"when": "maintenant", "confirmed": "1"}
    text = words(admin_client.post(address, data, follow=True))
    assert "1 déclaration est ordonnée mais ne peut pas partir" in text
    assert "Ordonnée, mais elle ne peut pas partir" in text
    assert "Départ imminent" not in text


@pytest.mark.usefixtures("covered")
def test_what_frozen_identifiers_stop_announces_no_new_try(admin_client: Client, dossier: Dossier) -> None:
    PortalIdentity.objects.update(state=IdentityState.FROZEN)
    batch = receive(dossier, mensuelle())
    (filing,) = filings_of(batch)
    assert "ne peut pas partir : Les identifiants" in words(order(admin_client, batch, filing, confirmed="1"))
    text = words(admin_client.get(f"/dsn/depots/{filing.pk}/"))
    assert "Rien n’est renvoyé tant que vous ne les avez pas corrigés et vérifiés avec la boule bleue." in text
    assert "d’elle-même" not in text


@pytest.mark.usefixtures("covered")
def test_a_departure_after_the_due_date_is_said_to_be_late(
    monkeypatch: pytest.MonkeyPatch, admin_client: Client, dossier: Dossier
) -> None:
    batch = receive(dossier, mensuelle(SIRET, SECOND))
    EmployerFiling.objects.create(siret=SECOND, due_day=5)
    first, second = filings_of(batch)
    it_is(monkeypatch, 2026, 11, 3, 9)
    client = browser_of(Actor.of(User.objects.get()))
    later = {"when": "plus-tard", "confirmed": "1", "hour": "10:30"}
    assert "après l’échéance" not in words(order(client, batch, first, day="2026-11-05", **later))
    page = order(client, batch, first, second, day="2026-11-10", **later)
    assert f"1 déclaration part après l’échéance du 05/11 à midi (n° {second.pk})" in words(page)
    page = client.post(f"/dsn/depots/{first.pk}/deposer/", {"day": "2026-11-13", **later, "hour": "13:00"}, follow=True)
    assert f"1 déclaration part après l’échéance du 13/11 à midi (n° {first.pk})" in words(page)
    assert "message-error" in page.text


def test_a_moment_that_is_past_is_said_above_the_form(
    monkeypatch: pytest.MonkeyPatch, admin_client: Client, dossier: Dossier
) -> None:
    batch = receive(dossier, mensuelle())
    it_is(monkeypatch, 2026, 11, 10, 9)
    client = browser_of(Actor.of(User.objects.get()))
    (filing,) = filings_of(batch)
    past = {"when": "plus-tard", "confirmed": "1", "day": "2026-11-09", "hour": "10:30"}
    assert "Le moment choisi est passé" in words(order(client, batch, filing, **past))
    answer = client.post(f"/dsn/depots/{filing.pk}/deposer/", past)
    assert (answer.status_code, states(batch)) == (400, [S.CHECKED])


def test_a_newer_filing_says_which_one_is_planned_already_whether_it_is_blocked_or_not(
    admin_client: Client, dossier: Dossier
) -> None:
    first = receive(dossier, mensuelle())
    (planned,) = filings_of(first)
    order(admin_client, first, planned, confirmed="1")
    said = f"Le dépôt n° {planned.pk} de la même déclaration est déjà prévu : retenez-le ou abandonnez-le"
    for data in (spoiled(mensuelle()), another(mensuelle())):
        newer = receive(dossier, data)
        assert said in words(admin_client.get(f"/dsn/depots/lots/{newer.pk}/"))
        assert said in words(admin_client.get(f"/dsn/depots/{filings_of(newer)[0].pk}/"))


def test_a_file_says_its_first_blocking_finding_in_its_row_and_nothing_that_the_table_says(
    admin_client: Client, dossier: Dossier
) -> None:
    batch = receive(dossier, spoiled(mensuelle()))
    found = filings_of(batch)[0].found.findings
    first = next(one for one in found if one["severity"] == "blocking")
    text = words(admin_client.get(f"/dsn/depots/lots/{batch.pk}/"))
    row = text[text.index("1.dsn") : text.index("n’est pas DSN-Val")]
    assert f"ligne {first['line']}, {first['rubrique']} : {first['message']}" in " ".join(row.split()).replace(
        " ,", ","
    )
    assert "C’est un fichier réel" not in text


@pytest.mark.usefixtures("covered")
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


@pytest.mark.usefixtures("covered")
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


def test_what_a_newer_deposited_declaration_superseded_waits_for_no_order(
    admin_client: Client, dossier: Dossier
) -> None:
    old, new = receive(dossier, mensuelle()), receive(dossier, another(mensuelle()))
    both = "2 lots à ordonner"
    assert both in words(admin_client.get("/"))
    Filing.objects.filter(batch=new).update(state=S.CONFORM)
    text = words(admin_client.get("/dsn/depots/lots/?voir=a-ordonner"))
    assert f"Lot n° {old.pk}" not in text
    assert "à ordonner" not in words(admin_client.get("/")).replace("à ordonner, et", "")
    Filing.objects.filter(batch=new).update(state=S.ANOMALIES)
    assert f"Lot n° {old.pk}" in words(admin_client.get("/dsn/depots/lots/?voir=a-ordonner"))
    assert "1 lot à ordonner" in words(admin_client.get("/"))
