"""Before a transfer, what stands at its destination already is put aside; nothing is when it holds none of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.backups.bureau import bring_in, fill
from tests.dossiers.small_files import ALAIN, OTHER_ASSOCIATION, declaration, envoi

from scarabee.backups import parts, pulling, safety
from scarabee.backups.models import Backup
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Dossier, Employer
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.transfers.selection import Selection
from scarabee.transfers.services.execution import transfer_now

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folder")]
OWNER = Actor.owner()


@pytest.fixture
def val() -> Dossier:
    fill()
    return Dossier.objects.get(name="Associations du Val")


def transfer(source: Dossier) -> None:
    source.refresh_from_db()
    selection = Selection()
    for employer in Employer.objects.filter(dossier=source):
        selection = selection.tick_employer(employer.pk, ticked=True)
    transfer_now(actor=OWNER, source=source, destination=Dossier.objects.get(name="Repli"), selection=selection)


def test_what_a_transfer_may_change_is_put_aside_first_and_comes_back_as_it_was(val: Dossier) -> None:
    transfer(val)
    assert not Backup.objects.exists()
    before = dossier_digest(Dossier.objects.get(name="Repli"))
    bring_in(val, envoi(declaration((ALAIN,), month="2026-04", siret=OTHER_ASSOCIATION)))
    transfer(val)
    backup = Backup.objects.get()
    act = Act.objects.filter(kind=Act.Kind.TRANSFER).order_by("-pk")[0]
    assert backup.proved_at and backup.reason == f"copie de sécurité avant le transfert n° {act.pk}"
    assert dossier_digest(Dossier.objects.get(name="Repli")) != before
    assert dossier_digest(pulling.pull(actor=OWNER, path=Path(backup.path)).dossier) == before


def test_a_transfer_does_not_begin_when_its_copy_cannot_be_written(val: Dossier, settings: Any, tmp_path: Path) -> None:
    transfer(val)
    before = dossier_digest(Dossier.objects.get(name="Repli"))
    bring_in(val, envoi(declaration((ALAIN,), month="2026-04", siret=OTHER_ASSOCIATION)))
    (tmp_path / "fichier").write_text("")
    settings.DATA_FOLDER = tmp_path / "fichier"
    with pytest.raises(Refusal, match="La copie de sécurité avant le transfert"):
        transfer(val)
    assert dossier_digest(Dossier.objects.get(name="Repli")) == before
    act = Act.objects.filter(kind=Act.Kind.TRANSFER).order_by("-pk")[0]
    assert act.state == Act.State.REFUSED and "copie de sécurité" in act.message


def test_a_copy_goes_after_thirty_days_and_no_other_archive_does(val: Dossier) -> None:
    safety.put_aside(OWNER, val, list(val.employers.all()), "avant l’essai")
    kept = Backup.objects.get()
    Backup.objects.update(made_at=kept.made_at - timedelta(days=29))  # type: ignore[operator]
    assert safety.sweep() == 0
    Backup.objects.update(made_at=kept.made_at - timedelta(days=31))  # type: ignore[operator]
    assert safety.sweep() == 1 and not Path(kept.path).exists()
    assert Backup.objects.get().deleted_at


def test_copies_made_at_the_same_moment_take_a_name_each(tmp_path: Path) -> None:
    moment = tmp_path / "sauvegardes"
    drafts = [tmp_path / f"brouillon {number}" for number in range(24)]
    for draft in drafts:
        draft.write_text(draft.name)
    with ThreadPoolExecutor(8) as several:
        names = [parts._places(moment, "", "employeur") for _ in drafts]
        paths = list(several.map(parts._publish, drafts, names))
    assert len(set(paths)) == len(drafts)
    assert {path.read_text() for path in paths} == {draft.name for draft in drafts}
