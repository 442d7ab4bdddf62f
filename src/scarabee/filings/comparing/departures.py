"""Who was there last month with a contract under way, and is gone without an end of contract.

An end is a 62 told last month or in the twelve months before, a signalement of end of contract (nature 07) in force,
or a planned end (40.010) before the month begins. Whoever left and is still paid, or comes back, is no departure.
Contracts are followed by all they go by (41.014, 41.021); people by all their numbers; and whoever another employer
of the dossier declares this month with this SIRET in 41.012 has moved, not left.

A month of which fractions are still to come proves no absence: it is said once, as information.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from scarabee.dossiers import contents
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Dossier, EmployeeMonth, Identifier
from scarabee.dsn.fields import sortable_date
from scarabee.dsn.findings import Finding, Severity
from scarabee.dsn.readable import readable_date
from scarabee.filings.comparing.months import MONTHS_TRACED, Surroundings, month_before, of_month
from scarabee.filings.comparing.people import CHUNK_PEOPLE, People
from scarabee.filings.comparing.reading import MonthFile, Name, Number, Present, ToldContract, read_held

END_OF_CONTRACT = "07"
WITHOUT_PEOPLE = ("02", "05")


@dataclass(frozen=True, slots=True)
class Vanished(Finding):
    """Somebody who is no longer declared. `before`: the declaration of last month, and the rank of his part in it."""

    before: tuple[int, int] | None = None


type Missing = dict[Number, list[ToldContract]]
"""Who → the contracts under way that this month no longer tells."""


def find_missing(*, dossier: Dossier, file: MonthFile, around: Surroundings, people: People) -> Missing:
    """The contracts under way last month that nothing tells any more; nobody's when another employer took over."""
    if around.is_taken_over:
        return {}
    missing = {root: gone for root, one in people.last.items() if (gone := _not_told(root, one, around, people))}
    if not missing or not around.is_whole:
        return missing
    missing = _without_end(missing, _told_ends(missing, around, people), around, people)
    moved = _moved(dossier, file, around, people, missing.keys() - people.now.keys())
    return {root: gone for root, gone in missing.items() if root not in moved}


def departures(file: MonthFile, around: Surroundings, people: People, missing: Missing) -> Iterator[Finding]:
    """The findings on the contracts that `find_missing` found, and on the people who held them."""
    absent = [root for root in missing if root not in people.now]
    if not around.is_whole:
        if absent:
            yield _unproved(file, around, len(absent))
        return
    if file.read.type in WITHOUT_PEOPLE:
        if absent:
            yield _unexpected_nil(file, around, [people.last[root] for root in absent])
        return
    newcomers = {one.civil: one for root, one in people.now.items() if people.before(root) is None}
    for root in absent:
        yield _vanished(file, around, people.last[root], missing[root], newcomers)
    for root, person in people.now.items():
        for contract in missing.get(root, ()):
            yield _contract_gone(around, person, contract)


def is_open(contract: ToldContract, month: str) -> bool:
    """Whether a contract, as last month told it, goes on in a month (AAAA-MM)."""
    end, planned = contract.read.end, month_of(contract.read.expected_end)
    return not (end and month_of(end) <= month) and not (planned and planned < month)


def month_of(date: str) -> str:
    """JJMMAAAA → AAAA-MM; empty when it is no date."""
    day = sortable_date(date)
    return f"{day[:4]}-{day[4:6]}" if day else ""


def _not_told(root: Number, before: Present, around: Surroundings, people: People) -> list[ToldContract]:
    if root in people.elsewhere:
        return []
    there = people.now.get(root)
    names = {name for contract in there.contracts for name in contract.names} if there else set[Name]()
    return [told for told in before.contracts if is_open(told, around.month) and names.isdisjoint(told.names)]


# -- what explains an absence ---------------------------------------------------------------------------------------


def _told_ends(missing: Missing, around: Surroundings, people: People) -> dict[Number, list[ToldContract]]:
    """The ends of contract of some people, told by signalements and by the months before last month."""
    employees = people.identities.employees_of(missing)
    told: dict[Number, list[ToldContract]] = {}
    since, until = month_before(around.month, MONTHS_TRACED + 1), month_before(around.month, 2)
    sources = Q(declaration__nature=END_OF_CONTRACT) | Q(declaration__month__range=(since, until))
    for some in chunks(list(employees)):
        held = EmployeeMonth.objects.filter(sources, employee_id__in=some, declaration__in_force=True)
        for rows in chunks(list(held.values_list("employee_id", "content_id")), CHUNK_PEOPLE):
            loaded = contents.load(content for _, content in rows)
            for employee, content in rows:
                if b"S21.G00.62.001" in loaded[content]:
                    ends = [one for one in read_held(loaded[content]).contracts if one.read.end]
                    told.setdefault(employees[employee], []).extend(ends)
    return told


def _without_end(
    missing: Missing, ends: dict[Number, list[ToldContract]], around: Surroundings, people: People
) -> Missing:
    """Leave out the contracts that ended: by their names or, for the only one gone, by a recent end of no other."""
    left: Missing = {}
    for root, gone in missing.items():
        known = {name for one in people.last[root].contracts for name in one.names}
        ended: set[Name] = set()
        for end in ends.get(root, ()):
            is_of_another = not end.names.isdisjoint(known) or month_of(end.read.end) < around.last_month
            ended |= end.names if is_of_another or len(gone) > 1 else gone[0].names
        if kept := [one for one in gone if ended.isdisjoint(one.names)]:
            left[root] = kept
    return left


