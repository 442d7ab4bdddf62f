"""An archive of an older version is brought to this one beside everything; one of a newer version is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from tests.backups.bureau import fill

from scarabee.backups import archive, contents, keys, parts, pulling, scratch
from scarabee.backups.connecting import connected
from scarabee.backups.errors import ArchiveUnreadable, Reason
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Dossier
from scarabee.maintenance.journal import Actor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folder")]
FIRST = ("backups", "0001_initial")
GONE = ("0002_scripts", "0003_parts")


def rewritten(path: Path, target: Path, change: Callable[[str], set[str]], migrations: Callable[[Any], Any]) -> Path:
    """The same archive, of another schema. `change` alters its database and says which tables are no more."""
    base = target.with_suffix(".sqlite3")
    with archive.reading(path, keys.identities()) as found:
        for member in found.members():
            archive.save(member, base)
        manifest, proof = dict(found.manifest), found.proof
    with connected("older", scratch.settings_of(base)) as alias:
        gone = change(alias)
    manifest["migrations"] = migrations(manifest["migrations"])
    rows = {name: count for name, count in proof["rows"].items() if name not in gone}
    findings = {"rows": rows, "dossiers": proof["dossiers"], "journal": proof["journal"]}
    with base.open("rb") as file:
        whole = archive.Member(contents.DATABASE, base.stat().st_size, archive.chunks_of(file))
        archive.write(
            target, recipients=[keys.recipient(keys.writing_identity())], manifest=manifest, members=[whole],
            findings=lambda: findings, scratch=target.parent,
        )  # fmt: skip
    return target


def back_in_time(alias: str) -> set[str]:
    MigrationExecutor(connections[alias]).migrate([FIRST])
    return {"backups_script", "backups_watch", "backups_job", "django_migrations"}


def test_an_older_archive_is_brought_up_and_a_newer_one_refused(tmp_path: Path) -> None:
    fill()
    val = Dossier.objects.get(name="Associations du Val")
    path = Path(parts.save(actor=Actor.owner(), dossier=val, reason="essai").path)
    older = rewritten(
        path, tmp_path / "ancienne.age", back_in_time,
        lambda told: told | {"backups": [one for one in told["backups"] if one not in GONE]},
    )  # fmt: skip
    with scratch.opened(older, keys.identities()) as there, connections[there.alias].cursor() as cursor:
        columns = connections[there.alias].introspection.get_table_description(cursor, "backups_job")
        assert "asked" in {one.name for one in columns}
    done = pulling.pull(actor=Actor.owner(), path=older)
    assert dossier_digest(done.dossier) == dossier_digest(val)
    newer = rewritten(
        path, tmp_path / "future.age", lambda alias: set(),
        lambda told: told | {"backups": [*told["backups"], "9999_plus_tard"]},
    )  # fmt: skip
    with pytest.raises(ArchiveUnreadable, match="version plus récente") as refused:
        pulling.pull(actor=Actor.owner(), path=newer)
    assert refused.value.reason is Reason.NEWER
