"""Maintenance mode between real processes: announced, waited for, closed, never for ever."""

from collections.abc import Callable, Iterator

import pytest
from tests.maintenance.posts import Post, posts_on

pytestmark = pytest.mark.engines

type Start = Callable[[], Post]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with posts_on(tmp_path_factory.mktemp("posts")) as start:
        yield start


@pytest.fixture(scope="module")
def other(start: Start) -> Post:
    return start()


@pytest.fixture(scope="module")
def third(start: Start) -> Post:
    return start()


@pytest.fixture
def opener(third: Post) -> Iterator[Post]:
    """A post that has let go of everything at the end of the test."""
    yield third
    third("leave")


@pytest.fixture
def doomed(start: Start) -> Post:
    """A post that the test kills."""
    return start()


def test_a_closed_window_shuts_everybody_out_until_its_end(opener: Post, other: Post) -> None:
    assert opener("close restauration du 3") == "restauration du 3"
    assert other("look") == "restauration du 3"
    assert (other("get"), other("post"), other("work"), other("gate")) == (503, 503, False, False)
    other("leave")
    opener("leave")
    assert (other("look"), other("get"), other("work")) == (None, 403, True)  # 403: the first start is not done
    other("leave")


def test_a_window_ends_with_the_process_that_is_killed(doomed: Post, other: Post) -> None:
    doomed("close mise à jour")
    assert other("look") == "mise à jour"
    doomed.kill()
    assert (other("look"), other("work")) == (None, True)
    other("leave")


def test_two_do_not_close_at_once(opener: Post, other: Post) -> None:
    opener("close la première")
    assert "déjà ouverte" in other("close la seconde")["refused"]
    assert "déjà ouverte" in other("begin à la main")["refused"]
    assert "y travaille encore" in other("end")["refused"]
    opener("leave")
    assert other("close la seconde") == "la seconde"
    other("leave")


def test_what_is_under_way_is_waited_for_and_then_given_up(opener: Post, other: Post) -> None:
    assert other("work") is True
    assert "n’ont pas fini" in opener("close trop tôt")["refused"]
    assert opener("look") is None
    other("leave")
    assert opener("close plus tard") == "plus tard"


def test_who_works_and_then_closes_does_not_wait_for_itself(opener: Post) -> None:
    assert opener("work") is True
    assert opener("close restauration") == "restauration"


def test_the_window_stands_while_the_database_is_being_replaced(opener: Post, other: Post) -> None:
    opener("close restauration")
    opener("transaction")
    assert (other("look"), other("get"), other("post")) == ("restauration", 503, 503)
    opener("hold")
    opener("commit")
    assert other("look") == "restauration"


def test_a_kill_in_the_middle_of_the_replacement_opens_again_on_the_old_data(doomed: Post, other: Post) -> None:
    doomed("close restauration")
    doomed("transaction")
    doomed.kill()
    assert (other("look"), other("get")) == (None, 403)


def test_only_who_closed_may_go_on_to_what_cannot_be_undone(opener: Post) -> None:
    assert "a coupé la connexion" in opener("hold")["refused"]


def test_what_is_closed_by_hand_stays_so_without_any_process(doomed: Post, other: Post) -> None:
    doomed("begin inventaire")
    doomed.kill()
    assert (other("look"), other("work"), other("get")) == ("inventaire", False, 403)  # signing in stays possible
    other("leave")
    assert other("close restauration") == "inventaire"
    other("leave")
    assert other("look") == "inventaire"
    other("end")
    assert other("look") is None
    assert "Aucune maintenance" in other("end")["refused"]