def _moved(
    dossier: Dossier, file: MonthFile, around: Surroundings, people: People, roots: Iterable[Number]
) -> set[Number]:
    """Those whom another employer of the dossier declares this month, with this SIRET as the old one (41.012)."""
    employees = people.identities.employees_of(roots)
    found: set[Number] = set()
    for some in chunks(list(employees), CHUNK_PEOPLE):
        numbers = Identifier.objects.filter(employee_id__in=some).exclude(kind=Identifier.Kind.CIVIL)
        owners = {
            (kind, value): employees[pk] for pk, kind, value in numbers.values_list("employee_id", "kind", "value")
        }
        same = Identifier.objects.filter(dossier=dossier, value__in={value for _, value in owners})
        same = same.exclude(employer_id__in=[one.pk for one in around.ours])
        elsewhere = {
            pk: owners[kind, value]
            for pk, kind, value in same.values_list("employee_id", "kind", "value")
            if (kind, value) in owners
        }
        months = EmployeeMonth.objects.filter(employee_id__in=elsewhere, declaration__in_force=True)
        rows = list(months.filter(declaration__month=around.month).values_list("employee_id", "content_id"))
        loaded = contents.load(content for _, content in rows)
        for pk, content in rows:
            if any(file.siret in contract.former_sirets for contract in read_held(loaded[content]).contracts):
                found.add(elsewhere[pk])
    return found


# -- findings -------------------------------------------------------------------------------------------------------


def contract_words(contract: ToldContract) -> str:
    """« n° 00001 du 01/02/2024 »."""
    return f"n° {contract.read.number or '?'} du {readable_date(contract.read.start)}"


def _unproved(file: MonthFile, around: Surroundings, count: int) -> Finding:
    return Finding(
        Severity.INFO,
        "fractions_incompletes",
        file.line_of("S20.G00.05.003"),
        "S20.G00.05.003",
        file.read.fraction,
        f"Toutes les fractions du mois {of_month(around.month)} ne sont pas encore dans le dossier : l’absence de "
        f"{count} salarié(s) du mois précédent n’a pas pu être vérifiée.",
        "Elle le sera avec la dernière fraction reçue.",
    )


def _unexpected_nil(file: MonthFile, around: Surroundings, absent: list[Present]) -> Finding:
    names = ", ".join(one.name for one in absent[:3]) + (f" et {len(absent) - 3} autre(s)" if len(absent) > 3 else "")
    return Finding(
        Severity.WARNING,
        "neant_inattendu",
        file.line_of("S20.G00.05.002"),
        "S20.G00.05.002",
        file.read.type,
        f"La DSN {of_month(around.month)} ne déclare personne, alors que {len(absent)} salarié(s) du mois précédent "
        f"ont un contrat en cours, sans fin déclarée : {names}.",
        "Vérifiez dans le logiciel de paie que les bulletins du mois sont faits. Si tous sont partis, déclarez leurs "
        "fins de contrat (S21.G00.62).",
    )


def _vanished(
    file: MonthFile,
    around: Surroundings,
    person: Present,
    contracts: list[ToldContract],
    newcomers: dict[tuple[str, ...], Present],
) -> Finding:
    words = ", ".join(contract_words(one) for one in contracts)
    remedy = (
        "Si la personne est partie, déclarez la fin de son contrat (S21.G00.62). Si elle n’a rien perçu, déclarez-la "
        "avec un versement à zéro. Sinon, refaites le fichier depuis le logiciel de paie."
    )
    twin = newcomers.get(person.civil)
    if twin is not None:
        remedy = (
            f"Une personne de mêmes nom, prénoms et date de naissance y est sous un autre numéro (ligne {twin.line}). "
            "Si c’est la même, déclarez l’ancien numéro en S21.G00.31.008, ou réunissez les deux fiches du dossier."
        )
    return Vanished(
        Severity.WARNING,
        "salarie_disparu",
        file.first_line,
        "S21.G00.30.001",
        "",
        f"{person.name} était dans la DSN {of_month(around.last_month)} avec un contrat en cours ({words}), et n’est "
        f"plus dans celle {of_month(around.month)}, sans fin de contrat déclarée.",
        remedy,
        before=person.place,
    )


def _contract_gone(around: Surroundings, person: Present, contract: ToldContract) -> Finding:
    return Finding(
        Severity.WARNING,
        "contrat_disparu",
        person.line,
        "S21.G00.40.009",
        contract.read.number,
        f"Le contrat {contract_words(contract)} de {person.name}, en cours au mois {of_month(around.last_month)}, "
        f"n’est plus déclaré au mois {of_month(around.month)}, sans fin ni changement de numéro.",
        "S’il est terminé, déclarez sa fin (S21.G00.62). S’il a changé de numéro ou de date de début, déclarez les "
        "anciens (S21.G00.41.014, S21.G00.41.021).",
    )
