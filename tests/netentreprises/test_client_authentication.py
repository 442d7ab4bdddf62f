"""The client signs in: cases A of api-dsn §9, against the bouchon, over real sockets."""

from datetime import timedelta
from typing import Any

import pytest
from lxml import etree
from tests.netentreprises.conversations import (
    AGRICOLE,
    BUREAU,
    GENERAL,
    OPERATOR,
    OTHER,
    RURAL,
    Clock,
    asked,
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
from scarabee.netentreprises.credentials import Credentials, Regime
from scarabee.netentreprises.errors import PortalError
from scarabee.netentreprises.refusals import Service
from scarabee.netentreprises.tokens import Token

# --- authentifier 1.0 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "regime"), [(BUREAU, GENERAL), (RURAL, AGRICOLE), (OTHER, GENERAL), (OTHER, AGRICOLE)]
)
def test_a1_a_right_account_gets_a_token(
    client: Client, bouchon: Bouchon, clock: Clock, account: Account, regime: Regime
) -> None:
    token = client.authenticate(of(account), regime)
    assert token.regime is regime
    assert token.expires_at == clock.now + timedelta(hours=1)
    assert token.is_fresh(clock.now)
    (attempt,) = bouchon.authentications
    assert (attempt.siret, attempt.nom, attempt.prenom) == account.identity
    assert (attempt.service, attempt.status) == ({GENERAL: "25", AGRICOLE: "26"}[regime], 200)


@pytest.mark.parametrize("account", [RURAL, BUREAU, OPERATOR])
def test_a1_a2_every_service_code_is_answered_by_a_token(client: Client, account: Account) -> None:
    answer = asked(client, "POST", "/authentifier/1.0/", **signing_in(account, account.service[-1]))
    assert (answer.status, answer.media_type) == (200, "application/octet-stream")
    assert meaning(answer, Service.AUTHENTICATION) is None


@pytest.mark.parametrize(
    ("credentials", "regime"),
    [
        (of(BUREAU, motdepasse="faux"), GENERAL),
        (of(BUREAU, motdepasse=BUREAU.motdepasse.lower()), GENERAL),
        (of(BUREAU, prenom="Noemie"), GENERAL),
        (of(BUREAU, siret="99999999900019"), GENERAL),
        (of(BUREAU), AGRICOLE),
    ],
    ids=["password", "case", "accent", "unknown", "service it lacks"],
)
def test_a3_wrong_identifiers_are_refused(client: Client, credentials: Credentials, regime: Regime) -> None:
    error = error_of(lambda: client.authenticate(credentials, regime))
    assert type(error) is errors.RefusedCredentials
    assert error.status == 401


@pytest.mark.parametrize("name", ["siret", "nom", "prenom", "motdepasse", "service"])
def test_a4_a_missing_field_is_malformed(client: Client, name: str) -> None:
    answer = asked(client, "POST", "/authentifier/1.0/", **signing_in(BUREAU, **{name: None}))
    assert meaning(answer, Service.AUTHENTICATION) is errors.MalformedCredentials
    if name != "service":
        error = error_of(lambda: client.authenticate(of(BUREAU, **{name: ""}), GENERAL))
        assert type(error) is errors.MalformedCredentials and error.status == 422


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("siret", "4676655350001"),
        ("siret", "467665535000100"),
        ("nom", "x" * 65),
        ("prenom", "é" * 40),
        ("motdepasse", "x" * 31),
    ],
)
def test_a5_a_field_of_a_wrong_length_is_malformed(client: Client, name: str, value: str) -> None:
    error = error_of(lambda: client.authenticate(of(BUREAU, **{name: value}), GENERAL))
    assert type(error) is errors.MalformedCredentials


def test_a5_a_service_of_three_characters_is_malformed(client: Client) -> None:
    answer = asked(client, "POST", "/authentifier/1.0/", **signing_in(BUREAU, "255"))
    assert meaning(answer, Service.AUTHENTICATION) is errors.MalformedCredentials


def test_a6_a7_a_request_of_another_form_is_told_as_such(client: Client) -> None:
    text = {**signing_in(BUREAU), "media_type": "text/plain"}
    assert meaning(asked(client, "POST", "/authentifier/1.0/", **text), Service.AUTHENTICATION) is errors.MediaRefused
    deflate = {**signing_in(BUREAU), "headers": {"Accept-Encoding": "deflate"}}
    answer = asked(client, "POST", "/authentifier/1.0/", **deflate)
    assert meaning(answer, Service.AUTHENTICATION) is errors.CompressionRefused


def test_a8_f7_t6_b12_an_internal_error_is_told_everywhere(client: Client, bouchon: Bouchon, token: Token) -> None:
    bouchon.start_incident("erreur-interne")
    for act in every_act(client, token):
        error = error_of(act)
        assert type(error) is errors.PortalFault and error.is_outcome_unknown


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"motdepasse": "faux"}, errors.RefusedCredentials),
        ({"identifiant": "MSA-0009"}, errors.RefusedCredentials),
        ({"identifiant": None}, errors.MalformedCredentials),
        ({"motdepasse": None}, errors.MalformedCredentials),
        ({"motdepasse": "x" * 31}, errors.MalformedCredentials),
        ({"media_type": "text/plain"}, errors.MediaRefused),
        ({"headers": {"Accept-Encoding": "deflate"}}, errors.CompressionRefused),
    ],
)
def test_a1m_a3m_the_answers_of_the_msa_are_understood(
    client: Client, changes: dict[str, Any], expected: type[PortalError] | None
) -> None:
    values = {"identifiant": "MSA-0001", "motdepasse": RURAL.motdepasse, **changes}
    root = etree.Element("identifiants")
    for name in ("identifiant", "motdepasse"):
        if values[name] is not None:
            etree.SubElement(root, name).text = values[name]
    options = {"media_type": "application/xml", **{k: v for k, v in changes.items() if k in {"media_type", "headers"}}}
    answer = asked(client, "POST", "/authentifier/2.0", body=etree.tostring(root), gzip=False, **options)
    assert meaning(answer, Service.AUTHENTICATION) is expected
