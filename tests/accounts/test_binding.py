"""A data folder works with one portal, and refuses every other."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.child_processes import start_child

from scarabee.accounts.models import PortalBinding
from scarabee.accounts.portal.binding import VARIABLE, bind_demonstration, bind_or_refuse, current_portal, is_training
from scarabee.maintenance.errors import Refusal
from scarabee.netentreprises.addresses import portal_named

BOUCHON = "http://127.0.0.1:8700"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing is asked for, and what a test asks for ends with it."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.delenv(VARIABLE)
    return monkeypatch


def bound() -> list[tuple[int, str]]:
    return list(PortalBinding.objects.values_list("pk", "portal"))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "production"),
        ("", "production"),
        ("  ", "production"),
        ("production", "production"),
        (" test ", "test"),
        (BOUCHON, BOUCHON),
        (f"{BOUCHON}/", BOUCHON),
        ("https://bouchon.exemple.fr", "https://bouchon.exemple.fr"),
    ],
)
def test_the_first_use_binds_for_good(asked: pytest.MonkeyPatch, value: str | None, name: str) -> None:
    if value is not None:
        asked.setenv(VARIABLE, value)
    assert bind_or_refuse() == name
    assert bound() == [(1, name)]
    asked.delenv(VARIABLE, raising=False)
    assert bind_or_refuse() == name
    assert current_portal() == portal_named(name)


@pytest.mark.parametrize(
    ("first", "other"),
    [("production", "test"), ("test", BOUCHON), (BOUCHON, "production"), (BOUCHON, BOUCHON[:-1] + "1")],
)
def test_another_portal_is_refused_with_both_names_and_a_way_out(
    asked: pytest.MonkeyPatch, first: str, other: str
) -> None:
    asked.setenv(VARIABLE, first)
    bind_or_refuse()
    asked.setenv(VARIABLE, other)
    for act in (bind_or_refuse, current_portal):
        with pytest.raises(Refusal) as caught:
            act()
        assert first in caught.value.message
        assert other in caught.value.message
        assert "--donnees" in caught.value.remedy
        assert f"« {first} »" in caught.value.remedy
    assert bound() == [(1, first)]


def test_another_spelling_of_the_same_bouchon_is_the_same(asked: pytest.MonkeyPatch) -> None:
    asked.setenv(VARIABLE, BOUCHON)
    bind_or_refuse()
    asked.setenv(VARIABLE, "HTTP://127.0.0.1:8700/")
    assert bind_or_refuse() == BOUCHON


@pytest.mark.parametrize(
    "value", ["prod", "Production", "ftp://x", "http://exemple.fr", "https://net-entreprises.fr", "é"]
)
def test_what_is_no_portal_is_refused_and_binds_nothing(asked: pytest.MonkeyPatch, value: str) -> None:
    asked.setenv(VARIABLE, value)
    with pytest.raises(Refusal, match="ne nomme aucun portail") as caught:
        bind_or_refuse()
    assert "« production »" in caught.value.remedy
    assert bound() == []
    asked.delenv(VARIABLE)
    bind_or_refuse()
    asked.setenv(VARIABLE, value)
    with pytest.raises(Refusal):
        bind_or_refuse()


def test_it_costs_one_query_once_bound(django_assert_num_queries: Any) -> None:
    bind_or_refuse()
    with django_assert_num_queries(1):
        bind_or_refuse()


def test_a_bouchon_is_training_and_the_portals_are_not() -> None:
    assert is_training(portal_named(BOUCHON))
    assert is_training(portal_named("https://bouchon.exemple.fr"))
    assert not is_training(portal_named("production"))
    assert not is_training(portal_named("test"))


class TestDemonstration:
    def test_it_binds_a_new_folder_and_follows_its_bouchon_to_another_port(self) -> None:
        bind_demonstration(BOUCHON)
        assert bound() == [(1, BOUCHON)]
        bind_demonstration("http://127.0.0.1:8701")
        assert bound() == [(1, "http://127.0.0.1:8701")]
        assert current_portal().name == "http://127.0.0.1:8701"

    def test_it_overrules_what_the_environment_says_for_the_processes_it_starts(
        self, asked: pytest.MonkeyPatch
    ) -> None:
        asked.setenv(VARIABLE, "production")
        bind_demonstration(BOUCHON)
        assert os.environ[VARIABLE] == BOUCHON
        assert bind_or_refuse() == BOUCHON

    @pytest.mark.parametrize("real", ["production", "test", "https://bouchon.exemple.fr"])
    def test_it_never_takes_a_folder_of_another_portal(self, real: str) -> None:
        PortalBinding.objects.create(pk=1, portal=real)
        with pytest.raises(Refusal, match="la démonstration ne s’y installe pas"):
            bind_demonstration(BOUCHON)
        assert bound() == [(1, real)]
        assert VARIABLE not in os.environ

    def test_it_is_never_bound_to_anything_beyond_this_machine(self) -> None:
        for address in ("production", "https://bouchon.exemple.fr"):
            with pytest.raises(ValueError, match="on this machine"):
                bind_demonstration(address)
        assert bound() == []


@pytest.mark.slow
@pytest.mark.engines
def test_processes_that_come_first_at_once_agree(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with start_child("tests.accounts.binding_child", folder, "prepare") as process:
        process.communicate(timeout=60)
    wishes = ["production", BOUCHON] * 2
    start = tmp_path / "maintenant"
    processes = [start_child("tests.accounts.binding_child", folder, "bind", wish, start) for wish in wishes]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "READY\n"
    start.touch()
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    chosen = set(answers) - {"refusé"}
    assert len(chosen) == 1
    (name,) = chosen
    assert answers == [wish if wish == name else "refusé" for wish in wishes]
