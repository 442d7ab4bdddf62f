"""What came of an order, told on the next page: what leaves and when, what cannot leave, what was not ordered."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest

from scarabee.filings.calendar import due_at
from scarabee.filings.models import EmployerFiling, Filing
from scarabee.filings.selectors.months import DUE_DAY
from scarabee.filings.services import orders
from scarabee.filings.services.holders import Holders
from scarabee.filings.templatetags.filings import moment
from scarabee.filings.views.choices import counted
from scarabee.netentreprises.moments import PARIS

REASONS_TOLD = 6
NUMBERS_TOLD = 10


def tell(request: HttpRequest, done: orders.Ordered) -> None:
    """Say what will go and when, what is ordered but cannot go, then what is not ordered; each reason once."""
    stopped = _stopped(done.planned)
    going = [one for one in done.planned if one.pk not in stopped]
    if going:
        goes = "partent" if len(going) > 1 else "part"
        count = counted(len(going), "déclaration", "déclarations")
        messages.success(request, f"{count} {goes} {_when(going[0])}. « Retenir » l’empêche tant que rien ne part.")
    _tell_late(request, going)
    for why, filings in _grouped((one, stopped[one.pk]) for one in done.planned if one.pk in stopped):
        singular = "déclaration est ordonnée mais ne peut pas partir"
        count = counted(len(filings), singular, "déclarations sont ordonnées mais ne peuvent pas partir")
        messages.warning(request, f"{count} : {why}")
    reasons = _grouped(done.refused)
    for why, filings in reasons[:REASONS_TOLD]:
        count = counted(len(filings), "déclaration n’est pas ordonnée", "déclarations ne sont pas ordonnées")
        messages.error(request, f"{count} ({_numbers(filings)}). {why}")
    if len(reasons) > REASONS_TOLD:
        messages.error(request, "D’autres ne sont pas ordonnées non plus : la table dit pourquoi, ligne par ligne.")


def _tell_late(request: HttpRequest, going: list[Filing]) -> None:
    """Say of what is planned for later that it leaves after its due date; who deposits now knows it."""
    real = [one for one in going if one.is_real and one.is_monthly and _is_later(one)]
    days = dict(EmployerFiling.objects.filter(siret__in={one.siret for one in real}).values_list("siret", "due_day"))
    dues = [(one, due_at(one.month, days.get(one.siret, DUE_DAY)).planned_before) for one in real]
    late = [(one, f"{due.astimezone(PARIS):%d/%m}") for one, due in dues if one.planned_at and one.planned_at > due]
    for day, filings in _grouped(late):
        goes = counted(len(filings), "déclaration part", "déclarations partent")
        words = f"{goes} après l’échéance du {day} à midi ({_numbers(filings)}). Avancez le départ s’il se peut."
        messages.error(request, words)


def _stopped(planned: list[Filing]) -> dict[int, str]:
    """{number: why it cannot leave as things are, in French} of those that cannot."""
    holders = Holders()
    found = {}
    for one in planned:
        covered = holders.cover(filer_id=one.user_id, dossier_id=one.dossier_id, depot=one.depot)
        if why := covered.problem or one.problem:
            found[one.pk] = why
    return found


def _when(filing: Filing) -> str:
    return f"le {moment(filing.planned_at)}" if _is_later(filing) else "dès maintenant"


def _is_later(filing: Filing) -> bool:
    return bool(filing.planned_at and filing.ordered_at and filing.planned_at > filing.ordered_at)


def _grouped(told: Iterable[tuple[Filing, str]]) -> list[tuple[str, list[Filing]]]:
    """(words, the filings of which they are told), in the order of the first of each."""
    found: dict[str, list[Filing]] = {}
    for filing, words in told:
        found.setdefault(words, []).append(filing)
    return list(found.items())


def _numbers(filings: list[Filing]) -> str:
    named = ", ".join(f"n° {one.pk}" for one in filings[:NUMBERS_TOLD])
    return f"{named}…" if len(filings) > NUMBERS_TOLD else named
