"""The client on the bad days of the portal: cases E1 to E16 of api-dsn §9, against the bouchon."""

from dataclasses import replace

import pytest
from lxml import etree
from tests.netentreprises.conversations import (
    BUREAU,
    GENERAL,
    MONTH,
    OTHER,
    VERSIONS,
    Clock,
    Make,
    deposited,
    dsn,
    error_of,
    every_act,
    of,
)

from scarabee.netentreprises import errors
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.errors import PortalError
from scarabee.netentreprises.listings import ListedReturn, ReturnListing
from scarabee.netentreprises.tokens import Token


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        ("mot-de-passe-expire", errors.ExpiredPassword),  # E1
        ("non-inscrit", errors.NotEnrolled),  # E2
        ("compte-bloque", errors.LockedAccount),
        ("identifiants-mal-formes", errors.MalformedCredentials),
    ],
)
def test_e1_e2_a_right_password_may_be_refused_for_another_reason(
    client: Client, bouchon: Bouchon, incident: str, expected: type[PortalError]
) -> None:
    bouchon.start_incident(incident)
    error = error_of(lambda: client.authenticate(of(BUREAU), GENERAL))
    assert type(error) is expected
    bouchon.end_incident(incident)
    assert client.authenticate(of(BUREAU), GENERAL)


def test_e3_a_token_that_expires_on_the_way_is_told_apart_and_a_new_one_works(
    client: Client, bouchon: Bouchon, token: Token
) -> None:
    bouchon.start_incident("jeton-expire")
    for act in every_act(client, token)[1:]:
        error = error_of(act)
        assert type(error) is errors.ExpiredToken and not error.is_outcome_unknown
    fresh = client.authenticate(of(BUREAU), GENERAL)
    assert client.deposit(fresh, MONTH).is_recorded


def test_e3_a_token_past_its_end_is_expired(client: Client, token: Token, clock: Clock) -> None:
    clock.move(hours=1)
    assert not token.is_fresh(clock.now)
    assert type(error_of(lambda: client.list_returns(token, clock.ago(minutes=5)))) is errors.ExpiredToken


def test_e4_an_account_locks_after_refusals_and_stays_locked(client: Client, bouchon: Bouchon) -> None:
    bouchon.start_incident("verrouillage")
    wrong = of(BUREAU, motdepasse="faux")
    met = [type(error_of(lambda: client.authenticate(wrong, GENERAL))) for _ in range(4)]
    assert met == [errors.RefusedCredentials] * 3 + [errors.LockedAccount]
    assert type(error_of(lambda: client.authenticate(of(BUREAU), GENERAL))) is errors.LockedAccount
    bouchon.unlock(*BUREAU.identity)
    assert client.authenticate(of(BUREAU), GENERAL)


def test_e5_the_returns_of_another_depositor_are_his(client: Client, token: Token, clock: Clock) -> None:
    flux = deposited(client, token, clock)
    other = client.authenticate(of(OTHER), GENERAL)
    assert type(error_of(lambda: client.list_returns_of(other, flux.idflux))) is errors.NotTheDepositor
    assert type(error_of(lambda: client.download(other, flux.idflux, flux.returns[0].id))) is errors.NotTheDepositor
    assert client.list_returns(other, clock.ago(minutes=30)).flux == ()


def test_e6_a_request_judged_dangerous_is_told_by_every_service(client: Client, bouchon: Bouchon, token: Token) -> None:
    bouchon.start_incident("pare-feu")
    for act in every_act(client, token):
        error = error_of(act)
        assert type(error) is errors.JudgedDangerous and not error.is_outcome_unknown


@pytest.mark.parametrize("incident", ["maintenance", "redirection", "page-html", "introuvable"])
def test_e7_a_portal_in_maintenance_says_so_in_many_ways(
    client: Client, bouchon: Bouchon, token: Token, incident: str
) -> None:
    bouchon.start_incident(incident)
    sign_in, deposit, deposits, returns, *of_one_deposit = every_act(client, token)
    for act in (sign_in, deposit, deposits, returns):
        assert type(error_of(act)) is errors.Maintenance
    for act in of_one_deposit:
        assert type(error_of(act)) is (errors.NotFound if incident == "introuvable" else errors.Maintenance)
    assert error_of(deposit).is_outcome_unknown
    paths = [one.path for one in bouchon.requests]
    assert all(path.startswith(("/authentifier", "/deposer", "/lister", "/telecharger")) for path in paths)
    bouchon.end_incident(incident)
    client.reach()
    assert client.deposit(token, MONTH).is_recorded


