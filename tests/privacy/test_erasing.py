"""Somebody is erased: nothing of them is left anywhere, everything of everybody else is."""

from pathlib import Path

import pytest
from django.conf import settings
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, declaration, envoi
from tests.privacy.bureau import OWNER, ZEPHYRINE, Bureau, bring_in, fill, left_of_her, small
from tests.transfers import scenes

from scarabee.accounts import vault
from scarabee.dossiers import contents
from scarabee.dossiers.digests import dossier_digest, recompute
from scarabee.dossiers.models import Act, Content, Declaration, Dossier, Employee, EmployeeMonth, ImportFile
from scarabee.dossiers.services import restoring
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing, Proof
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises import documents
from scarabee.privacy import erasing, settling
from scarabee.privacy.models import Erasure, Mark
from scarabee.returns.models import PasRate, RateLine, ReturnVersion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
COMMITTED = pytest.mark.django_db(transaction=True)
WHY = "À sa demande du 12 novembre 2026"


def erase(number: int) -> Erasure:
    """Erase, as its preview said."""
    told = erasing.preview(actor=OWNER, number=number)
    assert not told.holds
    done = erasing.erase(actor=OWNER, number=number, reason=WHY, seen=told.person.ids)
    settling.settle(at_leisure=True)
    done.refresh_from_db()
    assert done.counts["people"] == len(told.places) and done.proofs == told.proofs
    return done


@COMMITTED
def test_nothing_is_left_of_her_and_everything_is_of_the_others() -> None:
    scene = fill()
    before, version = left_of_her(), ReturnVersion.objects.get()
    assert before >= {
        "dossiers.Employee", "dossiers.Identifier", "dossiers.Content", "dossiers.DeletedPackage", "filings.Proof",
        "filings.FilingFindings",
    }  # fmt: skip
    assert "maintenance.JournalEntry" not in before
    others = others_months()
    done = erase(scene.somebody.pk)
    assert left_of_her() == set()
    assert others_months() == others
    assert done.settled_at is not None and done.counts["people"] == 4 and done.counts["employee_months"] == 7
    assert journal.verify() == []
    scenes.check_invariants()
    require_partial(scene)
    require_proofs(scene, done, version)


def others_months() -> list[tuple[int, bytes]]:
    held = EmployeeMonth.objects.exclude(employee__nir=ZEPHYRINE.nir).order_by("pk")
    return [(pk, bytes(digest)) for pk, digest in held.values_list("pk", "content__sha256")]


def require_partial(scene: Bureau) -> None:
    """Declarations are partial, and digested again."""
    (alone, *_) = Declaration.objects.filter(employer__siret=OTHER_ASSOCIATION, dossier=scene.val)
    assert (alone.held, alone.individus) == (0, 1)
    partial = Declaration.objects.filter(dossier=scene.val, employer__siret=ASSOCIATION)
    assert {(one.held, one.individus, one.is_partial) for one in partial} == {(2, 3, True)}
    digests = dict(Declaration.objects.values_list("pk", "digest"))
    recompute(digests)
    assert dict(Declaration.objects.values_list("pk", "digest")) == digests
    assert Dossier.objects.get(pk=scene.val.pk).revision > scene.val.revision


def require_proofs(scene: Bureau, done: Erasure, version: ReturnVersion) -> None:
    """Proofs stay, answers are kept without her under the hash of what came."""
    assert done.proofs == [{"filing": scene.filing.pk, "kind": "AEE", "sha256": "aee" * 10}]
    assert bytes(Proof.objects.get(kind="AEE").document) == b"<aee/>"
    ban = bytes(Proof.objects.get(kind="BAN").document)
    assert ALAIN.nir.encode() in ban and b"NIR inconnu" in ban
    filing = Filing.objects.get(pk=scene.filing.pk)
    assert filing.content_id is None and filing.sha256 == scene.filing.sha256 and filing.state == FilingState.ANOMALIES
    assert [one["value"] for one in filing.found.findings] == ["", "", ALAIN.family_name]
    again = ReturnVersion.objects.get()
    assert again.sha256 == version.sha256 and again.content_id != version.content_id
    told = documents.read(contents.load([again.content_id])[again.content_id], nature="94")
    assert {one.nir for one in told.people if one.nir} == {ALAIN.nir, BRIGITTE.nir}
    assert PasRate.objects.count() == 2 and not RateLine.objects.exists()


