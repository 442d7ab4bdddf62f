"""The diagnostic and `/sante`: what is well, what is not, and who is told how much."""

import json
import os
import socket
from collections import namedtuple
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries
from tests.child_processes import SERVER

from scarabee.cli.main import main
from scarabee.filings import notices
from scarabee.maintenance import clock, folder
from scarabee.maintenance.health import beating, checks, databases, monitoring, places, programs, times
from scarabee.maintenance.health.beating import Kind
from scarabee.maintenance.health.checks import Check, Found, Level
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import Heartbeat, SchemaStamp

pytestmark = pytest.mark.django_db

Moment = Callable[[timedelta], None]
DURABLE = pytest.mark.skipif(bool(SERVER), reason="the server of the tests keeps nothing, and the diagnostic says so")
LONG_AGO = timedelta(minutes=20)
TOKEN = "jeton-de-surveillance"


@pytest.fixture
def stamped() -> None:
    """The database is of this version."""
    SchemaStamp.objects.update_or_create(pk=1, defaults={"stamp": folder.migration_stamp()})


@pytest.fixture
def beats(stamped: None) -> None:
    """A worker and a clock have just done a round."""
    for kind in Kind:
        beating.beat(kind)


def silence(kind: Kind, since: timedelta = LONG_AGO) -> None:
    Heartbeat.objects.filter(kind=kind).update(beaten_at=clock.now() - since)


def sante(client: Client, **headers: str) -> tuple[int, dict[str, object]]:
    answer = client.get("/sante", headers=headers)
    return answer.status_code, json.loads(answer.content)


def test_all_is_up(client: Client, beats: None) -> None:
    assert sante(client) == (200, {
        "status": "ok", "database": True, "schema": True, "maintenance": False, "worker": True, "clock": True,
    })  # fmt: skip


