"""The identity of reference that a BIS or a CRM Identité tells, proposed field by field, adopted by a person only.

What is adopted is typed beside the DSN's values, as any correction by hand: the next DSN shows whether the payroll
software followed. Nothing is to be changed before the employee was asked (retours §6).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from scarabee.dossiers import contents
from scarabee.dossiers.models import Employee, Employer
from scarabee.dossiers.services import entry
from scarabee.dossiers.services.entry_fields import EMPLOYEE_FIELDS
from scarabee.maintenance import journal
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.documents import Document, Identity, Person, Unreadable, read
from scarabee.returns.models import Anomaly, Return
from scarabee.returns.services.admission import may_act
from scarabee.returns.services.anomaly_words import identity_title, name_of
from scarabee.returns.services.identity_fields import BY_FIELD, declared_value, shown_value
from scarabee.returns.services.recognition import employees_of
from scarabee.returns.services.seeing import get_return

NATURES = frozenset({"20", "121"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field that differs. `value`: the reference as a DSN declares it; `current`: what is shown here now.

    `declared` and `reference` are for a reader. `is_checked`: the register identifies by it.
    """

    rubrique: str
    label: str
    declared: str
    reference: str
    value: str
    current: str
    is_checked: bool

    @property
    def is_adopted(self) -> bool:
        return self.current == self.value


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a return says of one person; `employee` None when nobody here is recognised. No `fields`: unknown to the
    register, or told without what differs."""

    siret: str
    code: str
    title: str
    name: str
    employee: Employee | None
    fields: tuple[Field, ...]


def proposals(source: Return | Anomaly) -> list[Proposal]:
    """What the newest version of a return of identity proposes, in its order; of an anomaly, for its person alone.

    Empty for other natures, and for what may change nothing (an essai, another portal).
    """
    item = source.shown_in if isinstance(source, Anomaly) else source
    if item is None or item.nature not in NATURES or not may_act(item):
        return []
    document = _document(item)
    identities = document.identities if document else ()
    found = proposed(identities, employees_of(one.declared for one in identities))
    if isinstance(source, Anomaly):
        found = [one for one in found if _is_of(one, source)]
    return found


def proposed(identities: Iterable[Identity], people: Mapping[Person, Employee]) -> list[Proposal]:
    """Proposals for what a document tells. `people`: who is recognised. Two queries."""
    listed = list(identities)
    differ = [people[one.declared].pk for one in listed if one.differences and one.declared in people]
    values = entry.values_by_employee(set(differ)) if differ else {}
    return [_proposal(one, people.get(one.declared), values) for one in listed]


def _proposal(identity: Identity, employee: Employee | None, values: Mapping[int, Mapping[str, str]]) -> Proposal:
    fields = tuple(_fields(identity, employee, values.get(employee.pk, {}) if employee else {}))
    title, name = identity_title(identity), name_of(identity.declared)
    return Proposal(identity.siret, identity.code, title, name, employee, fields)


@transaction.atomic
def adopt(
    *, actor: Actor, item: Return, employee: Employee, fields: Mapping[str, str], revision: int | None = None
) -> Employee:
    """Take over some fields of the reference for a person. `fields`: {rubrique: value}, as a proposal of `item` tells.

    Raises `Refusal` when the return proposes something else now, `NotVisible` when the actor may not see it, and as
    `correct_employee` does.
    """
    item = get_return(actor, item.pk)
    told = {one.rubrique: one.value for proposal in _of_employee(item, employee) for one in proposal.fields}
    if not fields or any(told.get(rubrique) != value for rubrique, value in fields.items()):
        raise Refusal(
            f"Le retour n° {item.pk} ne propose pas ces valeurs pour cette personne.",
            safe="Sa fiche n’a pas changé.",
            remedy="Rouvrez le retour : une version plus récente est peut-être arrivée.",
        )
    corrected = entry.correct_employee(actor=actor, employee=employee, fields=fields, revision=revision)
    journal.record(
        actor, "identite.adoptee", dossier_uuid=corrected.dossier.uuid, siret=corrected.employer.siret,
        employee=corrected.pk, item=item.pk, rubriques=sorted(fields),
    )  # fmt: skip
    return corrected


def _document(item: Return) -> Document | None:
    version = item.versions.order_by("-pk").first()
    if version is None:
        return None
    try:
        return read(contents.load([version.content_id])[version.content_id], nature=item.nature)
    except Unreadable:
        return None


def _fields(identity: Identity, employee: Employee | None, dsn: Mapping[str, str]) -> Iterable[Field]:
    typed = {code: said["value"] for code, said in employee.typed.items()} if employee else {}
    for one in identity.differences:
        rubrique = BY_FIELD[one.name]
        yield Field(
            rubrique=rubrique,
            label=EMPLOYEE_FIELDS[rubrique].label,
            declared=shown_value(one.name, one.declared),
            reference=shown_value(one.name, one.reference),
            value=declared_value(one.name, one.reference),
            current=typed.get(rubrique, dsn.get(rubrique, "")),
            is_checked=one.is_checked,
        )


def _is_of(proposal: Proposal, anomaly: Anomaly) -> bool:
    if proposal.code != anomaly.code or proposal.siret != Employer.objects.get(pk=anomaly.employer_id).siret:
        return False
    if anomaly.employee_id is None:
        return proposal.employee is None and proposal.name == anomaly.person
    return proposal.employee is not None and proposal.employee.pk == anomaly.employee_id


def _of_employee(item: Return, employee: Employee) -> list[Proposal]:
    return [one for one in proposals(item) if one.employee is not None and one.employee.pk == employee.pk]
