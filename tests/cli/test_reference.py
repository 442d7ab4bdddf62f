"""The reference of the commands is written from their parsers."""

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "command_reference.py"


def test_the_reference_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("command_reference", SCRIPT)
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.PAGE.read_text(encoding="utf-8") == script.reference(), f"run {SCRIPT.name}"
