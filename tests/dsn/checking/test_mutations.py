"""A valid file broken in one place: the rule's finding comes back with its line and rubrique, and nothing else."""

from io import BytesIO

import pytest
from tests.dsn.checking.bases import TODAY, base, written
from tests.dsn.checking.mutations import MUTATIONS, Mutation

from scarabee.dsn.checking import Rule, check
from scarabee.dsn.findings import Severity

INFORMATION = {Rule.TRIAL_OR_REAL, Rule.SEVERAL_DECLARATIONS}
BASES = sorted({mutation.base for mutation in MUTATIONS})


@pytest.mark.parametrize("name", BASES)
def test_nothing_is_wrong_before_the_change(name: str) -> None:
    found = check(BytesIO(written(base(name))), today=TODAY).findings
    assert [one for one in found if one.severity is not Severity.INFO and one.rule != Rule.NORM] == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.rule}-{one.rubrique}")
def test_what_is_broken_in_one_place_is_found_there_and_nothing_else(mutation: Mutation) -> None:
    lines = base(mutation.base)
    at = mutation.change(lines)
    content = written(lines, counted=mutation.counted)
    found = [one for one in check(BytesIO(content), today=TODAY).findings if one.severity is not Severity.INFO]
    if mutation.base == "new norm":
        found = [one for one in found if one.rule != Rule.NORM]
    named = [one for one in found if one.rule == mutation.rule and one.rubrique == mutation.rubrique]
    assert named, found
    assert (named[0].line, named[0].severity) == (at + 1, mutation.severity)
    assert named[0].certain == mutation.certain
    assert named[0].message and named[0].remedy
    assert {one.rule for one in found} <= {mutation.rule, *mutation.also}, found


def test_every_rule_is_broken_by_a_mutation() -> None:
    assert {mutation.rule for mutation in MUTATIONS} == set(Rule) - INFORMATION


def test_what_is_only_worth_knowing_is_said_of_whole_files() -> None:
    for name, real in (("month", False), ("signalement 07", True)):
        lines = base(name)
        found = {one.rule: one for one in check(BytesIO(written(lines)), today=TODAY).findings}
        assert found[Rule.TRIAL_OR_REAL].value == ("02" if real else "01")
        assert (Rule.SEVERAL_DECLARATIONS in found) == (name == "month")
        assert {one.severity for one in found.values()} == {Severity.INFO}
