import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from scarabee.dossiers import contents
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Content, Declaration, DeletedPackage, Dossier, EmployeeMonth
from scarabee.dossiers.services import sweep
from scarabee.dossiers.services.deletion import delete_employer
from scarabee.dossiers.services.importing import open_import
from scarabee.dossiers.services.restoring import restore_package
from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(dossier: Dossier, import_bytes: Callable[..., object]) -> Dossier:
    bureau = invent_bureau(11, employers=2, months=2)
    for month in bureau.all_months:
        import_bytes(dossier, month_file(bureau, month))
    return dossier


def store(*texts: bytes) -> list[int]:
    return contents.store(list(texts), [hashlib.sha256(text).digest() for text in texts])


def in_days(days: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(days=days))


def test_every_pointer_at_contents_is_known() -> None:
    assert set(sweep.pointers()) >= {(EmployeeMonth, "content_id"), (Declaration, "own_content_id")}


def test_only_contents_unused_for_a_day_go(filled: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "CHUNK", 2)
    kept = set(Content.objects.values_list("pk", flat=True))
    store(b"one\n", b"two\n", b"three\n")
    assert sweep.sweep_contents() == 0
    with in_days(1.1):
        young = store(b"four\n")
        assert sweep.sweep_contents() == 3
    assert set(Content.objects.values_list("pk", flat=True)) == kept | set(young)


def test_nothing_goes_while_an_import_runs(owner: Actor, filled: Dossier) -> None:
    store(b"one\n")
    with in_days(1.1):
        act = open_import(actor=owner, dossier=filled)
        assert sweep.sweep_contents() == 0
    with in_days(2.5):  # it was killed long ago
        assert sweep.sweep_contents() == 1
    assert Act.objects.get(pk=act.pk).state == Act.State.RUNNING


def test_a_row_that_came_to_point_since_the_first_look_is_seen(filled: Dossier) -> None:
    month = EmployeeMonth.objects.first()
    assert month is not None
    (pk,) = store(b"late\n")
    EmployeeMonth.objects.filter(pk=month.pk).update(content_id=pk)
    assert sweep._remove_unused([pk]) == 0
    assert Content.objects.filter(pk=pk).exists()


def test_packages_keep_their_contents_until_they_go(owner: Actor, filled: Dossier) -> None:
    digest = dossier_digest(filled)
    employer = filled.employers.first()
    assert employer is not None
    package = delete_employer(actor=owner, employer=employer).package
    with in_days(20):
        assert sweep.sweep_packages() == 0
        assert sweep.sweep_contents() == 0
        package = delete_again(owner, filled, package, digest)
    with in_days(51):
        assert sweep.sweep_packages() == 2
        assert sweep.sweep_contents() > 0
    assert not DeletedPackage.objects.exists()
    used = set(EmployeeMonth.objects.values_list("content_id", flat=True))
    used |= set(Declaration.objects.values_list("own_content_id", flat=True))
    assert set(Content.objects.values_list("pk", flat=True)) == used
    assert Act.objects.filter(pk=package.act_id).exists()


def delete_again(owner: Actor, dossier: Dossier, package: DeletedPackage, digest: str) -> DeletedPackage:
    """Bring the employer back, whole, and delete it once more."""
    restored = restore_package(actor=owner, package=package)
    assert dossier_digest(dossier) == digest
    return delete_employer(actor=owner, employer=dossier.employers.get(pk=restored.employer_id)).package
