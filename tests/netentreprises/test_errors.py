"""From an HTTP status to a sentence for a payroll clerk (api-dsn §3.1)."""

import inspect
import re
from datetime import UTC, datetime

import pytest

from scarabee.netentreprises import errors
from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.errors import ERRORS, PortalError
from scarabee.netentreprises.refusals import Service, allowed_minutes, refusal

AT = datetime(2026, 11, 5, 8, 15, tzinfo=UTC)
EVERY = sorted(ERRORS)
SERVICES = list(Service)
BEHIND = [one for one in Service if one is not Service.AUTHENTICATION]
BY_DATE = [Service.DEPOSIT, Service.LISTING]
OF_ONE_DEPOSIT = [Service.RETURNS, Service.DOWNLOAD]


def answered(status: int, *challenges: bytes, content: bytes = b"", **headers: str) -> Answer:
    pairs = [(b"WWW-Authenticate", one) for one in challenges]
    pairs += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Answer(status, AT, tuple(pairs), content)


def kind(answer: Answer, service: Service) -> type[PortalError] | None:
    error = refusal(answer, service)
    return None if error is None else type(error)


def test_every_error_of_the_reference_is_named_once() -> None:
    classes = {
        one
        for _, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, PortalError) and one is not PortalError
    }
    assert classes == set(ERRORS.values())
    assert all(code == ERRORS[code].code and re.fullmatch("[a-z_]+", code) for code in EVERY)


@pytest.mark.parametrize("code", EVERY)
def test_an_error_says_what_happened_and_what_to_do(code: str) -> None:
    error = ERRORS[code]()
    assert str(error) == f"{error.message} {error.remedy}"
    for text in (error.message, error.remedy):
        assert text[0].isupper() and text.endswith(".")
        assert "'" not in text and "..." not in text and "  " not in text
        assert not re.search(r"\b(token|HTTP|401|XML|timeout)\b", text)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, errors.BadBody),
        (406, errors.CompressionRefused),
        (407, errors.JudgedDangerous),
        (415, errors.MediaRefused),
        (429, errors.TooMuchAsked),
        (500, errors.PortalFault),
        (502, errors.PortalFault),
        (504, errors.PortalFault),
        (503, errors.Maintenance),
        (301, errors.Maintenance),
        (302, errors.Maintenance),
        (307, errors.Maintenance),
        (201, errors.UnreadableAnswer),
        (204, errors.UnreadableAnswer),
        (405, errors.UnreadableAnswer),
        (413, errors.UnreadableAnswer),
    ],
)
@pytest.mark.parametrize("service", SERVICES)
def test_a_status_that_means_the_same_everywhere(status: int, expected: type[PortalError], service: Service) -> None:
    error = refusal(answered(status), service)
    assert type(error) is expected
    assert error is not None and error.status == status and error.sent


@pytest.mark.parametrize(
    ("challenge", "at_sign_in", "behind"),
    [
        (b'Basic realm="net-entreprises.fr"', errors.RefusedCredentials, errors.InvalidToken),
        (b'Basic realm="msa.fr"', errors.RefusedCredentials, errors.InvalidToken),
        (b'Basic realm="Expiration du mot de passe"', errors.ExpiredPassword, errors.ExpiredPassword),
        (b'DSNLogin realm="Utilisateur non-inscrit au service"', errors.NotEnrolled, errors.NotEnrolled),
        (b'DSNLogin realm="Jeton manquant ou invalide"', errors.RefusedCredentials, errors.InvalidToken),
        (b'DSNLogin realm="Expiration du jeton"', errors.RefusedCredentials, errors.ExpiredToken),
        (b'Basic realm="autre chose"', errors.RefusedCredentials, errors.InvalidToken),
        (b"Negotiate", errors.RefusedCredentials, errors.InvalidToken),
        (b"", errors.RefusedCredentials, errors.InvalidToken),
    ],
)
def test_a_401_is_told_by_its_realm(challenge: bytes, at_sign_in: type[PortalError], behind: type[PortalError]) -> None:
    assert kind(answered(401, challenge), Service.AUTHENTICATION) is at_sign_in
    for service in BEHIND:
        assert kind(answered(401, challenge), service) is behind


def test_a_401_without_a_word_stops_the_account_at_authentication() -> None:
    assert kind(answered(401), Service.AUTHENTICATION) is errors.RefusedCredentials
    assert kind(answered(401), Service.LISTING) is errors.InvalidToken


