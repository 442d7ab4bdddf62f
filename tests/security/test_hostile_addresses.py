"""Whatever stands in an address or a form is answered or refused: a page that breaks tells too much, and helps nobody.

The names that a page reads are found out by asking it once, so that a new page is attacked without a word here.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.http import HttpRequest, QueryDict
from django.test import Client
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker
from tests.consistency.rights_pages import PAGES, fresh_files
from tests.consistency.rights_scene import Role, Scene, Target, standing, undone
from tests.sizes import LONG

from scarabee.accounts.confirmation import mark_confirmed

pytestmark = pytest.mark.django_db

HOSTILE = ("²", "٣", "9" * 30, "-1", "a\x00b", "'\"><script>x</script>", "\u202e", "1" * 5_000)
"""A digit that is no number, a number that is not ASCII, one that no database takes, NUL, markup, a mark that turns
the text round, a number that Python itself refuses to read."""
BROWSER = Client(raise_request_exception=False)


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), standing() as scene:
        client = Client()
        client.force_login(scene.users[Role.ADMINISTRATOR], backend="scarabee.accounts.backends.AccountBackend")
        session = client.session
        mark_confirmed(cast(HttpRequest, SimpleNamespace(session=session)))
        session.save()
        BROWSER.cookies = SimpleCookie({name: morsel.value for name, morsel in client.cookies.items()})
        yield scene


@contextmanager
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The names that are looked for in addresses and forms meanwhile."""
    names: set[str] = set()

    def hear(method: str) -> None:
        usual = getattr(QueryDict, method)

        def listening(self: QueryDict, key: str, *more: Any) -> Any:
            names.add(key)
            return usual(self, key, *more)

        patch.setattr(QueryDict, method, listening)

    with monkeypatch.context() as patch:
        for method in ("get", "getlist", "__getitem__", "__contains__"):
            hear(method)
        yield names


def ask(method: str, target: Target, name: str, data: dict[str, Any]) -> int:
    with undone():
        send = BROWSER.get if method == "GET" else BROWSER.post
        answer = send(reverse(name, kwargs=target.kwargs), data)
        if answer.streaming:
            b"".join(cast(Iterable[bytes], getattr(answer, "streaming_content")))  # noqa: B009
        elif answer.status_code == 302 and method == "POST":
            answer = BROWSER.get(answer.headers["Location"])  # what was kept is shown there
        return answer.status_code


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_survives_whatever_is_written_in_its_address_and_its_form(
    name: str, method: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGES[name]
    if (page.get if method == "GET" else page.post) is None:
        pytest.skip("no such method")
    faults = []
    target = page.targets(scene)[0]
    usual = fresh_files(target.data) if method == "POST" else {}
    with heard(monkeypatch) as names:
        ask(method, target, name, dict(usual))
    names -= {"csrfmiddlewaretoken"}
    names |= {key for key, value in usual.items() if isinstance(value, (str, int))}
    for value in HOSTILE:
        for chosen in [[one] for one in sorted(names)] if LONG else [sorted(names)]:
            changed = {**(fresh_files(target.data) if method == "POST" else {}), **dict.fromkeys(chosen, value)}
            if (status := ask(method, target, name, changed)) >= 500:
                faults.append(f"{chosen} = {value[:20]!r}: {status}")
    assert not faults, "\n".join(faults)
