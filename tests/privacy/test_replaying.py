"""An archive from before an erasure brings nobody back; somebody who came again since stays."""

from pathlib import Path

import pytest
from django.db import transaction
from tests.dossiers.small_files import ALAIN, BRIGITTE, declaration, envoi
from tests.privacy.bureau import OWNER, ZEPHYRINE, bring_in, fill, left_of_her, small

from scarabee.backups import parts, pulling, restoring, writing
from scarabee.dossiers.models import Dossier, Employee
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.models import JournalEntry
from scarabee.privacy import erasing, replaying, settling
from scarabee.privacy.models import Erasure, Mark

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folder")]


def erase() -> Erasure:
    number = Employee.objects.filter(nir=ZEPHYRINE.nir).order_by("pk")[0].pk
    seen = erasing.preview(actor=OWNER, number=number).person.ids
    done = erasing.erase(actor=OWNER, number=number, reason="À sa demande", seen=seen)
    settling.settle(at_leisure=True)
    return done


def test_a_return_to_an_archive_erases_again_and_a_part_of_it_as_well() -> None:
    scene = fill()
    whole = Path(writing.back_up(actor=OWNER, reason="essai").path)
    part = Path(parts.save(actor=OWNER, dossier=scene.repli, reason="essai").path)
    done = erase()
    assert left_of_her() == set()
    pulled = pulling.pull(actor=OWNER, path=part)
    settling.settle(at_leisure=True)
    assert left_of_her() == set() and pulled.act.receipt["erased_again"] == 1
    assert set(Employee.objects.filter(dossier=pulled.dossier).values_list("nir", flat=True)) == {
        ALAIN.nir,
        BRIGITTE.nir,
    }
    restoring.restore(actor=OWNER, path=whole)
    settling.settle(at_leisure=True)
    assert left_of_her() == set()
    assert not Dossier.objects.filter(pk=pulled.dossier.pk).exists()
    again = Erasure.objects.get()
    assert again.uuid == done.uuid and again.settled_at is not None
    assert Mark.objects.filter(erasure=again).exists()
    told = JournalEntry.objects.filter(code=replaying.REPLAYED).order_by("-sequence")[0]
    assert told.facts["erasure"] == again.pk and journal.verify() == []


def test_somebody_who_came_again_before_the_archive_was_made_stays() -> None:
    one = small("Associations du Val")[0]
    erase()
    bring_in(one.dossier, envoi(declaration((ZEPHYRINE,), month="2026-05")))
    with transaction.atomic():
        assert replaying.replay(replaying.remember(), actor=OWNER, since=now()) == 0
        assert Employee.objects.filter(nir=ZEPHYRINE.nir).count() == 1 and Erasure.objects.count() == 1
        before = Erasure.objects.get().at
        assert replaying.replay(replaying.remember(), actor=OWNER, since=before) == 1
    assert not Employee.objects.filter(nir=ZEPHYRINE.nir).exists() and Erasure.objects.count() == 1
