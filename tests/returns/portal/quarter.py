"""A bureau's quarter at a bouchon, in the time of a clock that jumps: deposits, returns that dawdle, bad days.

Everything is drawn from one seed. What the portal holds at the end is the truth that Scarabée is compared with.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from tests.accounts.conftest import Clock
from tests.dossiers.conftest import Import
from tests.filings.intake_scenes import filed
from tests.returns.portal.scenes import deposited

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dsn.identifiers import matching_nir
from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.filings.services import orders, rounds
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.kept import Return as Published
from scarabee.netentreprises.bouchon.returns.rates import rate_of
from scarabee.netentreprises.bouchon.returns.reading import read_envoi
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
STEPS_MINUTES = (7, 20, 55, 60, 130, 400)
AT_ONCE = frozenset({"10", "11"})
"""Natures that the portal gives by itself, never late: a filing needs them."""


@dataclass(frozen=True)
class Size:
    """How large a quarter is. `every_days`: from one month's deposits to the next one's."""

    employers: int
    every_days: int
    first_day: datetime
    latest_hours: int
    """How late a return may come."""


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
    agenda: list[tuple[datetime, bytes, str]] = field(default_factory=list)
    incident: str = ""
    said: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.draws = Random(self.seed)

    def live(self) -> None:
        """From the first deposit until all has come back and the portal is well again."""
        self.clock.at = self.size.first_day
        self.agenda = sorted(self._deposits(), key=lambda one: one[0])
        self.said = dict.fromkeys(("deposits", "elsewhere", "essais", "bad days", "steps"), 0)
        while self.agenda:
            self._step(self.draws.choice(STEPS_MINUTES))
        calm = self.clock() + timedelta(hours=self.size.latest_hours)
        while self.clock() < calm:
            self._step(self.draws.choice(STEPS_MINUTES))
        self._end_incident()
        for _ in range(30):
            self._step(20, calm=True)

    def _deposits(self) -> Iterator[tuple[datetime, bytes, str]]:
        """(moment, file, how) of the three months: through Scarabée, elsewhere, or as an essai before."""
        bureau = invent_bureau(
            self.seed, employers=self.size.employers, employees_per_employer=(1, 3), first_month="2026-08", months=3
        )
        for place, month in enumerate(bureau.all_months):
            for employer in bureau.employers:
                if not bureau.employed(employer, month):
                    continue
                day = self.size.first_day + timedelta(
                    days=place * self.size.every_days, minutes=self.draws.randrange(24 * 60)
                )
                data = month_file(bureau, month, employers=[employer.siret], real=True)
                if self.draws.random() < 0.15:
                    essai = month_file(bureau, month, employers=[employer.siret])
                    yield day - timedelta(hours=1), essai, "essais"
                yield day, data, "elsewhere" if self.draws.random() < 0.25 else "deposits"

    def _step(self, minutes: int, *, calm: bool = False) -> None:
        self.said["steps"] += 1
        self.clock.advance(minutes=minutes)
        if not calm and self.draws.random() < 0.1:
            self._change_weather()
        while self.agenda and self.agenda[0][0] <= self.clock():
            _, data, how = self.agenda.pop(0)
            self._deposit(data, how)
        rounds.portal_round()
        self._let_returns_dawdle()
        collecting.run_due()
        if self.draws.random() < 0.2 or calm:
            self._decide()

    def _deposit(self, data: bytes, how: str) -> None:
        self.said[how] += 1
        if how == "elsewhere":
            self.import_bytes(self.dossier, data)
            self._end_incident()
            deposited(self.bouchon, data)
            return
        filing = filed(self.dossier, data, filer=self.user)
        ordered = orders.order(actor=Actor.owner(), filings=[filing], real_confirmed=True)
        assert not ordered.refused, ordered.refused

    def _let_returns_dawdle(self) -> None:
        """What the organismes will answer to the deposits just made comes hours or days later."""
        store = self.bouchon.state.store
        for deposit in store.deposits()[self.said.get("delayed", 0) :]:
            self.said["delayed"] = self.said.get("delayed", 0) + 1
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
        self.incident = OVERWRITING if self.draws.random() < 0.4 else self.draws.choice(OUTAGES)
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


def truth(bouchon: Bouchon, on: date) -> dict[tuple[str, str], Truth]:
    """{(SIRET, NIR or NTT): what the newest CRM that the portal published says for this day, of those still valid}."""
    published = [
        (one.publication, deposit)
        for deposit in bouchon.state.store.deposits()
        if deposit.essai_reel == "02"
        for one in deposit.returns
        if one.nature == "94" and one.publication <= bouchon.state.clock()
    ]
    found: dict[tuple[str, str], Truth] = {}
    for publication, deposit in sorted(published, key=lambda pair: pair[0]):
        if valid_until(publication.astimezone(PARIS).date()) < on:
            continue
        day = deposit.at.astimezone(PARIS).date()
        crm = f"{deposit.at.astimezone(PARIS):%y%m%d}{deposit.number:012d}"
        for declaration in read_envoi(bouchon.state.store.content(deposit)).declarations:
            for person in declaration.people:
                told = rate_of(person.nir, day)
                taux = told.future[0] if told.future and told.future[1] <= on else told.taux
                number = matching_nir(person.nir) if person.nir else person.ntt
                rate = None if taux is None else Decimal(taux)
                found[declaration.siret, number] = Truth(rate, "" if rate is None else crm)
    return found
