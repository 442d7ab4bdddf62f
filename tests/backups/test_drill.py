"""The drill of the month: an archive that would not bring everything back is told before the day it is needed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.backups.bureau import fill

from scarabee.backups import drill, keys, restoring, writing
from scarabee.backups.errors import ArchiveUnreadable
from scarabee.backups.models import Backup
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Declaration
from scarabee.filings.models import Run
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = Actor.owner()


@pytest.fixture(autouse=True)
def archive(folder: Path) -> Path:
    """The newest archive of a bureau."""
    fill()
    return Path(writing.back_up(actor=OWNER, reason="essai").path)


def test_a_whole_archive_passes_and_the_journal_says_so(archive: Path) -> None:
    done = drill.drill(actor=OWNER)
    assert (done.path, done.dossiers, done.problems) == (archive, 3, [])
    assert done.rows > 40
    told = JournalEntry.objects.get(code=drill.DRILLED)
    assert told.facts == {"archive": archive.name, "failure": "", "rows": done.rows}


def test_it_is_done_once_a_month_and_taken_up_again_when_it_died() -> None:
    moment = now()
    assert drill.run_due(moment) == 1
    assert drill.run_due(moment) == 0
    assert drill.run_due(moment + timedelta(days=32)) == 1
    Run.objects.filter(kind=drill.KIND).update(finished_at=None)
    assert drill.run_due(moment + timedelta(hours=1)) == 0
    assert drill.run_due(moment + timedelta(hours=7)) == 1
    assert set(Run.objects.values_list("done", "problem")) >= {(1, "")}


def test_a_digest_that_is_not_what_was_promised_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = dossier_digest

    def other(dossier: Any) -> str:
        return "0" * 64 if dossier.name == "Associations du Val" else real(dossier)

    monkeypatch.setattr(drill, "dossier_digest", other)
    done = drill.drill(actor=OWNER)
    assert done.problems == ["Le dossier « Associations du Val » n’y est pas intact."]
    assert Declaration.objects.exists()


def test_an_archive_that_was_spoilt_on_the_disk_is_told_in_the_run_and_the_journal(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(data)
    assert drill.run_due() == 1
    run = Run.objects.get(kind=drill.KIND)
    assert run.done == 0 and "abîmée" in run.problem
    assert "abîmée" in JournalEntry.objects.get(code=drill.DRILLED).facts["failure"]
    with pytest.raises(ArchiveUnreadable):
        drill.drill(actor=OWNER)


def test_keys_that_are_missing_from_the_archive_are_told(monkeypatch: pytest.MonkeyPatch, archive: Path) -> None:
    from scarabee.accounts.models import PortalIdentifiers

    PortalIdentifiers.objects.update(key_id="0" * 16)
    archive.unlink()
    Backup.objects.all().delete()
    writing.back_up(actor=OWNER, reason="sans clé", name="sans-cle.tar.zst.age")
    assert drill.drill(actor=OWNER).problems == ["Mots de passe que les clés de l’archive n’ouvriraient pas : 1."]


def test_the_end_of_the_journal_that_is_in_the_archive_and_no_longer_here_is_told() -> None:
    last = JournalEntry.objects.order_by("-sequence")[:4]
    JournalEntry.objects.filter(pk__in=[one.pk for one in last])._raw_delete("default")
    (problem,) = drill.drill(actor=OWNER).problems
    assert "n’est plus ici" in problem


def test_after_a_return_to_a_backup_the_drill_knows_why_the_journal_is_another(archive: Path) -> None:
    later = Path(writing.back_up(actor=OWNER, reason="plus tard", name="plus-tard.tar.zst.age").path)
    restoring.restore(actor=OWNER, path=archive)
    Backup.objects.exclude(path=str(later)).delete()
    assert drill.drill(actor=OWNER).problems == []


def test_without_an_archive_there_is_no_drill(archive: Path) -> None:
    archive.unlink()
    assert drill.newest() is None and drill.run_due() == 0
    with pytest.raises(Refusal):
        drill.drill(actor=OWNER)
    assert keys.identities()
