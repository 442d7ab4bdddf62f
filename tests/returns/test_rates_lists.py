"""Who has no valid rate and why, and what goes out to the payroll software (retours §5, docs/user/taux-csv.md)."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.dossiers.conftest import Import
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, Someone, small_file
from tests.returns.rate_scenes import CRM, Told, crm, landed

from scarabee.dossiers.models import Dossier, Employee, Employer
from scarabee.maintenance.errors import NotAllowed
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import Anomaly, PasRate, RateExport
from scarabee.returns.services import rate_decisions, rate_exports
from scarabee.returns.services.rate_lacking import Lack, told, without_valid_rate

OWNER = Actor.owner()
CHLOE = Someone("2950375999111", "PETIT", "Chloé", "M003")


@pytest.fixture
def alain(dossier: Dossier, import_bytes: Import) -> Employee:
    import_bytes(dossier, small_file())
    return Employee.objects.get(nir=ALAIN.nir)


def applied(*told: Told, day: str = "2026-04-13", identifier: str = CRM) -> None:
    item = landed(crm(told, identifier=identifier), day)
    rate_decisions.apply_all(actor=OWNER, item=item, odd_too=True)


def lacking(employer: Employer, on: date) -> dict[str, str]:
    """{NIR: reason} of those without a valid rate."""
    found = list(told(without_valid_rate(actor=OWNER, employer=employer, on=on)))
    assert all(one.advice for one in found)
    return {one.employee.nir: one.words for one in found}


def test_before_any_crm_everybody_lacks_a_rate_for_that_reason(alain: Employee) -> None:
    assert lacking(alain.employer, date(2026, 4, 30)) == {ALAIN.nir: Lack.NO_CRM, BRIGITTE.nir: Lack.NO_CRM}


def test_those_with_a_rate_are_not_listed_and_an_expired_one_says_its_last_day(alain: Employee) -> None:
    applied(Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "0.00"))
    assert lacking(alain.employer, date(2026, 6, 30)) == {}
    assert lacking(alain.employer, date(2026, 7, 1)) == dict.fromkeys((ALAIN.nir, BRIGITTE.nir), "expiré le 30/06/2026")


def test_no_rate_given_and_not_recognised_are_told_apart(alain: Employee) -> None:
    applied(Told(ALAIN.nir, None), Told(BRIGITTE.nir, None))
    rate = PasRate.objects.filter(employee=alain).get()
    Anomaly.objects.create(
        dossier=alain.dossier, employer=alain.employer, employee=alain, act=rate.act, fingerprint="a", cause="a",
        nature="94", code="ADR05",
    )  # fmt: skip
    found = lacking(alain.employer, date(2026, 4, 30))
    assert found == {ALAIN.nir: Lack.NOT_RECOGNISED, BRIGITTE.nir: Lack.NONE_GIVEN}


def test_a_rate_that_waits_is_told(alain: Employee) -> None:
    landed(crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.00")]))
    assert set(lacking(alain.employer, date(2026, 4, 30)).values()) == {Lack.WAITING}


def test_a_new_hire_is_pointed_to_the_signalement_of_nature_08(alain: Employee, import_bytes: Import) -> None:
    applied(Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.00"))
    import_bytes(alain.dossier, small_file([ALAIN, BRIGITTE, CHLOE], month="2026-04"))
    (found,) = told(without_valid_rate(actor=OWNER, dossier=alain.dossier, on=date(2026, 4, 30)))
    assert (found.employee.nir, found.reason) == (CHLOE.nir, Lack.NEW_HIRE)
    assert "nature 08" in found.advice


def test_somebody_there_for_long_whom_no_crm_lists_is_told(alain: Employee, import_bytes: Import) -> None:
    import_bytes(alain.dossier, small_file(month="2026-01"))
    import_bytes(alain.dossier, small_file(month="2026-04"))
    applied(Told(ALAIN.nir, "14.00"))
    assert lacking(alain.employer, date(2026, 4, 30)) == {BRIGITTE.nir: Lack.NOT_LISTED}


def test_who_is_no_longer_declared_is_not_looked_for(alain: Employee, import_bytes: Import) -> None:
    import_bytes(alain.dossier, small_file([ALAIN], month="2026-04"))
    assert set(lacking(alain.employer, date(2026, 4, 30))) == {ALAIN.nir}
    assert set(lacking(alain.employer, date(2026, 3, 31))) == {ALAIN.nir, BRIGITTE.nir}


def parsed(rows: list[Any]) -> list[dict[str, str]]:
    text = "".join(rate_exports.csv_lines(rows))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_the_csv_has_the_documented_columns(alain: Employee) -> None:
    Employer.objects.update(name="Les Amis")
    applied(Told(ALAIN.nir, "14.50", future=("15.00", "2026-06-01")), Told(BRIGITTE.nir, None))
    rows = rate_exports.outgoing(actor=OWNER, dossier=alain.dossier, on=date(2026, 4, 30))
    mine, hers = parsed(rows)
    assert tuple(mine) == rate_exports.HEADER
    assert mine == {
        "siret": ASSOCIATION, "employeur": "Les Amis", "nir": ALAIN.nir, "ntt": "", "matricule": "M001",
        "nom": "MERCIER", "prenoms": "Alain", "taux": "14,50", "type": "01", "identifiant": CRM,
        "disponible_le": "13/04/2026", "valable_jusqu_au": "30/06/2026", "taux_a_venir": "15,00",
        "taux_a_venir_le": "01/06/2026", "motif": "",
    }  # fmt: skip
    assert (hers["taux"], hers["type"], hers["identifiant"]) == ("", "", "")
    assert hers["motif"] == "aucun taux transmis : barème"


def test_the_columns_of_the_csv_are_those_of_its_page() -> None:
    page = Path("docs/user/taux-csv.md").read_text(encoding="utf-8")
    assert [name for name in rate_exports.HEADER if f"| `{name}` |" not in page] == []


def test_no_cell_of_the_csv_is_a_formula(alain: Employee) -> None:
    Employer.objects.update(name="=cmd()")
    Employee.objects.filter(pk=alain.pk).update(family_name="@SUM(A1)", matricule="-1", given_names="+1")
    applied(Told(ALAIN.nir, "14.50"))
    (row,) = parsed(rate_exports.outgoing(actor=OWNER, employee=alain, on=date(2026, 4, 30)))
    assert (row["employeur"], row["nom"], row["matricule"], row["prenoms"]) == ("'=cmd()", "'@SUM(A1)", "'-1", "'+1")


def test_rates_go_out_by_person_employer_or_dossier(alain: Employee, import_bytes: Import) -> None:
    import_bytes(alain.dossier, small_file([ALAIN], siret=OTHER_ASSOCIATION))
    landed_there = landed(crm([Told(ALAIN.nir, "3.00")], siret=OTHER_ASSOCIATION, identifier="9"))
    rate_decisions.apply_all(actor=OWNER, item=landed_there)
    applied(Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "5.00"))

    def rates(**of: Any) -> list[Decimal | None]:
        rows = rate_exports.outgoing(actor=OWNER, on=date(2026, 4, 30), **of)
        return [row.rate.rate for row in rows if row.rate]

    assert rates(dossier=alain.dossier) == [3, 14, 5]
    assert rates(employer=alain.employer) == [14, 5]
    assert rates(employee=alain) == [14]


def test_the_objects_of_taux_json_have_the_keys_of_the_design(alain: Employee) -> None:
    applied(Told(ALAIN.nir, "14.50", future=(None, "2026-06-01")), Told(BRIGITTE.nir, None))
    rows = rate_exports.outgoing(actor=OWNER, dossier=alain.dossier, on=date(2026, 4, 30))
    assert rate_exports.as_json(rows) == [
        {
            "siret": ASSOCIATION, "nir": ALAIN.nir, "ntt": None, "matricule": "M001", "rate": "14.50", "type": "01",
            "crm": CRM, "available_on": "2026-04-13", "valid_until": "2026-06-30", "future_rate": None,
            "future_from": "2026-06-01",
        },
        {
            "siret": ASSOCIATION, "nir": BRIGITTE.nir, "ntt": None, "matricule": "M002", "rate": None, "type": None,
            "crm": None, "available_on": "2026-04-13", "valid_until": "2026-06-30", "future_rate": None,
            "future_from": None,
        },
    ]  # fmt: skip


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock of rates to noon of a day."""

    def set_day(day: str) -> None:
        moment = datetime.fromisoformat(f"{day}T11:00:00").replace(tzinfo=UTC)
        for module in ("rates", "rate_decisions", "rate_exports", "rate_previews"):
            monkeypatch.setattr(f"scarabee.returns.services.{module}.now", lambda: moment)

    return set_day


