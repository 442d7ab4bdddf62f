"""Two people at one form: between real connections, and what one form tells of another's save."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django import forms
from tests.maintenance.posts import posts_on

from scarabee.maintenance.editing import SEEN, EditForm

ROUNDS = 5


@pytest.mark.engines
def test_of_two_saves_at_once_exactly_one_is_kept(tmp_path: Path) -> None:
    with posts_on(tmp_path / "bureau") as start:
        posts = {"Zoé": start(), "Lucie": start()}
        page = posts["Zoé"]("dossier Nord")
        for name, post in posts.items():
            post(f"account {name}")
            post(f"enter {name}")
        for number in range(ROUNDS):
            for post in posts.values():
                post(f"open {page}")
            for name, post in posts.items():
                post.tell(f"save {name} {number}")
            saved = {name: post.answer() for name, post in posts.items()}
            assert sorted(saved.values()) == [302, 409], saved
            winner = next(name for name, status in saved.items() if status == 302)
            assert posts["Zoé"]("name") == f"{winner} {number}"


class _Form(EditForm):
    unwatched = ("secret",)

    name = forms.CharField(label="Nom", required=False)
    note = forms.CharField(label="Note", required=False)
    day = forms.DateField(label="Jour", required=False, widget=forms.DateInput(format="%Y-%m-%d"))
    kind = forms.ChoiceField(label="Genre", choices=[("a", "Premier"), ("b", "Second")])
    ticked = forms.BooleanField(label="Coché", required=False)
    secret = forms.CharField(label="Secret", required=False)


class _Table(_Form):
    independent = True


BEFORE = {"name": "Nord", "note": "", "day": date(2026, 11, 5), "kind": "a", "ticked": True}
AFTER = {"name": "Sud", "note": "vu", "day": date(2026, 11, 6), "kind": "b", "ticked": False}
UNTOUCHED = {"name": "Nord", "note": "", "day": "2026-11-05", "kind": "a", "ticked": "on"}


def _sent(**typed: str) -> dict[str, str]:
    return {**UNTOUCHED, SEEN: str(_Form(initial=BEFORE)[SEEN].value()), **typed}


def _form(now: dict[str, Any], cls: type[EditForm] = _Form, **typed: str) -> EditForm:
    form = cls(_sent(**typed), initial=now, last=lambda: ("Zoé", None))
    form.is_valid()
    return form


def test_nothing_is_said_when_nobody_else_wrote() -> None:
    form = _form(BEFORE, note="à voir", secret="x")
    assert form.is_valid() and form.meanwhile is None and form.status == 200
    assert form.touched() == {"note"}


def test_each_field_that_changed_is_told_in_words() -> None:
    form = _form(AFTER, note="à voir")
    assert form.meanwhile is not None and form.status == 409 and not form.is_valid()
    told = {one.label: (one.seen, one.now, one.typed) for one in form.meanwhile.changes}
    assert told == {
        "Nom": ("Nord", "Sud", ""),
        "Note": ("–", "vu", "à voir"),
        "Jour": ("05/11/2026", "06/11/2026", ""),
        "Genre": ("Premier", "Second", ""),
        "Coché": ("oui", "non", ""),
    }
    assert form.meanwhile.by == "Zoé"
    assert "Zoé a enregistré autre chose" in str(form.meanwhile)


def test_what_was_left_alone_takes_the_new_value_and_what_was_typed_stays() -> None:
    form = _form(AFTER, note="à voir")
    shown = {name: form[name].value() for name in UNTOUCHED}
    assert shown == {"name": "Sud", "note": "à voir", "day": "2026-11-06", "kind": "b", "ticked": False}
    again = _Form({**form.data, "secret": ""}, initial=AFTER)
    assert again.is_valid() and again.touched() == {"note"}


def test_who_typed_the_same_as_the_other_has_nothing_to_choose() -> None:
    assert _form({**BEFORE, "name": "Sud"}, name="Sud").is_valid()


def test_rows_of_a_table_do_not_disturb_each_other() -> None:
    form = _form({**BEFORE, "name": "Sud"}, cls=_Table, note="à voir")
    assert form.is_valid() and form.touched() == {"note"}
    assert _form({**BEFORE, "note": "vu"}, cls=_Table, note="à voir").meanwhile is not None


@pytest.mark.parametrize("told", ["", "{", "[1]", '{"name": 3}', '{"stranger": "x"}'])
def test_a_page_that_does_not_say_what_it_showed_is_taken_as_it_is(told: str) -> None:
    form = _Form({**_sent(name="Est"), SEEN: told}, initial=AFTER)
    assert form.is_valid() and form.cleaned_data["name"] == "Est"


def test_a_secret_never_travels() -> None:
    assert "secret" not in str(_Form(initial={**BEFORE, "secret": "s3cret"})[SEEN].value())
