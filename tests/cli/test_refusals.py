"""A database that a disk has spoiled: commands and the diagnostic say so in words."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import DatabaseError, connections

from scarabee.backups.connecting import connected
from scarabee.cli.refusals import as_refusal
from scarabee.settings import database


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A small SQLite database."""
    path = tmp_path / "base.sqlite3"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE montants (nombre INTEGER)")
    return path


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new"),
    [(b"CREATE TABLE montants", b"CREATE TABL\x8b montants"), (b"SQLite format 3", b"SQLite format 9")],
    ids=["a text that is none any more", "another header"],
)
def test_a_spoiled_file_is_said_in_words(base: Path, old: bytes, new: bytes) -> None:
    base.write_bytes(base.read_bytes().replace(old, new))
    with (
        connected("spoiled", database.sqlite(base)) as alias,
        pytest.raises((DatabaseError, UnicodeDecodeError)) as broken,
        connections[alias].cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM montants")
    refusal = as_refusal(broken.value)
    assert refusal is not None
    assert "abîmé" in refusal.message
    assert "restaurez" in refusal.remedy


def test_what_is_no_fault_of_the_disk_is_not_dressed_up() -> None:
    with pytest.raises(UnicodeDecodeError) as fault:
        b"\x8b".decode()
    assert as_refusal(fault.value) is None
