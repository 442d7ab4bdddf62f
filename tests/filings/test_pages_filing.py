"""The page of a filing: what it tells, which buttons it has in each state, and what they do."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.dossiers.small_files import ASSOCIATION, declaration, envoi
from tests.filings.deposits import filing_of
from tests.filings.factories import RIGHT
from tests.filings.intake_scenes import LAST, SECOND, another, filed, mensuelle, sent, spoiled, without_somebody
from tests.filings.page_scenes import browser_of, deposit, employer, words
from tests.transfers import scenes

from scarabee.accounts.models import Membership, User
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.accounts.services.users import create_user
from scarabee.dossiers.models import Declaration, Dossier
from scarabee.dossiers.services.declaring import hand_over
from scarabee.filings.enums import FilingState as S
from scarabee.filings.enums import ProofKind
from scarabee.filings.models import Filing, FilingMove, Proof
from scarabee.filings.selectors.anomalies import anomalies_in
from scarabee.filings.selectors.next_steps import next_step
from scarabee.filings.services import proofs
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

IDFLUX = "UR5WJEBA5T74R4jNmCgvm1F"
ARE = f"""<?xml version="1.0" encoding="UTF-8"?>
<r:rapport xmlns:r="http://www.gip-mds.fr/" type="ARE"><envoi><envoi_identification><idflux>{IDFLUX}</idflux>
</envoi_identification><envoi_bilan><envoi_etat>KO</envoi_etat></envoi_bilan><envoi_anomalie><description>
<code>B1-105-15</code><message>Le format du fichier
n'est pas reconnu.</message></description></envoi_anomalie></envoi></r:rapport>""".encode()
BAN = b"""<rapport type="BAN"><declaration><declaration_anomalie><description><code>CCH-11</code>
<categorie>bloquant</categorie><message>NIR invalide &lt;b&gt;</message><numero_ligne>42</numero_ligne></description>
<valeurs><rubrique_declenchante><identifiant>S21.G00.30.001</identifiant><libelle>NIR</libelle><valeur>9185</valeur>
</rubrique_declenchante></valeurs></declaration_anomalie></declaration></rapport>"""
BOMB = b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rapport><description>&b;</description></rapport>'

BUTTONS = {
    "order": "deposer", "retain": "retenir", "cancel": "abandonner", "reopen": "reprendre", "settle": "issue",
    "pass": "passer-outre", "again": "second-depot", "record": "a-la-main",
}  # fmt: skip


def page_of(client: Client, filing: Filing) -> Any:
    return client.get(f"/dsn/depots/{filing.pk}/")


def buttons_of(page: str, filing: Filing) -> set[str]:
    return {name for name, end in BUTTONS.items() if f'"/dsn/depots/{filing.pk}/{end}/"' in page}


def act(client: Client, filing: Filing, name: str, **data: object) -> Any:
    answer = client.post(f"/dsn/depots/{filing.pk}/{BUTTONS[name]}/", data, follow=True)
    filing.refresh_from_db()
    return answer


@pytest.mark.parametrize(
    ("state", "columns", "buttons"),
    [
        (S.RECEIVED, {}, "cancel"),
        (S.REJECTED_LOCALLY, {"certain": 1, "blocking": 1}, "cancel record"),
        (S.CHECKED, {}, "order cancel record"),
        (S.CHECKED, {"blocking": 1}, "pass cancel record"),
        (S.CHECKED, {"blocking": 1, "passed_reason": "connu"}, "order cancel record"),
        (S.HELD, {}, "order retain cancel record"),
        (S.HELD, {"release_at": None}, "order cancel record"),
        (S.PLANNED, {}, "order retain cancel record"),
        (S.SENDING, {}, ""),
        (S.ACCEPTED, {}, ""),
        (S.REFUSED, {}, ""),
        (S.UNKNOWN, {}, "settle"),
        (S.NOT_DEPOSITED, {}, "order cancel record"),
        (S.CONFORM, {}, ""),
        (S.ANOMALIES, {}, ""),
        (S.CANCELLED, {}, "reopen"),
        (S.RECORDED_BY_HAND, {}, "cancel record"),
    ],
)
def test_each_state_says_what_happens_next_and_offers_what_it_allows(
    admin_client: Client, owner: Actor, dossier: Dossier, state: S, columns: dict[str, Any], buttons: str
) -> None:
    save_identifiers(actor=owner, user=User.objects.get(), entry=RIGHT)
    employer(dossier)
    filing = deposit(dossier, state, **columns)
    page = page_of(admin_client, filing)
    assert buttons_of(page.text, filing) == set(buttons.split())
    assert next_step(filing).title in words(page)


