"""What is on disk: one bouchon at a time, whole after any death, readable or refused."""

import hashlib
import http.client
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.netentreprises.bouchon.conftest import Start, port_of
from tests.netentreprises.bouchon.files import MONTHLY
from tests.netentreprises.bouchon.wire import ACCOUNTS, BUREAU, Clock, Wire, idflux_of

from scarabee.netentreprises.bouchon.errors import BouchonRefusal
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.bouchon.store import Store

ROOT = Path(__file__).parents[3]


def child(folder: Path) -> tuple["subprocess.Popen[str]", int]:
    """A bouchon in another process, and its port."""
    command = [sys.executable, "-m", "tests.netentreprises.bouchon.serving_child", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline().rsplit(":", 1)[1])


def killed(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate(timeout=30)


def test_two_bouchons_never_share_a_folder(start: Start, bouchon: Bouchon, tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(BouchonRefusal, match="Un autre bouchon"):
        Bouchon(folder=tmp_path / "bouchon", accounts=ACCOUNTS).start()
    bouchon.stop()
    start()


def test_another_process_holds_the_folder_until_it_dies(tmp_path: Path) -> None:
    process, _ = child(tmp_path)
    try:
        with pytest.raises(BouchonRefusal, match="Un autre bouchon"):
            Bouchon(folder=tmp_path, accounts=ACCOUNTS).start()
    finally:
        killed(process)
    with Bouchon(folder=tmp_path, accounts=ACCOUNTS):
        pass


def test_a_port_that_is_taken_is_refused_and_the_folder_let_go(start: Start, bouchon: Bouchon, tmp_path: Path) -> None:
    other = tmp_path / "autre"
    with pytest.raises(BouchonRefusal, match=f"Le port {port_of(bouchon)}"):
        start(folder=other, port=port_of(bouchon))
    start(folder=other)


def test_what_was_acknowledged_survives_the_death_of_the_process(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    for _ in range(3):
        process, port = child(tmp_path)
        timer = threading.Timer(0.4, process.kill)
        timer.start()
        try:
            with Wire(port) as wire:
                token = wire.token(BUREAU)
                while True:
                    acknowledged.append(idflux_of(wire.deposit(token, MONTHLY)))
        except (OSError, http.client.HTTPException):
            pass
        timer.join()
        killed(process)
    store = Store(tmp_path)
    try:
        assert len(acknowledged) > 3
        known = {one.idflux: one for one in store.deposits()}
        assert known.keys() >= set(acknowledged)
        assert len(known) <= len(acknowledged) + 3, "at most one unanswered deposit for each death"
        assert [one.number for one in store.deposits()] == list(range(1, len(known) + 1))
        for one in known.values():
            assert hashlib.sha256(store.content(one)).hexdigest() == one.sha256
            assert all(store.file(one, name.file) for name in one.returns if name.file)
        assert list(tmp_path.rglob(".brouillon-*")) == []
    finally:
        store.close()


def test_what_a_dead_process_left_half_written_is_removed(start: Start, bouchon: Bouchon, wire: Wire) -> None:
    wire.deposit(wire.token(BUREAU), MONTHLY)
    folder = bouchon.state.store.folder
    bouchon.stop()
    (folder / "depots" / ".brouillon-1").mkdir()
    (folder / "depots" / ".brouillon-1" / "depot.json").write_text("{")
    (folder / ".brouillon-2").write_text("[")
    assert start().state.store.count() == 1
    assert list(folder.rglob(".brouillon-*")) == []


@pytest.mark.parametrize("name", ["depots/0000001/depot.json", "comptes.json"])
@pytest.mark.parametrize("content", [b"{", b"[]x", b'{"number": 1}', b"[1]", b"\xff"])
def test_a_spoiled_file_is_named_and_nothing_starts(
    start: Start, bouchon: Bouchon, wire: Wire, name: str, content: bytes
) -> None:
    wire.deposit(wire.token(BUREAU), MONTHLY)
    path = bouchon.state.store.folder / name
    bouchon.stop()
    path.write_bytes(content)
    for _ in range(2):
        with pytest.raises(BouchonRefusal, match="relire"):
            start()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights of POSIX systems, and not for root")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BouchonRefusal, match="ne peut pas servir"):
        Store(tmp_path / "bouchon")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bouchon").write_text("")
    with pytest.raises(BouchonRefusal, match="ne peut pas servir"):
        Store(tmp_path / "bouchon")


def test_nothing_on_disk_can_be_read_by_others_and_no_password_is_there(bouchon: Bouchon, wire: Wire) -> None:
    bouchon.start_incident("verrouillage")
    wire.sign_in(BUREAU, motdepasse="faux-secret")
    wire.deposit(wire.token(BUREAU), MONTHLY)
    wire.sign_in(BUREAU, motdepasse="faux-secret")
    folder = bouchon.state.store.folder
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        if os.name != "nt":
            assert path.stat().st_mode & 0o077 == 0, path
        content = path.read_bytes()
        assert b"faux-secret" not in content and BUREAU.motdepasse.encode() not in content


def test_stopping_twice_and_starting_again_are_harmless(tmp_path: Path) -> None:
    bouchon = Bouchon(folder=tmp_path, accounts=ACCOUNTS)
    with pytest.raises(RuntimeError):
        _ = bouchon.address
    bouchon.stop()
    for _ in range(2):
        with bouchon, Wire(port_of(bouchon)) as wire:
            assert wire.sign_in(BUREAU).status == 200
        bouchon.stop()
