from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from scarabee.dossiers.models import Act, Contract, Declaration, Dossier, Employee, Employer, ImportFile
from scarabee.dossiers.selectors import declarations, dossiers, employees, employers
from scarabee.dossiers.selectors.wording import fraction_text
from scarabee.dsn.invention import invent_bureau, month_file, random_declarations, replacement_file
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor

Import = Callable[[Dossier, bytes], ImportFile]
SAMPLES = Path(__file__).parents[3] / "shared/data/dsn/conformes"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample DSN files beside the repository")
BUREAU = invent_bureau(11, employers=4, employees_per_employer=(2, 4), months=3)


@pytest.fixture
def filled(dossier: Dossier, import_bytes: Import) -> Dossier:
    """Four employers, three months."""
    for month in BUREAU.all_months:
        import_bytes(dossier, month_file(BUREAU, month))
    return dossier


@pytest.fixture
def employer(filled: Dossier) -> Employer:
    declared = Declaration.objects.filter(dossier=filled, held__gte=1).order_by("pk")
    return Employer.objects.get(pk=declared[0].employer_id)


def test_the_list_of_dossiers_counts_rows_and_hides_those_of_others(
    filled: Dossier, other: Dossier, owner: Actor, user_with: Callable[..., Actor]
) -> None:
    page = dossiers.dossier_page(actor=owner)
    assert {row.dossier: row.counts for row in page.object_list} == {
        filled: dossiers.Counts(
            Employer.objects.count(),
            Employee.objects.count(),
            Declaration.objects.count(),
            sum(Declaration.objects.values_list("held", flat=True)),
        ),
        other: dossiers.Counts(),
    }
    reader = user_with("Zoé", {other: "lecture"})
    assert [row.dossier for row in dossiers.dossier_page(actor=reader).object_list] == [other]
    with pytest.raises(NotVisible):
        dossiers.get_dossier(actor=reader, uuid=filled.uuid)


def test_only_a_gestionnaire_of_an_open_dossier_may_write(
    dossier: Dossier, other: Dossier, owner: Actor, user_with: Callable[..., Actor]
) -> None:
    zoe = user_with("Zoé", {dossier: "gestionnaire", other: "lecture"})
    assert dossiers.may_write(actor=zoe, dossier=dossier)
    assert not dossiers.may_write(actor=zoe, dossier=other)
    dossier.archived_at = dossier.created_at
    dossier.save()
    assert not dossiers.may_write(actor=zoe, dossier=dossier)
    assert not dossiers.may_write(actor=owner, dossier=dossier)


def test_an_employer_in_the_list_has_its_months_and_people(filled: Dossier, owner: Actor) -> None:
    page = employers.employer_page(actor=owner, dossier=filled)
    assert page.paginator.count == Employer.objects.filter(dossier=filled).count()
    for row in page.object_list:
        declared = Declaration.objects.filter(employer=row.employer, in_force=True)
        assert row.months == len(set(declared.values_list("month", flat=True)))
        assert row.employees == row.employer.employees.count()
        assert row.partial == 0


@pytest.mark.parametrize("sort", employers.SORTS)
def test_employers_sort_both_ways(filled: Dossier, owner: Actor, sort: str) -> None:
    def order(key: str) -> list[int]:
        return [row.employer.pk for row in employers.employer_page(actor=owner, dossier=filled, sort=key)]

    assert sorted(order(sort)) == sorted(order("nom"))
    if sort in ("nom", "siret"):
        assert order(sort) == order(f"-{sort}")[::-1]


def test_employers_are_found_by_name_town_and_start_of_siret(employer: Employer, filled: Dossier, owner: Actor) -> None:
    employer.name, employer.search_key = "Chœur d’Été", "choeur d ete fontclaire"
    employer.save()

    def found(text: str) -> list[Employer]:
        return [r.employer for r in employers.employer_page(actor=owner, dossier=filled, text=text)]

    assert found("ÉTÉ choeur") == found("fontclaire") == found("Œur") == [employer]
    spaced = f"{employer.siret[:3]} {employer.siret[3:6]} {employer.siret[6:]}"
    assert found(employer.siret) == found(spaced) == [employer]
    assert found("introuvable") == []
    assert len(found("")) == Employer.objects.filter(dossier=filled).count()


def test_the_months_of_an_employer_show_versions_and_what_replaced_them(
    filled: Dossier, employer: Employer, owner: Actor, import_bytes: Import
) -> None:
    month = BUREAU.all_months[-1]
    import_bytes(filled, replacement_file(BUREAU, month, employers=[employer.siret]))
    rows = {row.month: row for row in declarations.month_page(employer=employer).object_list}
    assert list(rows) == sorted(rows, reverse=True)
    replaced = rows[f"{month:%Y-%m}"]
    assert (len(replaced.current), replaced.older) == (1, 1)
    assert not any(version.tie for version in replaced.current)
    assert replaced.missing == ""
    current = replaced.current[0].declaration
    versions = declarations.versions_of(current)
    assert [one.state for one in versions] == ["en vigueur", "remplacée"]


