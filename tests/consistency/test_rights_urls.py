"""Every address as every role: what is not granted is denied, changes nothing and tells nothing.

A new address must be added to `rights_pages.PAGES`, with the right that it asks for.
"""

from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.plugin import DjangoDbBlocker
from tests.consistency.rights_jobs import Job, Right
from tests.consistency.rights_pages import PAGES, Page, fresh_files
from tests.consistency.rights_scene import (
    DECLARED_THERE,
    HIDDEN_SIRET,
    SIGNED_IN,
    WALKED,
    Role,
    Scene,
    Target,
    has_right,
    standing,
    undone,
    writes,
)
from tests.dossiers.small_files import ASSOCIATION

from scarabee.accounts.confirmation import mark_confirmed
from scarabee.accounts.models import Membership, User
from scarabee.dossiers.models import Act
from scarabee.returns.models import Anomaly

pytestmark = pytest.mark.django_db

MIXTURES = (Role.MIXED, Role.INVERSE)
"""Where no dossier is asked for, they are a Gestionnaire like another."""
HTMX = {"HX-Request": "true"}
DENIED = (403, 404)
NO_SUCH_METHOD = 405
BROWSER = Client(raise_request_exception=False)
"""One for all, whose cookies are changed: a new one would set up the whole product again."""
ANSWERED = (200, 302, 403, 405, 409, 429)
"""What an open page may answer to somebody who brings nothing: never what stands behind it, never a fault."""


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), standing() as scene:
        yield scene


