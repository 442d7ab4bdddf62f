"""The identity of reference is proposed field by field, and adopted by a person only."""

from collections.abc import Callable

import pytest
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, declaration, envoi
from tests.netentreprises.bouchon.files import monthly
from tests.netentreprises.documents.corpora import PEOPLE, returns_of
from tests.returns.documents import example, identification, official, received
from tests.transfers import scenes

from scarabee.dossiers.models import Dossier, Employee, Identifier
from scarabee.dossiers.services.entry import correct_employee
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.returns.models import Anomaly, Return
from scarabee.returns.services.identity import Proposal, adopt, proposals

pytestmark = pytest.mark.django_db

UserWith = Callable[..., Actor]
NIR, NAME, BIRTH, PLACE = "S21.G00.30.001", "S21.G00.30.002", "S21.G00.30.006", "S21.G00.30.007"
KNOWN_AS = "1271122980701"


@pytest.fixture
def a() -> Dossier:
    return scenes.dossier_of("A", [envoi(declaration((ALAIN, BRIGITTE)), real=True)])


@pytest.fixture
def alain(a: Dossier) -> Employee:
    return Employee.objects.get(nir=ALAIN.nir)


def crm(**replaced: str) -> Return:
    """A CRM Identité about Alain: another NIR, another day of birth."""
    told = {"88344786400017": ASSOCIATION, "R006>2022-07": "R006>2026-03", "1271122980702": ALAIN.nir}
    return received(example("exemple_retour_121_CRM_ID_ANO_divergence.xml", **(told | replaced)), nature="121")


def only(found: list[Proposal]) -> Proposal:
    (one,) = found
    return one


@official
def test_a_crm_proposes_each_field_beside_what_is_known_here(alain: Employee) -> None:
    one = only(proposals(crm()))
    assert (one.employee, one.code, one.siret) == (alain, "CNVANOIDE7A", ASSOCIATION)
    assert [(field.rubrique, field.value, field.current, field.is_adopted) for field in one.fields] == [
        (NIR, KNOWN_AS, ALAIN.nir, False),
        (BIRTH, "10111927", "12051985", False),
    ]
    assert [(field.declared, field.reference) for field in one.fields][1] == ("12/11/1927", "10/11/1927")
    assert all(field.is_checked for field in one.fields)


@official
def test_an_anomaly_proposes_for_its_person_alone(a: Dossier, alain: Employee) -> None:
    received(identification("2026-03"), nature="20")
    anomaly = Anomaly.objects.get(employee=alain)
    one = only(proposals(anomaly))
    assert one.employee == alain
    assert [(field.rubrique, field.value) for field in one.fields] == [(NIR, "1200125463006"), (PLACE, "PONT DE ROIDE")]
    unknown = Anomaly.objects.get(code="I0320")
    assert only(proposals(unknown)).fields == () and only(proposals(unknown)).employee is None


@official
def test_a_person_adopts_some_fields_and_the_rest_stays(alain: Employee, owner: Actor) -> None:
    item = crm()
    adopt(actor=owner, item=item, employee=alain, fields={NIR: KNOWN_AS})
    alain.refresh_from_db()
    assert (alain.nir, alain.birth_date) == (KNOWN_AS, "12051985")
    assert alain.typed[NIR]["value"] == KNOWN_AS and BIRTH not in alain.typed
    numbers = set(Identifier.objects.filter(employee=alain).values_list("value", flat=True))
    assert numbers == {ALAIN.nir, KNOWN_AS}
    one = only(proposals(item))
    assert [field.is_adopted for field in one.fields] == [True, False]
    entry = JournalEntry.objects.get(code="identite.adoptee")
    assert entry.facts["rubriques"] == [NIR] and KNOWN_AS not in str(entry.facts)


@official
def test_only_what_the_return_proposes_can_be_adopted(alain: Employee, owner: Actor, user_with: UserWith) -> None:
    item = crm()
    brigitte = Employee.objects.get(nir=BRIGITTE.nir)
    for employee, fields in (
        (alain, {NIR: "1271122980799"}), (alain, {NAME: "AUTRE"}), (alain, {}), (brigitte, {NIR: KNOWN_AS}),
    ):  # fmt: skip
        with pytest.raises(Refusal, match="ne propose pas ces valeurs"):
            adopt(actor=owner, item=item, employee=employee, fields=fields)
    with pytest.raises(NotAllowed):
        adopt(actor=user_with("Léo", {alain.dossier: "lecture"}), item=item, employee=alain, fields={NIR: KNOWN_AS})
    with pytest.raises(NotVisible):
        adopt(actor=user_with("Nina", {}), item=item, employee=alain, fields={NIR: KNOWN_AS})
    correct_employee(actor=owner, employee=alain, fields={NAME: "MERCIER-NOËL"})
    with pytest.raises(Refusal, match="pendant que vous la corrigiez"):
        adopt(actor=owner, item=item, employee=alain, fields={NIR: KNOWN_AS}, revision=alain.revision)
    alain.refresh_from_db()
    assert alain.nir == ALAIN.nir


@official
@pytest.mark.parametrize("nature", ["essai", "other portal"])
def test_an_essai_and_another_portal_propose_nothing(alain: Employee, owner: Actor, nature: str) -> None:
    item = crm(**({"R013>02": "R013>01"} if nature == "essai" else {}))
    if nature == "other portal":
        Return.objects.filter(pk=item.pk).update(portal="test")
        item.refresh_from_db()
    assert proposals(item) == []
    with pytest.raises(Refusal):
        adopt(actor=owner, item=item, employee=alain, fields={NIR: KNOWN_AS})


@official
def test_a_birth_with_unknown_parts_is_written_as_a_dsn_writes_it(alain: Employee, owner: Actor) -> None:
    item = crm(**{"1927-11-10": "1927-00-00"})
    assert only(proposals(item)).fields[1].value == "99991927"
    adopt(actor=owner, item=item, employee=alain, fields={BIRTH: "99991927"})
    alain.refresh_from_db()
    assert alain.birth_date == "99991927"


def test_whom_the_bouchon_knows_otherwise_is_proposed_as_it_says() -> None:
    file = monthly(PEOPLE, real=True)
    scenes.dossier_of("A", [file])
    report = next(data for nature, _, data in returns_of(file) if nature == "20")
    found = proposals(received(report, nature="20"))
    assert found and all(one.employee for one in found)
    known = [one for one in found if one.fields]
    assert {field.rubrique for one in known for field in one.fields} == {BIRTH}
    assert [one.title for one in found if not one.fields] == ["Salarié inconnu du répertoire"]
