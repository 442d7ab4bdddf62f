"""Whatever comes in at a door that needs no database is read or clearly refused."""

import gzip
import io
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pyrage
import pytest
import zstandard
from tests.backups.archives import new_key
from tests.security.fuzz import samples
from tests.security.fuzz.mutations import any_bytes, dsn, markup, one_of
from tests.security.fuzz.walk import ACCEPTED, REFUSED, Door, go

from scarabee.backups import archive
from scarabee.backups.errors import ArchiveUnreadable
from scarabee.dossiers.services.archives import unpack
from scarabee.dossiers.services.naming import read_names_csv
from scarabee.dsn.checking import check
from scarabee.dsn.errors import DsnError, Warnings
from scarabee.dsn.reader import read
from scarabee.maintenance.errors import Refusal
from scarabee.netentreprises import documents, listings, receipts, trees
from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.errors import UnreadableAnswer
from scarabee.netentreprises.inflation import NotWhole, TooBig, inflated

IDENTITY, RECIPIENT = new_key()
KEY = pyrage.x25519.Recipient.from_str(RECIPIENT)
_MOMENT = datetime(2026, 3, 5, tzinfo=UTC)


def told(refusal: Exception) -> str:
    """A refusal, which has words."""
    if not str(refusal).strip():
        raise ValueError("refused without a word")
    return REFUSED


def read_dsn(data: bytes) -> str:
    try:
        for event in read(io.BytesIO(data), warnings=Warnings()):
            repr(event)
    except DsnError as refusal:
        return told(refusal)
    return ACCEPTED


def check_dsn(data: bytes) -> str:
    found = check(io.BytesIO(data), today=date(2026, 11, 25))
    assert all(one.message for one in found.findings)
    return ACCEPTED


def read_document(data: bytes) -> str:
    try:
        documents.read(data, name="retour.xml")
    except documents.Unreadable as refusal:
        return told(refusal)
    return ACCEPTED


def read_answer(data: bytes) -> str:
    outcome = REFUSED
    for reader in (listings.deposits_in, listings.returns_in, listings.leaves_in, receipts.receipt_in):
        for status in (200, 422):
            try:
                reader(Answer(status, _MOMENT, (), data))
                outcome = ACCEPTED
            except (trees.Unreadable, UnreadableAnswer):
                continue
    return outcome


def read_names(data: bytes) -> str:
    try:
        read_names_csv(io.BytesIO(data))
    except Refusal:
        return REFUSED
    return ACCEPTED


def inflate(data: bytes) -> str:
    try:
        inflated([data[at : at + 100] for at in range(0, len(data), 100)], 1 << 20)
    except (NotWhole, TooBig):
        return REFUSED
    return ACCEPTED


def compressed(rng: Random, tar: bytes) -> bytes:
    """The tar spoilt, or what hides it."""
    plain = any_bytes(rng, tar) if rng.random() < 0.8 else tar
    packed = zstandard.compress(plain)
    packed = packed if rng.random() < 0.8 else any_bytes(rng, packed)
    sealed: bytes = pyrage.encrypt(packed, [KEY])
    return sealed if rng.random() < 0.7 else any_bytes(rng, sealed)


@pytest.fixture
def read_archive(tmp_path: Path) -> Door:
    path = tmp_path / "essai.tar.zst.age"

    def knock(data: bytes) -> str:
        path.write_bytes(data)
        try:
            with archive.reading(path, [IDENTITY]) as found:
                for member in found.members():
                    while member.file.read(1 << 16):
                        pass
        except ArchiveUnreadable:
            return REFUSED
        return ACCEPTED

    whole = [pyrage.encrypt(zstandard.compress(one), [KEY]) for one in samples.tars()]
    assert {knock(one) for one in whole} == {ACCEPTED}
    return Door("archive", samples.tars, compressed, knock, 80)


@pytest.fixture
def open_zip(tmp_path: Path) -> Door:
    path = tmp_path / "in" / "envoi.zip"
    path.parent.mkdir()

    def knock(data: bytes) -> str:
        path.write_bytes(data)
        found = unpack(path, room=lambda size: None)
        left = sorted(one for one in tmp_path.rglob("*") if one.is_file() and one != path)
        assert all(one.parent == path.parent and not one.is_symlink() for one in left)
        assert left == sorted(at for _, at in found.members) if found else not left
        for one in left:
            one.unlink()
        return REFUSED if found is None or found.refusal else ACCEPTED

    return Door("zip", samples.zips, any_bytes, knock, 400)


DOORS = [
    Door("dsn", samples.dsn_files, one_of(dsn, dsn, any_bytes), read_dsn, 150),
    Door("checker", samples.dsn_files, one_of(dsn, dsn, any_bytes), check_dsn, 60),
    Door("returns", samples.documents, one_of(markup, markup, any_bytes), read_document, 300),
    Door("answers", samples.answers, one_of(markup, any_bytes), read_answer, 300),
    Door("names", samples.names_lists, any_bytes, read_names, 300),
    Door("gzip", lambda: [gzip.compress(one) for one in samples.answers()], any_bytes, inflate, 300),
]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_whatever_is_read_is_taken_or_refused(door: Door) -> None:
    print(door.name, dict(go(door)))


def test_whatever_archive_is_opened_is_taken_or_refused(read_archive: Door) -> None:
    print(read_archive.name, dict(go(read_archive)))


def test_whatever_zip_is_unpacked_stays_in_its_folder(open_zip: Door) -> None:
    print(open_zip.name, dict(go(open_zip)))


def test_the_official_examples_are_among_the_samples() -> None:
    if not samples.SHARED.exists():
        pytest.skip("the official examples are not here: only invented files are spoilt")
    assert len(samples.documents()) > 40
