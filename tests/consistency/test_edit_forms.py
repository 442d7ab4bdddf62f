"""The second of two saves changes nothing, and shows what the first one wrote: for every edit form of the product."""

from collections.abc import Iterator

import pytest
from django.http import HttpRequest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker
from tests.consistency.edit_forms import ACTS, FORMS, TOO
from tests.consistency.rights_pages import PAGES
from tests.consistency.rights_scene import Role, Scene, standing, undone
from tests.sent_forms import form_of

from scarabee.accounts.confirmation import mark_confirmed
from scarabee.accounts.services.users import create_user
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), standing() as scene:
        yield scene


@pytest.fixture(autouse=True)
def _taken_back(scene: Scene) -> Iterator[None]:
    with undone():
        yield


@pytest.fixture
def reader(scene: Scene) -> Client:
    """The browser of an Administrateur whose password is confirmed."""
    client = Client()
    client.force_login(scene.users[Role.ADMINISTRATOR], backend="scarabee.accounts.backends.AccountBackend")
    session = client.session
    request = HttpRequest()
    request.session = session
    mark_confirmed(request)
    session.save()
    return client


@pytest.fixture
def zoe(owner: Actor) -> Actor:
    """Another Administrateur, who is faster."""
    return Actor.of(create_user(actor=owner, username="Zoé", is_administrator=True))


def test_every_post_of_the_product_is_an_edit_form_or_says_why_not() -> None:
    posts = {name for name, page in PAGES.items() if page.post is not None}
    assert posts - FORMS.keys() - TOO.keys() - ACTS == set(), "a new form: add it to tests/consistency/edit_forms.py"
    assert (FORMS.keys() | TOO.keys() | ACTS) - posts == set()
    assert len(FORMS) + len(TOO) + len(ACTS) == len(posts)


@pytest.mark.parametrize("name", FORMS)
def test_the_second_save_changes_nothing_and_shows_the_first(
    scene: Scene, reader: Client, zoe: Actor, name: str
) -> None:
    form = FORMS[name]
    field, page = form.field(scene), form.page(scene)
    sent = {**form_of(reader.get(page), field), field: form.typed, "do": "enregistrer"}
    assert "vu" in sent
    form.meanwhile(scene, zoe)
    entries = JournalEntry.objects.count()
    answer = reader.post(page, sent)
    assert JournalEntry.objects.count() == entries, "the second save wrote something"
    text = " ".join(answer.text.split())
    assert "Zoé a enregistré" in text and form.shown in text
    assert answer.status_code == 409
    again = form_of(answer, field)
    assert again[field] == form.typed, "what was typed is not kept"
    assert reader.post(page, {**again, "do": "enregistrer"}).status_code == 302
    assert JournalEntry.objects.count() > entries


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_nobody_else_touched_is_saved(scene: Scene, reader: Client, name: str) -> None:
    form = FORMS[name]
    field, page = form.field(scene), form.page(scene)
    sent = {**form_of(reader.get(page), field), field: form.typed, "do": "enregistrer"}
    entries = JournalEntry.objects.count()
    assert reader.post(page, sent).status_code == 302
    assert JournalEntry.objects.count() >= entries
