"""Rates and anomalies go with the person or the employer they hang on: transfer, undo, deletion, package, joining."""

from decimal import Decimal

import pytest
from django.db import connection
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, small_file
from tests.returns.rate_scenes import CRM, Told, crm, landed
from tests.transfers import scenes

from scarabee.accounts.models import User
from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.dossiers.services import deletion, restoring
from scarabee.dossiers.services.twins import join_people
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import LineKind, RateState
from scarabee.returns.models import Anomaly, PasRate, RateLine, Return
from scarabee.returns.services import rate_decisions
from scarabee.transfers.enums import Declaring

OWNER = Actor.owner()


@pytest.fixture
def source(db: None) -> Dossier:
    """An employer of two people with a rate each, an anomaly of Alain's and one of nobody's."""
    dossier = scenes.dossier_of("Associations du Val", [small_file()])
    item = landed(crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.20")]))
    rate_decisions.apply_all(actor=OWNER, item=item)
    act = PasRate.objects.all()[0].act
    employer = Employer.objects.get()
    for employee, fingerprint in ((person(dossier, ALAIN.nir), "a"), (None, "b")):
        Anomaly.objects.create(
            dossier=dossier, employer=employer, employee=employee, act=act, fingerprint=fingerprint, cause="c",
            nature="94",
        )  # fmt: skip
    return dossier


def person(dossier: Dossier, nir: str) -> Employee:
    return Employee.objects.get(dossier=dossier, nir=nir)


def held(dossier: Dossier) -> tuple[list[str], list[str]]:
    """The rates and the anomalies of a dossier."""
    rates = PasRate.objects.filter(dossier=dossier).order_by("rate").values_list("rate", flat=True)
    anomalies = Anomaly.objects.filter(dossier=dossier).order_by("fingerprint").values_list("fingerprint", flat=True)
    return [str(rate) for rate in rates], list(anomalies)


WHOLE = (["5.20", "14.00"], ["a", "b"])


def test_an_employer_en_totalite_brings_its_rates_and_anomalies_those_of_nobody_too(
    source: Dossier, other: Dossier
) -> None:
    done = scenes.transfer(source, other)
    assert held(other) == held(source) == WHOLE
    copy = PasRate.objects.get(dossier=other, employee=person(other, ALAIN.nir))
    assert (copy.employer.dossier_id, copy.act_id, copy.state) == (other.pk, done.act_id, RateState.APPLIED)
    alone = Anomaly.objects.get(dossier=other, fingerprint="b")
    assert (alone.employee_id, alone.employer.dossier_id) == (None, other.pk)


def test_a_person_alone_brings_his_own_rates_and_anomalies_only(source: Dossier, other: Dossier) -> None:
    scenes.transfer(source, other, scenes.some(person(source, ALAIN.nir)))
    assert held(other) == (["14.00"], ["a"])


def test_what_is_there_already_is_left_and_what_is_missing_added(source: Dossier, other: Dossier) -> None:
    scenes.transfer(source, other, scenes.some(person(source, ALAIN.nir)))
    scenes.transfer(source, other)
    scenes.transfer(source, other)
    assert held(other) == WHOLE


def test_undo_of_a_transfer_removes_the_copies_and_nothing_else(source: Dossier, other: Dossier) -> None:
    done = scenes.transfer(source, other)
    report = scenes.undo(done.act)
    assert report.is_whole
    assert not Employer.objects.filter(dossier=other).exists()
    assert (held(other), held(source)) == (([], []), WHOLE)


def test_a_rate_that_arrived_since_does_not_keep_undo_from_removing_the_copy(source: Dossier, other: Dossier) -> None:
    done = scenes.transfer(source, other, declaring=Declaring.DESTINATION)
    landed(crm([Told(ALAIN.nir, "13.00")], identifier="2"), "2026-05-13")
    assert PasRate.objects.filter(dossier=other).count() == 3
    copy, act = Employer.objects.get(dossier=other), Act.objects.order_by("-pk")[0]
    Anomaly.objects.create(dossier=other, employer=copy, act=act, fingerprint="z", cause="c", nature="95")
    assert scenes.undo(done.act).is_whole
    assert (held(other), held(source)) == (([], []), WHOLE)


def test_undo_of_copies_added_to_people_who_were_there_leaves_the_people(source: Dossier, other: Dossier) -> None:
    scenes.take(other, small_file())
    done = scenes.transfer(source, other)
    assert held(other) == WHOLE
    scenes.undo(done.act)
    assert held(other) == ([], [])
    assert Employee.objects.filter(dossier=other).count() == 2


def test_the_deletion_of_an_employer_packs_all_and_brings_it_back(source: Dossier) -> None:
    gone = deletion.delete_employer(actor=OWNER, employer=Employer.objects.get())
    assert (held(source), gone.counts["pas_rates"], gone.counts["anomalies"]) == (([], []), 2, 2)
    restoring.restore_package(actor=OWNER, package=gone.package)
    assert held(source) == WHOLE
    assert Anomaly.objects.get(fingerprint="a").employee == person(source, ALAIN.nir)
    assert PasRate.objects.get(employee=person(source, ALAIN.nir)).state == RateState.APPLIED


def test_the_deletion_of_a_person_takes_his_rows_only_and_brings_them_back(source: Dossier) -> None:
    gone = deletion.delete_employee(actor=OWNER, employee=person(source, ALAIN.nir))
    assert (held(source), gone.counts["pas_rates"], gone.counts["anomalies"]) == ((["5.20"], ["b"]), 1, 1)
    restoring.restore_package(actor=OWNER, package=gone.package)
    assert held(source) == WHOLE
    assert Anomaly.objects.get(fingerprint="a").employee == person(source, ALAIN.nir)


def test_an_anomaly_comes_back_without_the_user_in_charge_and_the_return_deleted_meanwhile(source: Dossier) -> None:
    user = User.objects.create(username="Zoé")
    stays = User.objects.create(username="Marc")
    item = Return.objects.get()
    Anomaly.objects.filter(fingerprint="a").update(owner=user, shown_in=item, note="Vue avec l’association.")
    Anomaly.objects.filter(fingerprint="b").update(owner=stays)
    gone = deletion.delete_employer(actor=OWNER, employer=Employer.objects.get())
    user.delete()
    item.delete()
    restoring.restore_package(actor=OWNER, package=gone.package)
    assert held(source) == WHOLE
    back = Anomaly.objects.get(fingerprint="a")
    assert (back.owner, back.shown_in, back.note) == (None, None, "Vue avec l’association.")
    assert Anomaly.objects.get(fingerprint="b").owner == stays
    assert set(PasRate.objects.values_list("item", flat=True)) == {None}
    connection.check_constraints()


def test_joining_two_people_keeps_one_rate_per_crm(source: Dossier) -> None:
    kept, dropped = person(source, ALAIN.nir), person(source, BRIGITTE.nir)
    landed(crm([Told(BRIGITTE.nir, "5.00")], identifier="2"), "2026-05-13")
    Anomaly.objects.filter(fingerprint="b").update(employee=dropped)
    join_people(actor=OWNER, kept=kept, dropped=dropped)
    assert list(PasRate.objects.order_by("crm").values_list("employee_id", "rate")) == [(kept.pk, 14), (kept.pk, 5)]
    assert set(Anomaly.objects.values_list("employee_id", flat=True)) == {kept.pk}


def test_of_two_rates_of_one_crm_that_of_who_goes_is_a_line_at_fault(source: Dossier) -> None:
    kept, dropped = person(source, ALAIN.nir), person(source, BRIGITTE.nir)
    landed(crm([Told(ALAIN.nir, "3.00"), Told(BRIGITTE.nir, "3.00")], identifier="2"), "2026-05-13")
    join_people(actor=OWNER, kept=kept, dropped=dropped)
    line = RateLine.objects.get()
    assert (line.item.crm, line.kind, line.proposed, line.number) == (CRM, LineKind.CONFLICT, kept.pk, BRIGITTE.nir)
    assert (line.siret, line.rate, line.settled_at) == (ASSOCIATION, Decimal("5.20"), None)
    rate = rate_decisions.settle_line(actor=OWNER, line=line, employee=kept)
    assert rate is not None
    assert (rate.rate, rate.state) == (Decimal("5.20"), RateState.WAITING)


def test_a_crm_counts_for_the_declaring_dossier_only(source: Dossier, other: Dossier) -> None:
    scenes.transfer(source, other)
    landed(crm([Told(ALAIN.nir, "9.00")], identifier="2"), "2026-05-13")
    declaring = Employer.objects.get(siret=ASSOCIATION, declaring=True)
    assert declaring.dossier == source
    assert (PasRate.objects.filter(dossier=source).count(), PasRate.objects.filter(dossier=other).count()) == (3, 2)
