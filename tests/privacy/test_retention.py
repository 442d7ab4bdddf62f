"""How long things are kept: proposed, looked at, confirmed; nothing goes by itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, declaration, envoi
from tests.privacy.bureau import OWNER
from tests.returns import rate_scenes
from tests.returns.rate_scenes import Told, crm
from tests.transfers import scenes

from scarabee.accounts.models import User
from scarabee.accounts.services.users import create_user, deactivate_user
from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import Act, Declaration, Employee, EmployeeMonth, Envoi, ImportFile
from scarabee.filings.models import Filing
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.privacy.retention import rules
from scarabee.privacy.retention.kinds import PROPOSED, fixed, kind_of, limit_of
from scarabee.returns.models import PasRate, RateExport, Return

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]


def proposed(code: str) -> rules.Proposal:
    return rules.proposal_of(actor=OWNER, kind=kind_of(code))


def applied(code: str) -> int:
    return rules.apply(actor=OWNER, kind=kind_of(code), count=proposed(code).count)


def test_old_declarations_are_proposed_per_dossier_and_go_once_confirmed() -> None:
    old = [envoi(declaration((ALAIN, BRIGITTE), month=month)) for month in ("2018-05", "2019-01")]
    val = scenes.dossier_of("Associations du Val", [*old, envoi(declaration((BRIGITTE,), month="2026-02"))])
    scenes.transfer(val, scenes.dossier_of("Repli"))
    told = proposed("declarations")
    assert [(one.dossier, one.count, one.oldest, one.newest) for one in told.shares] == [
        ("Associations du Val", 2, "2018-05", "2019-01"), ("Repli", 2, "2018-05", "2019-01"),
    ]  # fmt: skip
    assert Declaration.objects.count() == 6
    with pytest.raises(Refusal, match="aperçu"):
        rules.apply(actor=OWNER, kind=kind_of("declarations"), count=3)
    assert applied("declarations") == 4
    assert set(Declaration.objects.values_list("month", flat=True)) == {"2026-02"}
    assert set(Employee.objects.values_list("nir", flat=True)) == {BRIGITTE.nir}
    assert EmployeeMonth.objects.count() == 2 and Envoi.objects.count() == 2
    before = dict(Declaration.objects.values_list("pk", "digest"))
    recompute(before)
    assert dict(Declaration.objects.values_list("pk", "digest")) == before
    scenes.check_invariants()
    assert journal.verify() == [] and not proposed("declarations").shares
    with pytest.raises(Refusal, match="rien"):
        rules.apply(actor=OWNER, kind=kind_of("declarations"), count=0)


def test_what_is_under_way_or_typed_or_the_last_of_its_kind_is_held_back() -> None:
    val = scenes.dossier_of("Associations du Val", [envoi(declaration((ALAIN,), month="2018-05"))])
    Employee.objects.update(typed={"S21.G00.30.004": {"value": "Alain", "by": "Zoé", "at": ""}})
    (held,) = Declaration.objects.all()
    filing = planned_like(held, val.pk)
    told = proposed("declarations")
    assert (told.count, told.kept) == (0, 1)
    assert proposed("depots").count == 0
    Filing.objects.filter(pk=filing.pk).update(state="conform", state_at=now() - timedelta(days=3000))
    assert applied("declarations") == 1 and Employee.objects.count() == 1
    assert applied("depots") == 1 and not Filing.objects.exists()
    for days in (4000, 3000, 2000):
        RateExport.objects.create(dossier=val, at=now() - timedelta(days=days), until=now(), actor_name="")
    assert applied("exports") == 2 and RateExport.objects.count() == 1


def planned_like(held: Declaration, dossier: int) -> Filing:
    """A deposit that is prepared, of these very bytes."""
    from scarabee.filings.models import Batch

    batch = Batch.objects.create(dossier_id=dossier, dossier_name="Associations du Val", actor_name="", source="upload")
    return Filing.objects.create(
        batch=batch, dossier_id=dossier, dossier_name="Associations du Val", siret=ASSOCIATION, month=held.month,
        whole_hash=bytes(held.whole_hash), is_real=held.is_real, state="held", portal="bouchon",
        state_at=now() - timedelta(days=3000),
    )  # fmt: skip


def test_returns_rates_reports_and_closed_accounts_are_proposed_too() -> None:
    val = scenes.dossier_of("Associations du Val", [envoi(declaration((ALAIN,), month="2026-03"))])
    item = rate_scenes.landed(crm([Told(ALAIN.nir, "3.10")]))
    Return.objects.filter(pk=item.pk).update(arrived_at=now() - timedelta(days=3000))
    PasRate.objects.update(valid_until=(now() - timedelta(days=3000)).date())
    Act.objects.filter(kind="import").update(created_at=now() - timedelta(days=1000))
    ImportFile.objects.update(report={"counts": {"employees": 1}, "warnings": [{"message": "x"}], "differences": []})
    gone = create_user(actor=OWNER, username="Partie")
    deactivate_user(actor=OWNER, user=gone)
    User.objects.filter(pk=gone.pk).update(created_at=now() - timedelta(days=3000))
    assert proposed("comptes").count == 0  # closed a moment ago
    rules.set_months(actor=OWNER, kind=kind_of("comptes"), months=1)
    assert [(one.dossier, one.count) for one in proposed("retours").shares] == [("Associations du Val", 1)]
    assert applied("retours") == 1 and PasRate.objects.get().item_id is None
    assert applied("taux") == 1 and not PasRate.objects.exists()
    assert applied("rapports") == 1 and ImportFile.objects.get().report["counts"] == {"employees": 1}
    assert not ImportFile.objects.get().report["warnings"] and not proposed("rapports").count
    assert val.employers.exists() and User.objects.filter(pk=gone.pk).exists()


def test_a_duration_is_set_by_an_administrator_within_the_law_and_says_since_when(
    user_with: Callable[..., Actor],
) -> None:
    kind = kind_of("declarations")
    assert proposed("declarations").since is None and proposed("declarations").months == 72
    with pytest.raises(Refusal, match="la loi"):
        rules.set_months(actor=OWNER, kind=kind, months=59)
    with pytest.raises(Refusal, match="possible"):
        rules.set_months(actor=OWNER, kind=kind, months=601)
    with pytest.raises(NotAllowed):
        rules.set_months(actor=user_with("Zoé", {}), kind=kind, months=80)
    with pytest.raises(NotAllowed):
        rules.proposals(actor=user_with("Max", {}))
    with pytest.raises(NotVisible):
        kind_of("rien")
    rules.set_months(actor=OWNER, kind=kind, months=120)
    told = proposed("declarations")
    assert told.months == 120 and told.since is not None and told.by == OWNER.name
    assert told.before == limit_of(120) and told.before.day == 1
    assert {one.kind.code for one in rules.proposals(actor=OWNER)} == {one.code for one in PROPOSED}
    assert all(one.source and one.label for one in PROPOSED) and all(one.source and one.label for one in fixed())
