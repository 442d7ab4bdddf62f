"""What may happen to an employee during the months of a bureau, one story each, dealt like cards."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from scarabee.dsn.invention.activities import Activity, Job
from scarabee.dsn.invention.contracts import (
    EDUCATIONAL,
    FIXED_TERM,
    FULL_TIME_HOURS,
    INTERMITTENT,
    PERMANENT,
    Arret,
    Contract,
    Suspension,
)
from scarabee.dsn.invention.employers import Employer
from scarabee.dsn.invention.months import add_months, month_end
from scarabee.dsn.invention.people import Person, correct_nir, rename

STORIES = {
    "steady": 7,
    "hired": 4,
    "left": 3,
    "fixed_term": 4,
    "educational": 3,
    "sick": 2,
    "birth": 2,
    "accident": 1,
    "suspended": 2,
    "hours_changed": 2,
    "to_full_time": 1,
    "renumbered": 1,
    "restarted": 1,
    "renamed": 1,
    "nir_found": 1,
    "nir_corrected": 1,
    "two_contracts": 2,
    "shared": 2,
}
PART_TIMES = (1733, 2600, 3467, 5200, 6067, 7583, 9100, 10400, 12133)


@dataclass(slots=True)
class Stage:
    """Where stories are played: the months, the draws, who exists already and may take a second employer."""

    rng: Random
    first_month: date
    months: int
    taken_nirs: set[str] = field(default_factory=set)
    shareable: list[tuple[str, Person]] = field(default_factory=list)  # with the siren of their employer

    def later_month(self) -> date:
        """Draw a month after the first one (the first when there is no other)."""
        return add_months(self.first_month, self.rng.randrange(1, max(2, self.months)))

    def share_person(self, siren: str) -> Person | None:
        """Take somebody who works for another siren, None while there is nobody."""
        for position, (home, person) in enumerate(self.shareable):
            if home != siren:
                del self.shareable[position]
                return person
        return None

    def past_day(self) -> date:
        """Draw a day of the years before the first month."""
        return self.first_month - timedelta(days=self.rng.randrange(40, 5000))


def shuffled_stories(rng: Random) -> Iterator[str]:
    """Deal stories for ever; every deck holds each of them at least once."""
    deck = [story for story, count in STORIES.items() for _ in range(count)]
    while True:
        rng.shuffle(deck)
        yield from deck


def hire(stage: Stage, employer: Employer, person: Person, story: str) -> list[Contract]:
    """Return the contracts of a person at an employer, and change the person where the story says so."""
    rng = stage.rng
    contract = _permanent(stage, employer.activity)
    if story == "birth":
        reason, days = ("03", 28) if person.man else ("02", 112)
        _absent(stage, contract, reason, days)
    elif story in _TELLERS:
        _TELLERS[story](stage, contract)
    elif story == "renamed":
        rename(rng, person, stage.later_month())
    elif story == "nir_found":
        person.nir_from = stage.later_month()
    elif story == "nir_corrected":
        correct_nir(rng, person, stage.later_month(), stage.taken_nirs)
    elif story == "two_contracts":
        second = replace(
            _permanent(stage, employer.activity),
            number="00002",
            hours=rng.choice(PART_TIMES[:4]),
            start=contract.start,
        )
        return [replace(contract, hours=rng.choice(PART_TIMES[:6])), second]
    return [contract]


def seasonal_hire(stage: Stage, employer: Employer) -> list[Contract]:
    """Return the contract of somebody hired for July or August only."""
    contract = _permanent(stage, employer.activity)
    year = stage.first_month.year if stage.first_month.month <= 7 else stage.first_month.year + 1
    start = date(year, stage.rng.choice((7, 8)), stage.rng.randrange(1, 10))
    _make_educational(stage, contract, start, start + timedelta(days=stage.rng.randrange(5, 20)))
    return [contract]


def _permanent(stage: Stage, activity: Activity) -> Contract:
    rng = stage.rng
    job: Job = rng.choice(activity.jobs)
    full_time = job.is_executive or rng.random() < 0.3
    return Contract(
        number="00001",
        start=stage.past_day(),
        job=job,
        kind=INTERMITTENT if job.pcs.startswith("354") and rng.random() < 0.3 else PERMANENT,
        hours=FULL_TIME_HOURS if full_time else rng.choice(PART_TIMES),
    )


def _hired(stage: Stage, contract: Contract) -> None:
    contract.start = stage.later_month() + timedelta(days=stage.rng.choice((0, 0, 3, 14)))


def _left(stage: Stage, contract: Contract) -> None:
    month = stage.later_month()
    contract.end = stage.rng.choice((month_end(month), month + timedelta(days=13)))
    contract.end_reason = stage.rng.choice(("059", "043", "039", "020", "034"))


def _fixed_term(stage: Stage, contract: Contract) -> None:
    contract.kind = FIXED_TERM
    contract.reason_for_fixed_term = stage.rng.choice(("01", "02", "03"))
    contract.start = add_months(stage.later_month(), -1) + timedelta(days=stage.rng.choice((0, 4)))
    contract.end = contract.planned_end = contract.start + timedelta(days=stage.rng.randrange(40, 200))
    contract.end_reason = "031"


def _make_educational(stage: Stage, contract: Contract, start: date, end: date) -> None:
    contract.kind = EDUCATIONAL
    contract.job = Job("Animateur de séjour", "435b", "06", "CEE", 6200)
    contract.hours = stage.rng.choice((500, 800, 1000))
    contract.start, contract.end, contract.planned_end = start, end, end
    contract.end_reason = "031"


def _educational(stage: Stage, contract: Contract) -> None:
    start = stage.later_month() + timedelta(days=stage.rng.randrange(0, 14))
    _make_educational(stage, contract, start, start + timedelta(days=stage.rng.randrange(4, 14)))


def _absent(stage: Stage, contract: Contract, reason: str, days: int) -> None:
    last_worked = add_months(stage.later_month(), -1) + timedelta(days=stage.rng.randrange(2, 25))
    expected_end = last_worked + timedelta(days=days)
    contract.arrets.append(Arret(reason, last_worked, expected_end, expected_end + timedelta(days=1)))


def _sick(stage: Stage, contract: Contract) -> None:
    _absent(stage, contract, "01", stage.rng.randrange(3, 60))


def _accident(stage: Stage, contract: Contract) -> None:
    _absent(stage, contract, stage.rng.choice(("04", "06")), stage.rng.randrange(5, 40))


def _suspended(stage: Stage, contract: Contract) -> None:
    start = stage.later_month() + timedelta(days=stage.rng.randrange(0, 20))
    reason = stage.rng.choice(("501", "632", "637"))
    contract.suspensions.append(Suspension(reason, start, start + timedelta(days=stage.rng.randrange(1, 80))))


def _hours_changed(stage: Stage, contract: Contract) -> None:
    contract.old_hours = stage.rng.choice([hours for hours in PART_TIMES if hours != contract.hours])
    contract.hours_from = stage.later_month()


def _to_full_time(stage: Stage, contract: Contract) -> None:
    contract.hours = FULL_TIME_HOURS
    _hours_changed(stage, contract)


def _renumbered(stage: Stage, contract: Contract) -> None:
    contract.old_number, contract.number = contract.number, "00007"
    contract.number_from = stage.later_month()


def _restarted(stage: Stage, contract: Contract) -> None:
    contract.old_start = contract.start
    contract.start = contract.start - timedelta(days=stage.rng.randrange(1, 30))
    contract.start_from = stage.later_month()


_TELLERS = {
    "hired": _hired,
    "left": _left,
    "fixed_term": _fixed_term,
    "educational": _educational,
    "sick": _sick,
    "accident": _accident,
    "suspended": _suspended,
    "hours_changed": _hours_changed,
    "to_full_time": _to_full_time,
    "renumbered": _renumbered,
    "restarted": _restarted,
}
