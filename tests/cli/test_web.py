"""The real web server on the network: TLS, proxies that are believed or not, hosts, several processes."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.child_processes import with_schema

from scarabee.cli.serving import Listening
from scarabee.maintenance import certificates
from scarabee.maintenance.errors import Refusal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")

HOST = "paie.exemple.fr"
WAIT_SECONDS = 60
type Environment = dict[str, str]


def make_certificate(
    folder: Path, key_format: PrivateFormat = PrivateFormat.PKCS8, days: int = 30
) -> tuple[Path, Path]:
    """A self-made certificate for HOST and the loopback address, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    names = x509.SubjectAlternativeName([x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.1"))])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days + 1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    paths = folder / "certificat.pem", folder / "cle.pem"
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, key_format, NoEncryption()))
    return paths


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path, outside: Environment) -> Environment:
    """The environment file of an installation as a service, on a folder whose database stands."""
    outside |= {
        "DJANGO_SETTINGS_MODULE": "scarabee.settings.server",
        "SCARABEE_DONNEES": str(with_schema(tmp_path / "données")),
        "SCARABEE_HOTES": HOST,
        "SCARABEE_PORT": str(free_port()),
        "SCARABEE_NIVEAU": "info",
        "SCARABEE_JOURNAUX": "json",
        "SCARABEE_PORTAIL": "http://127.0.0.1:9",
    }
    outside.pop("DATABASE_URL", None)
    return outside


def web(environment: Environment, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        command = [sys.executable, "-m", "scarabee.cli.main", "web", *arguments]
        return subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)


@contextmanager
def serving(environment: Environment, log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command `web`, once it answers; stopped at the end."""
    process = web(environment, log, *arguments)
    try:
        for _ in range(WAIT_SECONDS * 10):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(environment["SCARABEE_PORT"]))) == 0:
                    break
            assert process.poll() is None, log.read_text()
            threading.Event().wait(0.1)
        yield process
    finally:
        process.terminate()
        assert process.wait(WAIT_SECONDS) == 0, log.read_text()


def get(port: str, headers: dict[str, str], trust: Path | None = None) -> http.client.HTTPResponse:
    """The answer to a GET of the sign-in page."""
    if trust is None:
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
    else:
        context = ssl.create_default_context(cafile=str(trust))
        connection = http.client.HTTPSConnection("127.0.0.1", int(port), timeout=30, context=context)
    try:
        connection.request("GET", "/connexion/", headers=headers)
        response = connection.getresponse()
        response.read()
        return response
    finally:
        connection.close()


def test_it_serves_over_tls_to_the_hosts_it_knows_and_renews_its_processes(tmp_path: Path, server: Environment) -> None:
    certificate, key = make_certificate(tmp_path)
    server |= {"SCARABEE_CERTIFICAT": str(certificate), "SCARABEE_CLE_CERTIFICAT": str(key)}
    port, log = server["SCARABEE_PORT"], tmp_path / "journal"
    with serving(server, log, "--adresse", "0.0.0.0", "--processus", "2") as process:
        answer = get(port, {"Host": f"{HOST}:{port}"}, certificate)
        assert answer.status == 403  # nobody has a password yet
        assert answer.headers["Strict-Transport-Security"]
        assert get(port, {"Host": "ailleurs.exemple.fr"}, certificate).status == 400
        old = certificate.read_bytes()
        make_certificate(tmp_path)
        process.send_signal(signal.SIGHUP)
        renewed = 0
        for _ in range(WAIT_SECONDS * 10):  # until both processes show the new one
            shown = ssl.get_server_certificate(("127.0.0.1", int(port))).encode()
            renewed = renewed + 1 if shown == certificate.read_bytes() else 0
            if renewed == 12:
                break
            threading.Event().wait(0.1)
        assert certificate.read_bytes() != old
        assert get(port, {"Host": HOST}, certificate).status == 403
    told = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert 403 in {line.get("status") for line in told}


def test_only_a_proxy_that_is_named_is_believed(tmp_path: Path, server: Environment) -> None:
    said = {"Host": HOST, "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    for proxy, status in (("127.0.0.1", 403), ("192.0.2.1", 301)):
        with serving({**server, "SCARABEE_PROXY": proxy}, tmp_path / "journal"):
            answer = get(server["SCARABEE_PORT"], said)
            assert answer.status == status
            assert bool(answer.headers["Strict-Transport-Security"]) is (status == 403)
            assert answer.headers.get("Location", f"https://{HOST}/connexion/") == f"https://{HOST}/connexion/"
            in_clear = get(server["SCARABEE_PORT"], {**said, "X-Forwarded-Proto": "http"})
            assert in_clear.status == 301
            assert not in_clear.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("changes", "arguments", "words"),
    [
        ({}, [], "SCARABEE_PROXY"),
        ({"DJANGO_SETTINGS_MODULE": "scarabee.settings.desktop"}, ["--adresse", "0.0.0.0"], "réglages de serveur"),
        ({"SCARABEE_CERTIFICAT": "absent.pem"}, [], "vont ensemble"),
        ({"SCARABEE_CERTIFICAT": "absent.pem", "SCARABEE_CLE_CERTIFICAT": "absente.pem"}, [], "n’existe pas"),
    ],
)
def test_what_would_go_in_clear_is_not_served(
    tmp_path: Path, server: Environment, changes: Environment, arguments: list[str], words: str
) -> None:
    log = tmp_path / "journal"
    assert web({**server, **changes}, log, *arguments).wait(WAIT_SECONDS) == 1
    assert words in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_certificate_is_read_with_its_key_before_it_serves(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, days=10)
    found = certificates.read(certificate, key)
    assert found.names == {HOST, "127.0.0.1"}
    assert timedelta(days=9) < found.ends_at - datetime.now(UTC) < timedelta(days=11)
    assert found.covers(HOST.upper()) and not found.covers("exemple.fr")
    old_format = make_certificate(tmp_path / "ancienne", PrivateFormat.TraditionalOpenSSL)
    for pair, words in (
        (old_format, "PKCS#8"),
        ((certificate, make_certificate(tmp_path / "autre")[1]), "n’est pas celle"),
        ((key, key), "format PEM"),
        ((tmp_path / "absent", key), "n’existe pas"),
    ):
        with pytest.raises(Refusal, match=words):
            certificates.read(*pair)


def test_a_wildcard_vouches_for_one_label() -> None:
    found = certificates.Certificate(frozenset({"*.exemple.fr", "::1"}), datetime.now(UTC))
    assert found.covers(HOST) and found.covers("[::1]")
    assert not found.covers("a.b.exemple.fr") and not found.covers("exemple.fr")


@pytest.mark.parametrize(
    ("address", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("192.0.2.1", False), ("h", False)],
)
def test_what_only_this_machine_reaches_is_known(address: str, local: bool) -> None:
    assert Listening(address, 1).is_local is local
