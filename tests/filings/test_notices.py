"""E-mail notices, sent to real servers on the loopback."""

import logging
import socket
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.filings.mail_server import PASSWORD, UNKNOWN, USER, mail_server
from tests.netentreprises.raw_servers import self_signed

from scarabee.filings import notices
from scarabee.filings.notices import NoticeFailed, is_configured, send

SENDER = "scarabee@exemple.fr"
READER = "paie@exemple.fr"
LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (notices.SERVER, notices.SENDER, notices.RECIPIENTS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> "Configure":
    return Configure(monkeypatch)


class Configure:
    """Sets the three variables, those left out to what is right."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, server: str, *, sender: str = SENDER, recipients: str = READER) -> None:
        for name, value in zip(
            (notices.SERVER, notices.SENDER, notices.RECIPIENTS), (server, sender, recipients), strict=True
        ):
            self._monkeypatch.setenv(name, value)


def _failure(subject: str = "Dépôts", lines: tuple[str, ...] = ("3 déposés",)) -> NoticeFailed:
    with pytest.raises(NoticeFailed) as caught:
        send(subject, lines)
    return caught.value


def test_without_settings_nothing_is_sent_and_nothing_fails() -> None:
    assert not is_configured()
    assert send("Dépôts", ["3 déposés"]) is False


def test_each_recipient_gets_subject_and_lines_as_they_are(configure: Configure) -> None:
    lines = ["Échéance du 15 à midi : 3 dépôts à risque", "", "Amicale des Dunes : à corriger", ".", "x" * 1200]
    with mail_server() as box:
        configure(f"smtp://127.0.0.1:{box.port}", recipients=f"{READER}, direction@exemple.fr,")
        assert is_configured()
        assert send("Dépôts à risque – « Côte »", lines) is True
    assert [each.rcpt_tos for each in box.envelopes] == [[READER], ["direction@exemple.fr"]]
    assert {each.mail_from for each in box.envelopes} == {SENDER}
    for message, reader in zip(box.messages, [READER, "direction@exemple.fr"], strict=True):
        assert message["subject"] == "Dépôts à risque – « Côte »"
        assert (message["from"], message["to"]) == (SENDER, reader)
        assert message["auto-submitted"] == "auto-generated"
        assert message.get_content().replace("\r\n", "\n") == "\n".join(lines) + "\n"
    assert box.signed_in == [False, False]


def test_the_password_is_read_as_it_was_quoted(configure: Configure) -> None:
    with mail_server() as box:
        configure(f"smtp://{LOGIN}127.0.0.1:{box.port}")
        assert send("Dépôts", ["3 déposés"])
    assert box.signed_in == [True]


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_an_encrypted_line_is_used_when_the_certificate_is_trusted(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str
) -> None:
    context, trusted = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(**{"implicit" if scheme == "smtps" else "starttls": context}) as box:
        configure(f"{scheme}://{LOGIN}127.0.0.1:{box.port}")
        assert send("Dépôts", ["3 déposés"])
    assert (box.signed_in, box.encrypted) == ([True], [True])


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_message(
    configure: Configure, tmp_path: Path, scheme: str
) -> None:
    context, _ = self_signed(tmp_path)
    with mail_server(**{"implicit" if scheme == "smtps" else "starttls": context}) as box:
        configure(f"{scheme}://{LOGIN}127.0.0.1:{box.port}")
        assert "liaison chiffrée" in _failure().message
    assert (box.attempts, box.envelopes) == ([], [])


def test_a_server_without_starttls_gets_neither_password_nor_message(configure: Configure) -> None:
    with mail_server() as box:
        configure(f"smtp+starttls://{LOGIN}127.0.0.1:{box.port}")
        assert "chiffrement" in _failure().message
    assert (box.attempts, box.envelopes) == ([], [])


def test_a_refused_password_is_said_once_and_never_told(configure: Configure, caplog: pytest.LogCaptureFixture) -> None:
    wrong = "Canari-Vert-1978"
    with caplog.at_level(logging.DEBUG, "scarabee"), mail_server() as box:
        configure(f"smtp://{quote(USER, safe='')}:{wrong}@127.0.0.1:{box.port}")
        failure = _failure(lines=("ligne secrète",))
    assert "mot de passe" in failure.message
    assert box.attempts and not box.envelopes
    records = [record for record in caplog.records if record.name == notices.__name__]
    assert len(records) == 1
    told = f"{failure!r} {failure} {caplog.text} {failure.__context__!r} {failure.__cause__!r}"
    for value in (wrong, USER, SENDER, READER, "ligne secrète", "127.0.0.1"):
        assert value not in told
    assert notices.SERVER in failure.remedy


def test_one_refused_recipient_does_not_keep_the_others_from_their_message(configure: Configure) -> None:
    with mail_server() as box:
        configure(f"smtp://127.0.0.1:{box.port}", recipients=f"{READER},{UNKNOWN},direction@exemple.fr")
        failure = _failure()
    assert [each.rcpt_tos for each in box.envelopes] == [[READER], ["direction@exemple.fr"]]
    assert "n° 2 de SCARABEE_COURRIEL_A" in failure.message
    assert UNKNOWN not in str(failure)


def test_a_server_that_is_not_there_is_a_failure_in_french(configure: Configure) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    configure(f"smtp://127.0.0.1:{port}")
    failure = _failure()
    assert "n’a pas pu être joint" in failure.message
    assert failure.safe == "Les dépôts et leurs retours ne sont pas touchés."


def test_a_server_that_says_nothing_is_not_waited_for(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    assert notices.TIMEOUT_SECONDS == 10
    monkeypatch.setattr(notices, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        assert "n’a pas pu être joint" in _failure().message
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "subject", ["Dépôts\r\nBcc: autre@exemple.fr", "Dépôts\n", "a\x00b", "a\u2028b", "\x85", " ", ""]
)
def test_a_subject_that_is_not_one_line_is_refused(configure: Configure, subject: str) -> None:
    with mail_server() as box:
        configure(f"smtp://127.0.0.1:{box.port}")
        assert "objet" in _failure(subject).message
    assert not box.envelopes


def test_a_line_cannot_add_a_header_nor_end_the_message(configure: Configure) -> None:
    with mail_server() as box:
        configure(f"smtp://127.0.0.1:{box.port}")
        assert send("Dépôts", ["Bcc: autre@exemple.fr", "a\r\n.\r\nMAIL FROM:<x@y.fr>", "fichier \udce9.dsn", "fin"])
    (message,) = box.messages
    assert "bcc" not in message
    assert [each.rcpt_tos for each in box.envelopes] == [[READER]]
    assert message.get_content().splitlines()[-2:] == ["fichier ?.dsn", "fin"]


@pytest.mark.parametrize(
    "server",
    [
        "",
        "serveur.exemple.fr",
        "http://serveur.exemple.fr",
        "smtp://",
        "smtp://Canari@serveur.exemple.fr",
        "smtp://:Canari@serveur.exemple.fr",
        "smtp://paie:Canari#1978@serveur.exemple.fr",
        "smtp://paie:19/Canari@serveur.exemple.fr",
        "smtp://paie:19?Canari@serveur.exemple.fr",
        "smtp://paie:Canari[1978@serveur.exemple.fr",
        "smtp://paie:Canari%FF@serveur.exemple.fr",
        "smtp://paie:Canarié@serveur.exemple.fr",
        "smtp://paie:Canari℀@serveur.exemple.fr",
        "smtp://serveur.exemple.fr:Canari",
        "smtp://serveur.exemple.fr:99999",
    ],
)
def test_a_badly_written_server_is_said_and_never_quoted(
    configure: Configure, caplog: pytest.LogCaptureFixture, server: str
) -> None:
    configure(server)
    assert is_configured()
    failure = _failure()
    assert failure.message == "SCARABEE_SMTP manque ou est mal écrit."
    told = f"{failure} {caplog.text} {failure.__cause__!r}"
    assert "Canari" not in told and "serveur.exemple.fr" not in told


@pytest.mark.parametrize(
    ("sender", "recipients", "named"),
    [
        ("", READER, notices.SENDER),
        ("pas une adresse", READER, notices.SENDER),
        (f"{SENDER},{READER}", READER, notices.SENDER),
        (f"{SENDER}\r\nBcc: x@y.fr", READER, notices.SENDER),
        (SENDER, "", notices.RECIPIENTS),
        (SENDER, " , ", notices.RECIPIENTS),
        (SENDER, f"{READER},pas une adresse", notices.RECIPIENTS),
    ],
)
def test_a_wrong_address_is_said_by_the_name_of_its_variable(
    configure: Configure, sender: str, recipients: str, named: str
) -> None:
    configure("smtp://127.0.0.1:1", sender=sender, recipients=recipients)
    assert _failure().message == f"{named} manque ou n’est pas une adresse de courriel."


def test_one_variable_alone_is_a_wish_that_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(notices.RECIPIENTS, READER)
    assert is_configured()
    assert notices.SERVER in _failure().message


def test_what_was_read_of_the_settings_shows_in_no_repr(configure: Configure) -> None:
    configure(f"smtp://{LOGIN}serveur.exemple.fr")
    shown = repr(notices._server())
    assert PASSWORD not in shown and USER not in shown and "exemple" not in shown
