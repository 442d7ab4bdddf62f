"""Never twice: what already stands for the key of a réel filing (design §5).

The key is SIRET, month, fraction and champ, or for a signalement its nature and order. Essai filings never count. The
database holds the last word (constraint `one_real_deposit_per_key`).
"""

from django.db.models import Q

from scarabee.filings.enums import STANDS, FilingState
from scarabee.filings.models import Filing

REPLACING_TYPES = frozenset({"03", "04", "05"})
"""Annule et remplace, annule, annule et remplace sans individu (dsn-format §4, 20.05.002)."""
IN_THE_WAY = STANDS | {FilingState.PLANNED, FilingState.HELD}
NOT_THERE_YET = frozenset({FilingState.PLANNED, FilingState.HELD, FilingState.SENDING, FilingState.UNKNOWN})
"""Of what an annule et remplace replaces: the portal may not have it."""


def same_key(filing: Filing) -> Q:
    """The other réel filings of the key of this one."""
    return Q(
        is_real=True, siret=filing.siret, nature=filing.nature, month=filing.month, champ=filing.champ,
        fraction=filing.fraction, slot=filing.slot,
    ) & ~Q(pk=filing.pk)  # fmt: skip


def twins(filing: Filing) -> list[Filing]:
    """Filings that forbid sending this one: deposited, under way, unknown, or ordered to go before it.

    Empty for an essai, for an explicit decision, and for an annule et remplace of a higher order than all of them,
    once what it replaces has arrived: it never overtakes it.
    """
    if not filing.is_real or filing.again_reason:
        return []
    return among(filing, list(Filing.objects.filter(same_key(filing), state__in=IN_THE_WAY).order_by("pk")))


def among(filing: Filing, found: list[Filing]) -> list[Filing]:
    """The rule of `twins`: those that forbid sending this one, among its key's filings in a state of IN_THE_WAY."""
    if not filing.is_real or filing.again_reason:
        return []
    if filing.type in REPLACING_TYPES:
        return [one for one in found if one.order_rank >= filing.order_rank or one.state in NOT_THERE_YET]
    return found


def words_of(filing: Filing, found: list[Filing]) -> str:
    """Why this filing may not go, in French; empty when nothing is in the way."""
    if not found:
        return ""
    one = found[0]
    state = FilingState(one.state).label
    if filing.type in REPLACING_TYPES and one.state in NOT_THERE_YET:
        return (
            f"Le dépôt n° {one.pk}, que cette déclaration remplace, n’est pas encore arrivé au portail ({state}) : "
            "partie avant lui, elle ne remplacerait rien. Attendez son accusé, ou abandonnez-le."
        )
    if filing.type in REPLACING_TYPES:
        return (
            f"Le numéro d’ordre de cet annule et remplace ({filing.order_number or 'absent'}) n’est pas supérieur à "
            f"celui du dépôt n° {one.pk} ({one.order_number or 'absent'}) : le portail le refuserait."
        )
    return (
        f"Le dépôt n° {one.pk} de la même déclaration (même SIRET, même mois, même fraction) est déjà là : {state}. "
        "Une déclaration réelle ne se dépose pas deux fois."
    )
