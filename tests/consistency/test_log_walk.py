"""Every page is walked while its logs are kept as a service writes them: they name nobody and hold no number."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker
from tests.consistency.rights_pages import PAGES, fresh_files
from tests.consistency.rights_scene import (
    ALAIN,
    BRIGITTE,
    FILED_SIRET,
    FREE_SIRET,
    HIDDEN_PERSON,
    HIDDEN_SIRET,
    THIRD,
    Role,
    Scene,
    standing,
    undone,
)
from tests.dossiers.small_files import ASSOCIATION

from scarabee.maintenance import logs

pytestmark = pytest.mark.django_db

PEOPLE = (ALAIN, BRIGITTE, THIRD, HIDDEN_PERSON)
LOGGERS = ("", "django")
"""Those that the settings give a handler to; the level of the others is theirs."""


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), standing() as scene:
        yield scene


@pytest.fixture
def told(scene: Scene) -> Iterator[list[str]]:
    """The lines that SCARABEE_JOURNAUX=json and SCARABEE_NIVEAU=info write; nobody and no number is in them."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    ear = Ear()
    ear.setFormatter(logs.JsonLines())
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(ear)
        logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(ear)
            logger.setLevel(level)
    private = {ASSOCIATION, HIDDEN_SIRET, FREE_SIRET, FILED_SIRET, *(dossier.name for dossier in scene.places.values())}
    private |= {value for one in PEOPLE for value in (one.nir, one.family_name)}
    private |= {user.username for role, user in scene.users.items() if role is not Role.ADMINISTRATOR}
    text = "\n".join(lines).casefold()
    assert {value for value in private if value and value.casefold() in text} == set()


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(scene.users[Role.ADMINISTRATOR], backend="scarabee.accounts.backends.AccountBackend")
    return client


def test_a_walk_over_all_pages_leaves_only_patterns_and_figures(scene: Scene, client: Client, told: list[str]) -> None:
    asked = 0
    for name, page in PAGES.items():
        target = page.targets(scene)[0]
        address = reverse(name, kwargs=target.kwargs)
        for method in ("get", "post"):
            data: dict[str, Any] = fresh_files(target.data) if method == "post" else {}
            with undone():
                answer = getattr(client, method)(address, data)
                if answer.streaming:
                    b"".join(answer.streaming_content)
                answer.close()
            asked += 1
    answered = [line for line in map(json.loads, told) if line["message"] == "Answered"]
    assert len(answered) == asked
    assert {"method", "route", "status", "milliseconds", "request_id"} <= answered[0].keys()
    assert "/dossiers/<uuid:uuid>/" in {line["route"] for line in answered}


def test_a_fault_that_quotes_somebody_tells_where_and_not_whom(
    client: Client, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ValueError(f"Key (nir)=({ALAIN.nir}) of {BRIGITTE.family_name} already exists")

    monkeypatch.setattr("scarabee.web.selectors.journal", fail)
    answer = client.get("/journal/")
    assert answer.status_code == 500
    fault = next(line for line in map(json.loads, told) if "error" in line)
    assert (fault["error"], fault["message"]) == ("ValueError", "500 /journal/")
    assert fault["request_id"] == answer.headers["X-Request-ID"]
    assert fault["places"][-1].endswith(" fail")
