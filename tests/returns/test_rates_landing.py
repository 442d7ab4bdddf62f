"""Who gets the rates of a CRM nominatif: matching, lines for a person, what never changes anything (retours §5)."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.dossiers.conftest import Import
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, Someone, small_file
from tests.returns.documents import deposit
from tests.returns.rate_scenes import CRM, Told, crm, declared, land_again, landed, rate_of

from scarabee.dossiers.models import Act, Dossier, Employee, Identifier
from scarabee.dossiers.services.declaring import hand_over
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.returns.enums import LineKind, RateState
from scarabee.returns.models import PasRate, RateLine
from scarabee.returns.services import oddities, rate_lists
from scarabee.returns.services.rate_options import set_option

OWNER = Actor.owner()
CORSICAN = Someone("1850720A123456"[:5] + "2A" + "123456", "PAOLI", "Ange", "M009")


@pytest.fixture
def alain(dossier: Dossier, import_bytes: Import) -> Employee:
    import_bytes(dossier, small_file())
    return Employee.objects.get(nir=ALAIN.nir)


def kinds() -> list[tuple[str, str]]:
    """The lines that need a person: (kind, number)."""
    return list(RateLine.objects.order_by("kind", "pk").values_list("kind", "number"))


def test_each_person_gets_his_rate_and_the_act_says_how_many(alain: Employee) -> None:
    item = landed(crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, None), Told("2880175111222", "3.10")]))
    rate = rate_of(alain)
    assert (rate.rate, rate.crm, rate.state, rate.item, rate.why) == (Decimal(14), CRM, "waiting", item, "")
    act = Act.objects.get(kind=Act.Kind.RETURN)
    assert (act.state, act.dossier, act.receipt["item"], act.receipt["crm"]) == ("done", alain.dossier, item.pk, CRM)
    counts = act.receipt["counts"]
    assert (counts["listed"], counts["created"], counts["waiting"], counts["unknown"]) == (3, 2, 2, 1)
    entry = JournalEntry.objects.get(code="rates.landed")
    assert ALAIN.nir not in str(entry.facts) and entry.facts["act"] == act.pk


def test_a_nir_of_15_characters_is_matched_without_its_key(alain: Employee) -> None:
    landed(crm([Told(f" {ALAIN.nir} 42 ", "14.00")]))
    assert rate_of(alain).rate == 14


def test_a_corsican_nir_keeps_its_letter(dossier: Dossier, import_bytes: Import) -> None:
    import_bytes(dossier, small_file([CORSICAN]))
    landed(crm([Told(CORSICAN.nir.lower() + "33", "6.00")]))
    assert rate_of(Employee.objects.get()).rate == 6


def test_an_old_ntt_still_names_somebody_who_received_a_nir_since(alain: Employee) -> None:
    ntt = "1841257967AB12"
    Identifier.objects.create(
        dossier=alain.dossier, employer=alain.employer, employee=alain, kind="ntt", value=ntt, act=alain.act
    )
    landed(crm([Told(ntt=ntt, rate="8.00")]))
    assert rate_of(alain).rate == 8


def test_a_line_whose_nir_is_unknown_is_matched_by_its_ntt(alain: Employee) -> None:
    Identifier.objects.create(
        dossier=alain.dossier, employer=alain.employer, employee=alain, kind="ntt", value="1841257967AB12",
        act=alain.act,
    )  # fmt: skip
    landed(crm([Told("1850575999999", "8.00", ntt="1841257967AB12")]))
    assert rate_of(alain).rate == 8


def test_a_matricule_alone_only_proposes(alain: Employee) -> None:
    landed(crm([Told("1990175999999", "8.00", matricule=ALAIN.matricule)]))
    line = RateLine.objects.get()
    assert (line.kind, line.proposed, line.rate, line.matricule) == ("by_matricule", alain.pk, Decimal(8), "M001")
    assert not PasRate.objects.exists()


def test_a_matricule_that_two_people_share_proposes_nobody(dossier: Dossier, import_bytes: Import) -> None:
    import_bytes(dossier, small_file([ALAIN, replace(BRIGITTE, matricule=ALAIN.matricule)]))
    landed(crm([Told("1990175999999", "8.00", matricule=ALAIN.matricule)]))
    assert kinds() == [(LineKind.UNKNOWN, "1990175999999")]


def test_two_different_rates_for_one_nir_are_a_conflict_and_nobody_gets_one(alain: Employee) -> None:
    landed(crm([Told(ALAIN.nir, "8.00"), Told(ALAIN.nir, "9.00"), Told(BRIGITTE.nir, "2.00")]))
    assert kinds() == [(LineKind.CONFLICT, ALAIN.nir)] * 2
    assert set(RateLine.objects.values_list("proposed", flat=True)) == {alain.pk}
    assert PasRate.objects.get().employee.nir == BRIGITTE.nir


def test_two_lines_of_one_nir_that_agree_are_one(alain: Employee) -> None:
    landed(crm([Told(ALAIN.nir, "8.00", matricule="A"), Told(ALAIN.nir, "8.00", matricule="B")]))
    assert rate_of(alain).rate == 8
    assert not kinds()


def test_lines_far_apart_that_disagree_are_a_conflict_too(alain: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scarabee.returns.services.rates.CHUNK", 1)
    told = [Told(ALAIN.nir, "8.00"), Told(BRIGITTE.nir, "2.00"), Told(ALAIN.nir, "9.00"), Told(ALAIN.nir, "8.00")]
    item = landed(crm(told))
    assert kinds() == [(LineKind.CONFLICT, ALAIN.nir)] * len(kinds())
    assert {line.rate for line in RateLine.objects.all()} == {8, 9}
    assert not PasRate.objects.filter(employee=alain).exists()
    land_again(item, crm(told))
    assert not PasRate.objects.filter(employee=alain).exists()


@pytest.mark.parametrize("rate", ["100.00", "-1", "abc", "3.141", "1e2"])
def test_a_rate_that_cannot_be_is_kept_for_a_person(alain: Employee, rate: str) -> None:
    landed(crm([Told(ALAIN.nir, rate)]))
    assert kinds() == [(LineKind.UNREADABLE, ALAIN.nir)]
    assert not PasRate.objects.exists()


@pytest.mark.parametrize(
    ("document", "columns"),
    [
        (crm([Told(ALAIN.nir, "14.00")], essai_reel="01"), {}),
        (crm([Told(ALAIN.nir, "14.00")], essai_reel=""), {"idflux": "ESSAI"}),
        (crm([Told(ALAIN.nir, "14.00")]), {"idflux": "ESSAI"}),
        (crm([Told(ALAIN.nir, "14.00")]), {"portal": "test"}),
        (crm([Told(ALAIN.nir, "14.00")]), {"portal": "http://127.0.0.1:8700"}),
    ],
    ids=["essai by the document", "essai by the deposit", "essai by one of both", "portal of test", "bouchon"],
)
def test_an_essai_and_another_portal_never_change_anything(
    alain: Employee, document: bytes, columns: dict[str, Any]
) -> None:
    set_option(actor=OWNER, dossier=alain.dossier, applies_alone=True)
    deposit(alain.dossier, "ESSAI", is_real=False)
    landed(document, **columns)
    assert not PasRate.objects.exists()
    assert not RateLine.objects.exists()
    assert not Act.objects.filter(kind=Act.Kind.RETURN).exists()


def test_what_says_essai_at_its_end_only_leaves_no_rate(alain: Employee) -> None:
    said, part = crm(parts=[" "], essai_reel="01").decode(), declared([Told(ALAIN.nir, "14.00")])
    item = landed(said.replace("<envoi>", f"{part}<envoi>", 1).encode())
    assert (item.nature, item.is_real, item.siret, item.people, item.problem) == ("94", False, ASSOCIATION, 1, "")
    assert item.treated_at and not PasRate.objects.exists()


def test_what_says_neither_essai_nor_reel_waits_for_a_person_and_says_so(alain: Employee) -> None:
    set_option(actor=OWNER, dossier=alain.dossier, applies_alone=True)
    landed(crm([Told(ALAIN.nir, "14.00")], essai_reel=""))
    assert (rate_of(alain).state, rate_of(alain).why) == (RateState.WAITING, oddities.MAYBE_ESSAI)


def test_a_crm_without_an_identifier_waits_and_gives_none_to_declare(alain: Employee) -> None:
    set_option(actor=OWNER, dossier=alain.dossier, applies_alone=True)
    landed(crm([Told(ALAIN.nir, "14.00")], identifier=""))
    landed(crm([Told(ALAIN.nir, "14.00")], identifier=""))
    rates = PasRate.objects.filter(employee=alain)
    assert [(rate.why, rate_lists.in_force_of(rate, rate.available_on).crm) for rate in rates] == [
        (oddities.NO_IDENTIFIER, "")
    ] * 2


def test_the_same_nir_under_two_employers_gets_the_rate_of_each(alain: Employee, import_bytes: Import) -> None:
    import_bytes(alain.dossier, small_file([ALAIN], siret=OTHER_ASSOCIATION))
    parts = [declared([Told(ALAIN.nir, "14.00")]), declared([Told(ALAIN.nir, "9.00")], OTHER_ASSOCIATION)]
    landed(crm(parts=parts))
    rates = PasRate.objects.order_by("employer__siret").values_list("employer__siret", "rate")
    assert list(rates) == [(OTHER_ASSOCIATION, 9), (ASSOCIATION, 14)]


def test_a_siret_that_nobody_declares_is_left_out_and_told(alain: Employee) -> None:
    item = landed(crm(parts=[declared([Told(ALAIN.nir, "14.00")]), declared([Told(ALAIN.nir, "1.00")], "9" * 14)]))
    assert PasRate.objects.count() == 1
    assert rate_lists.unplaced_sirets(item) == ["9" * 14]


def test_a_crm_per_fraction_feeds_the_one_employer(alain: Employee) -> None:
    landed(crm(parts=[declared([Told(ALAIN.nir, "14.00")], fraction="12")], identifier="7"))
    landed(crm(parts=[declared([Told(BRIGITTE.nir, "5.00")], fraction="22")], identifier="8"))
    rates = PasRate.objects.order_by("crm").values_list("crm", "employee__nir", "employer__siret")
    assert list(rates) == [("7", ALAIN.nir, ASSOCIATION), ("8", BRIGITTE.nir, ASSOCIATION)]


def test_a_crm_goes_where_the_siret_is_declared_now(alain: Employee, other: Dossier, import_bytes: Import) -> None:
    import_bytes(other, small_file())
    copy = Employee.objects.get(dossier=other, nir=ALAIN.nir)
    assert rate_lists.held_elsewhere(actor=OWNER, employer=copy.employer) == (
        "taux tenus par le dossier « Associations du Val »"
    )
    hand_over(actor=OWNER, siret=ASSOCIATION, dossier=other)
    landed(crm([Told(ALAIN.nir, "14.00")]))
    assert rate_of(copy).rate == 14
    assert not PasRate.objects.filter(employee=alain).exists()


def test_a_copy_does_not_name_a_dossier_that_one_may_not_see(
    alain: Employee, other: Dossier, import_bytes: Import, user_with: Callable[..., Actor]
) -> None:
    import_bytes(other, small_file())
    copy = Employee.objects.get(dossier=other, nir=ALAIN.nir)
    reader = user_with("Zoé", {other: "lecture"})
    assert "Associations" not in rate_lists.held_elsewhere(actor=reader, employer=copy.employer)


def test_the_same_crm_twice_changes_nothing(alain: Employee) -> None:
    document = crm([Told(ALAIN.nir, "14.00"), Told("1990175999999", "8.00")])
    item = landed(document)
    before = (list(PasRate.objects.values()), RateLine.objects.count(), Act.objects.count())
    land_again(item, document)
    assert (list(PasRate.objects.values()), RateLine.objects.count(), Act.objects.count()) == before


def test_a_new_version_of_a_crm_updates_what_still_waits(alain: Employee) -> None:
    item = landed(crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "1.00")]))
    land_again(item, crm([Told(ALAIN.nir, "9.00"), Told(BRIGITTE.nir, "1.00")]))
    assert (rate_of(alain).rate, rate_of(alain).state) == (Decimal(9), "waiting")
    assert Act.objects.filter(kind=Act.Kind.RETURN).latest("pk").receipt["counts"]["updated"] == 1


def test_a_document_cut_short_changes_nothing(alain: Employee) -> None:
    document = crm([Told(ALAIN.nir, "14.00"), Told(BRIGITTE.nir, "1.00")])
    item = landed(document[:-60])
    assert "XML bien formé" in item.problem and item.treated_at
    assert not PasRate.objects.exists()
    assert not Act.objects.filter(kind=Act.Kind.RETURN).exists()
