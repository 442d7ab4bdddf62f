"""Logs tell what broke and where, never with whose data."""

import json
import logging
import subprocess
import sys

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import ResolverMatch

from scarabee.maintenance import logs, request_log

NIR, SIRET = "2900675234567", "73282932000074"


def record(message: str, *args: object, error: Exception | None = None, **extra: object) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("scarabee.x", logging.ERROR, __file__, 1, message, args, info)
    made.__dict__.update(extra)
    return made


def broken() -> Exception:
    try:
        raise ValueError(f"Key (nir)=({NIR}) of DURAND already exists")
    except ValueError as error:
        return error


@pytest.mark.parametrize("formatter", [logs.Lines(), logs.JsonLines()])
def test_numbers_are_masked_and_an_exception_says_its_type_and_place_only(formatter: logging.Formatter) -> None:
    text = formatter.format(record("Employer %s, person %s", SIRET, NIR, error=broken()))
    assert "Employer [numéro masqué], person [numéro masqué]" in text
    assert "ValueError" in text
    assert "test_logs.py" in text and "broken" in text
    assert "DURAND" not in text and NIR not in text


def test_json_is_one_object_a_line_with_its_facts() -> None:
    mark = logs.request_id.set("abc")
    try:
        line = logs.JsonLines().format(record("Deux\nlignes", method="GET", status=200, route="/x", unknown="?"))
    finally:
        logs.request_id.reset(mark)
    assert "\n" not in line
    told = json.loads(line)
    assert told["request_id"] == "abc"
    assert (told["method"], told["status"], told["route"], told["level"]) == ("GET", 200, "/x", "error")
    assert "unknown" not in told


def test_of_an_address_that_breaks_only_the_pattern_is_written() -> None:
    request = RequestFactory().get("/connexion/lien/tressecret/")
    request.resolver_match = ResolverMatch(lambda: None, (), {}, route="connexion/lien/<str:token>/")
    made = record("Internal Server Error: %s", request.path, request=request, status_code=500)
    made.name = "django.request"
    text = logs.Lines().format(made)
    assert "500 /connexion/lien/<str:token>/" in text
    assert "tressecret" not in text


def test_each_answer_tells_the_id_under_which_it_was_logged(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        logging.getLogger("scarabee.x").warning("within")
        return HttpResponse(status=418)

    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(logs.JsonLines())
    responses = [request_log.RequestLogMiddleware(answer)(RequestFactory().get("/a/")) for _ in range(2)]
    told = [json.loads(line) for line in caplog.text.splitlines()]
    ids = [response[request_log.HEADER] for response in responses]
    assert len(set(ids)) == 2
    assert [line["request_id"] for line in told] == [ids[0], ids[0], ids[1], ids[1]]
    assert told[1]["status"] == 418
    assert logs.request_id.get() == ""


@pytest.mark.django_db
def test_the_user_is_a_number_and_costs_no_query(admin_client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(logs.JsonLines())
    with override_settings(LOGGING_CONFIG=None):
        admin_client.get("/journal/")
    told = json.loads(caplog.text.splitlines()[-1])
    assert told["route"] == "/journal/"
    assert told["user_id"] == admin_client.session["_auth_user_id"]
    assert "Administrateur" not in caplog.text


def test_what_nothing_catches_is_logged_in_every_thread_without_its_message() -> None:
    code = (
        "import logging.config, threading\n"
        "from scarabee.maintenance import logs\n"
        "logging.config.dictConfig(logs.configuration(style='json', level='WARNING'))\n"
        "logs.catch_crashes()\n"
        "def fail(): raise ValueError('of DURAND')\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "fail()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert [json.loads(line)["error"] for line in ran.stderr.splitlines()] == ["ValueError", "ValueError"]
    assert "DURAND" not in ran.stderr