def test_it_answers_strangers_before_the_first_start_in_a_few_queries_and_sets_no_cookie(
    client: Client, beats: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(3):
        answer = client.get("/sante")
    assert answer.status_code == 200
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.post("/sante").status_code == 405
    assert client.get("/sante", headers={"Host": "ailleurs.exemple.fr"}).status_code == 400


@pytest.mark.parametrize("kind", Kind)
def test_a_silent_worker_or_clock_is_down(client: Client, beats: None, kind: Kind) -> None:
    silence(kind)
    status, told = sante(client)
    assert (status, told["status"], told[kind]) == (503, "down", False)
    beating.beat(kind)
    assert sante(client)[0] == 200
    beating.stop(kind)
    assert sante(client)[1][kind] is False


def test_another_schema_is_down(client: Client, beats: None) -> None:
    SchemaStamp.objects.update(stamp="0" * 64)
    status, told = sante(client)
    assert (status, told["database"], told["schema"]) == (503, True, False)


def test_a_database_that_is_away_is_down_and_no_fault(client: Client, beats: None) -> None:
    with mock.patch.object(connection, "cursor", side_effect=OperationalError("connection refused")):
        status, told = sante(client)
    assert (status, told["database"], told["schema"], told["worker"]) == (503, False, False, False)


def test_more_is_told_to_who_brings_the_token(client: Client, beats: None, monkeypatch: pytest.MonkeyPatch) -> None:
    few = sante(client, Authorization="Bearer ")[1]
    assert "version" not in few
    monkeypatch.setenv(monitoring.TOKEN, TOKEN)
    for wrong in (TOKEN, f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer é"):
        assert sante(client, Authorization=wrong)[1] == few
    status, told = sante(client, Authorization=f"Bearer {TOKEN}")
    assert status == 200
    assert told.items() > few.items()
    assert told["seconds_since"].keys() == {"worker", "clock"}  # type: ignore[attr-defined]
    assert socket.gethostname() not in json.dumps(told)


def test_a_beat_is_one_row_for_each_process_and_old_ones_go(beats: None) -> None:
    beating.beat(Kind.WORKER)
    row = Heartbeat.objects.get(kind=Kind.WORKER)
    assert (row.pid, row.machine) == (os.getpid(), socket.gethostname()[:150])
    Heartbeat.objects.filter(pk=row.pk).update(pid=1, beaten_at=clock.now() - beating.KEPT - timedelta(minutes=1))
    beating.beat(Kind.WORKER)
    assert Heartbeat.objects.get(kind=Kind.WORKER).pid == os.getpid()


def test_silence_is_a_warning_at_home_and_an_error_of_a_service(stamped: None) -> None:
    assert beating.clock().level is Level.WARNING
    with override_settings(SERVICE=True):
        assert beating.clock().level is Level.ERROR
    beating.beat(Kind.CLOCK)
    assert beating.clock().level is Level.OK
    silence(Kind.CLOCK)
    found = beating.clock()
    assert found.level is Level.ERROR
    assert "20 min" in found.message


@DURABLE
def test_every_check_answers_in_words_and_has_a_name_of_its_own(beats: None) -> None:
    findings = checks.examine(thorough=False)
    names = [finding.check.name for finding in findings]
    assert len(names) == len(set(names)) == len([check for check in checks.CHECKS if not check.thorough])
    for finding in findings:
        assert finding.found.message.endswith(".")
        assert finding.found.level in {Level.OK, Level.WARNING}, finding
    known = {check.name for check in checks.CHECKS}
    assert {check.needs for check in checks.CHECKS} <= known | {""}


def test_what_needs_a_red_check_is_skipped_and_a_broken_check_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Found:
        raise OSError("of DURAND")

    monkeypatch.setattr(checks, "CHECKS", [
        Check("a", "Premier", broken), Check("b", "Deuxième", lambda: checks.ok("Bien."), needs="a"),
        Check("c", "Troisième", lambda: checks.ok("Bien."), needs="b"), Check("d", "Quatrième", broken, thorough=True),
    ])  # fmt: skip
    found = {finding.check.name: finding.found for finding in checks.examine(thorough=False)}
    assert [one.level for one in found.values()] == [Level.ERROR, Level.SKIPPED, Level.SKIPPED]
    assert "DURAND" not in found["a"].message
    assert "« Premier »" in found["b"].message
    assert len(checks.examine(thorough=True)) == 4
    assert not checks.is_well(checks.examine(thorough=False))


def test_the_database_is_read_for_what_it_keeps(stamped: None) -> None:
    red = [check.name for check in databases.CHECKS if check.run().level not in {Level.OK, Level.WARNING}]
    assert red == (["base.duree"] if SERVER else [])  # the server of the tests keeps nothing
    SchemaStamp.objects.update(stamp="0" * 64)
    assert "mettre-a-jour" in databases.schema().remedy


@pytest.fixture
def private() -> Iterator[Path]:
    path = Path(settings.DATA_FOLDER)
    yield path
    path.chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX systems")
def test_a_folder_that_others_can_read_is_red(private: Path) -> None:
    private.chmod(0o700)
    assert places.folder_rights().level is Level.OK
    private.chmod(0o750)
    assert places.folder_rights().level is Level.ERROR


@pytest.mark.parametrize(("free", "level"), [(10 << 30, Level.OK), (3 << 30, Level.WARNING), (1 << 29, Level.ERROR)])
def test_little_room_is_told_in_time(monkeypatch: pytest.MonkeyPatch, free: int, level: Level) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(free))
    assert places.room().level is level


def test_clocks_that_disagree_are_told() -> None:
    levels = [times.judged(timedelta(seconds=seconds), "l’autre").level for seconds in (0, 5, 60)]
    assert levels == [Level.OK, Level.WARNING, Level.ERROR]


def test_a_service_without_encryption_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    assert programs.way_of_serving().level is Level.OK
    with override_settings(SERVICE=True, ALLOWED_HOSTS=["paie.exemple.fr"], TRUSTED_PROXIES=[]):
        assert programs.way_of_serving().level is Level.ERROR
        with override_settings(TRUSTED_PROXIES=["127.0.0.1"]):
            assert programs.way_of_serving().level is Level.OK
        monkeypatch.setenv("SCARABEE_CERTIFICAT", "/absent.pem")
        monkeypatch.setenv("SCARABEE_CLE_CERTIFICAT", "/absente.pem")
        assert "n’existe pas" in programs.way_of_serving().message


@pytest.mark.parametrize(
    ("days", "hosts", "level"),
    [
        (90, ["paie.exemple.fr"], Level.OK),
        (90, ["paie.exemple.fr", "autre.fr"], Level.WARNING),
        (10, ["paie.exemple.fr"], Level.WARNING),
        (-1, ["paie.exemple.fr"], Level.ERROR),
    ],
)
def test_a_certificate_is_judged_before_browsers_do(
    monkeypatch: pytest.MonkeyPatch, days: int, hosts: list[str], level: Level
) -> None:
    from scarabee.maintenance import certificates

    shown = certificates.Certificate(frozenset({"paie.exemple.fr"}), clock.now() + timedelta(days=days))
    monkeypatch.setattr(certificates, "read", lambda certificate, key: shown)
    for name in ("SCARABEE_CERTIFICAT", "SCARABEE_CLE_CERTIFICAT"):
        monkeypatch.setenv(name, "la.pem")
    with override_settings(SERVICE=True, ALLOWED_HOSTS=hosts):
        assert programs.way_of_serving().level is level


def test_wrong_mail_settings_are_told_without_being_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    from scarabee.filings import health_checks

    assert health_checks.mail().level is Level.OK
    monkeypatch.setenv(notices.SERVER, "smtp://paie:tressecret@")
    found = health_checks.mail()
    assert found.level is Level.ERROR
    assert "secret" not in f"{found}"


@DURABLE
def test_the_command_prints_every_check_and_fails_when_one_is_red(
    beats: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diagnostic", "--rapide", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert {"base", "base.schema", "coffre", "worker"} <= {check["name"] for check in told["checks"]}
    SchemaStamp.objects.update(stamp="0" * 64)
    assert main(["diagnostic", "--rapide"]) == 1
    output = capsys.readouterr()
    assert "à corriger\tSchéma\t" in output.out
    assert "pas essayé\tTravaux\t" in output.out


@DURABLE
def test_the_screen_is_the_administrator_s_and_asks_little(
    admin_client: Client, beats: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(30):
        page = admin_client.get("/diagnostic/").content.decode()
    assert "Rien n’est à corriger." in page
    assert "Portail joignable" not in page
    with mock.patch.object(checks, "examine", return_value=[]) as examine:
        admin_client.get("/diagnostic/?complet=1")
    assert examine.call_args.kwargs == {"thorough": True}


def test_the_vault_is_asked_as_the_owner(stamped: None, owner: Actor) -> None:
    from scarabee.accounts import health_checks, vault

    assert health_checks.sealed().level is Level.OK
    lost = SimpleNamespace(unreadable_of=["A"], factors_of=["A", "B"], keys=1, key_id="x")
    with mock.patch.object(vault, "status", return_value=lost):
        assert "2 compte" in health_checks.sealed().message