def changes(dossier: Dossier) -> list[tuple[str, Any]]:
    rows = rate_exports.export_changes(actor=OWNER, dossier=dossier)
    return [(row.family_name, row.rate.rate if row.rate else None) for row in rows]


def test_what_changed_since_my_last_export(alain: Employee, at: Callable[[str], None]) -> None:
    at("2026-04-14")
    applied(Told(ALAIN.nir, "14.00", future=("15.00", "2026-06-01")), Told(BRIGITTE.nir, "5.00"))
    at("2026-04-20")
    assert changes(alain.dossier) == [("MERCIER", 14), ("NOËL", 5)]
    at("2026-04-21")
    assert changes(alain.dossier) == []
    at("2026-05-14")
    applied(Told(BRIGITTE.nir, "6.00"), day="2026-05-13", identifier="2")
    at("2026-05-15")
    assert changes(alain.dossier) == [("NOËL", 6)]
    at("2026-06-02")
    assert changes(alain.dossier) == [("MERCIER", 15)]
    at("2026-07-01")
    assert changes(alain.dossier) == [("MERCIER", None)]
    assert RateExport.objects.count() == 5


def test_an_undone_rate_is_a_change(alain: Employee, at: Callable[[str], None]) -> None:
    at("2026-04-14")
    item = landed(crm([Told(ALAIN.nir, "14.00")]))
    decided = rate_decisions.apply_all(actor=OWNER, item=item)
    at("2026-04-15")
    changes(alain.dossier)
    at("2026-04-16")
    rate_decisions.undo(actor=OWNER, act=decided.acts[0])
    at("2026-04-17")
    (row,) = rate_exports.export_changes(actor=OWNER, dossier=alain.dossier)
    assert (row.rate, row.reason) == (None, "plus de taux valable : barème")


