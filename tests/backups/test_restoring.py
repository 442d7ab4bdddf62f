"""Returning to a backup: everything is as in the archive, or everything is as before."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from tests.backups.bureau import PASSWORD, PORTAL_PASSWORD, bring_in, everything, fill
from tests.dossiers.small_files import BRIGITTE, declaration, envoi

from scarabee.accounts.models import OneTimeLink, PortalBinding, PortalIdentifiers, Session, User
from scarabee.accounts.portal.identifiers import kept_entry
from scarabee.accounts.services.users import create_user
from scarabee.backups import anchors, keys, restoring, scratch, tables, writing
from scarabee.backups.errors import ArchiveUnreadable, Reason
from scarabee.backups.models import Backup
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Dossier, ImportFile
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, FilingMove
from scarabee.filings.services import after_restore
from scarabee.maintenance import journal
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry, Window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folder")]
OWNER = Actor.owner()


def saved(reason: str = "essai") -> Path:
    return Path(writing.back_up(actor=OWNER, reason=reason).path)


def emptied() -> None:
    """The disk died: a new data folder, with nothing in it."""
    with connection.constraint_checks_disabled():
        tables.empty("default", tables.kept_models())
    shutil.rmtree(settings.DATA_FOLDER)
    Path(settings.DATA_FOLDER).mkdir()


def test_a_new_data_folder_and_the_trousse_bring_everything_back(tmp_path: Path) -> None:
    filing = fill()
    waiting = Path(settings.DATA_FOLDER) / "fichiers" / "imports" / "7" / "0000-essai.dsn"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(b"S10")
    ImportFile.objects.filter(act=Act.objects.first()).update(path="fichiers/imports/7/0000-essai.dsn")
    digests = {one.name: dossier_digest(one) for one in Dossier.objects.all()}
    archive, kit = tmp_path / "archive.tar.zst.age", keys.kit(actor=OWNER)
    saved().rename(archive)
    before, head = everything(), JournalEntry.objects.first()
    emptied()
    done = restoring.restore(actor=OWNER, path=archive, identities=[kit])
    assert done.safety is None and done.comparison.is_new
    assert everything() == before
    assert {one.name: dossier_digest(one) for one in Dossier.objects.all()} == digests
    assert User.objects.get(username="Administrateur").check_password(PASSWORD)
    assert kept_entry(PortalIdentifiers.objects.get()).motdepasse == PORTAL_PASSWORD
    assert waiting.read_bytes() == b"S10"
    assert journal.verify() == [] and anchors.cut_since() is None
    assert head is not None
    told = JournalEntry.objects.get(code=anchors.RESTORED)
    assert told.facts["archive"] == "archive.tar.zst.age" and len(told.facts["archive_sha256"]) == 64
    filing.refresh_from_db()
    assert filing.state == FilingState.HELD
    assert keys.identities() == [kit]
    assert not Backup.objects.filter(made_at=None).exists()
    assert not Session.objects.exists() and not OneTimeLink.objects.exists()


def test_a_return_over_what_is_here_saves_it_first_and_that_copy_leads_back(tmp_path: Path) -> None:
    fill()
    archive = saved()
    before = everything()
    create_user(actor=OWNER, username="Zoé")
    bring_in(Dossier.objects.get(name="Repli"), envoi(declaration((BRIGITTE,), siret="84125796700023")))
    after = everything()
    done = restoring.restore(actor=OWNER, path=archive)
    assert everything() == before and not User.objects.filter(username="Zoé").exists()
    assert done.safety is not None and done.comparison.users_lost == ["Zoé"]
    lost = {one.name: one.loses for one in done.comparison.dossiers}
    assert lost["Repli"] == {"employers": 1, "employees": 1, "declarations": 1, "employee_months": 1}
    assert lost["Associations du Val"] == {}
    assert Backup.objects.filter(path=str(done.safety)).exists()
    restoring.restore(actor=OWNER, path=done.safety.rename(tmp_path / "retour.tar.zst.age"))
    assert everything() == after
    assert journal.verify() == []
    assert Window.objects.count() == 0


def test_the_preview_changes_nothing_and_tells_who_loses_what() -> None:
    fill()
    archive = saved()
    Dossier.objects.filter(name="Repli").delete()
    create_user(actor=OWNER, username="Zoé")
    Filing.objects.update(idflux="a" * 23)
    before = everything()
    found = restoring.look(actor=OWNER, path=archive)
    assert everything() == before
    assert (found.users_lost, found.users_back, found.deposits_lost) == (["Zoé"], [], 1)
    assert [(one.name, one.here is None) for one in found.dossiers] == [
        ("Associations", False), ("Associations du Val", False), ("Repli", True),
    ]  # fmt: skip
    assert found.entries_lost > 0 and not found.is_new


def test_what_was_ordered_waits_for_a_person_and_says_why() -> None:
    filing = fill()
    archive = saved()
    restoring.restore(actor=OWNER, path=archive)
    filing.refresh_from_db()
    assert filing.state == FilingState.HELD and "peut-être parti" in filing.problem
    move = FilingMove.objects.filter(filing=filing).latest("pk")
    assert (move.former, move.state, move.automatic) == ("planned", "held", True)
    assert after_restore.open_acts().count() == 1


def test_an_archive_of_another_portal_is_refused() -> None:
    fill()
    PortalBinding.objects.update_or_create(pk=1, defaults={"portal": "production"})
    archive = saved()
    PortalBinding.objects.update(portal="test")
    with pytest.raises(Refusal, match="portail de test"):
        restoring.restore(actor=OWNER, path=archive)
    assert not JournalEntry.objects.filter(code=anchors.RESTORED).exists()


def test_a_new_folder_takes_the_portal_of_the_archive_unless_another_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill()
    PortalBinding.objects.update_or_create(pk=1, defaults={"portal": "test"})
    archive, kit = saved(), keys.writing_identity()
    kept = archive.read_bytes()
    emptied()
    archive = Path(settings.DATA_FOLDER).parent / archive.name
    archive.write_bytes(kept)
    monkeypatch.setenv("SCARABEE_PORTAIL", "production")
    with pytest.raises(Refusal, match="portail de test"):
        restoring.restore(actor=OWNER, path=archive, identities=[kit])
    monkeypatch.delenv("SCARABEE_PORTAIL")
    restoring.restore(actor=OWNER, path=archive, identities=[kit])
    assert PortalBinding.objects.get().portal == "test"


def test_a_damaged_archive_and_a_foreign_key_change_nothing() -> None:
    fill()
    archive = saved()
    before = everything()
    spoilt = archive.with_name("abimee.tar.zst.age")
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    spoilt.write_bytes(data)
    with pytest.raises(ArchiveUnreadable) as damaged:
        restoring.restore(actor=OWNER, path=spoilt)
    assert damaged.value.reason in {Reason.DAMAGED, Reason.TRUNCATED}
    Path(settings.BACKUP_KEY_FILE).unlink()
    with pytest.raises(ArchiveUnreadable) as foreign:
        restoring.restore(actor=OWNER, path=archive)
    assert foreign.value.reason is Reason.KEY
    assert everything() == before
    assert not list(archive.parent.glob(".lecture-*"))


def test_an_archive_of_a_newer_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    fill()
    recorder = MigrationRecorder(connection)
    recorder.record_applied("dossiers", "9999_from_tomorrow")
    archive = saved()
    recorder.record_unapplied("dossiers", "9999_from_tomorrow")
    with pytest.raises(ArchiveUnreadable) as newer:
        restoring.look(actor=OWNER, path=archive)
    assert newer.value.reason is Reason.NEWER and "9999_from_tomorrow" in newer.value.message


def test_a_second_return_at_the_same_time_is_refused() -> None:
    fill()
    archive = saved()
    refused = []

    def tell(line: str) -> None:
        if line.startswith("Remplacement"):
            with pytest.raises(Refusal) as second:
                restoring.restore(actor=OWNER, path=archive)
            refused.append(second.value.message)

    restoring.restore(actor=OWNER, path=archive, tell=tell)
    assert "déjà ouverte" in refused[0] and "Retour à une sauvegarde" in refused[0]


def test_only_an_administrateur_returns_to_a_backup() -> None:
    fill()
    lucie = Actor.of(User.objects.get(username="Lucie"))
    with pytest.raises(NotAllowed):
        restoring.look(actor=lucie, path=Path("rien"))
    with pytest.raises(NotAllowed):
        restoring.restore(actor=lucie, path=Path("rien"))


def test_a_file_that_waits_under_the_same_name_is_kept_beside_the_one_that_comes_back() -> None:
    fill()
    name = "fichiers/imports/7/0000-essai.dsn"
    waiting = Path(settings.DATA_FOLDER) / name
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(b"avant")
    row = ImportFile.objects.earliest("pk")
    ImportFile.objects.filter(pk=row.pk).update(path=name)
    archive = saved()
    waiting.write_bytes(b"autre chose")
    restoring.restore(actor=OWNER, path=archive)
    row.refresh_from_db()
    assert (Path(settings.DATA_FOLDER) / row.path).read_bytes() == b"avant"
    assert waiting.read_bytes() == b"autre chose"


def test_an_archive_is_opened_as_a_database_of_this_version_and_leaves_nothing_behind() -> None:
    fill()
    archive = saved()
    before = everything()
    with scratch.opened(archive, keys.identities()) as there:
        assert connections[there.alias].vendor == "sqlite"
        found = {one.name: one for one in (tables.table_of(there.alias, m) for m in tables.kept_models())}
        path = connections[there.alias].settings_dict["NAME"]
    assert {name: found[name] for name in before} == before
    assert not Path(path).exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="cuts a SQLite file")
def test_the_journal_whose_end_was_cut_off_is_told_apart_from_one_that_was_replaced_by_a_return() -> None:
    fill()
    archive = saved()
    anchors.note_head()
    restoring.restore(actor=OWNER, path=archive)
    assert anchors.cut_since() is None
    anchors.note_head()
    noted = anchors.last_noted()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM maintenance_journalentry WHERE sequence > %s", [noted.sequence - 2])  # type: ignore[union-attr]
    assert journal.verify() == []
    assert anchors.cut_since() == noted
    anchors.note_head()  # as the clock does: what proves it must not be written over
    assert anchors.cut_since() == noted
    assert sqlite3.sqlite_version
