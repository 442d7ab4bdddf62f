"""Whatever the journal is told, its page says in French."""

import ast
from collections.abc import Iterator
from pathlib import Path

import scarabee
from scarabee.maintenance import journal

SAME_IN_FRENCH = {"dossier", "rubriques"}
KIND_OF_ACT = {"import", "transfer"}


def _calls() -> Iterator[ast.Call]:
    for path in Path(scarabee.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "journal.record":
                yield node


def _codes(node: ast.expr) -> Iterator[str]:
    """The codes an expression may stand for: a string, one of two, or the kind of an act and what happened to it."""
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp():
            yield from _codes(node.body)
            yield from _codes(node.orelse)
        case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(ending))]):
            yield from (f"{kind}{ending}" for kind in KIND_OF_ACT)


def test_every_act_and_every_fact_has_french_words() -> None:
    calls = list(_calls())
    codes = {code for call in calls for code in _codes(call.args[1])}
    facts = {keyword.arg for call in calls for keyword in call.keywords if keyword.arg} - {"dossier_uuid"}
    assert {"import.end", "transfer.undone", "employee.deleted"} <= codes
    unsaid = sorted(name for name in codes | facts if journal.wording(name) == name)
    assert set(unsaid) <= SAME_IN_FRENCH
