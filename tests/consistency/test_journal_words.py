"""Every act that a service writes into the journal has French words."""

import ast
import re
from pathlib import Path

import pytest

from scarabee.maintenance.journal import wording

SOURCES = sorted((Path(__file__).parents[2] / "src/scarabee").rglob("*.py"))
_RECORDED = re.compile(r'record\(\s*[\w.()]+,\s*"([a-z_.]+)"')
CODES = sorted({code for path in SOURCES for code in _RECORDED.findall(path.read_text(encoding="utf-8"))})


def test_the_codes_are_found() -> None:
    assert {"transfer.done", "import.file", "dossier.created"} <= set(CODES)


@pytest.mark.parametrize("code", [*CODES, "import.undone", "transfer.undone"])
def test_a_code_has_french_words(code: str) -> None:
    assert wording(code) != code


SAME_IN_FRENCH = {"cause", "dossier", "rubriques", "tables"}


def _facts() -> set[str]:
    calls = [
        (ast.unparse(node.func), node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    told = {keyword.arg for name, call in calls if name == "journal.record" for keyword in call.keywords if keyword.arg}
    elsewhere = (call.args[3] for name, call in calls if name == "journal.record_in")
    told |= {key.value for facts in elsewhere if isinstance(facts, ast.Dict) for key in facts.keys if key}
    return told - {"dossier_uuid"}


def test_every_fact_has_french_words() -> None:
    facts = _facts()
    assert {"act", "counts", "sirets"} <= facts
    assert {name for name in facts if wording(name) == name} <= SAME_IN_FRENCH