def test_who_may_only_read_sees_everything_and_no_button(
    dossier: Dossier, user_with: Callable[..., Actor], administrator: User
) -> None:
    employer(dossier)
    filing = deposit(dossier, S.CHECKED)
    client = browser_of(user_with("Zoé", {dossier: "lecture"}))
    page = page_of(client, filing)
    assert buttons_of(page.text, filing) == set()
    assert dossier.name in words(page)
    for name, data in (("order", {"when": "maintenant"}), ("pass", {}), ("settle", {}), ("record", {})):
        assert act(client, filing, name, **data).status_code == 403
    assert client.get(f"/dsn/depots/{filing.pk}/abandonner/").status_code == 403
    assert filing.state == S.CHECKED


def test_another_dossier_of_the_siret_reads_it_without_its_secrets(
    owner: Actor, user_with: Callable[..., Actor], administrator: User
) -> None:
    march = envoi(declaration(), real=True)
    hidden = scenes.dossier_of("Réservé", [march])
    scenes.take(hidden, march)
    secrets = dict.fromkeys(("problem", "passed_reason", "again_reason", "ordered_by"), "Réservé à Ursule")
    filing = filing_of(Declaration.objects.get(dossier=hidden), S.CONFORM, ordered_at=now(), **secrets)
    FilingMove.objects.create(
        filing=filing, former=S.ACCEPTED, state=S.CONFORM, actor_name="Ursule", why="Réservé à Ursule"
    )
    open_one = scenes.dossier_of("Ouvert", [march])
    client = browser_of(user_with("Zoé", {open_one: "gestionnaire"}))
    page = page_of(client, filing)
    assert buttons_of(page.text, filing) == set()
    assert "un dossier que vous ne voyez pas" in words(page)
    assert "Réservé" not in page.text
    assert "Ursule" not in page.text
    hand_over(actor=owner, siret=ASSOCIATION, dossier=open_one)
    assert "Réservé" not in client.get("/dsn/depots/?mois=2026-03").text
    assert f"lots/{filing.batch_id}/" not in page.text
    assert "Réservé" not in client.get("/dsn/depots/liste/").text
    outsider = browser_of(user_with("Nina", {scenes.dossier_of("Vide"): "gestionnaire"}))
    assert page_of(outsider, filing).status_code == 404
    assert f"n° {filing.pk}" not in words(outsider.get("/dsn/depots/liste/"))


def test_findings_stand_by_severity_with_line_rubrique_label_and_remedy(admin_client: Client, dossier: Dossier) -> None:
    text = words(page_of(admin_client, filed(dossier, spoiled(mensuelle()))))
    assert "bloquant (1) Bloquants Ligne Rubrique Valeur Ce qui a été vu Que faire" in text
    assert "S21.G00.30.001 Numéro d'inscription au répertoire" in text
    assert "Ce contrôle n’est pas DSN-Val" in text
    assert text.index("bloquant (1)") < text.index("à savoir (")


