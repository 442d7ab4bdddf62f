"""Dossiers filled by the real import of invented files."""

import io
from collections.abc import Callable

import pytest

from scarabee.dossiers.models import Act, Dossier, ImportFile
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.maintenance.journal import Actor

Import = Callable[[Dossier, bytes], ImportFile]


@pytest.fixture
def dossier(db: None, owner: Actor) -> Dossier:
    """An empty dossier."""
    return create_dossier(actor=owner, name="Associations du Val")


@pytest.fixture
def other(db: None, owner: Actor) -> Dossier:
    """Another empty dossier."""
    return create_dossier(actor=owner, name="Repli")


@pytest.fixture
def import_bytes(owner: Actor) -> Import:
    """Import a file as the owner; fails when it is refused."""

    def run(dossier: Dossier, data: bytes) -> ImportFile:
        act = open_import(actor=owner, dossier=dossier)
        row = import_file(actor=owner, act=act, stream=io.BytesIO(data), name="essai.dsn")
        assert row.status != ImportFile.Status.REFUSED, row.report
        Act.objects.filter(pk=act.pk).update(state=Act.State.DONE)
        return row

    return run
