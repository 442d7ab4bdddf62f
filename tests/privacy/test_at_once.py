"""Somebody is erased while others work in the same dossiers: both end, and nothing is half done."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from tests.dossiers.small_files import ALAIN, BRIGITTE, declaration, envoi
from tests.privacy.bureau import OWNER, ZEPHYRINE, bring_in, fill, left_of_her
from tests.transfers import scenes

from scarabee.dossiers.digests import dossier_digest, recompute
from scarabee.dossiers.models import Act, Declaration, Employee
from scarabee.dossiers.services.undo import undo_act
from scarabee.maintenance import journal
from scarabee.privacy import erasing, settling
from scarabee.transfers.services.execution import transfer_now

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("folder"),
    pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time"),
]


def test_an_erasure_an_import_an_undo_and_a_transfer_at_once_all_end() -> None:
    scene = fill()
    number, third = scene.somebody.pk, scenes.dossier_of("Tiers")
    seen = erasing.preview(actor=OWNER, number=number).person.ids
    transfer = Act.objects.get(kind="transfer")
    deeds: list[Callable[[], object]] = [
        lambda: erasing.erase(actor=OWNER, number=number, reason="À sa demande", seen=seen),
        lambda: bring_in(scene.val, envoi(declaration((ALAIN, BRIGITTE), month="2026-06"))),
        lambda: undo_act(actor=OWNER, act=transfer),
        lambda: transfer_now(
            actor=OWNER,
            source=scene.val,
            destination=third,
            destination_name="",
            selection=scenes.everything(scene.val),
        ),
    ]
    failed = at_once(deeds)
    assert all("recommencez" in str(one) or "aperçu" in str(one) for one in failed), failed
    if Employee.objects.filter(nir=ZEPHYRINE.nir).exists():  # the others were faster: the preview is out of date
        number = Employee.objects.filter(nir=ZEPHYRINE.nir).order_by("pk")[0].pk
        seen = erasing.preview(actor=OWNER, number=number).person.ids
        erasing.erase(actor=OWNER, number=number, reason="À sa demande", seen=seen)
    settling.settle(at_leisure=True)
    assert left_of_her() == set()
    digests = dict(Declaration.objects.values_list("pk", "digest"))
    recompute(digests)
    assert dict(Declaration.objects.values_list("pk", "digest")) == digests
    scenes.check_invariants()
    assert dossier_digest(scene.val) and journal.verify() == []


def at_once(deeds: list[Callable[[], object]]) -> list[Exception]:
    """Do them all at the same moment; what was refused."""
    barrier, failed = threading.Barrier(len(deeds)), list[Exception]()

    def act(deed: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            deed()
        except Exception as error:  # told by the test
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return failed
