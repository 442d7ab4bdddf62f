"""A bureau's quarter at a bouchon, in the time of a clock that jumps: deposits, returns that dawdle, bad days.

Everything is drawn from one seed. What the portal holds at the end is the truth that Scarabée is compared with.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from tests.accounts.conftest import Clock
from tests.dossiers.conftest import Import
from tests.filings.intake_scenes import filed
from tests.returns.portal.scenes import deposited, published

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier, Identifier
from scarabee.dsn.identifiers import matching_nir
from scarabee.dsn.invention import Bureau, invent_bureau, month_file
from scarabee.filings.services import orders, rounds
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.kept import Return as Published
from scarabee.netentreprises.bouchon.returns.rates import rate_of
from scarabee.netentreprises.bouchon.returns.reading import Person, read_envoi
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import RateState
from scarabee.returns.models import PasRate, Return
from scarabee.returns.services import collecting, rate_decisions
from scarabee.returns.services.validity import valid_until

OUTAGES = (
    "maintenance", "erreur-interne", "page-html", "redirection", "introuvable", "jeton-expire", "plage-reduite",
    "interrogation-trop-rapide", "retour-sans-id", "retour-sans-url", "json-objet-seul", "json-null", "idflux-point",
)  # fmt: skip
OVERWRITING = "retour-ecrase"
HERE, ELSEWHERE, ESSAI = "deposits", "elsewhere", "essais"
STEPS_MINUTES = (7, 20, 55, 60, 130, 400)
CALM_MINUTES = 40
AT_ONCE = frozenset({"10", "11"})
"""Natures that the portal gives by itself, never late: a filing needs them."""
SEARCHED_WITHIN = collecting.EVERY + collecting.SHORT_OF_NOW + timedelta(minutes=CALM_MINUTES)
"""How old a return may be before a search has listed it, in calm weather: nothing is owed sooner."""


@dataclass(frozen=True)
class Size:
    """How large a quarter is. A month has so many days; deposits are made within `spread_hours`.

    `latest_hours`: how late a return may come after its deposit.
    """

    employers: int
    month_days: int
    spread_hours: int
    latest_hours: int
    first_day: datetime


@dataclass(frozen=True)
class Due:
    """A file to deposit at a moment: by Scarabée, as an essai, or elsewhere with the same account."""

    at: datetime
    data: bytes
    how: str


@dataclass
class Quarter:
    """The run of it. `said` sums it up."""

    size: Size
    seed: int
    bouchon: Bouchon
    clock: Clock
    user: User
    dossier: Dossier
    import_bytes: Import
    draws: Random = field(init=False)
    incident: str = ""
    said: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.draws = Random(self.seed)

    def live(self) -> None:
        """Three months, bad days and late returns in each; each ends with a few good hours."""
        bureau = invent_bureau(
            self.seed, employers=self.size.employers, employees_per_employer=(1, 3), first_month="2026-08", months=3
        )
        for place, month in enumerate(bureau.all_months):
            begins = self.size.first_day + timedelta(days=place * self.size.month_days)
            agenda = sorted(self._deposits(bureau, month, begins), key=lambda one: one.at)
            good_hours = begins + timedelta(days=self.size.month_days, hours=-12)
            while agenda or self.clock() < good_hours:
                self._step(self.draws.choice(STEPS_MINUTES), agenda)
            self._end_incident()
            for _ in range(16):
                self._step(CALM_MINUTES, [], is_calm=True)
        self.end()

    def end(self) -> None:
        """Hours more while something is too fresh to have been searched: bilans come days after all else."""
        while any(one.publication > self.clock() - SEARCHED_WITHIN for one in published(self.bouchon)):
            self._step(CALM_MINUTES, [], is_calm=True)

    def _deposits(self, bureau: Bureau, month: date, begins: datetime) -> Iterator[Due]:
        for employer in bureau.employers:
            if not bureau.employed(employer, month):
                continue
            at = begins + timedelta(minutes=self.draws.randrange(self.size.spread_hours * 60))
            if self.draws.random() < 0.15:
                yield Due(at - timedelta(hours=1), month_file(bureau, month, employers=[employer.siret]), ESSAI)
            data = month_file(bureau, month, employers=[employer.siret], real=True)
            yield Due(at, data, ELSEWHERE if self.draws.random() < 0.25 else HERE)

    def _step(self, minutes: int, agenda: list[Due], *, is_calm: bool = False) -> None:
        self.said["steps"] += 1
        self.clock.advance(minutes=minutes)
        if not is_calm and self.draws.random() < 0.1:
            self._change_weather()
        while agenda and agenda[0].at <= self.clock():
            self._deposit(agenda.pop(0))
        rounds.portal_round()
        self._let_returns_dawdle()
        collecting.run_due()
        if is_calm or self.draws.random() < 0.2:
            self._decide()

    def _deposit(self, due: Due) -> None:
        self.said[due.how] += 1
        if due.how == ELSEWHERE:
            self.import_bytes(self.dossier, due.data)
            self._end_incident()
            deposited(self.bouchon, due.data)
            return
        filing = filed(self.dossier, due.data, filer=self.user)
        ordered = orders.order(actor=Actor.owner(), filings=[filing], real_confirmed=True)
        assert not ordered.refused, ordered.refused

    def _let_returns_dawdle(self) -> None:
        """What the organismes answer to the deposits just made comes hours or days later."""
        store = self.bouchon.state.store
        for deposit in store.deposits()[self.said["delayed"] :]:
            self.said["delayed"] += 1
            store.change(deposit.with_returns(tuple(self._delayed(one) for one in deposit.returns)))

    def _delayed(self, one: Published) -> Published:
        if one.nature in AT_ONCE or self.draws.random() < 0.3:
            return one
        late = timedelta(minutes=self.draws.randrange(self.size.latest_hours * 60))
        return replace(one, publication=max(one.publication, self.clock()) + late, production=one.production + late)

    def _change_weather(self) -> None:
        if self.incident:
            self._end_incident()
            return
        self.incident = (
            OVERWRITING if not self.said["bad days"] or self.draws.random() < 0.3 else self.draws.choice(OUTAGES)
        )
        self.bouchon.start_incident(self.incident)
        self.said["bad days"] += 1

    def _end_incident(self) -> None:
        if self.incident:
            self.bouchon.end_incident(self.incident)
        self.incident = ""

    def _decide(self) -> None:
        """Somebody looks at every CRM that waits, the oldest first, and applies it, odd rates too."""
        waiting = PasRate.objects.filter(state=RateState.WAITING).order_by().values("item")
        for item in Return.objects.filter(pk__in=waiting).order_by("published_at", "pk"):
            decided = rate_decisions.apply_all(actor=Actor.owner(), item=item, odd_too=True)
            assert not decided.left


@dataclass(frozen=True)
class Truth:
    """The rate of a person on a day: in percent, None for none, and the CRM to declare with it."""

    rate: Decimal | None
    crm: str


def truth(bouchon: Bouchon, on: date) -> dict[int, Truth]:
    """{employee: what the CRM of the newest deposit that lists him says for this day}, of those still valid.

    Who he is: by the NIR or NTT of the file that was deposited.
    """
    found: dict[int, Truth] = {}
    for deposit in bouchon.state.store.deposits():
        crm = next((one for one in deposit.published(bouchon.state.clock()) if one.nature == "94"), None)
        if crm is None or deposit.essai_reel != "02" or valid_until(crm.publication.astimezone(PARIS).date()) < on:
            continue
        made = deposit.at.astimezone(PARIS)
        identifier = f"{made:%y%m%d}{deposit.number:012d}"
        for declaration in read_envoi(bouchon.state.store.content(deposit)).declarations:
            for person in declaration.people:
                told = rate_of(person.nir, made.date())
                taux = told.future[0] if told.future and told.future[1] <= on else told.taux
                rate = None if taux is None else Decimal(taux)
                found[_who(declaration.siret, person)] = Truth(rate, "" if rate is None else identifier)
    return found


def _who(siret: str, person: Person) -> int:
    number = matching_nir(person.nir) if person.nir else person.ntt
    pk: int = Identifier.objects.get(employer__siret=siret, value=number).employee_id
    return pk