def test_an_order_from_the_page_asks_for_the_box_of_a_real_declaration(admin_client: Client, dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    assert "confirmez que vous voulez la déposer" in words(act(admin_client, filing, "order", when="maintenant"))
    assert filing.state == S.CHECKED
    act(admin_client, filing, "order", when="maintenant", confirmed="1")
    assert filing.state == S.PLANNED
    assert act(admin_client, filing, "order", when="plus-tard", confirmed="1").status_code == 400
    act(admin_client, filing, "retain")
    assert (filing.state, filing.release_at) == (S.HELD, None)


def test_giving_up_says_what_it_means_and_can_be_taken_back(admin_client: Client, dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    asked = words(admin_client.get(f"/dsn/depots/{filing.pk}/abandonner/"))
    assert "ne partira pas au portail" in asked
    assert "y reste" in asked
    act(admin_client, filing, "cancel", pourquoi="refait demain")
    assert filing.state == S.CANCELLED
    assert "refait demain" in words(page_of(admin_client, filing))
    act(admin_client, filing, "reopen")
    assert filing.state == S.CHECKED
    assert "n’est pas abandonné" in words(act(admin_client, filing, "reopen"))


def test_whoever_is_gone_is_shown_in_the_declaration_of_last_month(admin_client: Client, dossier: Dossier) -> None:
    scenes.take(dossier, mensuelle(month=LAST))
    filing = filed(dossier, without_somebody(mensuelle()))
    (gone,) = (one for one in filing.found.findings if one["rule"] == "salarie_disparu")
    declaration, position = gone["before"]
    address = f"/dossiers/declaration/{declaration}/brut/{position}/"
    assert f'href="{address}"' in page_of(admin_client, filing).text
    raw = words(admin_client.get(address))
    assert gone["message"].split(" était ")[0].split()[-1] in raw and "septembre 2026" in raw
    Declaration.objects.filter(pk=declaration).update(dossier=scenes.dossier_of("Ailleurs"))
    assert address in page_of(admin_client, filing).text
    keeper = browser_of(user_of(dossier))
    assert address not in page_of(keeper, filing).text and "Ses lignes" not in page_of(keeper, filing).text


def user_of(dossier: Dossier) -> Actor:
    """The actor of somebody who keeps this dossier and no other."""
    user = create_user(actor=Actor.owner(), username="Zoé")
    Membership.objects.create(user=user, dossier=dossier, role="gestionnaire")
    return Actor.of(user)


def test_the_declaring_dossier_is_named_to_those_who_may_see_it(admin_client: Client, dossier: Dossier) -> None:
    scenes.take(scenes.dossier_of("Repli"), mensuelle(month=LAST))
    filing = filed(dossier, mensuelle())
    keeper = browser_of(user_of(dossier))
    for page in (f"/dsn/depots/{filing.pk}/", f"/dsn/depots/lots/{filing.batch_id}/"):
        assert "Le dossier « Repli » déclare cet employeur" in words(admin_client.get(page))
        told = words(keeper.get(page))
        assert "Un autre dossier déclare cet employeur" in told and "Repli" not in told


def test_passing_over_findings_needs_a_reason_that_stays(admin_client: Client, dossier: Dossier) -> None:
    filing = filed(dossier, spoiled(mensuelle()))
    assert "Écrivez en quelques mots pourquoi" in words(act(admin_client, filing, "pass", reason=""))
    assert "La raison manque" in words(act(admin_client, filing, "pass", reason="ok"))
    text = words(act(admin_client, filing, "pass", reason="NIR provisoire, vu avec la caisse"))
    assert "NIR provisoire, vu avec la caisse" in text
    assert "order" in buttons_of(page_of(admin_client, filing).text, filing)


def test_a_second_deposit_shows_the_first_and_is_decided_in_words(admin_client: Client, dossier: Dossier) -> None:
    first = filed(dossier, mensuelle())
    Filing.objects.filter(pk=first.pk).update(state=S.CONFORM)
    second = filed(dossier, another(mensuelle()))
    page = page_of(admin_client, second)
    assert buttons_of(page.text, second) == {"again", "cancel", "record"}
    assert f'href="/dsn/depots/{first.pk}/"' in page.text
    act(admin_client, second, "again", reason="la première portait sur un autre salarié")
    assert second.again_reason == "la première portait sur un autre salarié"
    assert "order" in buttons_of(page_of(admin_client, second).text, second)


def test_an_unknown_outcome_lists_what_nobody_claims_and_is_settled_by_a_person(
    admin_client: Client, dossier: Dossier
) -> None:
    candidate = {"idflux": IDFLUX, "date": "2026-11-03 09:15", "etat": "OK", "siret": ASSOCIATION, "month": "2026-10"}
    employer(dossier)
    filing = deposit(dossier, S.UNKNOWN, candidates=[candidate])
    text = words(page_of(admin_client, filing))
    assert "Regardez d’abord sur net-entreprises.fr" in text
    assert f"{IDFLUX} 2026-11-03 09:15 OK" in text
    assert "Dites ce que vous avez vu" in words(act(admin_client, filing, "settle", reason="vu au tableau de bord"))
    said = {"outcome": "accepted", "reason": "vu au tableau de bord"}
    assert "ne pourraient pas être suivis" in words(act(admin_client, filing, "settle", **said))
    assert "ne se lit pas" in words(act(admin_client, filing, "settle", **said, idflux="court"))
    act(admin_client, filing, "settle", **said, candidat=IDFLUX)
    assert (filing.state, filing.idflux) == (S.ACCEPTED, IDFLUX)


def test_a_deposit_made_by_hand_is_recorded_with_its_idflux_or_its_day(admin_client: Client, dossier: Dossier) -> None:
    one, other = filed(dossier, mensuelle()), filed(dossier, mensuelle(SECOND))
    assert "Il manque l’identifiant du dépôt" in words(act(admin_client, one, "record"))
    act(admin_client, one, "record", idflux=IDFLUX)
    act(admin_client, other, "record", day="2026-11-03")
    assert (one.state, one.idflux) == (S.RECORDED_BY_HAND, IDFLUX)
    assert (other.state, other.by_hand_on) == (S.RECORDED_BY_HAND, date(2026, 11, 3))
    assert "cherche sur le portail le dépôt du 03/11/2026" in words(page_of(admin_client, other))


def test_a_deposit_whose_file_never_came_is_recorded_for_an_employer(
    admin_client: Client, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    one = employer(dossier)
    address = f"/dsn/depots/employeurs/{one.pk}/a-la-main/"
    assert 'value="2026-09"' in admin_client.get(f"{address}?mois=2026-09").text
    wrong = admin_client.post(address, {"month": "octobre", "fraction": "11", "day": "2026-11-03"})
    assert "Le mois déclaré manque ou ne se lit pas" in words(wrong)
    admin_client.post(address, {"month": "2026-10", "fraction": "11", "day": "2026-11-03"})
    filing = Filing.objects.get()
    assert (filing.state, filing.month, filing.siret) == (S.RECORDED_BY_HAND, "2026-10", one.siret)
    assert "Le fichier n’est pas passé par Scarabée" in words(page_of(admin_client, filing))
    assert admin_client.get(f"/dsn/depots/{filing.pk}/fichier/").status_code == 404
    reader = browser_of(user_with("Zoé", {dossier: "lecture"}))
    assert reader.get(address).status_code == 403


def test_a_deposit_made_by_hand_is_recorded_on_the_filing_that_waits_here(
    admin_client: Client, dossier: Dossier
) -> None:
    one = employer(dossier)
    waiting = deposit(dossier, S.CHECKED)
    address = f"/dsn/depots/employeurs/{one.pk}/a-la-main/"
    text = words(admin_client.get(f"{address}?mois=2026-10"))
    assert "La déclaration d’octobre 2026 est déjà ici." in text
    assert f"dépôt n° {waiting.pk} (DSN Mensuelle, contrôlée)" in text.replace(" )", ")").replace("( ", "(")
    assert "est déjà ici" not in words(admin_client.get(f"{address}?mois=2026-09"))
    admin_client.post(address, {"month": "2026-10", "fraction": "11", "day": "2026-11-03"})
    waiting.refresh_from_db()
    assert waiting.state == S.RECORDED_BY_HAND
    admin_client.post(address, {"month": "2026-09", "fraction": "11", "day": "2026-10-03"})
    assert Filing.objects.count() == 2


def test_the_file_comes_back_byte_for_byte(admin_client: Client, dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    answer = admin_client.get(f"/dsn/depots/{filing.pk}/fichier/")
    assert answer.content == sent(filing) == mensuelle()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="depot-{filing.pk}-{filing.siret}.dsn"'


def test_proofs_come_back_as_received_and_are_never_opened_in_place(admin_client: Client, dossier: Dossier) -> None:
    employer(dossier)
    filing = deposit(dossier, S.ANOMALIES)
    hostile = b"<html><script>alert(1)</script></html>"
    proofs.keep(filing, ProofKind.ARE, ARE)
    proofs.keep(filing, ProofKind.BAN, BAN, media_type="text/html")
    proof = proofs.keep(filing, ProofKind.CCO, hostile, media_type="text/html")
    page = page_of(admin_client, filing)
    text = words(page)
    assert "B1-105-15 – – – Le format du fichier n'est pas reconnu." in text
    assert "CCH-11 bloquant 42 S21.G00.30.001 NIR 9185 NIR invalide <b>" in text
    assert "alert(1)" not in page.text
    answer = admin_client.get(f"/dsn/depots/{filing.pk}/reponses/{proof.pk}/")
    assert answer.content == hostile
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert admin_client.get(f"/dsn/depots/{filing.pk + 1}/reponses/{proof.pk}/").status_code == 404


@pytest.mark.parametrize("document", [b"", b"perdu", BOMB, b"[1]", b"{" * 500, b"<a>" * 500])
def test_a_document_that_cannot_be_read_is_only_downloaded(document: bytes) -> None:
    assert anomalies_in(document) == []


def test_the_official_rejection_is_read() -> None:
    examples = Path(__file__).parents[2].parent / "shared" / "data" / "retours" / "exemples"
    path = examples / "exemple_retour_10_ARE.xml"
    if not path.exists():
        pytest.skip("the official examples are not here")
    (one,) = anomalies_in(path.read_bytes())
    assert (one.code, one.message) == ("B1-105-15", "Le format du fichier depot_mtom n'est pas reconnu.")


def test_a_page_costs_the_same_whatever_the_history(
    dossier: Dossier,
    user_with: Callable[..., Actor],
    administrator: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    filing = filed(dossier, spoiled(mensuelle()))
    for number in range(40):
        Proof.objects.create(filing=filing, kind="BAN", sha256=f"{number}", document=BAN)
    client = browser_of(user_with("Zoé", {dossier: "gestionnaire"}))
    with django_assert_max_num_queries(10):
        page_of(client, filing)


@pytest.fixture
def many(dossier: Dossier) -> list[Filing]:
    for number in range(60):
        employer(dossier, number)
    return [deposit(dossier, list(S)[number % len(S)], number, idflux=f"{number:023d}") for number in range(60)]


def test_the_list_is_paged_filtered_sorted_and_exported(
    admin_client: Client, many: list[Filing], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    address = "/dsn/depots/liste/"
    with django_assert_max_num_queries(9):
        assert "1–50 sur 60 dépôts" in words(admin_client.get(address))
    for query, count in (("etat=conform", 4), ("mois=2026-10", 60), ("mois=2026-09", 0), ("genre=essai", 0)):
        found = words(admin_client.get(f"{address}?{query}"))
        assert (f"sur {count} dépôt" if count else "Aucun dépôt ne répond") in found, query
    for sort in ("numero", "-siret", "etat", "depuis", "envoye", "nonsense"):
        assert "sur 60" in words(admin_client.get(f"{address}?tri={sort}"))
    for text, one in (("club 07", many[7]), (many[3].idflux, many[3]), (many[5].siret, many[5])):
        answer = admin_client.post(address, {"texte": text, "etat": ""})
        assert text not in answer.headers["Location"]
        page = words(admin_client.get(answer.headers["Location"]))
        assert f"n° {one.pk}" in page
        assert "1–1 sur 1 dépôt" in page
    answer = admin_client.get("/dsn/depots/liste.csv?etat=conform")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 5
    assert "conforme (CCO)" in lines[1]
