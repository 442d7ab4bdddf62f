"""What nobody but a person can go on with, the most pressing first: the verdict of the home page, and its list."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from scarabee.filings.enums import FilingState
from scarabee.web.home.state import State
from scarabee.web.navigation import address


@dataclass(frozen=True, slots=True)
class Waiting:
    """A number with its noun, and where it leads ("" while the screen does not exist)."""

    value: int
    label: str
    url: str = ""


def waiting(state: State, *, is_administrator: bool) -> list[Waiting]:
    """Everything, the most pressing first; nothing that is not there."""
    accounts = address("accounts:users" if is_administrator else "accounts:own_show")
    found = (
        _told(state.refused, "compte Net-Entreprises refusé", "comptes Net-Entreprises refusés", accounts),
        *_filings(state),
        *_returns(state),
        *_upkeep(state, accounts),
        *_dossiers(state),
    )
    return [one for one in found if one.value]


def _filings(state: State) -> Iterator[Waiting]:
    """Deposits that press, whose outcome only a person can tell, or that nobody ordered yet."""
    board, batches = f"{reverse('filings:board')}?voir=risque", f"{reverse('filings:batches')}?voir=a-ordonner"
    unknown = f"{reverse('filings:list')}?etat={FilingState.UNKNOWN}"
    stopped = f"{reverse('filings:list')}?etat={FilingState.PLANNED}"
    told, month = state.totals, state.month
    yield _told(month.pressing, "dépôt en retard ou à risque", "dépôts en retard ou à risque", board)
    yield _told(told.unknown, "dépôt à décider (issue inconnue)", "dépôts à décider (issue inconnue)", unknown)
    yield _told(told.stopped, "dépôt ordonné ne part pas", "dépôts ordonnés ne partent pas", stopped)
    yield _told(told.to_order, "lot à ordonner", "lots à ordonner", batches)


def _returns(state: State) -> Iterator[Waiting]:
    """What came back and nobody looked at yet; what is late is asked for by the page itself."""
    unread, anomalies = f"{reverse('returns:list')}?voir=non-lus", f"{reverse('returns:anomalies')}?etat=to_do"
    told, rates = state.totals, reverse("returns:rates")
    yield _told(told.rates, "taux PAS à valider", "taux PAS à valider", rates)
    yield _told(told.lines, "ligne de CRM à attribuer", "lignes de CRM à attribuer", rates)
    yield _told(told.anomalies, "anomalie à traiter", "anomalies à traiter", anomalies)
    yield _told(told.unread, "retour non lu", "retours non lus", unread)


def _upkeep(state: State, accounts: str) -> Iterator[Waiting]:
    """Identifiers to verify or to take over, and the backup that should be there."""
    label = "compte aux identifiants à vérifier", "comptes aux identifiants à vérifier"
    yield _told(state.to_verify, *label, accounts)
    label = "mot de passe plus récent à reprendre", "mots de passe plus récents à reprendre"
    yield _told(state.newer_passwords, *label, accounts)
    backup = "sauvegarde à faire : la dernière est trop ancienne, ou il n’y en a pas"
    yield _told(int(state.lacks_backup), backup, backup, address("backups:list"))


def _dossiers(state: State) -> Iterator[Waiting]:
    yield _told(state.totals.prepared, "import à confirmer", "imports à confirmer", reverse("dossiers:imports"))
    for one in state.unnamed:
        noun = "employeurs" if one.count > 1 else "employeur"
        label = f"{noun} sans nom dans « {one.dossier.name} » (une DSN n’en contient pas)"
        yield Waiting(one.count, label, reverse("dossiers:names", args=[one.dossier.uuid]))


def _told(count: int, singular: str, plural: str, url: str) -> Waiting:
    return Waiting(count, plural if count > 1 else singular, url)
