"""Wrong settings are told in one sentence, before anything starts."""

import importlib
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from scarabee.settings import database, environment

SERVER = {"DJANGO_SETTINGS_MODULE": "scarabee.settings.server"}


@pytest.mark.parametrize(
    "hosts", ["", " , ", "*", ".exemple.fr", "https://exemple.fr", "a.fr:8443", "a b", "::1", "-a.fr"]
)
def test_what_is_no_list_of_hosts_is_refused(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    monkeypatch.setenv(environment.HOSTS, hosts)
    with pytest.raises(ImproperlyConfigured, match=environment.HOSTS):
        environment.hosts()


def test_hosts_are_names_and_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.HOSTS, "paie.exemple.fr, serveur ,192.168.1.4,[fd00::1]")
    assert environment.hosts() == ["paie.exemple.fr", "serveur", "192.168.1.4", "[fd00::1]"]


def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.PROXIES, "127.0.0.1, 10.0.0.0/24")
    assert environment.proxies() == ["127.0.0.1", "10.0.0.0/24"]
    for wrong in ("*", "mandataire.exemple.fr", "10.0.0.1/24"):
        monkeypatch.setenv(environment.PROXIES, wrong)
        with pytest.raises(ImproperlyConfigured, match=environment.PROXIES):
            environment.proxies()


def test_cookies_of_a_server_are_of_this_host_and_over_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.HOSTS, "paie.exemple.fr")
    monkeypatch.delenv(environment.PROXIES, raising=False)
    server = importlib.import_module(SERVER["DJANGO_SETTINGS_MODULE"])
    names = (server.SESSION_COOKIE_NAME, server.CSRF_COOKIE_NAME, server.CSRF_COOKIE_START)
    assert all(name.startswith("__Host-scarabee_") for name in names)
    assert server.SESSION_COOKIE_SECURE and server.CSRF_COOKIE_SECURE
    assert server.CSRF_COOKIE_NAME.startswith(server.CSRF_COOKIE_START)  # what csrf_failure looks for


def test_a_database_is_named_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    named = database.from_url("postgresql://paie:a%40b@%2Frun%2Fpg:5433/scarab%C3%A9e?sslmode=require")
    assert {name: named[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "scarabée", "USER": "paie", "PASSWORD": "a@b", "HOST": "/run/pg", "PORT": "5433",
    }  # fmt: skip
    assert named["OPTIONS"] == {"connect_timeout": database.CONNECT_SECONDS, "sslmode": "require"}
    by_socket = database.from_url("postgresql://paie@/base?host=/run/postgresql&port=5433")
    assert (by_socket["HOST"], by_socket["PORT"]) == ("/run/postgresql", "5433")
    assert by_socket["OPTIONS"].keys() == {"connect_timeout"}


@pytest.mark.parametrize(
    "url",
    [
        "mysql://paie:tressecret@h/base",
        "postgresql://paie:tressecret@h",
        "postgresql://paie:tressecret@h/a/b",
        "postgresql://paie:tressecret@h:port/base",
        "postgresql://paie:tres#secret@h/base",
        "postgresql://paie:tressecret@[h/base",
    ],
)
def test_a_wrong_database_address_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        database.from_url(url)
    assert "DATABASE_URL" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"DATABASE_URL": "mysql://h/b"}, "DATABASE_URL"),
        ({"SCARABEE_JOURNAUX": "xml"}, "SCARABEE_JOURNAUX"),
        (SERVER, "SCARABEE_HOTES"),
        ({"DJANGO_SETTINGS_MODULE": "scarabee.settings.serveur"}, "scarabee.settings.serveur"),
    ],
)
def test_a_command_with_wrong_settings_is_a_wrong_usage(tmp_path: object, wrong: dict[str, str], named: str) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "SCARABEE_", "DATABASE"))}
    command = [sys.executable, "-m", "scarabee.cli.main", "dossiers"]
    environment = {**kept, "SCARABEE_DONNEES": str(tmp_path), **wrong}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert named in ran.stderr
    assert "Traceback" not in ran.stderr
