"""What a posted form of the tree says about the ticks.

With JavaScript the form carries each gesture in the order it was made (`geste`: `e:12:1` ticks employer 12,
`s:12:345:0` unticks its employee 345). Without it, the form carries every box with the state it showed
(`vu_e`: `12:1`, `vu_s`: `12:345:0`) and the boxes ticked now (`e`: `12`, `s`: `12:345`): what differs was
touched.
Items that the form did not show, hidden, unloaded or on another page, are never changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from scarabee.transfers.selection import Selection


@dataclass(frozen=True, slots=True)
class Gesture:
    """One box that changed; `employee_id` None: the employer's own box."""

    employer_id: int
    employee_id: int | None
    ticked: bool


def read(post: QueryDict) -> list[Gesture]:
    """The gestures of a posted form, in order. What is malformed is left out."""
    if post.get("script"):
        return [gesture for text in post.getlist("geste") if (gesture := _gesture(text))]
    return _compared(post)


def apply(selection: Selection, gestures: Iterable[Gesture]) -> Selection:
    """The ticks after these gestures."""
    for gesture in gestures:
        if gesture.employee_id is None:
            selection = selection.tick_employer(gesture.employer_id, ticked=gesture.ticked)
        else:
            selection = selection.tick_employee(gesture.employer_id, gesture.employee_id, ticked=gesture.ticked)
    return selection


def _gesture(text: str) -> Gesture | None:
    kind, *said = text.split(":")
    numbers = _numbers(said)
    if kind == "e" and len(numbers) == 2:
        return Gesture(numbers[0], None, numbers[1] == 1)
    if kind == "s" and len(numbers) == 3:
        return Gesture(numbers[0], numbers[1], numbers[2] == 1)
    return None


def _compared(post: QueryDict) -> list[Gesture]:
    gestures = []
    ticked = set(post.getlist("e"))
    for text in post.getlist("vu_e"):
        numbers = _numbers(text.split(":"))
        if len(numbers) == 2 and (str(numbers[0]) in ticked) != (numbers[1] == 1):
            gestures.append(Gesture(numbers[0], None, numbers[1] == 0))
    # Ticking an employer decides for its employees: their boxes still show what they were before.
    decided = {gesture.employer_id for gesture in gestures}
    ticked = set(post.getlist("s"))
    for text in post.getlist("vu_s"):
        numbers = _numbers(text.split(":"))
        if len(numbers) != 3 or numbers[0] in decided:
            continue
        if (f"{numbers[0]}:{numbers[1]}" in ticked) != (numbers[2] == 1):
            gestures.append(Gesture(numbers[0], numbers[1], numbers[2] == 0))
    return gestures


def _numbers(parts: list[str]) -> list[int]:
    """The parts as numbers; empty when one is none. Database keys have at most 18 digits."""
    if all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        return [int(part) for part in parts]
    return []
