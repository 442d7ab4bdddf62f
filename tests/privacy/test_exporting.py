"""What is held of somebody, and of nobody else."""

import csv
import io
import json
import zipfile
from collections.abc import Callable

import pytest
from tests.dossiers.small_files import ALAIN, BRIGITTE
from tests.privacy.bureau import OWNER, ZEPHYRINE, fill

from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier, EmployeeMonth
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.privacy import exporting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]


def exported(actor: Actor, number: int) -> dict[str, bytes]:
    target = io.BytesIO()
    exporting.export(actor=actor, number=number, target=target)
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_export_holds_all_of_her_in_what_one_may_see_and_nothing_of_the_others(
    user_with: Callable[[str, dict[Dossier, str]], Actor],
) -> None:
    scene = fill()
    Dossier.objects.filter(pk=scene.val.pk).update(name="=Associations du Val")
    files = exported(OWNER, scene.somebody.pk)
    verbatim = {name: data for name, data in files.items() if name.startswith("mois/")}
    months = EmployeeMonth.objects.filter(employee__nir=ZEPHYRINE.nir)
    held = contents.load(months.values_list("content_id", flat=True))
    assert sorted(verbatim.values()) == sorted(held[pk] for pk in months.values_list("content_id", flat=True))
    whole = b"".join(files.values()).decode("latin-1")
    for other in (ALAIN, BRIGITTE):
        assert other.nir not in whole and other.family_name not in whole and other.matricule not in whole
    told = json.loads(files["donnees.json"])
    assert {place["dossier"] for place in told["places"]} == {"=Associations du Val", "Repli"}
    assert {one["rate"] for place in told["places"] for one in place["pas_rates"]} == {"14.00"}
    assert {one["file"] for place in told["places"] for one in place["months"]} == verbatim.keys()
    rows = list(csv.reader(io.StringIO(files["mois.csv"].decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == len(verbatim) + 1
    assert {row[0] for row in rows[1:]} == {"'=Associations du Val", "Repli"}
    summary = files["LISEZMOI.txt"].decode("utf-8-sig")
    assert "QUARTZINSKI-ROCHE" in summary and "brut" in summary and "14.00 %" in summary
    assert JournalEntry.objects.filter(code=exporting.EXPORTED).count() == 2
    reader = user_with("Léa", {scene.repli: "lecture"})
    hers = json.loads(exported(reader, told["places"][-1]["number"])["donnees.json"])
    assert {place["dossier"] for place in hers["places"]} == {"Repli"}
    with pytest.raises(NotVisible):
        exported(user_with("Max", {}), scene.somebody.pk)
