"""The key of backups: made once, kept to oneself, shown to who may see it, never written anywhere else."""

import stat
from pathlib import Path
from typing import Any

import pytest
from tests.backups.archives import new_key

from scarabee.accounts.models import User
from scarabee.backups import keys
from scarabee.maintenance.errors import NotAllowed
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, settings: Any) -> Path:
    settings.BACKUP_KEY_FILE = tmp_path / "cle-sauvegarde"
    return tmp_path / "cle-sauvegarde"


def test_the_first_need_makes_one_key_for_its_owner_alone(key_file: Path) -> None:
    assert keys.identities() == []
    identity = keys.writing_identity()
    assert keys.writing_identity() == identity
    assert keys.identities() == [identity]
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key_file.chmod(0o644)
    assert keys.identities() == [identity]
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_age_itself_reads_the_file(key_file: Path, tmp_path: Path) -> None:
    keys.writing_identity()
    lines = key_file.read_text().splitlines()
    assert [line[:1] for line in lines] == ["#", "#", "A"]
    assert lines[1] == f"# {keys.recipient(lines[2])}"


def test_the_newest_identity_writes_and_every_one_reads(key_file: Path) -> None:
    first, second = new_key()[0], new_key()[0]
    key_file.write_text(f"\ufeff# neuve\n{second}\n\npas une clé\nAGE-SECRET-KEY-1TROP\n  {first}\n", encoding="utf-8")
    assert keys.writing_identity() == second
    assert keys.identities() == [second, first]


def test_a_file_that_holds_no_key_is_kept_beneath_the_new_one(key_file: Path) -> None:
    key_file.write_text("# écrit par quelqu’un\n", encoding="utf-8")
    identity = keys.writing_identity()
    assert keys.identities() == [identity]
    assert key_file.read_text(encoding="utf-8").endswith("# écrit par quelqu’un\n")


def test_a_file_that_cannot_be_used_is_said_with_its_remedy(key_file: Path) -> None:
    key_file.mkdir()
    for use in (keys.identities, keys.writing_identity):
        with pytest.raises(keys.KeyFileUnusable) as refusal:
            use()
        assert str(key_file) in refusal.value.message and refusal.value.remedy


def test_the_kit_is_shown_and_the_journal_does_not_hold_it(db: None, owner: Actor) -> None:
    assert keys.is_put_away()  # nothing to put away yet
    kit = keys.kit(actor=owner)
    assert kit == keys.writing_identity()
    assert not keys.is_put_away()
    keys.put_away(actor=owner)
    assert keys.is_put_away()
    entries = list(JournalEntry.objects.filter(code__startswith="trousse.").order_by("sequence"))
    assert [entry.code for entry in entries] == ["trousse.montree", "trousse.rangee"]
    assert all(kit not in str(entry.facts) for entry in entries)


def test_another_key_has_a_kit_of_its_own_to_put_away(db: None, owner: Actor, key_file: Path) -> None:
    keys.kit(actor=owner)
    keys.put_away(actor=owner)
    key_file.write_text(f"{new_key()[0]}\n{key_file.read_text()}")
    assert not keys.is_put_away()


def test_nobody_but_an_administrator_sees_the_kit(db: None, key_file: Path) -> None:
    actor = Actor.of(User.objects.create(username="Zoé"))
    for ask in (keys.kit, keys.put_away):
        with pytest.raises(NotAllowed):
            ask(actor=actor)
    assert not key_file.exists() and not JournalEntry.objects.exists()
