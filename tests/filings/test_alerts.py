"""The e-mail of the day: one, when something needs somebody, without any person in it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from tests.filings.factories import planned, small_files
from tests.filings.mail_server import Mailbox, mail_server

from scarabee.filings import notices
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, Run
from scarabee.filings.services import alerts

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 17, 9, tzinfo=UTC)  # two days after the 15th of November, a Sunday


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mail_server() as box:
        monkeypatch.setenv(notices.SERVER, f"smtp://127.0.0.1:{box.port}")
        monkeypatch.setenv(notices.SENDER, "scarabee@exemple.fr")
        monkeypatch.setenv(notices.RECIPIENTS, "paie@exemple.fr")
        yield box


def refused() -> Filing:
    data = next(one for one in small_files(real=True) if b"S20.G00.05.005,'01102026'" in one)
    return planned(data, None, state=FilingState.REFUSED, next_at=None)


@time_machine.travel(MORNING, tick=False)
def test_one_message_a_day_says_what_needs_somebody(port: Mailbox) -> None:
    filing = refused()
    assert alerts.run_due() is True
    assert alerts.run_due() is False  # another clock, or the next tick
    (message,) = port.messages
    text = message.get_content()
    assert filing.dossier_name in text
    assert "rejet du portail (ARE)" in text
    assert filing.siret not in text


@time_machine.travel(MORNING.replace(hour=5), tick=False)
def test_nothing_leaves_before_eight(port: Mailbox) -> None:
    refused()
    assert alerts.run_due() is False
    assert not port.messages
    assert not Run.objects.exists()


@time_machine.travel(MORNING, tick=False)
def test_nothing_leaves_when_nothing_needs_anybody(port: Mailbox) -> None:
    assert alerts.run_due() is False
    assert not port.messages


@time_machine.travel(MORNING, tick=False)
def test_a_mail_server_that_is_away_leaves_a_visible_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(notices.SERVER, "smtp://127.0.0.1:9")
    monkeypatch.setenv(notices.SENDER, "scarabee@exemple.fr")
    monkeypatch.setenv(notices.RECIPIENTS, "paie@exemple.fr")
    refused()
    assert alerts.run_due() is False
    run = Run.objects.get(kind=alerts.KIND)
    assert run.problem
    assert run.finished_at


@time_machine.travel(MORNING, tick=False)
def test_without_a_mail_server_no_message_is_due() -> None:
    refused()
    assert alerts.run_due() is False
    assert not Run.objects.exists()
