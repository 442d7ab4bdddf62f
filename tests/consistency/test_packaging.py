"""What `packaging/` gives to an installation as a service: units that systemd takes, settings that Scarabée takes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
UNITS = sorted((PACKAGING / "systemd").iterdir())
PROGRAM = "/opt/scarabee/.venv/bin/scarabee"
EXPOSURE_TENTHS = 20
"""At most 2.0 of 10 by the reckoning of systemd itself."""


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, with a program that is there, and one worker."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    for unit in UNITS:
        name = unit.name.replace("@.", "@1.")
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, sys.executable)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return sorted(tmp_path.iterdir())


def analyzed(*arguments: object) -> str:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stderr


def test_systemd_accepts_the_units(units: list[Path]) -> None:
    assert len(units) == 4
    said = analyzed("verify", *units)
    assert not [line for line in said.splitlines() if "scarabee" in line]


def test_the_services_see_and_may_little(units: list[Path]) -> None:
    for unit in units:
        if unit.suffix == ".service":
            analyzed("security", "--offline=yes", f"--threshold={EXPOSURE_TENTHS}", unit)


def test_the_units_run_commands_that_exist() -> None:
    from scarabee.cli.main import command_names

    commands = {line for unit in UNITS for line in re.findall(rf"ExecStart={PROGRAM} (\S+)", unit.read_text())}
    assert commands == {"web", "worker", "horloge"}
    assert commands <= set(command_names())


def test_the_example_of_settings_is_accepted_and_holds_documented_variables_only(tmp_path: Path) -> None:
    example = (PACKAGING / "scarabee.env").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "admin" / "donnees.md").read_text(encoding="utf-8")
    names = re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)
    assert {"DATABASE_URL", "SCARABEE_HOTES", "SCARABEE_PROXY"} <= set(names)
    assert [name for name in names if f"`{name}`" not in page] == []
    settings = tmp_path / "scarabee.env"
    settings.write_text(re.sub(r"^SCARABEE_DONNEES=.*", f"SCARABEE_DONNEES={tmp_path}", example, flags=re.MULTILINE))
    code = "import django; django.setup(); from django.conf import settings as s; print(s.DATABASES['default']['HOST'])"
    script = f'set -a; . "{settings}"; exec "{sys.executable}" -c "{code}"'
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.strip() == "/run/postgresql", ran.stderr


def test_the_proxies_send_what_scarabee_needs_to_know() -> None:
    nginx = (PACKAGING / "nginx" / "scarabee.conf").read_text(encoding="utf-8")
    assert {"Host", "X-Forwarded-Proto", "X-Forwarded-For"} <= set(re.findall(r"proxy_set_header (\S+)", nginx))
