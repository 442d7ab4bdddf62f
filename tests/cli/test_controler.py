"""The command that checks files: what it prints, its JSON, its exit code, and that it needs no database."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from tests.cli.conftest import Ran

from scarabee.cli.main import main
from scarabee.dsn.invention import invent_bureau, month_file

GOOD = month_file(invent_bureau(5, employers=2, months=1), "2025-11")
BAD = GOOD.replace(b"S21.G00.40.002,'", b"S21.G00.40.002,'9", 1)


@pytest.fixture
def control(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run the command in a data folder of its own, without the database of the tests."""
    monkeypatch.setenv("SCARABEE_DONNEES", str(tmp_path / "donnees"))
    (tmp_path / "bon.dsn").write_bytes(GOOD)
    (tmp_path / "faux.dsn").write_bytes(BAD)

    def run(*arguments: object) -> Ran:
        code = main(["controler", *map(str, arguments)])
        return Ran(code, *capsys.readouterr())

    return run


def test_a_good_file_passes_and_the_limits_are_said(control: Callable[..., Ran], tmp_path: Path) -> None:
    ran = control(tmp_path / "bon.dsn")
    assert ran.code == 0
    assert "bon.dsn : 2\N{NO-BREAK SPACE}déclarations" in ran.out
    assert "BLOQUANT" not in ran.out
    assert "Non contrôlé :" in ran.out and "Ce contrôle n’est pas DSN-Val" in ran.out


def test_a_fault_is_told_with_line_value_and_remedy_and_exits_with_1(
    control: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = control(tmp_path / "bon.dsn", tmp_path / "faux.dsn")
    line = next(number for number, line in enumerate(BAD.splitlines(), 1) if line.startswith(b"S21.G00.40.002,'9"))
    assert ran.code == 1
    assert "BLOQUANT · Longueur des valeurs" in ran.out
    (told,) = [one for one in ran.out.splitlines() if one.startswith(f"{line}\t")]
    assert "Statut du salarié" in told and told.endswith(BAD.splitlines()[line - 1][16:-1].decode())
    assert "→ Corrigez dans le logiciel de paie" in ran.out


def test_a_value_cannot_command_the_terminal(control: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "ruse.dsn").write_bytes(GOOD.replace(b"S21.G00.30.007,'", b"S21.G00.30.007,'\x9b2J", 1))
    ran = control(tmp_path / "ruse.dsn")
    assert ran.code == 1 and "\N{REPLACEMENT CHARACTER}2J" in ran.out and "\x9b" not in ran.out


def test_json_has_what_the_design_promises(control: Callable[..., Ran], tmp_path: Path) -> None:
    ran = control(tmp_path / "bon.dsn", tmp_path / "faux.dsn", "--json")
    good, bad = ran.json["files"]
    assert (ran.code, ran.err) == (1, "")
    assert good["file"] == str(tmp_path / "bon.dsn") and good["declarations"] == 2 and good["unchecked"]
    assert {one["severity"] for one in good["findings"]} <= {"info", "warning"}
    (blocking,) = [one for one in bad["findings"] if one["severity"] == "blocking"]
    assert {"severity", "rule", "line", "rubrique", "value", "message", "remedy"} <= blocking.keys()
    assert (blocking["rule"], blocking["rubrique"], blocking["certain"]) == ("longueur", "S21.G00.40.002", False)
    assert "DSN-Val" in ran.json["disclaimer"]


def test_what_cannot_be_read_blocks_and_the_other_files_are_checked(
    control: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = control(tmp_path / "absent.dsn", tmp_path, tmp_path / "bon.dsn", "--json")
    absent, folder, good = ran.json["files"]
    assert ran.code == 1
    for one, words in ((absent, "n’existe pas"), (folder, "dossier de l’ordinateur")):
        (finding,) = one["findings"]
        assert (finding["severity"], finding["rule"], finding["certain"]) == ("blocking", "lecture", True)
        assert words in finding["message"] and finding["remedy"]
    assert good["declarations"] == 2


def test_each_file_of_an_archive_is_checked_and_nothing_is_left_behind(
    control: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    with ZipFile(tmp_path / "lot.zip", "w", ZIP_DEFLATED) as archive:
        archive.writestr("nord/bon.dsn", GOOD)
        archive.writestr("__MACOSX/._bon.dsn", b"rien")
        archive.writestr("../../faux.dsn", BAD)
    ran = control(tmp_path / "lot.zip", "--json")
    first, second = ran.json["files"]
    assert (ran.code, first["declarations"], first["file"]) == (1, 2, f"{tmp_path / 'lot.zip'} ▸ bon.dsn")
    assert second["file"].endswith("▸ faux.dsn") and "longueur" in {one["rule"] for one in second["findings"]}
    assert list(aside.iterdir()) == []
    assert sorted(one.name for one in tmp_path.glob("*.dsn*")) == ["bon.dsn", "faux.dsn"]


def test_a_hostile_archive_is_refused_and_the_other_files_are_checked(
    control: Callable[..., Ran], tmp_path: Path
) -> None:
    with ZipFile(tmp_path / "bombe.zip", "w", ZIP_DEFLATED) as archive:
        archive.writestr("bombe.dsn", bytes(64 << 20))
    with ZipFile(tmp_path / "nombreux.zip", "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.dsn", b"")
    whole = (tmp_path / "bombe.zip").read_bytes()
    (tmp_path / "coupee.zip").write_bytes(whole[: len(whole) // 2])
    ran = control(*(tmp_path / name for name in ("bombe.zip", "nombreux.zip", "coupee.zip", "bon.dsn")), "--json")
    *refused, good = ran.json["files"]
    assert ran.code == 1 and good["declarations"] == 2
    for one, words in zip(refused, ("se gonfle", "1001 fichiers", "abîmée"), strict=True):
        (finding,) = one["findings"]
        assert words in finding["message"] and finding["certain"]


def test_it_works_in_a_process_of_its_own_and_makes_no_database(
    scarabee: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "faux.dsn").write_bytes(BAD)
    folder = tmp_path / "donnees"
    done = scarabee("--donnees", folder, "controler", tmp_path / "faux.dsn", "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["files"][0]["declarations"] == 2
    assert not list(folder.glob("*.sqlite3*"))