def test_a_rate_that_is_in_force_again_since_its_setting_aside_was_undone_is_a_change(
    alain: Employee, at: Callable[[str], None]
) -> None:
    at("2026-04-14")
    applied(Told(ALAIN.nir, "14.00"))
    at("2026-04-15")
    changes(alain.dossier)
    at("2026-04-16")
    decided = rate_decisions.set_aside(actor=OWNER, rates=PasRate.objects.all(), reason="à revoir")
    at("2026-04-17")
    assert changes(alain.dossier) == [("MERCIER", None)]
    at("2026-04-18")
    rate_decisions.undo(actor=OWNER, act=decided.acts[0])
    at("2026-04-19")
    assert changes(alain.dossier) == [("MERCIER", 14)]


def test_my_last_export_is_not_somebody_elses(
    alain: Employee, at: Callable[[str], None], user_with: Callable[..., Actor]
) -> None:
    at("2026-04-14")
    applied(Told(ALAIN.nir, "14.00"))
    at("2026-04-15")
    changes(alain.dossier)
    keeper, reader = user_with("Zoé", {alain.dossier: "gestionnaire"}), user_with("Paul", {alain.dossier: "lecture"})
    assert len(rate_exports.export_changes(actor=keeper, dossier=alain.dossier)) == 1
    with pytest.raises(NotAllowed):
        rate_exports.export_changes(actor=reader, dossier=alain.dossier)


def test_nobody_exports_the_rates_of_a_dossier_he_may_not_see(alain: Employee, user_with: Callable[..., Actor]) -> None:
    applied(Told(ALAIN.nir, "14.00"))
    stranger = user_with("Zoé", {})
    assert rate_exports.outgoing(actor=stranger, dossier=alain.dossier, on=date(2026, 4, 30)) == []
    assert not without_valid_rate(actor=stranger, dossier=alain.dossier, on=date(2026, 7, 31)).exists()
