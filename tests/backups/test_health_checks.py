"""The diagnostic says when nothing was saved for long, and when the key is nowhere else."""

from datetime import timedelta
from pathlib import Path

import pytest

from scarabee.backups import health_checks, keys, scripts
from scarabee.backups.models import Backup
from scarabee.maintenance.clock import now
from scarabee.maintenance.health.checks import Level
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db


def saved(ago: timedelta, *, proved: bool = True) -> None:
    moment = now() - ago
    Backup.objects.create(
        kind=Backup.Kind.INSTALLATION, actor_name="x", machine="x", path="x", started_at=moment, made_at=moment,
        proved_at=moment if proved else None,
    )  # fmt: skip


def test_the_age_of_the_newest_proved_archive_is_judged() -> None:
    assert health_checks.newest().level is Level.WARNING
    saved(timedelta(days=20))
    assert health_checks.newest().level is Level.ERROR
    saved(timedelta(0), proved=False)
    assert health_checks.newest().level is Level.ERROR
    saved(timedelta(days=5))
    assert health_checks.newest().level is Level.OK


def test_the_diagnostic_worries_after_as_many_days_as_the_pages_do(owner: Actor) -> None:
    saved(timedelta(days=5))
    scripts.set_watch(actor=owner, days=4)
    assert health_checks.newest().level is Level.ERROR
    scripts.set_watch(actor=owner, days=6)
    assert health_checks.newest().level is Level.OK


def test_the_key_must_be_kept_elsewhere(tmp_path: Path, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.BACKUP_KEY_FILE", tmp_path / "cle")
    assert health_checks.key().level is Level.OK
    keys.writing_identity()
    assert health_checks.key().level is Level.WARNING
    keys.put_away(actor=owner)
    assert health_checks.key().level is Level.OK
    (tmp_path / "cle").unlink()
    (tmp_path / "cle").mkdir()
    assert health_checks.key().level is Level.ERROR