def test_a_package_comes_back_and_transfers_and_undos_go_on_without_her() -> None:
    scene = fill()
    act = Act.objects.get(kind="transfer")
    erase(scene.somebody.pk)
    scene.package.refresh_from_db()
    ancien = Dossier.objects.get(name="Ancien")
    restoring.restore_package(actor=OWNER, package=scene.package)
    assert {one.nir for one in Employee.objects.filter(dossier=ancien)} == {ALAIN.nir, BRIGITTE.nir}
    (held,) = Declaration.objects.filter(dossier=ancien)
    assert (held.held, held.individus) == (2, 3)
    digest = bytes(held.digest)
    recompute([held.pk])
    held.refresh_from_db()
    assert bytes(held.digest) == digest
    third = scenes.dossier_of("Tiers")
    scenes.transfer(scene.val, third)
    assert dossier_digest(third) == dossier_digest(scene.val)
    scenes.undo(act)
    assert left_of_her() == set()


def test_a_file_that_brings_her_again_says_so_and_is_not_refused() -> None:
    one = small("Associations du Val")[0]
    done = erase(one.pk)
    row = bring_in(one.dossier, envoi(declaration((ALAIN, ZEPHYRINE), month="2026-05")))
    (said,) = [told["message"] for told in row.report["warnings"] if "effac" in told["message"]]
    assert f"effacement n° {done.pk}" in said and ZEPHYRINE.nir not in said and "QUARTZ" not in said
    assert row.status == ImportFile.Status.IMPORTED
    assert not any("effac" in told["message"] for told in bring_in(one.dossier, b_alone()).report["warnings"])
    vault.rotate(actor=OWNER)
    erase(Employee.objects.get(nir=ZEPHYRINE.nir).pk)
    assert left_of_her() == set() and Erasure.objects.count() == 2


def b_alone() -> bytes:
    return envoi(declaration((BRIGITTE,), month="2026-05", order="2"))


def test_a_deposit_that_may_leave_or_a_file_that_waits_holds_the_erasure(tmp_path: Path) -> None:
    scene = fill()
    number = scene.somebody.pk
    Filing.objects.update(state=FilingState.UNKNOWN)
    told = erasing.preview(actor=OWNER, number=number)
    assert f"le dépôt n° {scene.filing.pk}" in told.holds[0].reason
    with pytest.raises(Refusal, match="issue inconnue"):
        erasing.erase(actor=OWNER, number=number, reason=WHY, seen=told.person.ids)
    Filing.objects.update(state=FilingState.ANOMALIES)
    waiting = Path(settings.DATA_FOLDER) / "attend.dsn"
    waiting.write_bytes(b"x" * (1 << 20) + ZEPHYRINE.nir.encode())
    act = Act.objects.create(kind="import", state="prepared", created_at=scene.val.created_at, dossier=scene.val)
    ImportFile.objects.create(act=act, name="a.dsn", path="attend.dsn")
    with pytest.raises(Refusal, match=f"import n° {act.pk}"):
        erasing.erase(actor=OWNER, number=number, reason=WHY, seen=told.person.ids)
    assert Employee.objects.filter(nir=ZEPHYRINE.nir).count() == 4 and not Mark.objects.exists()


@COMMITTED
def test_contents_that_an_import_keeps_go_with_the_next_worker() -> None:
    one = small("Associations du Val")[0]
    running = Act.objects.create(kind="import", state="running", created_at=now(), dossier=one.dossier)
    done = erase(one.pk)
    assert done.settled_at is None
    assert left_of_her() == {"dossiers.Content"}
    Act.objects.filter(pk=running.pk).update(state="done")
    settling.settle(at_leisure=True)
    settled = Erasure.objects.get(pk=done.pk)
    assert settled.settled_at is not None and left_of_her() == set()
    assert not bytes(settled.waiting)


def test_only_an_administrator_erases_with_a_reason_that_names_nobody_and_what_was_shown(user_with: object) -> None:
    number = small("Associations du Val", "Repli")[0].pk
    seen = erasing.preview(actor=OWNER, number=number).person.ids
    keeper: Actor = user_with("Zoé", {Dossier.objects.get(name="Repli"): "gestionnaire"})  # type: ignore[operator]
    with pytest.raises(NotAllowed):
        erasing.erase(actor=keeper, number=number, reason=WHY, seen=seen)
    with pytest.raises(NotVisible):
        erasing.preview(actor=OWNER, number=10**9)
    for reason in ("", "  ", "Mme Zéphyrine Quartzinski l’a demandé", f"NIR {ZEPHYRINE.nir}", "x" * 301):
        with pytest.raises(Refusal, match="motif"):
            erasing.erase(actor=OWNER, number=number, reason=reason, seen=seen)
    with pytest.raises(Refusal, match="aperçu"):
        erasing.erase(actor=OWNER, number=number, reason=WHY, seen=seen[1:])
    assert Content.objects.exists() and not Erasure.objects.exists()
