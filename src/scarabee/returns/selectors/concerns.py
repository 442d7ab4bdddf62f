"""The anomalies of a return as its page shows them: who, which rubrique, declared beside expected, what to do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Employee, EmployeeMonth
from scarabee.dossiers.selectors.wording import rubrique_of, words
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises import documents
from scarabee.netentreprises.documents import Datum, Document, Person
from scarabee.returns.models import Anomaly, Return
from scarabee.returns.selectors.file_lines import FileLine, FileLines
from scarabee.returns.services.anomaly_words import action_of, name_of, title_of
from scarabee.returns.services.findings import fingerprint_of

SHOWN_CONCERNS = 200


@dataclass(frozen=True, slots=True)
class Couple:
    """One rubrique: what was declared beside what is expected, each with its words when it is a code."""

    rubrique: str
    label: str
    declared: str
    declared_words: str
    expected: str
    expected_words: str
    result: str
    note: str
    is_fault: bool


@dataclass(frozen=True, slots=True)
class Concern:
    """One anomaly. `employee`: who it is here, None when nobody is recognised or the reader may not see him.

    `name`: as the return writes it. `line`: the line of the deposited file. `place`: (declaration, position) of the
    person's part that it stands in. `work`: where it stands in the work list, None when there is nothing to do.
    """

    anomaly: documents.Anomaly
    title: str
    action: str
    name: str
    employee: Employee | None
    couples: tuple[Couple, ...]
    line: FileLine | None
    work: Anomaly | None
    place: tuple[int, int] | None = None


def concerns_of(
    actor: Actor, item: Return, document: Document, known: Mapping[Person, Employee], lines: FileLines
) -> tuple[Concern, ...]:
    """The first SHOWN_CONCERNS anomalies of a document. `known`: the employees that the reader may see; `lines`: of
    the deposited file. One query."""
    shown = document.anomalies[:SHOWN_CONCERNS]
    names = [fingerprint_of(item.nature, document, one) for one in shown]
    work = _work(actor, item, names) if names else {}
    found = [
        _concern(item, one, known.get(one.person) if one.person else None, lines, work.get(name))
        for one, name in zip(shown, names, strict=True)
    ]
    return tuple(_placed(item, found))


def _placed(item: Return, concerns: list[Concern]) -> Iterator[Concern]:
    """With where the lines stand in the declaration that was deposited; one query, none without lines."""
    people = {one.employee.pk for one in concerns if one.employee and one.line and one.line.inside}
    places: dict[int, tuple[int, int]] = {}
    if people and item.filing:
        months = EmployeeMonth.objects.filter(employee__in=people, declaration__whole_hash=item.filing.whole_hash)
        for employee, declaration, position in months.values_list("employee", "declaration", "position"):
            places[employee] = (declaration, position)
    for one in concerns:
        yield replace(one, place=places.get(one.employee.pk)) if one.employee and one.line and one.line.inside else one


def _concern(
    item: Return, anomaly: documents.Anomaly, employee: Employee | None, lines: FileLines, work: Anomaly | None
) -> Concern:
    return Concern(
        anomaly=anomaly,
        title=title_of(item.nature, anomaly),
        action=action_of(item.nature, anomaly),
        name=name_of(anomaly.person) if anomaly.person else "",
        employee=employee,
        couples=tuple(_couples(anomaly.data, anomaly.fault)),
        line=lines.of(anomaly),
        work=work,
    )


def _work(actor: Actor, item: Return, fingerprints: Iterable[str]) -> dict[str, Anomaly]:
    """The rows of the work list for these anomalies."""
    sirets = item.abouts.values("siret")
    rows = Anomaly.objects.visible_to(actor).filter(employer__declaring=True, employer__siret__in=sirets)
    found: dict[str, Anomaly] = {}
    for some in chunks(sorted(set(fingerprints))):
        found |= {row.fingerprint: row for row in rows.filter(fingerprint__in=some).select_related("owner")}
    return found


def _couples(data: Iterable[Datum], fault: Datum) -> Iterator[Couple]:
    for one in data:
        rubrique = rubrique_of(one.rubrique) if one.rubrique else None
        yield Couple(
            rubrique=one.rubrique,
            label=one.label or (rubrique.label if rubrique else ""),
            declared=one.declared,
            declared_words=_words(one.rubrique, one.declared),
            expected=one.expected or " ou ".join(one.accepted),
            expected_words=_words(one.rubrique, one.expected),
            result=one.result,
            note=one.note,
            is_fault=one is fault,
        )


def _words(rubrique: str, value: str) -> str:
    found = words(rubrique, value) if rubrique and value else ""
    return found if found != value else ""