@pytest.mark.parametrize(
    "challenge",
    [
        b'Basic realm="EXPIRATION DU MOT DE PASSE"',
        b'basic Realm = "expiration du mot de passe"',
        'Basic realm="Éxpiration dû mot de pàsse"'.encode(),
        'Basic realm="Éxpiration du mot de passe"'.encode("latin-1"),
        b"Basic realm=Expiration du mot de passe",
        b'Basic realm="  Expiration  du mot de passe. ", charset="UTF-8"',
        b'Basic charset="UTF-8", realm="Expiration du mot de passe"',
    ],
)
def test_a_realm_is_read_without_case_accents_or_form(challenge: bytes) -> None:
    assert kind(answered(401, challenge), Service.AUTHENTICATION) is errors.ExpiredPassword


def test_the_known_realm_counts_among_several() -> None:
    answer = answered(401, b'Bearer realm="elsewhere"', b'DSNLogin realm="Utilisateur non inscrit au service"')
    assert kind(answer, Service.AUTHENTICATION) is errors.NotEnrolled


def test_a_403_locks_at_authentication_and_protects_elsewhere() -> None:
    assert kind(answered(403), Service.AUTHENTICATION) is errors.LockedAccount
    for service in BEHIND:
        assert kind(answered(403), service) is errors.NotTheDepositor
    messages = {refusal(answered(403), one).message for one in (Service.LISTING, Service.RETURNS)}  # type: ignore[union-attr]
    assert len(messages) == 2


def test_a_404_is_a_plain_answer_only_for_one_deposit() -> None:
    for service in OF_ONE_DEPOSIT:
        assert kind(answered(404), service) is errors.NotFound
    for service in [Service.AUTHENTICATION, *BY_DATE]:
        assert kind(answered(404), service) is errors.Maintenance


def test_a_422_is_about_identifiers_only_at_authentication() -> None:
    assert kind(answered(422), Service.AUTHENTICATION) is errors.MalformedCredentials
    for service in BEHIND:
        assert kind(answered(422), service) is errors.BadParameters


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"<html>", {"Content_Type": "text/html; charset=utf-8"}),
        (b"", {"Content_Type": "Text/HTML"}),
        (b"\n <!DOCTYPE HTML><title>Maintenance</title>", {}),
        (b"\xef\xbb\xbf<HTML lang='fr'>", {"Content_Type": "application/json"}),
    ],
)
def test_a_page_in_place_of_an_answer_is_maintenance(content: bytes, headers: dict[str, str]) -> None:
    for service in SERVICES:
        assert kind(answered(200, content=content, **headers), service) is errors.Maintenance


def test_a_200_is_no_error() -> None:
    for service in SERVICES:
        assert refusal(answered(200, content=b"<retours/>"), service) is None


DEFINITE = [400, 401, 403, 406, 407, 415, 422]
"""api-dsn §8.1: after these, a deposit was certainly not recorded."""


@pytest.mark.parametrize("status", [*DEFINITE, 200, 204, 302, 404, 405, 413, 429, 500, 502, 503])
def test_a_deposit_is_in_doubt_unless_the_refusal_is_definite(status: int) -> None:
    error = refusal(answered(status, content=b"<html>"), Service.DEPOSIT)
    assert error is not None
    assert error.is_outcome_unknown is (status not in DEFINITE)


def test_what_never_left_is_in_no_doubt() -> None:
    assert errors.Unreachable(sent=True).is_outcome_unknown
    assert not errors.Unreachable(sent=False).is_outcome_unknown
    assert not errors.CertificateNotTrusted().is_outcome_unknown
    assert errors.UnreadableAnswer().is_outcome_unknown


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("minutes=0-60", 60),
        ("Minutes = 0 - 10", 10),
        ("minutes=0-1440", 1440),
        ("bytes", None),
        ("none", None),
        ("minutes=0-", None),
        ("minutes=0-0", None),
        ("minutes=0-99999999999999999999", None),
    ],
)
def test_the_allowed_range_is_read_from_its_header(value: str, minutes: int | None) -> None:
    assert allowed_minutes(answered(200, Accept_Ranges=value)) == minutes
    error = refusal(answered(429, Accept_Ranges=value), Service.LISTING)
    assert isinstance(error, errors.TooMuchAsked)
    assert error.allowed_minutes == minutes
