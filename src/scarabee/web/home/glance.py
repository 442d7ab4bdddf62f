"""This month at a glance: one card for each thing that may keep somebody here, calm ones too."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.urls import reverse

from scarabee.filings.comparing.months import of_month
from scarabee.filings.templatetags.filings import moment, noon
from scarabee.web.home.state import State
from scarabee.web.navigation import address
from scarabee.web.templatetags.scarabee import counted, number

Tone = Literal["done", "care", "alarm", "quiet"]


@dataclass(frozen=True, slots=True)
class Card:
    """`figure` with its noun, and one line under it. `asks_late`: that line is asked for by the page: what is late."""

    title: str
    figure: str
    noun: str
    under: str
    tone: Tone
    url: str = ""
    asks_late: bool = False


def cards(state: State, *, is_administrator: bool) -> list[Card]:
    """The cards of the page, in the order of the menu."""
    return [_month(state), _returns(state), _anomalies(state), _rates(state), *_upkeep(state, is_administrator)]


def _month(state: State) -> Card:
    month, url = state.month, reverse("filings:board")
    title = f"DSN {of_month(month.month)}"
    if not month.expected:
        return Card(title, "0", "attendue", "aucun employeur ne déclare encore ici", "quiet", url)
    figure, noun = f"{number(month.conform)} / {number(month.expected)}", "déclarées"
    if month.pressing:
        return Card(
            title, figure, noun, f"{number(month.pressing)} en retard ou à risque", "alarm", f"{url}?voir=risque"
        )
    if month.due:
        under = f"{number(month.left)} à déposer avant le {noon(month.due)}"
        return Card(title, figure, noun, under, "care", url)
    if month.at_the_portal:
        waits = counted(month.at_the_portal, "réponse du portail attendue,réponses du portail attendues")
        return Card(title, figure, noun, waits, "quiet", url)
    return Card(title, figure, noun, "tout est déclaré", "done", url)


def _returns(state: State) -> Card:
    count = state.totals.unread
    tone: Tone = "care" if count else "done"
    url = f"{reverse('returns:list')}?voir=non-lus" if count else reverse("returns:list")
    return Card("Retours", number(count), "non lu" if count < 2 else "non lus", "", tone, url, asks_late=True)


def _anomalies(state: State) -> Card:
    told, url = state.totals, reverse("returns:anomalies")
    if told.late:
        late = counted(told.late, "échéance passée,échéances passées")
        return Card("Anomalies", number(told.anomalies), "à traiter", late, "alarm", f"{url}?echeance=retard")
    tone: Tone = "care" if told.anomalies else "done"
    return Card("Anomalies", number(told.anomalies), "à traiter", "aucune échéance passée", tone, url)


def _rates(state: State) -> Card:
    told = state.totals
    lines = counted(told.lines, "ligne à attribuer,lignes à attribuer") if told.lines else "aucune ligne à attribuer"
    tone: Tone = "care" if told.rates or told.lines else "done"
    return Card("Taux PAS", number(told.rates), "à valider", lines, tone, reverse("returns:rates"))


def _upkeep(state: State, is_administrator: bool) -> Iterator[Card]:
    if state.healths:
        url = address("accounts:users" if is_administrator else "accounts:own_show")
        yield _identifiers(state, url)
    if state.watches_backups:
        url, at = address("backups:list"), state.backed_up_at
        tone: Tone = "alarm" if state.lacks_backup else "done"
        day, _, hour = moment(at).partition(" à ")
        under = f"à {hour}, relue et prouvée" if at else "rien ne protège ce qui est ici"
        yield Card("Dernière sauvegarde", day or "aucune", "", under, tone, url)


def _identifiers(state: State, url: str) -> Card:
    title, good = "Identifiants Net-Entreprises", len(state.healths) - state.to_verify
    if state.refused:
        under = counted(state.refused, "compte refusé : rien ne part,comptes refusés : rien ne part")
        return Card(title, number(state.refused), "en panne", under, "alarm", url)
    if state.to_verify:
        return Card(title, number(state.to_verify), "à vérifier", f"{number(good)} en ordre", "care", url)
    return Card(title, number(good), "en ordre", "aucun à vérifier", "done", url)
