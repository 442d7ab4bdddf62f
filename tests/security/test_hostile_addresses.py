"""Whatever stands in an address or a form is answered or refused: a page that breaks tells too much, and helps nobody.

The names that a page reads are found out by asking it once, so that a new page is attacked without a word here. What
each answer says to the browser is looked at on the way, and so are the exports, of a bureau that is full of formulas.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any, cast
from zlib import crc32

import pytest
from django.db.models import Model
from django.http import HttpRequest, QueryDict
from django.test import Client
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker
from tests.consistency.rights_pages import PAGES, fresh_files
from tests.consistency.rights_scene import Role, Scene, Target, standing, undone
from tests.sizes import LONG

from scarabee.accounts.confirmation import mark_confirmed
from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier, Employee, Employer, ImportFile
from scarabee.returns.models import Anomaly

pytestmark = pytest.mark.django_db

HOSTILE = ("²", "٣", "9" * 30, "-1", "a\x00b", "'\"><script>x</script>", "\u202e", "1" * 5_000)
"""A digit that is no number, a number that is not ASCII, one that no database takes, NUL, markup, a mark that turns
the text round, a number that Python itself refuses to read."""
FORMULAS = ("=1+1", "\t=1", "＝1")
BLANKS = {"\t", "\r", "\n"}
RUNS = ("=", "+", "-", "@", "＝")
WRITTEN: dict[type[Model], tuple[str, ...]] = {
    Dossier: ("name",),
    Employer: ("name", "town"),
    Employee: ("family_name", "given_names", "matricule"),
    User: ("username",),
    ImportFile: ("name",),
    Anomaly: ("message", "declared", "expected"),
}
SAID = {
    "Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin", "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip
ASKED = [
    (name, method)
    for name, page in sorted(PAGES.items())
    for method, job in (("GET", page.get), ("POST", page.post))
    if job is not None
]
TURNS = 3
BROWSER = Client(raise_request_exception=False)
HELD: dict[str, str] = {}
"""The cookies of an Administrateur who has just confirmed."""


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), standing() as scene:
        client = Client()
        client.force_login(scene.users[Role.ADMINISTRATOR], backend="scarabee.accounts.backends.AccountBackend")
        session = client.session
        mark_confirmed(cast(HttpRequest, SimpleNamespace(session=session)))
        session.save()
        HELD.update({name: morsel.value for name, morsel in client.cookies.items()})
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


def unsaid(answer: Any) -> list[str]:
    """The headers that every answer has, and this one has not; or that it is for strangers, which proves nothing."""
    if answer.headers.get("Location", "").startswith("/connexion/?next="):
        return ["signed out"]
    return [name for name, value in SAID.items() if value not in answer.headers.get(name, "")]


def ask(method: str, target: Target, name: str, data: dict[str, Any]) -> tuple[int, str]:
    """The status, and what the answer leaves unsaid to the browser."""
    with undone():
        BROWSER.cookies = SimpleCookie(HELD)  # whatever the answer before took away: it may have signed us out
        send = BROWSER.get if method == "GET" else BROWSER.post
        answer = send(reverse(name, kwargs=target.kwargs), data)
        if answer.streaming:
            b"".join(cast(Iterable[bytes], getattr(answer, "streaming_content")))  # noqa: B009
        elif answer.status_code == 302 and method == "POST":
            answer = BROWSER.get(answer.headers["Location"])  # what was kept is shown there
        return answer.status_code, ", ".join(unsaid(answer))


def attacks(name: str, fields: list[str]) -> Iterator[dict[str, str]]:
    """Each value in each field by itself in a long run; else a few times one in each, never the same in two."""
    if LONG:
        yield from ({field: value} for value in HOSTILE for field in fields)
        return
    first = crc32(name.encode())
    for turn in range(TURNS):
        yield {field: HOSTILE[(first + 3 * turn + place) % len(HOSTILE)] for place, field in enumerate(fields)}


@pytest.mark.parametrize(("name", "method"), ASKED)
def test_a_page_survives_whatever_is_written_in_its_address_and_its_form(
    name: str, method: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[str] = []
    target = PAGES[name].targets(scene)[0]
    usual = fresh_files(target.data) if method == "POST" else {}
    with heard(monkeypatch) as names:
        ask(method, target, name, dict(usual))
    names -= {"csrfmiddlewaretoken"}
    names |= {key for key, value in usual.items() if isinstance(value, (str, int))}
    for chosen in attacks(name, sorted(names)):
        changed = {**(fresh_files(target.data) if method == "POST" else {}), **chosen}
        status, missing = ask(method, target, name, changed)
        if status >= 500 or missing:
            faults.append(f"{ {key: value[:20] for key, value in chosen.items()} }: {status} {missing}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_export_holds_what_a_spreadsheet_would_run(formula: str, scene: Scene) -> None:
    """Every address that ends in CSV, of a bureau where whatever can be written begins like a formula."""
    running, met = [], 0
    with undone():
        BROWSER.cookies = SimpleCookie(HELD)
        fill_with(formula)
        for name, method in ASKED:
            for target in PAGES[name].targets(scene)[:1]:
                address = reverse(name, kwargs=target.kwargs)
                if not address.endswith(".csv"):
                    continue
                answer = BROWSER.get(address) if method == "GET" else BROWSER.post(address, target.data)
                body = b"".join(cast(Iterable[bytes], answer)).decode("utf-8-sig")
                cells = [cell for row in csv.reader(io.StringIO(body, newline=""), delimiter=";") for cell in row]
                met += sum(cell.startswith("'") for cell in cells)
                running += [
                    f"{name}: {cell!r}" for cell in cells if cell.lstrip().startswith(RUNS) or cell[:1] in BLANKS
                ]
    assert not running, running[:10]
    assert met > 10


def fill_with(formula: str) -> None:
    """Let everything that a person, a file or the portal can write begin like this."""
    for model, fields in WRITTEN.items():
        longest = min(getattr(model._meta.get_field(field), "max_length", None) or 1_000 for field in fields)
        for number, row in enumerate(model._default_manager.order_by("pk")):
            text = f"{formula}{number}"[:longest]
            model._default_manager.filter(pk=row.pk).update(**dict.fromkeys(fields, text))
