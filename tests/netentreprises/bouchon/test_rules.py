"""The bouchon writes down the searches that break a rule of the service, and no others (api-dsn §6.2, §6.3)."""

import pytest
from tests.netentreprises.bouchon.wire import BUREAU, OTHER, Clock, Wire

from scarabee.netentreprises.bouchon.rules import NOT_NARROWED, TOO_SOON, TOO_WIDE
from scarabee.netentreprises.bouchon.server import Bouchon

SEARCH = "/lister-retours-declarant/2.0/20261105{}/20261105{}"


def rules(bouchon: Bouchon) -> list[str]:
    return [one.rule for one in bouchon.breaches]


@pytest.mark.parametrize("name", ["lister-depots", "lister-retours-declarant"])
def test_a_search_wider_than_is_known_to_be_allowed_breaks_a_rule(bouchon: Bouchon, wire: Wire, name: str) -> None:
    token = wire.token(BUREAU)
    assert wire.get(f"/{name}/2.0/20261105120000/20261105130000", token).status == 200
    assert rules(bouchon) == []
    assert wire.get(f"/{name}/2.0/20261105120000/20261105130001", token).status == 429
    assert rules(bouchon) == [TOO_WIDE]


def test_a_width_that_was_just_reduced_is_no_breach_until_it_is_told(bouchon: Bouchon, wire: Wire) -> None:
    token = wire.token(BUREAU)
    bouchon.start_incident("plage-reduite")
    assert wire.get(SEARCH.format("120000", "130000"), token).status == 429
    assert wire.get(SEARCH.format("120000", "121500"), token).status == 200
    assert rules(bouchon) == []
    assert wire.get(SEARCH.format("120000", "121501"), token).status == 429
    assert rules(bouchon) == [TOO_WIDE]


def test_to_insist_after_a_429_breaks_a_rule_unless_the_search_is_narrower_or_later(
    bouchon: Bouchon, wire: Wire, clock: Clock
) -> None:
    token = wire.token(BUREAU)
    bouchon.start_incident("plage-reduite")
    wire.get(SEARCH.format("120000", "130000"), token)
    wire.get(SEARCH.format("120000", "123000"), token)
    assert rules(bouchon) == []
    wire.get(SEARCH.format("130000", "133000"), token)
    assert rules(bouchon) == [NOT_NARROWED]
    clock.move(minutes=2)
    wire.get(SEARCH.format("130000", "133000"), token)
    assert rules(bouchon) == [NOT_NARROWED]


def test_the_same_search_before_its_answer_is_stale_breaks_a_rule_for_the_same_visitor(
    bouchon: Bouchon, wire: Wire, clock: Clock
) -> None:
    path = SEARCH.format("120000", "130000")
    token = wire.token(BUREAU)
    wire.get(path, token)
    wire.get(path, wire.token(OTHER))
    clock.move(minutes=2)
    wire.get(path, token)
    assert rules(bouchon) == []
    clock.move(seconds=119)
    wire.get(path, token)
    assert rules(bouchon) == [TOO_SOON]
    assert bouchon.breaches[0].path == path
