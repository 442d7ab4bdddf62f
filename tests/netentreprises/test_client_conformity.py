"""The client through the conformance cases of api-dsn §9, against the bouchon, over real sockets.

Test ids name the cases. What the client never does wrong by itself (a wrong Content-Type, a concentrateur, a path cut
short) goes through its transport, so that what each answer means is proved all the same.
"""

import base64
import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.dossiers.small_files import ASSOCIATION
from tests.netentreprises.bouchon.files import arret
from tests.netentreprises.conversations import (
    AGRICOLE,
    BUREAU,
    GENERAL,
    MONTH,
    OPERATOR,
    OTHER,
    VERSIONS,
    Clock,
    Make,
    asked,
    deposited,
    dsn,
    error_of,
    every_act,
    meaning,
    of,
    signing_in,
)

from scarabee.netentreprises import errors
from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.refusals import Service, refusal
from scarabee.netentreprises.tokens import Token

# --- deposit --------------------------------------------------------------------------------------------------


def depositing(token: Token | None, content: bytes = MONTH, **changes: Any) -> dict[str, Any]:
    return {"media_type": "text/plain", "body": content, "token": token, **changes}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("case", "changes", "expected"),
    [
        ("B1", {"gzip": False}, errors.MediaRefused),
        ("B1", {"headers": {"Content-Encoding": "deflate"}}, errors.MediaRefused),
        ("B2", {"media_type": "application/xml"}, errors.MediaRefused),
        ("B2", {"media_type": "application/json"}, errors.MediaRefused),
        (
            "B3",
            {"body": None, "headers": {"Content-Type": "text/plain", "Content-Encoding": "gzip"}},
            errors.BadBody,
        ),
        ("B3", {"gzip": False, "headers": {"Content-Encoding": "gzip"}}, errors.BadBody),
        ("B4", {"headers": {"Accept-Encoding": "deflate"}}, errors.CompressionRefused),
    ],
)
def test_b1_to_b4_a_request_of_another_form_deposits_nothing(
    client: Client, bouchon: Bouchon, token: Token, version: str, case: str, changes: dict[str, Any], expected: object
) -> None:
    answer = asked(client, "POST", f"/deposer-dsn/{version}/", **depositing(token, **changes))
    error = refusal(answer, Service.DEPOSIT)
    assert type(error) is expected
    assert error is not None and not error.is_outcome_unknown
    assert bouchon.state.store.deposits() == []


@pytest.mark.parametrize("version", VERSIONS)
def test_b5_a_deposit_brings_an_aee_and_its_bytes_arrive(
    make: Make, bouchon: Bouchon, token: Token, clock: Clock, version: str
) -> None:
    receipt = make(deposit_version=version).deposit(token, MONTH)
    assert (receipt.kind, receipt.etat, receipt.is_recorded) == ("AEE", "OK", True)
    assert (receipt.essai_reel, receipt.emetteur_siret, receipt.point_de_depot) == ("01", "46766553500010", "01")
    assert receipt.received == "2026-11-05 09:15:00"
    assert receipt.media_type == {"1.0": "application/xml", "2.0": "application/json"}[version]
    (kept,) = bouchon.state.store.deposits()
    assert kept.idflux == receipt.idflux
    assert bouchon.state.store.content(kept) == MONTH


@pytest.mark.parametrize("version", VERSIONS)
def test_b6_what_is_no_dsn_brings_an_are(make: Make, token: Token, version: str) -> None:
    receipt = make(deposit_version=version).deposit(token, b"PK\x03\x04")
    assert (receipt.kind, receipt.etat, receipt.is_recorded) == ("ARE", "KO", False)
    assert len(receipt.idflux) == 23
    assert receipt.anomalies[0].code == "B1-105-15" and receipt.anomalies[0].message


GARBAGE = base64.b64encode(b"garbage").decode()


