"""Archives: what is written comes back, anybody can open them, and nothing else passes for one."""

import hashlib
import os
import random
import resource
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backups.archives import entry, forged, new_key, sealed
from tests.child_processes import ROOT

from scarabee.backups import archive, contents
from scarabee.backups.archive import Member
from scarabee.backups.errors import ArchiveUnreadable, NoRoom, Reason

IDENTITY, RECIPIENT = new_key()
TABLES = {"tables/a.copy": b"1\tun\n2\tdeux\n", "tables/vide.copy": b"", "tables/long.copy": os.urandom(9 << 20)}
FILES = {"base.sqlite3": os.urandom(300_000), "fichiers/imports/7/0000-envoi.dsn": b"S10"}
MEMORY_CHILD = """
import os, resource, sys
from pathlib import Path
from scarabee.backups import archive
piece, path = os.urandom(1 << 20), Path(sys.argv[1])
size = int(sys.argv[2])
def pieces(): return (piece for _ in range(size))
members = [archive.Member("base.sqlite3", size << 20, pieces()), archive.Member("tables/a.copy", None, pieces())]
archive.write(path, recipients=[sys.argv[3]], manifest={}, members=members)
with archive.reading(path, [sys.argv[4]]) as opened:
    for member in opened.members():
        while member.file.read(1 << 20): pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def members() -> Iterator[Member]:
    for name, content in FILES.items():
        yield Member(name, len(content), [content[:1000], content[1000:]])
    for name, content in TABLES.items():
        yield Member(name, None, [content[:5], content[5:]])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("archives") / f"scarabee{contents.SUFFIX}"
    archive.write(at, recipients=[RECIPIENT], manifest={"what": "un essai"}, members=members(), findings=found)
    return at


def found() -> dict[str, object]:
    return {"rows": {"a": 2}}


def read_all(path: Path, identity: str = IDENTITY) -> dict[str, bytes]:
    with archive.reading(path, [identity]) as opened:
        return {member.name: member.file.read() for member in opened.members()}


def refused(path: Path, identity: str = IDENTITY) -> Reason:
    with pytest.raises(ArchiveUnreadable) as refusal:
        read_all(path, identity)
    assert path.name in refusal.value.message and refusal.value.remedy
    return refusal.value.reason


def test_what_is_written_comes_back_in_its_order(path: Path) -> None:
    assert list(read_all(path).items()) == [*FILES.items(), *TABLES.items()]
    with archive.reading(path, [new_key()[0], IDENTITY]) as opened:
        assert opened.manifest == {"format": 1, "what": "un essai"}
        assert opened.proof == {}
        names = [name for name, _, _ in opened.members()]  # not one byte of them is read
        assert opened.proof["rows"] == {"a": 2}
    assert set(opened.proof["members"]) == {contents.READ_ME, contents.MANIFEST, *names}
    expected = hashlib.sha256(TABLES["tables/long.copy"]).hexdigest()
    assert opened.proof["members"]["tables/long.copy"] == {"size": 9 << 20, "sha256": expected}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_key_kit_and_three_free_tools_are_enough(path: Path, tmp_path: Path) -> None:
    tar = tmp_path / "archive.tar"
    with path.open("rb") as source, (tmp_path / "archive.zst").open("wb") as target:
        pyrage.decrypt_io(source, target, [pyrage.x25519.Identity.from_str(IDENTITY)])
    try:
        subprocess.run(["zstd", "-q", "-d", tmp_path / "archive.zst", "-o", tar], check=True)
        subprocess.run(["tar", "-x", "-f", tar, "-C", tmp_path], check=True)
    except FileNotFoundError:
        pytest.skip("no zstd on this machine")
    for name, content in {**FILES, **TABLES}.items():
        assert (tmp_path / name).read_bytes() == content
    assert "AGE-SECRET-KEY-1" in (tmp_path / contents.READ_ME).read_text(encoding="utf-8")


def test_each_recipient_opens_it_and_nobody_else(tmp_path: Path) -> None:
    others = [new_key() for _ in range(3)]
    path = tmp_path / "a"
    archive.write(path, recipients=[key for _, key in others[:2]], manifest={}, members=members())
    assert read_all(path, others[0][0]) == read_all(path, others[1][0]) == {**FILES, **TABLES}
    assert refused(path, others[2][0]) is Reason.KEY


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.3, 0.7, 0.99, 0.9999999])
def test_a_cut_archive_is_never_taken_for_a_whole_one(path: Path, tmp_path: Path, share: float) -> None:
    whole = path.read_bytes()
    cut = tmp_path / "coupee"
    cut.write_bytes(whole[: int(len(whole) * share)])
    assert refused(cut) in {Reason.TRUNCATED, Reason.FORMAT}


def test_a_cut_between_two_blocks_of_the_encryption_shows_too(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    header = whole.index(b"\n", whole.index(b"\n--- ") + 1) + 1 + 16
    cut = tmp_path / "coupee"
    cut.write_bytes(whole[: header + 10 * (65536 + 16)])
    assert refused(cut) is Reason.TRUNCATED


@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), flipped=st.integers(1, 255))
def test_one_changed_byte_anywhere_is_refused(path: Path, share: float, flipped: int) -> None:
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= flipped
    changed = path.parent / "changee"
    changed.write_bytes(content)
    try:
        assert refused(changed) in {Reason.DAMAGED, Reason.TRUNCATED, Reason.FORMAT, Reason.KEY}
    finally:
        changed.unlink()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04" * 300, b"SQLite format 3\0" * 9000, b"age-encryption.org/v1\n" * 9000,
     b"age-encryption.org/v1\n" + b"-> X25519 aaaaaaaa\n" * 100_000],
    ids=["empty", "zip", "database", "header again and again", "header without end"],
)  # fmt: skip
def test_another_file_is_said_to_be_no_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "autre"
    path.write_bytes(content)
    assert refused(path) in {Reason.FORMAT, Reason.TRUNCATED}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_random_bytes_inside_the_encryption_end_in_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    draw = random.Random(seed)
    content = draw.randbytes(draw.randrange(2000))
    if seed % 2:
        content = zstandard.compress(content)
    path = sealed(tmp_path_factory.getbasetemp() / "hasard", RECIPIENT, content)
    assert refused(path) in {Reason.FORMAT, Reason.TRUNCATED}


@pytest.mark.parametrize(
    "name",
    ["../sorti", "/etc/passwd", "fichiers/../../sorti", "fichiers/./a", "fichiers//a", "fichiers/", "fichiers\\a",
     "fichiers/C:a", "tables/../a.copy", "tables/A.copy", "cles/autre", "autre", "manifeste.json", "fichiers/a\nb"],
)  # fmt: skip
def test_a_member_has_no_place_but_its_own(tmp_path: Path, name: str) -> None:
    assert refused(forged(tmp_path / "a", RECIPIENT, [entry(name, b"x")])) is Reason.FORMAT


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_only_plain_files_are_members(tmp_path: Path, kind: bytes) -> None:
    assert refused(forged(tmp_path / "a", RECIPIENT, [entry("fichiers/a", kind=kind)])) is Reason.FORMAT


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_an_extended_header_of_a_terabyte_is_not_read(tmp_path: Path, kind: bytes) -> None:
    assert refused(forged(tmp_path / "a", RECIPIENT, [entry("fichiers/a", size=1 << 40, kind=kind)])) is Reason.FORMAT


def test_the_same_member_twice_is_refused(tmp_path: Path) -> None:
    twice = [entry("fichiers/a", b"x"), entry("fichiers/a", b"y")]
    assert refused(forged(tmp_path / "a", RECIPIENT, twice)) is Reason.FORMAT


@pytest.mark.parametrize("name", ["fichiers/a", "tables/a.copy"])
def test_a_few_kilobytes_that_claim_terabytes_are_refused_before_they_are_read(tmp_path: Path, name: str) -> None:
    assert refused(forged(tmp_path / "a", RECIPIENT, [entry(name, size=1 << 42)])) is Reason.TOO_LARGE


def test_a_manifest_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = sealed(
        tmp_path / "a",
        RECIPIENT,
        zstandard.compress(entry(contents.READ_ME) + entry(contents.MANIFEST, size=1 << 29) + bytes(1 << 20)),
    )
    assert refused(path) is Reason.TOO_LARGE


@pytest.mark.parametrize("manifest", [b"[]", b"{", b"\xff", b"[" * 100_000, b'{"format": "1"}', b"{}"])
def test_a_manifest_that_says_nothing_is_refused(tmp_path: Path, manifest: bytes) -> None:
    assert refused(forged(tmp_path / "a", RECIPIENT, [], manifest=manifest)) is Reason.FORMAT


def test_an_archive_of_a_later_format_asks_for_an_upgrade(tmp_path: Path) -> None:
    assert refused(forged(tmp_path / "a", RECIPIENT, [], manifest=b'{"format": 2}')) is Reason.NEWER


def test_members_that_differ_from_their_proof_are_refused(tmp_path: Path) -> None:
    forgery = [entry("fichiers/a", b"x"), entry(contents.PROOF, b'{"members": {}}')]
    assert refused(forged(tmp_path / "a", RECIPIENT, forgery)) is Reason.DIFFERENT


def test_an_archive_without_its_proof_is_cut(tmp_path: Path) -> None:
    assert refused(forged(tmp_path / "a", RECIPIENT, [entry("fichiers/a", b"x")])) is Reason.TRUNCATED


def test_a_database_larger_than_the_disk_is_not_unpacked(tmp_path: Path) -> None:
    path = forged(tmp_path / "a", RECIPIENT, [entry(contents.DATABASE, size=1 << 50)])
    with archive.reading(path, [IDENTITY]) as opened, pytest.raises(NoRoom):
        archive.save(next(opened.members()), tmp_path / "base")
    assert not (tmp_path / "base").exists()


def test_what_breaks_while_writing_comes_out_as_it_is_and_leaves_nothing(tmp_path: Path) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"x"
        raise LookupError("la base ne répond plus")

    for size in (2, None):
        with pytest.raises(LookupError, match="la base"):
            archive.write(
                tmp_path / "a", recipients=[RECIPIENT], manifest={}, members=[Member("fichiers/a", size, breaking())]
            )
    with pytest.raises(OSError, match="changed"):
        archive.write(tmp_path / "a", recipients=[RECIPIENT], manifest={}, members=[Member("fichiers/a", 9, [b"x"])])
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_no_more_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            archive.write(tmp_path / "a", recipients=[RECIPIENT], manifest={}, members=members())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_whoever_stops_reading_half_way_leaves_no_thread_waiting(path: Path) -> None:
    import threading

    before = threading.active_count()
    for _ in range(5):
        with archive.reading(path, [IDENTITY]) as opened:
            assert next(opened.members()).file.read(10) == FILES["base.sqlite3"][:10]
    assert threading.active_count() == before


def test_memory_stays_flat_whatever_the_size(tmp_path: Path) -> None:
    peaks = [_peak(tmp_path / "a", megabytes) for megabytes in (20, 90)]
    assert peaks[1] - peaks[0] < 20 << 10, peaks


def _peak(path: Path, megabytes: int) -> int:
    """Kilobytes that a process holds at most when it writes and reads an archive twice that large."""
    arguments = [sys.executable, "-c", MEMORY_CHILD, str(path), str(megabytes), RECIPIENT, IDENTITY]
    return int(subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
