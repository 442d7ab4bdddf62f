"""What should have come back by now and has not, told apart from what is too early (user-workflow §4 and §6.3).

Only what is sure to come is ever late: the certificate, the BIS and the CRM nominatif. The help of Urssaf or MSA (119,
120, 130, 136) is [2] in retours §3: it counts as late only for an employer who received that nature before, and is left
out once its time has passed for the others. After a BAN nothing else comes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q

from scarabee.filings.calendar import due_at
from scarabee.filings.comparing.months import month_before
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import EmployerFiling, Filing
from scarabee.filings.selectors.months import DUE_DAY
from scarabee.filings.selectors.naming import Named, employers_of
from scarabee.filings.services.sight import visible_filings
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.documents import nature_of
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Cursor, Return, ReturnAbout

_MONTHLY, _BOOTSTRAP, _MSA = "01", "08", "02"
_CANCELS = "04"
_DEPOSITED = (S.ACCEPTED, S.CONFORM, S.ANOMALIES, S.RECORDED_BY_HAND)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_CERTIFICATE, _IDENTIFICATION, _RATES = "11", "20", "94"
_HELP = {_MSA: ("130", "136")}
_URSSAF_HELP = ("119", "120")
_USUAL_ONLY = frozenset({"119", "120", "130", "136"})
_OF_THE_MONTH = frozenset({_RATES, "120", "136"})
"""They answer the last data known at the due day, whichever deposit brought them."""
_BY_HAND = (
    "Déposée à la main sans identifiant de dépôt : récupérez ce retour sur net-entreprises.fr et ajoutez-en le fichier."
)


class Wait(StrEnum):
    """Where an expected return stands."""

    ARRIVED = "arrived"
    TOO_EARLY = "too_early"
    AWAITED = "awaited"
    LATE = "late"
    FAILED_TO_ASK = "failed_to_ask"


@dataclass(frozen=True, slots=True)
class Expected:
    """A return that a deposit brings. `since`, `until`: when it usually comes. `why`: what kept us from asking.

    `filing`: number of the deposit; `item`: of the return that arrived, None for one kept with the deposit only.
    """

    siret: str
    name: str
    nature: str
    label: str
    since: datetime
    until: datetime
    state: Wait
    why: str
    filing: int
    item: int | None


@dataclass(frozen=True, slots=True)
class _Window:
    nature: str
    since: datetime
    until: datetime


def expected(actor: Actor, month: str) -> list[Expected]:
    """What the réel deposits of a month (AAAA-MM) bring, for what the actor may see, and those of the signalements sent
    in the calendar month after it, when that month is declared; by employer, in the order in which it comes."""
    filings = _deposits(actor, month)
    names = employers_of(actor, filings)
    known = _Known(filings)
    found = [one for filing in filings for one in _of(filing, names[filing.pk], known)]
    return sorted(found, key=lambda one: (one.name or one.siret, one.siret, one.filing, one.since))


def _deposits(actor: Actor, month: str) -> list[Filing]:
    """The deposits that bring something: of each month, champ and fraction the last one."""
    begin, end = _month_after(month)
    told = Q(month=month) | Q(month="", sent_at__gte=begin, sent_at__lt=end)
    rows = visible_filings(actor).filter(told, is_real=True, state__in=_DEPOSITED, dossier__archived_at=None)
    last: dict[tuple[str, ...], Filing] = {}
    for filing in rows.defer("seen", "candidates", "whole_hash").order_by("order_rank", "pk"):
        slot = "" if filing.month else filing.slot or filing.idflux
        last[filing.siret, filing.nature, filing.month, filing.champ, filing.fraction, slot] = filing
    return list(last.values())


class _Known:
    """What is known of all these deposits, by a fixed number of queries."""

    def __init__(self, filings: list[Filing]) -> None:
        sirets = {one.siret for one in filings}
        fluxes = {one.idflux for one in filings if one.idflux}
        days = EmployerFiling.objects.filter(siret__in=sirets)
        self.due_days = dict(days.values_list("siret", "due_day"))
        self.by_flux: dict[tuple[str, str], int] = {}
        self.by_month: dict[tuple[str, str, str], int] = {}
        lost = Q(fetch=FetchState.GONE, versions=None)
        here = Return.objects.exclude(lost | Q(fetch=FetchState.TO_FETCH) | Q(is_real=False)).order_by("pk")
        for pk, idflux, nature in here.filter(idflux__in=fluxes).values_list("pk", "idflux", "nature"):
            self.by_flux[idflux, nature] = pk
        months = {one.month for one in filings if one.month}
        abouts = ReturnAbout.objects.filter(siret__in=sirets, item__in=here.filter(month__in=months))
        for siret, month, nature, pk in abouts.values_list("siret", "item__month", "item__nature", "item"):
            self.by_month[siret, month, nature] = pk
        usual = ReturnAbout.objects.filter(siret__in=sirets, item__nature__in=_USUAL_ONLY)
        self.usual = set(usual.values_list("siret", "item__nature").distinct())
        failing = Cursor.objects.exclude(problem="")
        self.failing = dict(failing.values_list("identity", "problem"))

    def arrived(self, filing: Filing, nature: str) -> tuple[bool, int | None]:
        """Whether it is here, and its number."""
        pk = self.by_flux.get((filing.idflux, nature)) if filing.idflux else None
        if pk is None and filing.month and (nature in _OF_THE_MONTH or not filing.idflux):
            pk = self.by_month.get((filing.siret, filing.month, nature))
        kept = nature == _CERTIFICATE and filing.state in (S.CONFORM, S.ANOMALIES)
        return pk is not None or kept, pk

    def why_not_asked(self, filing: Filing) -> str:
        if filing.identity_id in self.failing:
            return self.failing[filing.identity_id]
        return _BY_HAND if filing.state == S.RECORDED_BY_HAND and not filing.idflux else ""


def _of(filing: Filing, employer: Named, known: _Known) -> Iterator[Expected]:
    moment = now()
    for window in _windows(filing, known.due_days.get(filing.siret, DUE_DAY)):
        arrived, item = known.arrived(filing, window.nature)
        state, why = _state(window, arrived, known.why_not_asked(filing), moment)
        is_usual = window.nature not in _USUAL_ONLY or (filing.siret, window.nature) in known.usual
        if state in (Wait.LATE, Wait.FAILED_TO_ASK) and moment > window.until and not is_usual:
            continue
        yield Expected(
            siret=filing.siret, name=employer.name, nature=window.nature, label=nature_of(window.nature).label,
            since=window.since, until=window.until, state=state, why=why, filing=filing.pk, item=item,
        )  # fmt: skip


def _state(window: _Window, arrived: bool, failure: str, moment: datetime) -> tuple[Wait, str]:
    if arrived:
        return Wait.ARRIVED, ""
    if moment < window.since:
        return Wait.TOO_EARLY, ""
    if failure:
        return Wait.FAILED_TO_ASK, failure
    return (Wait.AWAITED if moment <= window.until else Wait.LATE), ""


def _windows(filing: Filing, due_day: int) -> Iterable[_Window]:
    """What this deposit brings, and when: within hours, days, or counted from the due day (retours §3 and §5)."""
    sent = (filing.sent_at or filing.state_at).astimezone(PARIS)
    yield _Window(_CERTIFICATE, sent, sent + _DAY)
    if filing.state == S.ANOMALIES or filing.type == _CANCELS or filing.nature not in (_MONTHLY, _BOOTSTRAP):
        return
    if filing.people:
        yield _Window(_IDENTIFICATION, sent, sent + 3 * _DAY)
    if filing.nature == _BOOTSTRAP:
        yield _Window(_RATES, sent, sent + 5 * _DAY)
        return
    at_once, after = _HELP.get(filing.depot, _URSSAF_HELP)
    yield _Window(at_once, sent + 4 * _HOUR, sent + 3 * _DAY)
    due = max(due_at(filing.month, due_day).nominal, sent)
    if filing.people:
        yield _Window(_RATES, due + 3 * _DAY, due + 8 * _DAY)
    yield _Window(after, due + 5 * _DAY, due + 10 * _DAY)


def _month_after(month: str) -> tuple[datetime, datetime]:
    first, second = (month_before(month, -count) for count in (1, 2))
    return _first_of(first), _first_of(second)


def _first_of(month: str) -> datetime:
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=PARIS)