@pytest.mark.parametrize(
    ("incident", "recorded"), [("coupure-apres-enregistrement", 1), ("coupure-avant-enregistrement", 0)]
)
def test_e8_a_cut_deposit_is_in_doubt_and_the_listing_decides(
    client: Client, bouchon: Bouchon, token: Token, clock: Clock, incident: str, recorded: int
) -> None:
    bouchon.start_incident(incident)
    error = error_of(lambda: client.deposit(token, MONTH))
    assert type(error) is errors.Unreachable and error.is_outcome_unknown
    assert len(client.list_deposits(token, clock.ago(minutes=1)).deposits) == recorded
    assert [one.path for one in bouchon.requests].count("/deposer-dsn/1.0/") == 1


def test_e8_a_deposit_that_waits_too_long_is_in_doubt(make: Make, bouchon: Bouchon, token: Token, clock: Clock) -> None:
    client = make(timeout_seconds=0.3)
    for incident in ("muet", "lenteur"):
        bouchon.start_incident(incident)
        error = error_of(lambda: client.deposit(token, MONTH))
        assert type(error) is errors.Unreachable and error.is_outcome_unknown
        bouchon.end_incident(incident)


def test_e9_an_overwritten_return_changes_its_id_and_the_old_one_is_gone(
    client: Client, bouchon: Bouchon, token: Token, clock: Clock
) -> None:
    idflux = client.deposit(token, MONTH).idflux
    clock.move(minutes=5)
    bouchon.start_incident("retour-ecrase")
    before = rates_of(client.list_returns_of(token, idflux))
    clock.move(minutes=1)
    after = rates_of(client.list_returns_of(token, idflux))
    assert after.id != before.id and after.url != before.url and after.statut != before.statut
    assert after.publication and before.publication and after.publication > before.publication
    assert type(error_of(lambda: client.download(token, idflux, before.id))) is errors.NotFound
    assert client.download(token, idflux, after.id).content


def rates_of(listing: ReturnListing) -> ListedReturn:
    (flux,) = listing.flux
    (found,) = [one for one in flux.returns if one.nature == "94"]
    return found


def test_e10_the_allowed_range_may_change_between_calls(
    client: Client, bouchon: Bouchon, token: Token, clock: Clock
) -> None:
    assert client.list_returns(token, clock.ago(minutes=10)).allowed_minutes == 60
    bouchon.start_incident("plage-reduite")
    assert client.list_returns(token, clock.ago(minutes=10)).allowed_minutes == 15
    assert type(error_of(lambda: client.list_returns(token, clock.ago(minutes=30)))) is errors.TooMuchAsked
    bouchon.end_incident("plage-reduite")
    bouchon.start_incident("plage-24-heures")
    assert client.list_deposits(token, clock.ago(hours=23)).allowed_minutes == 24 * 60


def test_e11_the_same_search_asked_again_too_soon_asks_too_much(
    client: Client, bouchon: Bouchon, token: Token, clock: Clock
) -> None:
    bouchon.start_incident("interrogation-trop-rapide")
    since, until = clock.ago(minutes=10), clock.now
    first = client.list_returns(token, since, until)
    assert first.expires_at is not None
    assert type(error_of(lambda: client.list_returns(token, since, until))) is errors.TooMuchAsked
    clock.now = first.expires_at
    assert client.list_returns(token, since, until).flux == ()


JSON_FORMS = [
    ("json-sans-racine",),
    ("json-majuscules",),
    ("json-objet-seul",),
    ("json-tableaux",),
    ("json-nombres",),
    ("json-null",),
    ("json-cle-absente",),
    ("json-cles-inconnues",),
    ("json-sans-racine", "json-majuscules", "json-objet-seul", "json-nombres", "json-null"),
]