@pytest.fixture(scope="module")
def cookies(scene: Scene) -> dict[Role, dict[str, str]]:
    """What the browser of each role holds."""
    held: dict[Role, dict[str, str]] = {Role.ANONYMOUS: {}}
    for role in SIGNED_IN:
        client = Client()
        client.force_login(scene.users[role], backend="scarabee.accounts.backends.AccountBackend")
        session = client.session
        mark_confirmed(cast(HttpRequest, SimpleNamespace(session=session)))
        session.save()
        held[role] = {name: morsel.value for name, morsel in client.cookies.items()}
    scene.settle()
    return held


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """The names of all addresses below, resolver by resolver."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, pattern.namespace or namespace)
        else:
            assert isinstance(pattern, URLPattern) and pattern.name, f"{pattern} has no name"
            yield f"{namespace}:{pattern.name}"


class Walk:
    """One address, asked as every role; `faults` says what was answered amiss."""

    def __init__(
        self, name: str, page: Page, scene: Scene, cookies: dict[Role, dict[str, str]], *, in_short: bool = False
    ) -> None:
        """`in_short`: without asking again as htmx does."""
        self.name, self.page, self.scene, self.cookies, self.in_short = name, page, scene, cookies, in_short
        self.faults: list[str] = []

    def go(self) -> None:
        for number, target in enumerate(self.page.targets(self.scene)):
            for role in WALKED[number > 0 :]:  # strangers ask once
                for method in ("GET", "POST"):
                    if role not in MIXTURES or target.sees or target.writes:
                        self.ask(role, method, target, number)
        for job, targets in self.page.also:
            for number, target in enumerate(targets(self.scene)):
                for role in WALKED[1:]:
                    self.ask(role, "POST", target, number, job)

    def ask(self, role: Role, method: str, target: Target, number: int, also: Job | None = None) -> None:
        job = also or (self.page.get if method == "GET" else self.page.post)
        of = f"{method} of target {number} by {role.name}{f' ({job.title})' if also else ''}"
        is_open = any(one is not None and one.right is Right.OPEN for one in (self.page.get, self.page.post))
        if is_open and job is not None:
            self.expect(of, role, method, target, ANSWERED)
        elif role is Role.ANONYMOUS and not is_open:
            self.expect(of, role, method, target, (302,), to_sign_in=True, unchanged=True)
        elif job is None:
            self.expect(of, role, method, target, (NO_SUCH_METHOD,), unchanged=True)
        elif not has_right(job.right, role, target):
            self.expect(of, role, method, target, DENIED, unchanged=True)
            if role is Role.OUTSIDER and not self.in_short:
                self.expect(f"{of}, htmx", role, method, target, DENIED, htmx=True, unchanged=True)
        elif method == "GET":
            self.expect(of, role, method, target, (self.page.get_status,), unchanged=True)
        else:
            self.expect(of, role, method, target, (self.page.post_status,), unchanged=not self.page.changes)

    def expect(
        self,
        of: str,
        role: Role,
        method: str,
        target: Target,
        statuses: tuple[int, ...],
        *,
        to_sign_in: bool = False,
        htmx: bool = False,
        unchanged: bool | None = None,
    ) -> None:
        """`unchanged` False: something must have been written, so that a refusal of the same is worth something."""
        BROWSER.cookies = SimpleCookie(self.cookies[role])
        address = reverse(self.name, kwargs=target.kwargs)
        with undone():
            send = BROWSER.get if method == "GET" else BROWSER.post
            data = fresh_files(target.data) if method == "POST" else {}
            before = writes()
            answer = send(address, data, headers=HTMX if htmx else {})
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            text = f"{body.decode('utf-8', 'replace')}\n{answer.headers}"
            changed = self.scene.changed(since=before) if unchanged is not None else []
            if method == "POST" and answer.status_code == 302 and not to_sign_in:
                text += self.page_after(answer.headers["Location"])
        if changed:
            self.scene.settle()  # rows came back, files that were removed did not
        if answer.status_code not in statuses:
            self.faults.append(f"{of}: {answer.status_code}, not {statuses}")
        if to_sign_in and not answer.headers.get("Location", "").startswith("/connexion/?next="):
            self.faults.append(f"{of}: not sent to the sign-in page")
        if told := self.scene.told_in_vain(role, text):
            self.faults.append(f"{of}: tells {told}")
        if unchanged is not None and bool(changed) == unchanged:
            self.faults.append(f"{of}: {', '.join(changed) or 'nothing'} was changed")

    def page_after(self, address: str) -> str:
        """What a form leads to: its messages may tell too much as well."""
        body: bytes = BROWSER.get(address).content
        return body.decode("utf-8", "replace")


NAMES = sorted(set(addresses(get_resolver())))


def test_every_address_stands_in_the_table() -> None:
    assert set(NAMES) - PAGES.keys() == set(), "add these to rights_pages.PAGES, with the right they ask for"
    assert PAGES.keys() - set(NAMES) == set(), "these addresses are gone"


@pytest.mark.parametrize("name", [name for name in NAMES if name in PAGES])
def test_an_address_answers_each_role_as_the_table_says(
    name: str, scene: Scene, cookies: dict[Role, dict[str, str]]
) -> None:
    walk = Walk(name, PAGES[name], scene, cookies)
    walk.go()
    assert not walk.faults, "\n".join(walk.faults)


def test_whose_rights_are_withdrawn_finds_nothing_left_even_of_what_they_began(
    scene: Scene, cookies: dict[Role, dict[str, str]]
) -> None:
    as_outsider = {**cookies, Role.OUTSIDER: cookies[Role.KEEPER]}
    faults: list[str] = []
    with undone():
        Act.objects.filter(kind=Act.Kind.TRANSFER).exclude(state=Act.State.PREPARED).update(
            user=scene.users[Role.KEEPER]
        )
        Membership.objects.filter(user=scene.users[Role.KEEPER]).delete()
        scene.settle()
        for name, page in PAGES.items():
            if name.startswith("accounts:"):  # these stay one’s own
                continue
            walk = Walk(name, page, scene, as_outsider, in_short=True)
            for number, target in enumerate(page.targets(scene)):
                for method in ("GET", "POST"):
                    walk.ask(Role.OUTSIDER, method, target, number)
            faults += [f"{name}: {fault}" for fault in walk.faults]
    scene.settle()
    assert not faults, "\n".join(faults)


def test_who_is_deactivated_is_signed_out_everywhere(scene: Scene, cookies: dict[Role, dict[str, str]]) -> None:
    as_nobody = {Role.ANONYMOUS: cookies[Role.KEEPER]}
    faults: list[str] = []
    with undone():
        User.objects.filter(pk=scene.users[Role.KEEPER].pk).update(is_active=False)
        scene.settle()
        for name, page in PAGES.items():
            walk = Walk(name, page, scene, as_nobody)
            walk.ask(Role.ANONYMOUS, "GET", page.targets(scene)[0], 0)
            walk.ask(Role.ANONYMOUS, "POST", page.targets(scene)[0], 0)
            faults += [f"{name}: {fault}" for fault in walk.faults]
    scene.settle()
    assert not faults, "\n".join(faults)


FOREIGN_VALUES: dict[str, Callable[[Scene], tuple[str, dict[str, Any], dict[str, Any]]]] = {
    "who declares after a deletion": lambda scene: (
        "dossiers:employer-delete",
        {"pk": scene.employer("first").pk},
        {"heir": scene.places["hidden"].pk},
    ),
    "where an employer of an import goes": lambda scene: (
        "dossiers:import-choices",
        {"number": scene.acts["prepared"].pk},
        {f"route-{DECLARED_THERE}": scene.places["hidden"].pk, "action": "importer"},
    ),
    "where all of them go": lambda scene: (
        "dossiers:import-choices",
        {"number": scene.acts["prepared"].pk},
        {"action": f"tout-{scene.places['hidden'].pk}"},
    ),
    "the destination of a transfer": lambda scene: (
        "transfers:screen",
        {"number": scene.transfers["draft"].pk},
        {"destination": scene.places["hidden"].pk},
    ),
    "a record to join": lambda scene: (
        "dossiers:twins",
        {"pk": scene.employer("first").pk},
        {"kept": scene.employee("first").pk, "dropped": scene.employee("hidden").pk},
    ),
    "a record to keep": lambda scene: (
        "dossiers:twins",
        {"pk": scene.employer("first").pk},
        {"kept": scene.employee("hidden").pk, "dropped": scene.employee("first").pk},
    ),
    "a deposit of another batch": lambda scene: (
        "filings:batch-order",
        {"number": scene.filings["to order"].batch_id},
        {"depot": scene.filings["hidden to order"].pk, "when": "maintenant", "confirmed": "1"},
    ),
    "an employer to set": lambda scene: (
        "filings:coverage-save",
        {},
        {"montre": scene.employer("hidden", HIDDEN_SIRET).pk, "jour-1": "5"},
    ),
    "an anomaly of another dossier": lambda scene: (
        "returns:cause-change",
        {"cause": Anomaly.objects.get(shown_in=scene.returns["identity"]).cause},
        {"anomalie": Anomaly.objects.get(shown_in=scene.returns["hidden identity"]).pk, "state": "accepted"},
    ),
    "a rate of another dossier": lambda scene: (
        "returns:decide-rates",
        {"uuid": scene.places["second"].uuid},
        {"taux": scene.returns["hidden rates"].rates.get().pk, "decision": "appliquer"},
    ),
    "whose a line is": lambda scene: (
        "returns:rate-line",
        {"pk": scene.returns["rates"].lines.get().pk},
        {"salarie": scene.returns["hidden rates"].rates.get().employee_id},
    ),
    "an employer to follow": lambda scene: (
        "dossiers:succession",
        {"pk": scene.employer("first").pk},
        {"predecessor": scene.employer("hidden", HIDDEN_SIRET).pk, "month": "2026-02"},
    ),
}
"""What a form of one's own may name that is somebody else's: (address, its arguments, the form)."""


@pytest.mark.parametrize("value", FOREIGN_VALUES)
def test_a_form_of_ones_own_cannot_reach_for_what_is_hidden(
    value: str, scene: Scene, cookies: dict[Role, dict[str, str]]
) -> None:
    name, kwargs, data = FOREIGN_VALUES[value](scene)
    walk = Walk(name, PAGES[name], scene, cookies)
    walk.expect(value, Role.KEEPER, "POST", Target(kwargs, data), (302, 400, 403, 404, 409), unchanged=True)
    assert not walk.faults, "\n".join(walk.faults)


def test_lists_asked_for_a_hidden_dossier_are_empty(scene: Scene, cookies: dict[Role, dict[str, str]]) -> None:
    hidden = scene.places["hidden"]
    for name, query in (
        ("dossiers:imports", {"dossier": hidden.pk}),
        ("dossiers:import", {"dossier": hidden.uuid}),
        ("transfers:start", {"de": hidden.pk}),
        ("transfers:duplicates", {"chercher": ASSOCIATION}),
        ("transfers:list", {"tri": "de"}),
        ("filings:board", {"dossier": hidden.uuid}),
        ("filings:deposit", {"dossier": hidden.uuid}),
        ("filings:batches", {"dossier": hidden.pk}),
        ("filings:list", {"dossier": hidden.pk}),
        ("filings:coverage", {"dossier": hidden.pk}),
        ("returns:list", {"dossier": hidden.pk}),
        ("returns:anomalies", {"dossier": hidden.pk}),
    ):
        BROWSER.cookies = SimpleCookie(cookies[Role.KEEPER])
        answer = BROWSER.get(reverse(name), query)
        assert answer.status_code == 200
        assert scene.told_in_vain(Role.KEEPER, answer.text) == [], name
