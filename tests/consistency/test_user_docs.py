"""The pages for users name buttons and messages as the product writes them."""

import re
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "user").glob("*.md"))

_STEP = re.compile(r"^ *\d+\. .*(?:\n +(?!\d+\.).*)*", re.MULTILINE)
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_TROUBLE = re.compile(r"^## En cas de problème\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_MESSAGE = re.compile(r"^\| \*(.+?)\*", re.MULTILINE)


def _said_by_the_product() -> str:
    """Every module and template, on one line: what a screen or a command may say."""
    files = [*ROOT.glob("src/scarabee/**/*.py"), *ROOT.glob("src/scarabee/**/*.html")]
    joined = " ".join(path.read_text(encoding="utf-8") for path in files)
    joined = re.sub(r'"\s*\n\s*f?"', "", joined)  # a sentence written over several lines
    return " ".join(re.sub(r"<[^>{}]*>", "", joined).split())


SAID = _said_by_the_product()


def _pieces(text: str) -> list[str]:
    """A name or message without what varies in it, which the pages write as an ellipsis."""
    return [piece.strip(" .") for piece in " ".join(text.split()).split("…") if piece.strip(" .")]


def _named(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    buttons = chain.from_iterable(_BOLD.findall(step) for step in _STEP.findall(text))
    messages = chain.from_iterable(_MESSAGE.findall(part) for part in _TROUBLE.findall(text))
    return [*buttons, *messages]


def test_the_pages_name_something() -> None:
    assert sum(len(_named(page)) for page in PAGES) > 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_is_what_the_product_says(page: Path) -> None:
    unknown = [name for name in _named(page) if any(piece not in SAID for piece in _pieces(name))]
    assert not unknown
