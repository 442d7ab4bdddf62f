"""What the documentation says must be there, and what is there must be documented."""

import re
from itertools import chain
from pathlib import Path

import pytest

from scarabee.cli.main import command_names

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "scarabee"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DOCUMENTED = {ROOT / "README.md", *(ROOT / "docs").rglob("*.md")}
SUMMARIES = [ROOT / "README.md", ROOT / "docs" / "reference" / "commandes.md"]

_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_VARIABLE = re.compile(r"\bSCARABEE_[A-Z_]+\b")
_ENVIRONMENT = re.compile(r"""environ(?:\.get\(|\.pop\(|\.setdefault\(|\[)\s*["']([A-Z_]+)["']""")
_FOREIGN = {"DISPLAY", "WAYLAND_DISPLAY"}
"""Variables of the system, which nobody sets for Scarabée."""


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _anchors(page: Path) -> set[str]:
    """The anchors that a reader of Markdown gives to the headings of a page."""
    found = _HEADING.findall(_FENCE.sub("", _text(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def _variables() -> set[str]:
    """Every environment variable, or setting of our own, that the product reads."""
    modules = [_text(path) for path in SOURCE.rglob("*.py") if path != SOURCE / "settings" / "test.py"]
    return set(chain.from_iterable([*map(_VARIABLE.findall, modules), *map(_ENVIRONMENT.findall, modules)])) - _FOREIGN


@pytest.mark.parametrize("page", SUMMARIES, ids=lambda page: page.name)
def test_every_command_is_documented(page: Path) -> None:
    codes = " ".join(re.findall(r"`+([^`]+)`+", _text(page)))
    missing = [name for name in command_names() if not re.search(rf"(?<![\w-]){name}(?![\w-])", codes)]
    assert not missing, f"{page.name} does not speak of {missing}"


def test_every_variable_is_documented() -> None:
    page = ROOT / "docs" / "admin" / "donnees.md"
    found = _variables()
    assert {"SCARABEE_DONNEES", "DATABASE_URL"} <= found
    missing = {name for name in found if f"`{name}`" not in _text(page)}
    assert not missing, f"{page.name} does not speak of {missing}"


def test_no_documented_variable_is_gone() -> None:
    said = set(chain.from_iterable(_VARIABLE.findall(_text(page)) for page in DOCUMENTED))
    of_tests = set(chain.from_iterable(_VARIABLE.findall(_text(path)) for path in (ROOT / "tests").rglob("*.py")))
    assert said <= _variables() | of_tests


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", _text(page))):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: no such file"
        assert target.is_relative_to(ROOT), f"{link}: outside the repository"
        if anchor:
            assert anchor in _anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("kind", ["user", "admin", "dev", "decisions"])
def test_every_page_can_be_found_from_the_readme(kind: str) -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = (link.partition("#")[0] for link in _LINK.findall(_text(page)) if "://" not in link)
        for link in filter(None, links):
            target = (page.parent / link).resolve()
            waiting += target.glob("*.md") if target.is_dir() else [target]
    assert set((ROOT / "docs" / kind).glob("*.md")) <= reached


def test_every_picture_of_the_documentation_is_shown_and_light() -> None:
    shown = "".join(map(_text, PAGES))
    for image in (ROOT / "docs" / "images").iterdir():
        assert image.name in shown, f"{image.name} is shown nowhere"
        assert image.stat().st_size < 300_000, f"{image.name} is too heavy"
