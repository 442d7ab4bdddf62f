"""Every act that a service writes into the journal has French words."""

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