def test_fractions_of_a_month_stand_together_and_missing_ones_are_told(employer: Employer, owner: Actor) -> None:
    whole = Declaration.objects.filter(employer=employer).order_by("-month")[0]
    Declaration.objects.filter(pk=whole.pk).update(fraction="13")
    row = declarations.month_page(employer=employer).object_list[0]
    assert row.missing == "1 fraction reçue sur 3"
    second = Declaration.objects.get(pk=whole.pk)
    second.pk, second.fraction, second.whole_hash = None, "23", b"2" * 32
    second.save()
    row = declarations.month_page(employer=employer).object_list[0]
    assert (len(row.current), row.missing) == (2, "2 fractions reçues sur 3")
    second.pk, second.fraction, second.whole_hash = None, "33", b"3" * 32
    second.save()
    row = declarations.month_page(employer=employer).object_list[0]
    assert (len(row.current), row.missing) == (3, "")


@pytest.mark.parametrize(("fraction", "text"), [("11", ""), ("12", "1 sur 2"), ("", ""), ("001", "001")])
def test_a_fraction_in_words(fraction: str, text: str) -> None:
    assert fraction_text(fraction) == text


def test_versions_of_equal_rank_are_shown_as_a_tie(employer: Employer) -> None:
    first = Declaration.objects.filter(employer=employer).order_by("-month")[0]
    twin = Declaration.objects.get(pk=first.pk)
    twin.pk, twin.whole_hash, twin.in_force = None, b"x" * 32, False
    twin.imported_at -= timedelta(days=1)
    twin.save()
    assert any(version.tie for version in declarations.month_page(employer=employer).object_list[0].current)
    states = [version.state for version in declarations.versions_of(first)]
    assert states == ["en vigueur, à égalité avec une autre", "remplacée"]


def test_a_partial_declaration_is_flagged(employer: Employer, owner: Actor) -> None:
    newest = Declaration.objects.filter(employer=employer).order_by("-month")[0]
    Declaration.objects.filter(pk=newest.pk).update(individus=newest.individus + 3)
    row = declarations.month_page(employer=employer).object_list[0]
    assert (row.is_partial, row.people, row.expected) == (True, newest.held, newest.individus + 3)
    listed = employers.employer_page(actor=owner, dossier=employer.dossier, text=employer.siret)
    assert listed.object_list[0].partial == 1


@needs_samples
def test_the_figures_of_a_person_and_of_a_declaration(dossier: Dossier, owner: Actor, import_bytes: Import) -> None:
    import_bytes(dossier, (SAMPLES / "bureau_2026-09.dsn").read_bytes())
    import_bytes(dossier, (SAMPLES / "annule_remplace_2026-09.dsn").read_bytes())
    declaration = Declaration.objects.get(dossier=dossier, employer__siret="56876701600260", in_force=True)
    totals = declarations.totals(declaration)
    assert totals is not None
    assert (totals.pas, totals.gross) == (Decimal("813.65"), Decimal("26812.26"))
    assert (totals.net_fiscal, totals.net) == (Decimal("21181.65"), Decimal("20248.00"))
    people = declarations.people_page(declaration=declaration)
    assert people.paginator.count == 8
    assert sum(row.figures.net for row in people.object_list) == totals.net
    employee = people.object_list[0].month.employee
    month = employees.history(employee=employee).months.object_list[0]
    assert month.figures == people.object_list[0].figures
    assert (month.month, month.older) == ("2026-09", 1)


def test_totals_are_left_out_for_very_large_declarations(employer: Employer, monkeypatch: pytest.MonkeyPatch) -> None:
    declaration = Declaration.objects.filter(employer=employer, held__gte=1)[0]
    assert declarations.totals(declaration) is not None
    monkeypatch.setattr(declarations, "TOTALS_UP_TO", declaration.held - 1)
    assert declarations.totals(declaration) is None


def test_the_record_shows_typed_values_beside_those_of_the_dsn(employer: Employer) -> None:
    employer.typed = {
        "S21.G00.11.005": {"value": "MONTCALME", "by": "Zoé", "at": "2026-11-03T10:00:00"},
        "S21.G00.99.999": {"value": "hors norme", "by": "Zoé", "at": "2026-11-03T10:00:00"},
    }
    facts = {fact.code: fact for fact in employers.facts(bytes(employer.lines), employer.typed)}
    town = facts["S21.G00.11.005"]
    assert (town.shown, town.told, town.typed_by, town.typed_at) == (
        "MONTCALME", employer.town, "Zoé", "2026-11-03",
    )  # fmt: skip
    assert town.differs
    assert facts["S21.G00.99.999"].shown == "hors norme"
    assert facts["S21.G00.06.001"].shown == employer.siren


