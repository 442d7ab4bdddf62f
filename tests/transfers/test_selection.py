"""Ticks as a value, and what a posted form says about them."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from scarabee.transfers import gestures
from scarabee.transfers.gestures import Gesture
from scarabee.transfers.selection import Mode, Selection, Ticked

WHOLE = Ticked(Mode.WHOLE)
RECORD = Ticked(Mode.SOME)


def test_an_employer_is_ticked_with_all_its_employees_even_those_that_were_never_loaded() -> None:
    selection = Selection().tick_employer(1, ticked=True)
    assert selection.employers == {1: WHOLE}
    assert selection.employers[1].has(12345)


def test_unticking_one_employee_of_a_whole_employer_leaves_all_the_others() -> None:
    selection = Selection({1: WHOLE}).tick_employee(1, 7, ticked=False)
    assert selection.employers == {1: Ticked(Mode.ALL_BUT, frozenset({7}))}
    assert selection.tick_employee(1, 7, ticked=True).employers == {1: WHOLE}


def test_an_employer_ticked_for_its_employees_only_goes_with_the_last_of_them() -> None:
    selection = Selection().tick_employee(1, 7, ticked=True).tick_employee(1, 8, ticked=True)
    assert selection.employers == {1: Ticked(Mode.SOME, frozenset({7, 8}))}
    assert not selection.tick_employee(1, 7, ticked=False).tick_employee(1, 8, ticked=False)


def test_the_white_square_leaves_records_of_the_employers_that_were_whole() -> None:
    some = Ticked(Mode.SOME, frozenset({3}))
    all_but = Ticked(Mode.ALL_BUT, frozenset({4}))
    selection = Selection({1: WHOLE, 2: some, 3: all_but, 4: RECORD})
    assert selection.untick_employees().employers == {1: RECORD, 3: RECORD, 4: RECORD}


@pytest.mark.parametrize("stored", [{"1": {}}, {"x": {"mode": "totalite", "employees": []}}, {"1": None}])
def test_what_is_no_selection_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Selection.from_json(stored)


made = st.builds(
    Gesture, st.integers(1, 4), st.none() | st.integers(1, 6), st.booleans()
)  # few items, so that gestures meet


@given(st.lists(made, max_size=25))
def test_gestures_then_storage_give_the_ticks_a_person_sees(said: list[Gesture]) -> None:
    selection = gestures.apply(Selection(), said)
    assert Selection.from_json(selection.to_json()) == selection
    seen: dict[int, set[int]] = {}
    for gesture in said:
        people = seen.setdefault(gesture.employer_id, set())
        if gesture.employee_id is None:
            people.clear()
            people.update(range(1, 7) if gesture.ticked else ())
        elif gesture.ticked:
            people.add(gesture.employee_id)
        else:
            people.discard(gesture.employee_id)
    for employer, people in seen.items():
        ticked = selection.employers.get(employer)
        assert {one for one in range(1, 7) if ticked is not None and ticked.has(one)} == people


def test_a_form_of_a_script_replays_its_gestures_in_order() -> None:
    post = QueryDict("script=1&geste=e:1:1&geste=s:1:5:0&geste=s:2:9:1&vu_e=1:0&e=1")
    assert gestures.read(post) == [Gesture(1, None, True), Gesture(1, 5, False), Gesture(2, 9, True)]


def test_a_form_without_a_script_changes_only_the_boxes_that_differ_from_what_was_shown() -> None:
    post = QueryDict("vu_e=1:1&vu_e=2:0&e=1&e=2&vu_s=1:5:1&vu_s=1:6:1&s=1:6&vu_s=2:9:0")
    assert gestures.read(post) == [Gesture(2, None, True), Gesture(1, 5, False)]


def test_an_employer_just_unticked_takes_its_employees_along_whatever_their_boxes_still_show() -> None:
    post = QueryDict("vu_e=1:1&vu_s=1:5:1&s=1:5&vu_s=1:6:1")
    assert gestures.read(post) == [Gesture(1, None, False)]


@pytest.mark.parametrize(
    "junk", ["e:1", "e:x:1", "z:1:1", "", "s:1:1", "e:-1:1", f"e:{10**19}:1", "e:١:1", "s:1:2:3:4"]
)
def test_a_malformed_gesture_changes_nothing(junk: str) -> None:
    post = QueryDict(mutable=True)
    post["script"] = "1"
    post.setlist("geste", [junk])
    assert gestures.read(post) == []
