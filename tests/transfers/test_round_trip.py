"""Bytes in, bytes out, before and after a transfer: the samples, and many invented declarations."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.dossiers.test_exporting import NAMES, SAMPLES, bring_in, declarations_in, needs_samples, new_dossier, written
from tests.sizes import sized
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.exporting import export
from scarabee.dsn.invention import random_declarations
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db
FILES, BATCH, AT_LEAST = sized(120, 540), 60, sized(220, 1000)

Exported = Callable[[Dossier], list[bytes]]


@pytest.fixture
def exported(owner: Actor, tmp_path: Path) -> Exported:
    """The declarations that a dossier gives back."""

    def declarations(dossier: Dossier) -> list[bytes]:
        folder = tmp_path / str(dossier.pk)
        export(actor=owner, dossier=dossier, folder=folder)
        return declarations_in(*written(folder))

    return declarations


def round_trip(name: str, files: list[bytes], owner: Actor, exported: Exported) -> int:
    """Import, transfer everything to a new dossier, compare both with what came in; returns how many declarations."""
    wanted = sorted(set(declarations_in(*files)))
    source = new_dossier(name)
    bring_in(owner, source, *files)
    copy = scenes.transfer(source, None, name=f"copie de {name}").act.dossier
    assert copy is not None
    assert exported(copy) == wanted
    assert exported(source) == wanted
    return len(wanted)


@needs_samples
def test_the_samples_come_back_from_the_copy_byte_identical(owner: Actor, exported: Exported) -> None:
    files = [(SAMPLES / f"{name}.dsn").read_bytes() for name in NAMES]
    assert round_trip("échantillons", files, owner, exported) > 150


def test_invented_declarations_come_back_from_the_copy_byte_identical(owner: Actor, exported: Exported) -> None:
    files = list(random_declarations(20261123, FILES))
    counted = sum(
        round_trip(f"lot {first}", files[first : first + BATCH], owner, exported) for first in range(0, FILES, BATCH)
    )
    assert counted >= AT_LEAST
