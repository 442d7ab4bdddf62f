"""What is sent to sign in, and how long what comes back is good (api-dsn §4.1, §8.2)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.authentication import end_of_token, identifiants, read_token, sign_in
from scarabee.netentreprises.credentials import Credentials, Regime
from scarabee.netentreprises.errors import MalformedCredentials
from scarabee.netentreprises.tokens import Token

AT = datetime(2026, 11, 5, 8, 15, 0, 700_000, tzinfo=UTC)
CARRIED = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r")
VALUES = st.text(CARRIED, max_size=64)
CREDENTIALS = st.builds(Credentials, VALUES, VALUES, VALUES, VALUES)


def given_token(content: bytes, **headers: str) -> Answer:
    return Answer(200, AT, tuple((name.encode(), value.encode()) for name, value in headers.items()), content)


@settings(deadline=None)
@given(CREDENTIALS, st.sampled_from(["25", "26", "94", "97"]))
def test_what_is_sent_reads_back_to_the_letter(credentials: Credentials, service: str) -> None:
    body = identifiants(credentials, service)
    assert body.isascii()
    root = etree.fromstring(body)
    assert [one.tag for one in root] == ["siret", "nom", "prenom", "motdepasse", "service"]
    assert [one.text or "" for one in root] == [
        credentials.siret,
        credentials.nom,
        credentials.prenom,
        credentials.motdepasse,
        service,
    ]
    assert root.tag == "identifiants"
    assert not any(len(one) or one.attrib for one in root)


@settings(deadline=None)
@given(CREDENTIALS)
def test_what_is_sent_reads_the_same_in_any_charset(credentials: Credentials) -> None:
    body = identifiants(credentials, "25")
    declared = (b'<?xml version="1.0" encoding="%s"?>' % one + body for one in (b"ISO-8859-1", b"UTF-8", b"US-ASCII"))
    assert len({etree.tostring(etree.fromstring(one), method="c14n") for one in declared}) == 1


def test_the_body_is_that_of_the_guide() -> None:
    credentials = Credentials("46766553500010", "O'BRIEN & Fils", "Zoé", 'a<b>"c')
    assert identifiants(credentials, "25") == (
        b"<identifiants><siret>46766553500010</siret><nom>O&#39;BRIEN &#38; Fils</nom><prenom>Zo&#233;</prenom>"
        b"<motdepasse>a&#60;b&#62;&#34;c</motdepasse><service>25</service></identifiants>"
    )


@pytest.mark.parametrize("character", ["\0", "\x07", "\x0b", "\x1b", "\ud800", "\ufffe", "\uffff"])
@pytest.mark.parametrize("field", ["siret", "nom", "prenom", "motdepasse"])
def test_what_no_xml_carries_is_not_sent(field: str, character: str) -> None:
    values = {"siret": "46766553500010", "nom": "MARTIN", "prenom": "Alice", "motdepasse": "Corail"}
    credentials = Credentials(**{**values, field: f"ab{character}cd"})
    with pytest.raises(MalformedCredentials) as caught:
        sign_in("https://services.net-entreprises.fr", credentials, "25", 30)
    assert not caught.value.sent
    assert "ab" not in re.sub("abîm|visible", "", caught.value.message)
    assert {"siret": "SIRET", "nom": "nom", "prenom": "prénom", "motdepasse": "mot de passe"}[field] in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("content", "token"),
    [
        (b"QUJD+/9=", "QUJD+/9="),
        (b" \r\nQUJD==\n", "QUJD=="),
        (b"eyJh.bGci-_~", "eyJh.bGci-_~"),
        (b"", ""),
        (b"  ", ""),
        (b"<html>", ""),
        (b"two words", ""),
        (b"{]", ""),
        (b"a=b", ""),
        (b"===", ""),
        (b"a\r\nX-Injected: b", ""),
        (b"a,declarant=b", ""),
        (b'"QUJD"', ""),
        ("é".encode(), ""),
        (b"A" * 8192, "A" * 8192),
        (b"A" * 8193, ""),
    ],
)
def test_a_token_is_the_body_to_the_letter_or_nothing(content: bytes, token: str) -> None:
    assert read_token(given_token(content)) == token


def test_a_token_ends_when_the_portal_says() -> None:
    answer = given_token(b"QUJD", Expires="Thu, 05 Nov 2026 09:15:00 GMT")
    assert end_of_token(answer) == datetime(2026, 11, 5, 9, 15, tzinfo=UTC)


def test_the_time_left_is_counted_by_the_clock_of_the_portal() -> None:
    headers = {"Date": "Thu, 05 Nov 2026 10:00:03 GMT", "Expires": "Thu, 05 Nov 2026 10:30:03 GMT"}
    assert end_of_token(given_token(b"QUJD", **headers)) == AT.replace(microsecond=0) + timedelta(minutes=30)


def test_a_token_never_outlives_what_the_portal_says_when_clocks_agree() -> None:
    headers = {"Date": "Thu, 05 Nov 2026 08:15:01 GMT", "Expires": "Thu, 05 Nov 2026 09:15:01 GMT"}
    assert end_of_token(given_token(b"QUJD", **headers)) <= datetime(2026, 11, 5, 9, 15, 1, tzinfo=UTC)


@pytest.mark.parametrize("headers", [{}, {"Expires": "0"}, {"Expires": "-1"}, {"Expires": "demain"}, {"Expires": ""}])
def test_a_token_without_an_end_lasts_ten_minutes(headers: dict[str, str]) -> None:
    assert end_of_token(given_token(b"QUJD", **headers)) == AT + timedelta(minutes=10)


def test_a_token_that_is_stale_at_once_is_not_fresh() -> None:
    end = end_of_token(given_token(b"QUJD", Expires="Thu, 01 Jan 1970 00:00:00 GMT"))
    assert not Token("QUJD", Regime.GENERAL, end).is_fresh(AT)


def test_a_token_close_to_its_end_is_renewed_beforehand() -> None:
    token = Token("QUJD", Regime.GENERAL, AT + timedelta(minutes=10))
    assert token.is_fresh(AT)
    assert token.is_fresh(AT + timedelta(minutes=7, seconds=59))
    assert not token.is_fresh(AT + timedelta(minutes=8))
    assert token.is_fresh(AT + timedelta(minutes=9), timedelta(seconds=30))


def test_neither_token_nor_password_shows() -> None:
    assert "QUJD" not in repr(Token("QUJD", Regime.GENERAL, AT))
    credentials = Credentials("46766553500010", "MARTIN", "Alice", "Corail-2026")
    call = sign_in("https://services.net-entreprises.fr", credentials, "25", 30)
    assert "Corail" not in repr(credentials) + repr(call)
    assert call.body is not None and b"Corail-2026" in call.body
    assert "QUJD" not in repr(given_token(b"QUJD"))
