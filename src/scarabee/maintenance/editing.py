"""Two people at one form: the second save changes nothing before its author has seen what the first one wrote.

What the page showed travels in one hidden field. When the form comes back, inside the transaction that saves it and
behind a lock, it is compared with what stands then; where the two differ, nothing is saved, and the page comes back
with what each of them wrote. A form does not lose this by being posted twice, nor by a page left open overnight.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.timezone import localtime

from scarabee.maintenance.models import JournalEntry

SEEN = "vu"
"""The hidden field: {name: value as the page showed it}."""
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that somebody wrote meanwhile, in words; `typed` is empty where the reader had left it alone."""

    label: str
    seen: str
    now: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What was written between the display and the save, by whom and when as far as is known."""

    changes: list[Change] = field(default_factory=list)
    by: str = ""
    at: datetime | None = None

    def __str__(self) -> str:
        """In one line, where a page has no form to show again."""
        when = f" le {localtime(self.at):%d/%m/%Y à %H:%M}" if self.at else ""
        told = " ; ".join(f"{one.label} : {one.now}" for one in self.changes)
        return (
            f"{self.by or 'Quelqu’un d’autre'} a enregistré autre chose{when}, pendant que vous regardiez cette page "
            f"({told}). Votre changement n’est pas enregistré : regardez, puis recommencez si c’est encore utile."
        )


Written = tuple[str, datetime | None]
"""By whom, and when."""


class EditForm(forms.Form):
    """A form on something that others may change meanwhile: its `initial` is what stands now.

    A page puts `{{ form.vu }}` beside its fields. Bind the form inside `as_it_stands`, so that nothing changes between
    the comparison and the save. `last` says who wrote it last; it is asked only when that matters.
    """

    unwatched: Collection[str] = ()
    """Fields that stand for nothing kept, such as a password."""
    independent = False
    """Whether each field is about a thing of its own, as in a table: what somebody wrote in another is no matter."""

    vu = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, last: Callable[[], Written | None] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last = last
        self.meanwhile: Meanwhile | None = None

    def besides(self) -> Mapping[str, tuple[str, str]]:
        """{name: (label, value in words)} of what stands without a field of its own."""
        return {}

    def touched(self) -> set[str]:
        """The fields that say something else than the page showed; than what stands, where the page did not say."""
        before = self._stands() | self._seen()
        return {name for name in self._watched() if self._typed_text(name) != before[name]}

    def in_words(self, name: str, value: str) -> str:
        """A value of this field as the page would show it."""
        return _words(self.fields[name], value)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows it: 200, 400 with errors, 409 when somebody else was faster."""
        return 409 if self.meanwhile else 400 if self.errors else 200

    def is_valid(self) -> bool:
        return super().is_valid() and self.meanwhile is None

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.meanwhile is None:
            self._compare()

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        if field_name == SEEN:
            return json.dumps(self._stands(), ensure_ascii=False)
        return super().get_initial_for_field(field, field_name)

    def _watched(self) -> list[str]:
        return [name for name in self.fields if name != SEEN and name not in self.unwatched]

    def _stands(self) -> dict[str, str]:
        """{name: value as text} of what is kept now."""
        fields = {name: _plain(self.get_initial_for_field(self.fields[name], name)) for name in self._watched()}
        return fields | {name: value for name, (_, value) in self.besides().items()}

    def _compare(self) -> None:
        seen, stands, touched = self._seen(), self._stands(), self.touched()
        changed = [
            name for name in stands if stands[name] not in (seen.get(name, stands[name]), self._typed_text(name))
        ]
        if self.independent:
            changed = [name for name in changed if name in touched]
        if not changed:
            return
        changes: list[Change] = []
        data: Any = copy(self.data)
        for name in self._watched():
            if name not in seen and self.add_prefix(name) not in data:
                self._put(data, name)  # came after the page was shown
        for name in changed:
            changes.append(self._change(name, seen[name], stands[name], touched=name in touched))
            if name in self.fields and name not in touched:
                self._put(data, name)
        data[self.add_prefix(SEEN)] = json.dumps(stands, ensure_ascii=False)
        self.data = data
        self.meanwhile = Meanwhile(changes, *((self._last and self._last()) or ("", None)))

    def _change(self, name: str, seen: str, now: str, *, touched: bool) -> Change:
        if name not in self.fields:
            return Change(self.besides()[name][0], seen or _NOTHING, now or _NOTHING)
        typed = self.in_words(name, self._typed_text(name) or "") if touched else ""
        label = str(self.fields[name].label or name)
        return Change(label, self.in_words(name, seen), self.in_words(name, now), typed)

    def _seen(self) -> dict[str, str]:
        """What the page showed; nothing when it did not say, or says what no page of ours does."""
        try:
            told = json.loads(self.data.get(self.add_prefix(SEEN)) or "{}")
        except ValueError:
            return {}
        return {name: value for name, value in told.items() if isinstance(value, str)} if isinstance(told, dict) else {}

    def _typed_text(self, name: str) -> str | None:
        """What came with the form; None for what stands without a field."""
        if name not in self.fields:
            return None
        if name in self.cleaned_data:
            return _plain(self.cleaned_data[name])
        return _plain(self.fields[name].widget.value_from_datadict(self.data, self.files, self.add_prefix(name)))

    def _put(self, data: Any, name: str) -> None:
        """What stands now, in place of what the reader had left alone."""
        key, value = self.add_prefix(name), self.get_initial_for_field(self.fields[name], name)
        if isinstance(self.fields[name], forms.BooleanField):
            data.pop(key, None)
            if value:
                data[key] = "on"
            return
        shown = self.fields[name].widget.format_value(value)
        data[key] = (shown[0] if shown else "") if isinstance(shown, list) else shown or ""


@contextmanager
def as_it_stands[M: models.Model](request: HttpRequest, row: M, *, under: models.Model | None = None) -> Iterator[M]:
    """The row that a form is about. While it is saved, as it is now, and nobody else changes it until the end.

    `under`: the row that services lock first, its dossier as a rule; locks are always taken in one order. What is
    raised in it takes everything back. Raises the model's DoesNotExist when a row is gone.
    """
    if request.method != "POST":
        yield row
        return
    with transaction.atomic():  # SQLite writes one at a time from here on
        if under is not None:
            _locked(under)
        yield _locked(row)


def _locked[M: models.Model](row: M) -> M:
    return type(row)._base_manager.select_for_update(of=("self",), no_key=True).get(pk=row.pk)


def last_written(*codes: str, dossier_uuid: UUID | None = None, **facts: object) -> Written | None:
    """Who did one of these acts last, on this dossier, with these facts, as the journal has it."""
    entries = JournalEntry.objects.filter(code__in=codes, **{f"facts__{name}": fact for name, fact in facts.items()})
    if dossier_uuid is not None:
        entries = entries.filter(dossier_uuid=dossier_uuid)
    return entries.order_by("-sequence").values_list("actor_name", "at").first()


def _plain(value: object) -> str:
    """A value as text, the same whether it comes from the database or from a form."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _words(one: forms.Field, value: str) -> str:
    """A value as the page would show it."""
    if isinstance(one, forms.BooleanField):
        return "oui" if value == "True" else "non"
    if isinstance(one, forms.ChoiceField):
        return str(dict(one.choices).get(value, value)) or _NOTHING  # type: ignore[arg-type]
    if isinstance(one, forms.DateField) and value:
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    return value or _NOTHING
