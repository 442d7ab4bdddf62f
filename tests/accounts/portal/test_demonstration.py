"""The portal of the demonstration: its file of accounts is whole or not there."""

from pathlib import Path

import pytest

from scarabee.cli.commands import demo_portal
from scarabee.netentreprises.bouchon.accounts import read_accounts


def test_a_demonstration_killed_while_it_writes_its_accounts_can_start_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bouchon refuses a file cut short, and nothing would ever write it anew."""
    write = Path.write_text

    def killed(path: Path, text: str, *args: str, **kwargs: str) -> int:
        write(path, text[:40], encoding="utf-8")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", killed)
        with pytest.raises(KeyboardInterrupt):
            demo_portal._write_accounts(tmp_path)
    assert read_accounts(demo_portal._write_accounts(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [demo_portal.ACCOUNTS_FILE]