@pytest.mark.parametrize("incidents", JSON_FORMS, ids="+".join)
def test_e12_every_form_of_json_reads_as_the_xml(
    make: Make, bouchon: Bouchon, token: Token, clock: Clock, incidents: tuple[str, ...]
) -> None:
    xml, json = make(listing_version="1.0"), make(listing_version="2.0")
    idflux = json.deposit(token, MONTH).idflux
    clock.move(minutes=5)
    for name in incidents:
        bouchon.start_incident(name)
    since = clock.ago(minutes=10)
    assert bare(json.list_returns_of(token, idflux)) == bare(xml.list_returns_of(token, idflux)) != []
    assert bare(json.list_returns(token, since)) == bare(xml.list_returns(token, since)) != []
    deposits, expected = json.list_deposits(token, since), xml.list_deposits(token, since)
    assert [replace(one, extra={}) for one in deposits.deposits] == list(expected.deposits) != []
    for empty in ((clock.ago(minutes=50), clock.ago(minutes=40)),):
        assert json.list_returns(token, *empty).flux == ()
        assert json.list_deposits(token, *empty).deposits == ()


def test_e12_unknown_keys_are_kept(client: Client, bouchon: Bouchon, token: Token, clock: Clock) -> None:
    bouchon.start_incident("json-cles-inconnues")
    flux = deposited(client, token, clock)
    assert flux.extra == {"inattendu": {"version": "7", "liste": ["1", None, "x"]}}
    assert flux.returns[0].extra == flux.extra


def test_e13_an_aee_of_version_2_may_be_xml_under_another_name(make: Make, bouchon: Bouchon, token: Token) -> None:
    client = make(deposit_version="2.0")
    as_json = client.deposit(token, MONTH)
    bouchon.start_incident("aee-xml-en-2.0")
    as_xml, rejected = client.deposit(token, MONTH), client.deposit(token, b"no DSN")
    assert as_json.content.startswith(b"{") and as_xml.content.startswith(b"<")
    assert as_json.media_type == as_xml.media_type == "application/json"
    assert as_xml.idflux != as_json.idflux
    assert replace(as_xml, idflux="", content=b"") == replace(as_json, idflux="", content=b"")
    assert (rejected.kind, rejected.anomalies[0].code) == ("ARE", "B1-105-15")


def test_e14_an_idflux_keeps_its_final_dot(client: Client, bouchon: Bouchon, token: Token, clock: Clock) -> None:
    bouchon.start_incident("idflux-point")
    flux = deposited(client, token, clock)
    assert flux.idflux.endswith(".")
    assert client.list_deposits(token, clock.ago(minutes=10)).deposits[0].idflux == flux.idflux
    for one in flux.returns:
        if one.id:
            assert client.download(token, flux.idflux, one.id) == client.download(token, url=one.url)


def test_e15_a_file_of_two_declarations_is_recorded_then_refused(client: Client, token: Token, clock: Clock) -> None:
    receipt = client.deposit(token, dsn("092026", "102026"))
    assert receipt.is_recorded
    clock.move(minutes=5)
    (flux,) = client.list_returns_of(token, receipt.idflux).flux
    assert [(one.nature, one.statut) for one in flux.returns] == [("10", "OK"), ("11", "KO")]


@pytest.mark.parametrize("version", VERSIONS)
def test_e16_an_unknown_nature_without_a_document_is_listed(
    make: Make, bouchon: Bouchon, token: Token, clock: Clock, version: str
) -> None:
    client = make(listing_version=version)
    bouchon.start_incident("nature-inconnue")
    flux = deposited(client, token, clock)
    (unknown,) = [one for one in flux.returns if one.nature == "987"]
    assert (unknown.id, unknown.url) == ("", "")


@pytest.mark.parametrize(("incident", "attribute"), [("retour-sans-id", "id"), ("retour-sans-url", "url")])
def test_e16_a_return_with_only_its_id_or_only_its_address_is_downloaded(
    client: Client, bouchon: Bouchon, token: Token, clock: Clock, incident: str, attribute: str
) -> None:
    bouchon.start_incident(incident)
    flux = deposited(client, token, clock)
    assert not any(getattr(one, attribute) for one in flux.returns)
    first = flux.returns[0]
    document = client.download(token, flux.idflux, first.id, url=first.url)
    assert etree.fromstring(document.content).get("type") == "AEE"


def bare(listing: ReturnListing) -> list[tuple[str, list[ListedReturn]]]:
    """The listing without the keys that nobody expects."""
    return [(one.idflux, [replace(row, extra={}) for row in one.returns]) for one in listing.flux]
