"""Every template under src is drawn by a view, or is part of one that is."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "scarabee"
_NAME = re.compile(r"""["']([\w/.-]+\.html)["']""")


def _named_in(path: Path) -> set[str]:
    return set(_NAME.findall(path.read_text(encoding="utf-8")))


def test_every_template_is_used() -> None:
    folders = SOURCE.glob("*/templates")
    templates = {path.relative_to(folder).as_posix(): path for folder in folders for path in folder.rglob("*.html")}
    waiting = {name for path in SOURCE.rglob("*.py") for name in _named_in(path)}
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in templates and name not in used:
            used.add(name)
            waiting |= _named_in(templates[name])
    assert "web/base.html" in used
    unused = sorted(templates.keys() - used)
    assert not unused, f"drawn by no view, remove or draw them: {unused}"