@pytest.mark.parametrize(
    "authorization",
    ["", "DSNLogin jetton=SmV0b24=", "DSNLogin jeton=", f"DSNLogin jeton={GARBAGE}", "DSNLogin jeton=%%%", "Basic x"],
    ids=["none", "unknown parameter", "empty", "garbage", "not base64", "another scheme"],
)
@pytest.mark.parametrize(
    ("method", "path", "service"),
    [
        ("POST", "/deposer-dsn/1.0/", Service.DEPOSIT),
        ("POST", "/deposer-dsn/2.0/", Service.DEPOSIT),
        ("GET", "/lister-depots/2.0/20261105090000", Service.LISTING),
        ("GET", "/lister-retours-declarant/1.0/20261105090000", Service.LISTING),
        ("GET", "/lister-retours-flux/2.0/abc", Service.RETURNS),
        ("GET", "/telecharger-retour/1.0/abc/1", Service.DOWNLOAD),
    ],
)
def test_b7_c7_f6_t5_a_token_that_is_none_is_invalid(
    client: Client, method: str, path: str, service: Service, authorization: str
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    body = depositing(None) if method == "POST" else {}
    assert meaning(asked(client, method, path, headers=headers, **body), service) is errors.InvalidToken


def test_b7_c7_f6_t5_an_unknown_token_is_invalid_for_every_service(client: Client, clock: Clock) -> None:
    unknown = Token(GARBAGE, GENERAL, clock.now + timedelta(hours=1))
    for act in every_act(client, unknown)[1:]:
        error = error_of(act)
        assert type(error) is errors.InvalidToken and not error.is_outcome_unknown


def test_b8_c7_f6_t5_an_account_that_is_not_enrolled_is_told_by_every_service(
    client: Client, bouchon: Bouchon, token: Token
) -> None:
    bouchon.start_incident("non-inscrit-au-depot")
    fresh = client.authenticate(of(BUREAU), GENERAL)
    for act in every_act(client, fresh)[1:]:
        assert type(error_of(act)) is errors.NotEnrolled


@pytest.fixture
def operator(client: Client) -> str:
    """The token of a concentrateur."""
    answer = asked(client, "POST", "/authentifier/1.0/", **signing_in(OPERATOR, "98"))
    return answer.content.decode()


def declarant(account: Account) -> str:
    return base64.b64encode(";".join(account.identity).encode()).decode()


@pytest.mark.parametrize("version", VERSIONS)
def test_b9_to_b11_what_a_concentrateur_gets_wrong_is_told_apart(
    client: Client, bouchon: Bouchon, operator: str, version: str
) -> None:
    right, garbage = declarant(BUREAU), base64.b64encode(b"\xff;").decode()
    plain = ";".join(OTHER.identity)
    unknown = declarant(replace(BUREAU, siret="99999999900019"))
    cases = {
        f"concentrateur={GARBAGE},declarant={right}": errors.InvalidToken,  # B9
        f"concentrateur=,declarant={right}": errors.InvalidToken,
        f"concentrateur=%%%,declarant={right}": errors.InvalidToken,
        f"concentrateur={operator},declarant={garbage}": errors.InvalidToken,  # B10
        f"concentrateur={operator},declarant=": errors.InvalidToken,
        f"concentrateur={operator},declarant={plain}": errors.InvalidToken,
        f"concentrateur={operator},declarant={unknown}": errors.NotEnrolled,  # B11
    }
    for authorization, expected in cases.items():
        options = depositing(None, headers={"Authorization": f"DSNLogin {authorization}"})
        answer = asked(client, "POST", f"/deposer-dsn/{version}/", **options)
        assert meaning(answer, Service.DEPOSIT) is expected, authorization
    bouchon.start_incident("non-inscrit-au-depot")
    options = depositing(None, headers={"Authorization": f"DSNLogin concentrateur={operator},declarant={right}"})
    assert meaning(asked(client, "POST", f"/deposer-dsn/{version}/", **options), Service.DEPOSIT) is errors.NotEnrolled
    assert bouchon.state.store.deposits() == []


# --- listings by date -----------------------------------------------------------------------------------------

BY_DATE = ["lister-depots", "lister-retours-declarant"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", BY_DATE)
def test_c1_c2_c8_a_wrong_search_is_told_as_such(client: Client, token: Token, name: str, version: str) -> None:
    for path, options, expected in (
        ("", {"token": token}, errors.Maintenance),  # C1
        ("/120000", {"token": token}, errors.BadParameters),  # C2
        ("/20261105090000/20130101", {}, errors.BadParameters),
        ("/20261105090000", {"token": token, "headers": {"Accept-Encoding": "deflate"}}, errors.CompressionRefused),
    ):
        answer = asked(client, "GET", f"/{name}/{version}{path}", **options)
        assert meaning(answer, Service.LISTING) is expected, path


def listings(client: Client) -> list[Callable[..., Any]]:
    return [client.list_deposits, client.list_returns]


@pytest.mark.parametrize("version", VERSIONS)
def test_c3_c4_a_search_within_the_limit_is_answered(make: Make, token: Token, clock: Clock, version: str) -> None:
    for search in listings(make(listing_version=version)):
        for span in ((clock.ago(hours=1), clock.now), (clock.ago(minutes=59), None)):
            found = search(token, *span)
            assert found.allowed_minutes == 60
            assert found.expires_at == clock.now + timedelta(minutes=2)


@pytest.mark.parametrize("version", VERSIONS)
def test_c5_too_wide_a_search_asks_too_much(make: Make, token: Token, clock: Clock, version: str) -> None:
    for search in listings(make(listing_version=version)):
        for span in ((clock.ago(hours=2), clock.now), (clock.ago(minutes=61), None)):
            assert type(error_of(lambda span=span, search=search: search(token, *span))) is errors.TooMuchAsked  # type: ignore[misc]


def test_c6_the_limits_of_a_concentrateur_are_read_too(client: Client, operator: str) -> None:
    headers = {"Authorization": f"DSNLogin concentrateur={operator},declarant={declarant(BUREAU)}"}
    for path, expected in (
        ("/lister-depots/2.0/20261105090000/20261105091000", None),
        ("/lister-depots/2.0/20261105070000/20261105090000", errors.TooMuchAsked),
        ("/lister-retours-declarant/2.0/20261105080000/20261105090000", None),
    ):
        assert meaning(asked(client, "GET", path, headers=headers), Service.LISTING) is expected
    alone = {"Authorization": f"DSNLogin concentrateur={operator}"}
    for path, expected in (
        ("/lister-retours-concentrateur/1.0/20261105090000/20261105091000", None),
        ("/lister-retours-concentrateur/1.0/20261105080000/20261105091000", errors.TooMuchAsked),
        ("/lister-objets-concentrateur/1.0/20261105090000/20261105091000", None),
        ("/lister-bpij-concentrateur/1.0/20261105", None),
        ("/lister-bpij-concentrateur/1.0/120000", errors.BadParameters),
    ):
        assert meaning(asked(client, "GET", path, headers=alone), Service.LISTING) is expected


def test_a_429_comes_before_a_401_for_a_concentrateur(client: Client, token: Token) -> None:
    path = "/lister-retours-concentrateur/2.0/20261105070000/20261105090000"
    assert meaning(asked(client, "GET", path), Service.LISTING) is errors.TooMuchAsked
    path = "/lister-bpij-concentrateur/1.0/20261105"
    assert meaning(asked(client, "GET", path, token=token), Service.LISTING) is errors.InvalidToken


@pytest.mark.parametrize("version", VERSIONS)
def test_a_deposit_is_found_in_the_listing_of_its_minute(make: Make, token: Token, clock: Clock, version: str) -> None:
    client = make(listing_version=version)
    recorded, rejected = client.deposit(token, MONTH), client.deposit(token, b"no DSN")
    found = client.list_deposits(token, clock.ago(minutes=1)).deposits
    assert [(one.idflux, one.statut) for one in found] == [(recorded.idflux, "OK"), (rejected.idflux, "KO")]
    for one in found:
        assert one.date == clock.now
        assert one.declarant is not None
        assert (one.declarant.siret, one.declarant.nom, one.declarant.prenom) == BUREAU.identity
    assert client.list_deposits(token, clock.ago(minutes=10), clock.ago(minutes=1)).deposits == ()


def test_the_bordereaux_of_a_span_of_days_are_listed_and_fetched(client: Client, token: Token, clock: Clock) -> None:
    client.deposit(token, arret())
    clock.move(minutes=5)
    today = clock.now.date()
    listing = client.list_leaves(token, today, today)
    (one,) = listing.leaves
    assert (one.siret, listing.pages) == (ASSOCIATION, 1)
    assert one.publication is not None and one.publication.date() == today
    assert listing.expires_at == clock.now + timedelta(minutes=2)
    assert b"<BPIJ" in client.download(token, url=one.url).content
    before = today - timedelta(days=1)
    assert client.list_leaves(token, before, before).leaves == ()
    assert client.list_leaves(token, today, today, page=2).leaves == ()


def test_a_portal_without_bordereaux_is_not_in_maintenance(client: Client, token: Token, bouchon: Bouchon) -> None:
    bouchon.start_incident("introuvable")
    today = date(2026, 11, 5)
    assert type(error_of(lambda: client.list_leaves(token, today, today))) is errors.NotFound


# --- returns of one deposit -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_f1_the_returns_of_a_deposit_are_listed(
    make: Make, bouchon: Bouchon, token: Token, clock: Clock, version: str
) -> None:
    client = make(listing_version=version)
    idflux = client.deposit(token, MONTH).idflux
    clock.move(minutes=5)
    listing = client.list_returns_of(token, idflux)
    (flux,) = listing.flux
    assert flux.idflux == idflux
    (kept,) = bouchon.state.store.deposits()
    told = [(one.nature, one.statut, one.publication, one.production, one.ops) for one in flux.returns]
    assert told == [
        (one.nature, one.statut, one.publication, one.production, one.ops) for one in kept.published(clock.now)
    ]
    assert listing.expires_at == clock.now + timedelta(minutes=2)
    assert listing.allowed_minutes is None
    by_nature = {one.nature: one for one in flux.returns}
    assert {"10", "11", "60", "94", "51"} <= set(by_nature)
    assert by_nature["94"].id and by_nature["94"].url
    assert not by_nature["60"].id and not by_nature["60"].url
    assert by_nature["51"].ops == "P0942"
    assert client.list_returns(token, clock.ago(minutes=10)).flux == listing.flux


@pytest.mark.parametrize("version", VERSIONS)
def test_f2_a_deposit_without_a_return_yet_lists_none(make: Make, token: Token, clock: Clock, version: str) -> None:
    client = make(listing_version=version)
    idflux = client.deposit(token, MONTH).idflux
    clock.move(seconds=-1)  # before its first return is published
    assert client.list_returns_of(token, idflux).flux == ()
    assert client.list_returns(token, clock.ago(minutes=1)).flux == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_f3_f4_f5_a_deposit_that_is_not_there_is_told_as_such(make: Make, token: Token, version: str) -> None:
    client = make(listing_version=version)
    assert type(error_of(lambda: client.list_returns_of(token, "Ab0cD1eF2gH3iJ4kL5mN6oP"))) is errors.NotFound
    assert type(error_of(lambda: client.list_returns_of(token, "x" * 51))) is errors.BadParameters
    options = {"token": token, "headers": {"Accept-Encoding": "deflate"}}
    answer = asked(client, "GET", f"/lister-retours-flux/{version}/abc", **options)
    assert meaning(answer, Service.RETURNS) is errors.CompressionRefused


# --- download -------------------------------------------------------------------------------------------------


def test_t2_a_return_is_downloaded_to_the_byte(client: Client, bouchon: Bouchon, token: Token, clock: Clock) -> None:
    flux = deposited(client, token, clock)
    (kept,) = bouchon.state.store.deposits()
    downloadable = [one for one in flux.returns if one.id]
    assert [one.id for one in downloadable] == [one.id for one in kept.published(clock.now) if one.file]
    for one in downloadable:
        by_id, by_url = client.download(token, flux.idflux, one.id), client.download(token, url=one.url)
        assert by_id == by_url
        assert by_id.media_type == "application/xml"
        assert by_id.content == bouchon.state.store.file(kept, f"{one.id}.xml")


def test_t3_t4_t6_a_return_that_is_not_there_is_told_as_such(client: Client, token: Token, clock: Clock) -> None:
    flux = deposited(client, token, clock)
    first = flux.returns[0]
    assert type(error_of(lambda: client.download(token, "Ab0cD1eF2gH3iJ4kL5mN6oP", first.id))) is errors.NotFound
    assert type(error_of(lambda: client.download(token, flux.idflux, "9999999999"))) is errors.NotFound
    assert type(error_of(lambda: client.download(token, "x" * 51, first.id))) is errors.BadParameters
    assert type(error_of(lambda: client.download(token, flux.idflux, "1" * 11))) is errors.BadParameters
    answer = asked(client, "GET", f"/telecharger-retour/1.0/{flux.idflux}", token=token)
    assert meaning(answer, Service.DOWNLOAD) is errors.NotFound
    options = {"token": token, "headers": {"Accept-Encoding": "deflate"}}
    answer = asked(client, "GET", f"/telecharger-retour/1.0/{flux.idflux}/{first.id}", **options)
    assert meaning(answer, Service.DOWNLOAD) is errors.CompressionRefused


def test_t3_a_purged_return_is_not_found(client: Client, token: Token, clock: Clock) -> None:
    flux = deposited(client, token, clock)
    clock.move(days=100)
    fresh = client.authenticate(of(BUREAU), GENERAL)
    assert type(error_of(lambda: client.download(fresh, flux.idflux, flux.returns[0].id))) is errors.NotFound


def test_one_regime_does_not_see_what_the_other_holds(client: Client, clock: Clock) -> None:
    general, agricole = (client.authenticate(of(OTHER), regime) for regime in (GENERAL, AGRICOLE))
    receipt = client.deposit(agricole, MONTH)
    assert receipt.point_de_depot == "02"
    assert client.list_deposits(general, clock.ago(minutes=1)).deposits == ()
    assert [one.idflux for one in client.list_deposits(agricole, clock.ago(minutes=1)).deposits] == [receipt.idflux]
    assert type(error_of(lambda: client.list_returns_of(general, receipt.idflux))) is errors.NotFound


def test_a_large_deposit_arrives_whole(client: Client, bouchon: Bouchon, token: Token) -> None:
    content = dsn("102026") + b"".join(b"S21.G00.51.013,'%09d'\r\n" % n for n in range(200_000))
    assert len(gzip.compress(content)) > 200_000
    receipt = client.deposit(token, content)
    kept = bouchon.state.store.deposit_named(receipt.idflux)
    assert kept is not None and bouchon.state.store.content(kept) == content
