"""Pay, tax rates and head-count that are far from last month's.

A pay is compared only where nothing explains another one: no contract begins or ends, no arrêt, suspension, change of
hours or of another modality in either month, and as many contracts in both.
"""

from collections.abc import Iterator
from decimal import Decimal

from scarabee.dsn.findings import Finding, Severity
from scarabee.dsn.readable import NARROW_SPACE
from scarabee.filings.comparing.departures import WITHOUT_PEOPLE, Missing, is_open, month_of
from scarabee.filings.comparing.months import Surroundings, of_month
from scarabee.filings.comparing.people import People
from scarabee.filings.comparing.reading import MonthFile, Present

JUMP_EUROS = Decimal(300)
"""A pay jumps when it moves by more than this …"""
JUMP_PERCENT = 50
"""… and by more than this share of last month's."""
RATE_JUMP_POINTS = Decimal(10)
"""A PAS rate transmitted by the DGFIP jumps when it moves by more points than this, or falls to 0."""
HEADCOUNT_PERCENT = 50
HEADCOUNT_LEAST = 3
"""A head-count is unusual when more than this share, and at least so many people, came or went unexplained."""

TRANSMITTED = "01"
GRIDS = frozenset({"13", "17", "23", "27", "33", "37"})
"""50.007: barèmes non personnalisés."""
_ABOUT_RATES = "Vérifiez le dernier taux reçu de la DGFIP pour cette personne, et celui du logiciel de paie."


def unusual_pay(around: Surroundings, people: People) -> Iterator[Finding]:
    """The findings on pay and rates of those present in both months."""
    for root, now in people.now.items():
        before = people.before(root)
        if before is None or (not around.is_whole and len(before.sources) > 1):
            continue
        yield from _rate(around, before, now)
        is_explained = _is_explained(before, around.last_month) or _is_explained(now, around.month)
        if not is_explained and len(before.contracts) == len(now.contracts):
            yield from _pay(around, before, now)


def unusual_headcount(file: MonthFile, around: Surroundings, people: People, missing: Missing) -> Iterator[Finding]:
    """At most one finding. Those whose contract ended or begins are left out: they explain themselves."""
    if file.read.type in WITHOUT_PEOPLE or not around.last or not around.is_whole:
        return
    if around.is_taken_over or any(one.is_partial for one in around.last):
        return
    there = people.now.keys() | people.elsewhere
    gone = missing.keys() - there
    new = [root for root, one in people.now.items() if people.before(root) is None and not _is_hired(one, around)]
    if _is_many(len(gone), len(gone) + len(people.last.keys() & there)):
        what = f"{len(gone)} personnes dont le contrat est en cours n’y sont plus"
    elif _is_many(len(new), len(people.last)):
        what = f"{len(new)} personnes y sont nouvelles sans que leur contrat commence ce mois-ci"
    else:
        return
    yield Finding(
        Severity.WARNING,
        "effectif_inhabituel",
        file.first_line,
        "S21.G00.30.001",
        str(len(there)),
        f"La DSN {of_month(around.month)} déclare {len(there)} salarié(s), contre {len(people.last)} le mois "
        f"précédent : {what}.",
        "Vérifiez que le fichier est complet, et que c’est bien celui de cet employeur.",
    )


def _is_many(count: int, of: int) -> bool:
    return count >= HEADCOUNT_LEAST and count * 100 > of * HEADCOUNT_PERCENT


def _is_hired(person: Present, around: Surroundings) -> bool:
    return any(_starts_in(contract.read.start, around.month) for contract in person.contracts)


def _starts_in(date: str, month: str) -> bool:
    return month_of(date) == month


def _is_explained(person: Present, month: str) -> bool:
    """Whether something of a month explains a pay out of the ordinary."""
    return person.changed_pay or any(
        not is_open(told, month) or _starts_in(told.read.start, month) or month_of(told.read.expected_end) == month
        for told in person.contracts
    )


def _rate(around: Surroundings, before: Present, now: Present) -> Iterator[Finding]:
    old, new = _transmitted(before), _transmitted(now)
    old_grid, new_grid = _has_grid(before), _has_grid(now)
    severity = Severity.WARNING
    if old is not None and new is not None:
        if not ((new == 0 and old > 0) or abs(new - old) > RATE_JUMP_POINTS):
            return
        what = f"passe de {_percent(old)} à {_percent(new)}"
    elif old is not None and new_grid:
        what = f"était de {_percent(old)}, transmis par la DGFIP ; c’est maintenant le barème non personnalisé"
    elif new is not None and old_grid:
        severity = Severity.INFO
        what = f"est maintenant de {_percent(new)}, transmis par la DGFIP ; c’était le barème non personnalisé"
    else:
        return
    yield Finding(
        severity,
        "taux_pas_inhabituel",
        now.line_of("S21.G00.50.006"),
        "S21.G00.50.006",
        str(now.rates[0].rate if now.rates[0].rate is not None else ""),
        f"Le taux de prélèvement à la source de {now.name} {what}, par rapport au mois {of_month(around.last_month)}.",
        _ABOUT_RATES if severity is Severity.WARNING else "Rien à faire si un premier taux vient d’être reçu.",
    )


def _transmitted(person: Present) -> Decimal | None:
    """The last rate of type 01 used for a person, in percent."""
    rates = [used.rate for used in person.rates if used.kind == TRANSMITTED and used.rate is not None]
    return rates[-1] if rates else None


def _has_grid(person: Present) -> bool:
    return any(used.kind in GRIDS for used in person.rates)


def _pay(around: Surroundings, before: Present, now: Present) -> Iterator[Finding]:
    """One finding for a person: on the net, with what the gross did, else on the gross alone."""
    net, gross = _jumps(before.net, now.net), _jumps(before.gross, now.gross)
    if not (net or gross):
        return
    what = f"passe de {_euros(before.net)} à {_euros(now.net)}"
    of_gross = f"passe de {_euros(before.gross)} à {_euros(now.gross)}"
    if net:
        what += f" (le brut {of_gross})" if gross else ", alors que le brut est proche"
        rule, rubrique, label, value = "net_inhabituel", "S21.G00.50.004", "net versé", now.net
    else:
        what = f"{of_gross}, alors que le net est proche"
        rule, rubrique, label, value = "brut_inhabituel", "S21.G00.51.013", "brut", now.gross
    message = f"Le {label} de {now.name} {what}, par rapport au mois {of_month(around.last_month)}, sans absence ni "
    message += "changement de contrat déclaré."
    if before.bonuses or now.bonuses:
        message += f" Primes et indemnités (S21.G00.52) : {_euros(before.bonuses)}, puis {_euros(now.bonuses)}."
    remedy = "Vérifiez le bulletin du mois. S’il est juste, il n’y a rien à corriger."
    yield Finding(Severity.WARNING, rule, now.line_of(rubrique), rubrique, str(value), message, remedy)


def _jumps(before: Decimal, now: Decimal) -> bool:
    move = abs(now - before)
    return move > JUMP_EUROS and move * 100 > abs(before) * JUMP_PERCENT


def _euros(amount: Decimal) -> str:
    return f"{_french(amount)}{NARROW_SPACE}€"


def _percent(rate: Decimal) -> str:
    return f"{_french(rate)}{NARROW_SPACE}%"


def _french(number: Decimal) -> str:
    return f"{number:,.2f}".replace(",", NARROW_SPACE).replace(".", ",")
