"""Whatever is imported, or opened as an archive of somebody, is taken whole or leaves not a row."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from tests.backups.bureau import fill
from tests.consistency.rights_scene import state
from tests.security.fuzz import samples
from tests.security.fuzz.mutations import any_bytes, dsn, markup
from tests.security.fuzz.walk import ACCEPTED, REFUSED, Door, go

from scarabee.backups import archive, contents, keys, parts, received_parts
from scarabee.dossiers.models import Declaration, Dossier, EmployeeMonth, Employer, ImportFile
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import Return, ReturnVersion
from scarabee.returns.services import manual

pytestmark = pytest.mark.django_db
OWNER = Actor.owner()


def rows() -> tuple[int, ...]:
    kinds = (Employer, Declaration, EmployeeMonth, Return, ReturnVersion)
    return tuple(kind._default_manager.count() for kind in kinds)


@pytest.fixture
def dossier() -> Dossier:
    return create_dossier(actor=OWNER, name="Essai")


def test_whatever_file_is_imported_lands_whole_or_not_at_all(dossier: Dossier) -> None:
    def knock(data: bytes) -> str:
        with transaction.atomic():
            before = rows()
            act = open_import(actor=OWNER, dossier=dossier)
            row = import_file(actor=OWNER, act=act, stream=io.BytesIO(data), name="essai.dsn")
            outcome = REFUSED if row.status == ImportFile.Status.REFUSED else ACCEPTED
            if outcome == REFUSED and (rows() != before or not row.report["errors"]):
                raise ValueError("refused, but something is left, or nothing is said")
            transaction.set_rollback(True)
        return outcome

    print(go(Door("import", lambda: samples.dsn_files()[:8], dsn, knock, 12)))


def test_whatever_return_is_added_is_kept_whole_or_not_at_all(dossier: Dossier) -> None:
    def knock(data: bytes) -> str:
        with transaction.atomic():
            before = rows()
            (taken,) = manual.take_files(actor=OWNER, files=[SimpleUploadedFile("retour.xml", data or b" ")])
            outcome = REFUSED if taken.status == manual.Status.REFUSED else ACCEPTED
            if outcome == REFUSED and (rows() != before or not taken.message):
                raise ValueError("refused, but something is left, or nothing is said")
            transaction.set_rollback(True)
        return outcome

    print(go(Door("add a return", samples.documents, markup, knock, 20)))


@pytest.fixture
def packed(tmp_path: Path, settings: Any) -> Iterator[tuple[Path, dict[str, object], bytes, dict[str, object]]]:
    """An archive of a dossier, taken apart: its manifest, its database, its proof."""
    settings.DATA_FOLDER = tmp_path
    settings.VAULT_KEY_FILE, settings.BACKUP_KEY_FILE = tmp_path / "cle-coffre", tmp_path / "cle-sauvegarde"
    fill()
    made = Path(parts.save(actor=OWNER, dossier=Dossier.objects.get(name="Associations du Val"), reason="essai").path)
    with archive.reading(made, keys.identities()) as found:
        databases = [member.file.read() for member in found.members() if member.name == contents.DATABASE]
        yield tmp_path / "essai.tar.zst.age", found.manifest, databases[0], found.proof


@pytest.mark.django_db(transaction=True)
def test_whatever_database_an_archive_holds_is_read_or_refused(
    packed: tuple[Path, dict[str, object], bytes, dict[str, object]],
) -> None:
    """Its hashes are right, as whoever knows our public key can make them: the bytes of the database are not."""
    path, manifest, database, proof = packed
    before = state()

    def spoil(rng: Random, sample: bytes) -> bytes:
        return any_bytes(rng, sample) if rng.random() < 0.8 else sample[:-1] + b"\0" + any_bytes(rng, _page(manifest))

    def knock(data: bytes) -> str:
        told = manifest
        if b"\0{" in data[-5_000:]:
            data, _, page = data.rpartition(b"\0{")
            try:
                told = json.loads(b"{" + page)
            except ValueError:
                return REFUSED
        path.unlink(missing_ok=True)
        archive.write(
            path, recipients=[keys.recipient(keys.writing_identity())], manifest=told if isinstance(told, dict) else {},
            members=[archive.Member.of_bytes(contents.DATABASE, data)], findings=lambda: {"rows": proof["rows"]},
        )  # fmt: skip
        try:
            received_parts.look(actor=OWNER, path=path)
        except Refusal:
            return REFUSED
        return ACCEPTED

    print(go(Door("database", lambda: [database], spoil, knock, 10)))
    assert state() == before


def _page(manifest: dict[str, object]) -> bytes:
    return json.dumps(manifest).encode()
