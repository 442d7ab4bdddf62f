"""Why filings cannot be ordered as they are: for a whole page at once, in the words of the services."""

from collections.abc import Iterable, Mapping

from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.selectors.naming import Named
from scarabee.filings.services import duplicates, orders


def obstacles(filings: Iterable[Filing], employers: Mapping[int, Named]) -> dict[int, str]:
    """{number: why not, "" when it can} of those that a state lets order; one query.

    `filings` with their dossiers, `employers` as `naming.employers_of` gives them. That réel ones are to be confirmed
    is no obstacle.
    """
    listed = [one for one in filings if one.state in orders.ORDERABLE]
    rivals: dict[tuple[str, ...], list[Filing]] = {}
    standing = Filing.objects.filter(
        is_real=True, siret__in={one.siret for one in listed if one.is_real}, state__in=duplicates.IN_THE_WAY
    )
    for one in standing.defer("seen", "candidates").order_by("pk"):
        rivals.setdefault(_key(one), []).append(one)
    return {
        one.pk: why_not(one, employers[one.pk], [other for other in rivals.get(_key(one), []) if other.pk != one.pk])
        for one in listed
    }


def why_not(filing: Filing, employer: Named, rivals: list[Filing]) -> str:
    """Why this one cannot be ordered, in French; `rivals`: the others of its key in a state of IN_THE_WAY."""
    found = duplicates.among(filing, rivals)
    if filing.certain:
        return _joined("Le portail la refuserait sûrement : corrigez le fichier.", _planned_before(found))
    if filing.blocking and not filing.passed_reason:
        return _joined("Un constat est bloquant : corrigez le fichier, ou passez outre.", _planned_before(found))
    if filing.dossier is None or filing.dossier.is_archived:
        return orders.undeclared(filing)
    if not (employer.declaring and employer.dossier_id == filing.dossier_id):
        return f"Le dossier « {filing.dossier.name} » ne déclare pas l’employeur {filing.siret}."
    if found and filing.type not in duplicates.REPLACING_TYPES and found[0].state == FilingState.PLANNED:
        return _planned_before(found)
    return duplicates.words_of(filing, found)


def _planned_before(found: list[Filing]) -> str:
    """What to do about the first of these that leaves by itself, in French; empty when none does."""
    for one in found:
        if one.state == FilingState.PLANNED or (one.state == FilingState.HELD and one.release_at is not None):
            return (
                f"Le dépôt n° {one.pk} de la même déclaration est déjà prévu : retenez-le ou abandonnez-le, s’il ne "
                "doit pas partir."
            )
    return ""


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _key(filing: Filing) -> tuple[str, ...]:
    return filing.siret, filing.nature, filing.month, filing.champ, filing.fraction, filing.slot


def is_waiting(filing: Filing) -> bool:
    """Whether it waits for an order: what a form ticks first. What is planned is ordered already."""
    return filing.state in orders.ORDERABLE - {FilingState.PLANNED}
