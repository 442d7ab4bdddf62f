"""A monthly declaration compared with the dossier and with last month (design §5).

What is found never blocks: an employee unknown so far is information, what is out of the ordinary is a warning that a
person looks at. The rules are in `departures` and `pay`; here are those on the employer, on the
months before and on what the dossier already holds for the same month.
"""

from collections.abc import Iterator
from dataclasses import replace

from django.db.models import Exists, OuterRef, Q

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Act, Declaration, Dossier, Employee, EmployeeMonth
from scarabee.dsn.findings import Finding, Severity
from scarabee.filings.comparing.departures import departures, find_missing
from scarabee.filings.comparing.months import MONTHLY, Surroundings, of_month, survey
from scarabee.filings.comparing.pay import unusual_headcount, unusual_pay
from scarabee.filings.comparing.people import People, gather
from scarabee.filings.comparing.reading import MonthFile, Number, Present, read_file

REPLACING = ("03", "05")


def compare(
    *, dossier: Dossier, declaration: bytes, is_real: bool, rank: int = 0, first_line: int = 1
) -> list[Finding]:
    """Compare the bytes of one S20 with what a dossier holds, whether or not they were imported into it.

    Nothing is found in what is no monthly declaration (nature 01 with a month). `first_line`: line of the S20 in its
    file; `rank`: its rank there, told in `Finding.declaration`. Findings come in the order of their lines. Raises
    `DsnError` when the bytes are no declaration.
    """
    file = read_file(declaration, first_line)
    if file.read.nature != MONTHLY or not file.read.month:
        return []
    around = survey(dossier=dossier, file=file)
    people = gather(file, around)
    missing = find_missing(dossier=dossier, file=file, around=around, people=people)
    found = [
        *_versions(file, around, is_real=is_real),
        *_unknown(file, around, people),
        *_gap(file, around),
        *departures(file, around, people, missing),
        *unusual_headcount(file, around, people, missing),
        *unusual_pay(around, people),
    ]
    return sorted((replace(one, declaration=rank) for one in found), key=lambda one: one.line)


def _versions(file: MonthFile, around: Surroundings, *, is_real: bool) -> Iterator[Finding]:
    """The dossier holds a réel declaration of the same key with other bytes."""
    if not around.versions:
        return
    orders = ", ".join(sorted(one.order_number or "?" for one in around.versions))
    held = (
        f"Une DSN réelle {of_month(around.month)} de cet employeur est déjà dans le dossier (numéro d’ordre {orders})"
    )
    highest = max(one.order_rank for one in around.versions)
    replaces = file.read.type in REPLACING
    if replaces and 0 <= file.read.order_rank <= highest:
        rubrique, value = "S20.G00.05.004", file.read.order_number
        yield Finding(
            Severity.WARNING, "ordre_non_croissant", file.line_of(rubrique), rubrique, value,
            f"{held} : le numéro d’ordre de celle qui la remplace, {value}, n’est pas plus élevé.",
            "Refaites l’annule et remplace avec un numéro d’ordre plus élevé.",
        )  # fmt: skip
        return
    rubrique, value = "S20.G00.05.002", file.read.type
    expected = replaces or not is_real
    yield Finding(
        Severity.INFO if expected else Severity.WARNING, "deja_declare", file.line_of(rubrique), rubrique, value,
        f"{held}, et son contenu est différent.",
        "Rien à faire si c’est bien ce que vous voulez."
        if expected
        else "Si la première n’est jamais partie, abandonnez-la ; si elle a été acceptée, envoyez un annule et "
        "remplace (type 03) ; si elle a été rejetée ou en anomalie, c’est normal.",
    )  # fmt: skip


def _unknown(file: MonthFile, around: Surroundings, people: People) -> Iterator[Finding]:
    """An employer, or people, of whom nothing but this month is held; of a new employer the people are not listed."""
    employer = around.employer
    others = Declaration.objects.filter(employer=employer).exclude(month=around.month)
    has_others = employer is not None and others.exists()
    if employer is None or not (has_others or employer.successor_of_id or employer.act.kind != Act.Kind.IMPORT):
        rubrique = "S21.G00.11.001"
        yield Finding(
            Severity.INFO, "employeur_inconnu", file.line_of(rubrique), rubrique, file.siret[9:],
            f"L’employeur {file.siret} est nouveau dans ce dossier : rien d’un autre mois n’y est.",
            "Vérifiez que c’est bien dans ce dossier que vous voulez le suivre.",
        )  # fmt: skip
    if not has_others:
        return
    new = {root: one for root, one in people.now.items() if people.before(root) is None}
    known = _known(around, people, new)
    for root, person in new.items():
        if root not in known:
            yield _newcomer(person)


def _known(around: Surroundings, people: People, new: dict[Number, Present]) -> set[Number]:
    """Those whom another month or a signalement tells of, or who were typed or transferred."""
    employees = people.identities.employees_of(new)
    told = EmployeeMonth.objects.filter(employee=OuterRef("pk")).exclude(declaration__month=around.month)
    known: set[Number] = set()
    for some in chunks(list(employees)):
        rows = Employee.objects.filter(~Q(act__kind=Act.Kind.IMPORT) | Exists(told), pk__in=some)
        known.update(employees[pk] for pk in rows.values_list("pk", flat=True))
    return known


def _newcomer(person: Present) -> Finding:
    return Finding(
        Severity.INFO,
        "salarie_inconnu",
        person.line,
        "S21.G00.30.001",
        "",
        f"{person.name} n’était pas encore connu chez cet employeur.",
        "Rien à faire s’il s’agit d’une embauche.",
    )


def _gap(file: MonthFile, around: Surroundings) -> Iterator[Finding]:
    """Last month is not held while an earlier one is."""
    if not around.latest or around.latest == around.last_month:
        return
    rubrique = "S20.G00.05.005"
    yield Finding(
        Severity.WARNING, "mois_sans_declaration", file.line_of(rubrique), rubrique,
        f"01{around.month[5:]}{around.month[:4]}",
        f"La DSN {of_month(around.last_month)} de cet employeur n’est pas dans le dossier ; la dernière est celle "
        f"{of_month(around.latest)}. Ce mois n’a donc pu être comparé à aucun autre.",
        "Importez la DSN qui manque. Si elle n’a pas été faite, faites-la : un mois sans paie se déclare aussi.",
    )  # fmt: skip
