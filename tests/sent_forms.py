"""What a browser would send of a page: the fields of one of its forms, as they are shown."""

from typing import Any

from django.http import HttpResponse
from lxml import html


def form_of(answer: HttpResponse | Any, field: str) -> dict[str, Any]:
    """{name: value} of the form that holds this field, no button pressed; a name that comes twice has a list."""
    page = html.fromstring(answer.content.decode())
    form = next(one for one in page.forms if field in one.fields)
    sent: dict[str, list[str]] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value.removeprefix("\n"))  # as browsers do in a textarea
    sent.pop("csrfmiddlewaretoken", None)
    return {name: values[0] if len(values) == 1 else values for name, values in sent.items()}