def test_the_identity_comes_from_the_newest_declaration_in_force(employer: Employer) -> None:
    employee = employer.employees.exclude(family_name="")[0]
    identity = {fact.code: fact.shown for fact in employees.history(employee=employee).identity}
    assert identity["S21.G00.30.002"] == employee.family_name
    assert not any(code.startswith("S21.G00.40") for code in identity)


def test_chained_contracts_are_one_contract(employer: Employer) -> None:
    employee = employer.employees.all()[0]
    employee.contracts.all().delete()
    act = Act.objects.all()[0]

    def contract(number: str, start: str, **told: str) -> None:
        Contract.objects.create(
            dossier=employee.dossier, employee=employee, act=act, number=number, start=start, **told
        )

    contract("1", "01022020")
    contract("2", "01022020", former_number="1")
    contract("2", "15062021", former_start="01022020")
    contract("9", "01012023")
    contract("A", "01012019", former_number="B")  # two that name each other
    contract("B", "01012019", former_number="A")
    chains = employees.contract_chains(employee)
    assert [(chain.contract.number, chain.contract.start) for chain in chains[:2]] == [
        ("9", "01012023"),
        ("2", "15062021"),
    ]
    assert chains[1].before == ["n° 2 du 01/02/2020", "n° 1 du 01/02/2020"]
    assert chains[1].start == "01/02/2020"
    assert sum(1 + len(chain.former) for chain in chains) == 6


def test_a_person_is_shown_with_the_other_places_of_the_same_nir(
    filled: Dossier, other: Dossier, owner: Actor, import_bytes: Import, user_with: Callable[..., Actor]
) -> None:
    import_bytes(other, month_file(BUREAU, BUREAU.all_months[0]))
    here = Employee.objects.filter(dossier=filled).exclude(nir="").values("nir")
    employee = Employee.objects.filter(dossier=other, nir__in=here)[0]
    twin = Employee.objects.get(dossier=filled, employer__siret=employee.employer.siret, nir=employee.nir)
    assert twin in employees.elsewhere(actor=owner, employee=employee)
    reader = user_with("Zoé", {other: "lecture"})
    assert twin not in employees.elsewhere(actor=reader, employee=employee)


def test_the_raw_view_gives_every_line_back(employer: Employer, owner: Actor) -> None:
    declaration = Declaration.objects.filter(employer=employer, held__gte=1).select_related("envoi")[0]
    own, nobody = declarations.raw_part(declaration=declaration)
    part, month = declarations.raw_part(declaration=declaration, position=0)
    assert nobody is None
    assert month is not None
    assert own.lines[0].bloc == "S20.G00.05"
    assert part.lines[0].bloc == "S21.G00.30"
    assert not own.cut
    assert [line.line for line in part.lines if not line.bloc] == list(
        range(1, 1 + sum(1 for line in part.lines if not line.bloc))
    )
    with pytest.raises(NotVisible):
        declarations.raw_part(declaration=declaration, position=9999)


def test_a_very_long_part_is_cut_at_a_line(employer: Employer, monkeypatch: pytest.MonkeyPatch) -> None:
    declaration = Declaration.objects.filter(employer=employer).select_related("envoi")[0]
    monkeypatch.setattr(declarations, "RAW_BYTES_SHOWN", 200)
    part, _ = declarations.raw_part(declaration=declaration)
    assert part.cut
    assert part.lines


@pytest.mark.parametrize("files", [1, 40])
def test_reads_cost_the_same_few_queries_for_little_and_for_much(
    files: int,
    dossier: Dossier,
    owner: Actor,
    import_bytes: Import,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for data in random_declarations(5, files):
        import_bytes(dossier, data)
    declaration = Declaration.objects.select_related("employer", "envoi").order_by("-held")[0]
    one = Employer.objects.get(pk=declaration.employer_id)
    person = Employee.objects.filter(employer=one)[0]
    reads: list[tuple[int, Callable[[], object]]] = [
        (3, lambda: dossiers.dossier_page(actor=owner)),
        (4, lambda: employers.employer_page(actor=owner, dossier=dossier)),
        (3, lambda: employees.employee_page(actor=owner, employer=one)),
        (3, lambda: declarations.month_page(employer=one)),
        (2, lambda: employees.history(employee=person)),
        (3, lambda: declarations.people_page(declaration=declaration)),
        (2, lambda: declarations.totals(declaration)),
    ]
    for limit, read in reads:
        with django_assert_max_num_queries(limit):
            read()
