"""The copy made before an upgrade asks the very server that the address names."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from scarabee.maintenance import safety_copy
from scarabee.settings import database


@pytest.mark.parametrize(
    "address",
    ["postgresql://scarabee@/base?host=/run/socket&port=5433", "postgresql:///base?host=/run/socket&port=5433"],
)
def test_a_socket_named_in_the_address_reaches_pg_dump(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(safety_copy, "connection", SimpleNamespace(settings_dict=database.from_url(address)))
    monkeypatch.setattr(safety_copy, "_run", lambda command, secrets: asked.append(command))
    monkeypatch.setattr(safety_copy, "_tool", lambda name: name)
    safety_copy._dump(Path("copie.dump"))
    dump = asked[0]
    assert dump[dump.index("-h") + 1] == "/run/socket" and dump[dump.index("-p") + 1] == "5433" and dump[-1] == "base"
    assert "-h /run/socket -p 5433 -d base" in safety_copy.way_back(Path("copie.dump"))
