"""The board: one month, a row per employer, all fractions together, what is late or at risk on top.

Rows are made in memory from two queries, however many employers there are, because the order depends on the clock.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator

from scarabee.dossiers.search_keys import search_key
from scarabee.filings.calendar import Due, Urgency, due_at, urgency
from scarabee.filings.enums import FilingState as S
from scarabee.filings.models import Filing, Proof
from scarabee.filings.selectors import months
from scarabee.filings.selectors.fractions import Part, parts_of
from scarabee.filings.selectors.months import Declared
from scarabee.filings.selectors.signs import IMPORTED, NOTHING, PROGRESS, SIGNS, Sign
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

PAGE_LENGTH = 50
AT_THE_PORTAL = frozenset({S.SENDING, S.ACCEPTED, S.RECORDED_BY_HAND})
"""It left; only the CCO says that the month is declared."""
TO_DECIDE = frozenset({S.REJECTED_LOCALLY, S.REFUSED, S.ANOMALIES, S.UNKNOWN, S.NOT_DEPOSITED})
"""Nothing goes on without a person."""
ONLY = {
    "retard": "en retard",
    "risque": "en retard ou à risque",
    "manquantes": "DSN manquantes",
    "arretees": "ordonnées qui ne partent pas",
    "importees": "importées, dépôt non suivi ici",
}
TEST_WORDS = {
    S.REJECTED_LOCALLY: "un essai est à corriger",
    S.SENDING: "un essai est en cours d’envoi",
    S.ACCEPTED: "un essai est enregistré (AEE), certificat attendu",
    S.REFUSED: "un essai est rejeté (ARE)",
    S.UNKNOWN: "un essai est parti, issue inconnue",
    S.CONFORM: "un essai est conforme (CCO)",
    S.ANOMALIES: "un essai a des anomalies (BAN)",
}
"""What is said of an essai; of one that was not sent, that it is checked."""
SORTS = ("urgence", "employeur", "dossier", "echeance", "etat")


@dataclass(slots=True)
class BoardRow:
    """An employer's month. `stage`: a key of `signs.SIGNS`, that of its least advanced fraction.

    `awaited`: it declared of late. `tested`: the last essai of the month. `nears`: its due date is near, or past.
    """

    employer: Declared
    due: Due
    parts: list[Part]
    stage: str
    urgency: Urgency
    awaited: bool
    tested: Filing | None
    nears: bool

    @property
    def sign(self) -> Sign:
        return SIGNS[self.stage]

    @property
    def is_late(self) -> bool:
        return self.urgency == Urgency.LATE

    @property
    def is_at_risk(self) -> bool:
        return self.urgency == Urgency.AT_RISK

    @property
    def has_grace(self) -> bool:
        """Whether the last moment comes after the one that sending is planned against."""
        return self.due.last_moment != self.due.planned_before

    @property
    def is_missing(self) -> bool:
        return self.stage == NOTHING and self.awaited

    @property
    def is_unfollowed(self) -> bool:
        """Whether nobody here knows that it was deposited."""
        return self.stage == IMPORTED

    @property
    def stopped(self) -> int:
        """How many of its filings are ordered and do not leave."""
        return sum(part.stopped for part in self.parts)

    @property
    def test_words(self) -> str:
        """How far its essai came, in French; empty without one."""
        return TEST_WORDS.get(S(self.tested.state), "un essai est contrôlé") if self.tested else ""

    @property
    def is_expected(self) -> bool:
        """Whether the month asks anything of this employer, as far as is known."""
        return self.stage != NOTHING or self.awaited

    @property
    def is_settled(self) -> bool:
        return self.stage in (S.CONFORM, IMPORTED) or not self.is_expected

    @property
    def attention(self) -> int:
        """Where the row stands: 0 late, 1 at risk, 2 to decide, 3 under way, 4 settled, 5 nothing expected."""
        if self.is_late or self.is_at_risk:
            return 0 if self.is_late else 1
        if self.stage in TO_DECIDE or any(part.is_stuck for part in self.parts):
            return 2
        if not self.is_expected:
            return 5
        return 4 if self.is_settled else 3


@dataclass(frozen=True, slots=True)
class Summary:
    """« 3 en retard, 5 à risque, 40 conformes sur 52 ».

    `stopped`: filings that are ordered and do not leave. `unfollowed`: months imported only, 0 while none is due soon.
    """

    late: int
    at_risk: int
    conform: int
    expected: int
    missing: int
    stopped: int
    unfollowed: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown of the board; empty texts ask for everything."""

    month: str
    dossier: str = ""
    state: str = ""
    text: str = ""
    only: str = ""
    sort: str = "urgence"


def rows(actor: Actor, month: str) -> list[BoardRow]:
    """The whole month (AAAA-MM) of whatever the actor's dossiers declare, by name; two queries."""
    employers = months.declared(actor, month)
    awaited = months.awaited(employers, month)
    filings: dict[str, list[Filing]] = {}
    held = Filing.objects.filter(month=month, siret__in=months.declared_rows(actor).values("siret"))
    for filing in held.defer("seen", "whole_hash").order_by("pk"):
        filings.setdefault(filing.siret, []).append(filing)
    moment = now()
    dues = {day: due_at(month, day) for day in {one.due_day for one in employers}}
    return [_row(one, filings.get(one.siret, []), dues[one.due_day], moment, one.pk in awaited) for one in employers]


def _row(employer: Declared, filings: Sequence[Filing], due: Due, moment: datetime, awaited: bool) -> BoardRow:
    parts = parts_of([one for one in filings if one.is_real])
    stages = [part.stage for part in parts] or [IMPORTED if employer.imported else NOTHING]
    stage = min(stages, key=PROGRESS.index)
    none: list[Part | None] = [None]
    pressing = max((_urgency(part, stage, due, moment, awaited) for part in parts or none), key=_PRESSING.index)
    essais = [one for one in filings if not one.is_real and one.state != S.CANCELLED]
    nears = urgency(due, moment) != Urgency.CALM
    return BoardRow(employer, due, parts, stage, pressing, awaited, essais[-1] if essais else None, nears)


_PRESSING = (Urgency.CALM, Urgency.SOON, Urgency.AT_RISK, Urgency.LATE)


def _urgency(part: Part | None, stage: str, due: Due, moment: datetime, awaited: bool) -> Urgency:
    """How urgent one fraction is; that of the whole month when nothing of it came."""
    own = part.stage if part else stage
    if own in (S.CONFORM, IMPORTED) or (part is None and not awaited):
        return Urgency.CALM
    told = urgency(due, moment)
    if own in AT_THE_PORTAL:  # recorded is not yet declared
        return Urgency.AT_RISK if told == Urgency.LATE else Urgency.CALM
    if part and part.filing and own in (S.PLANNED, S.HELD) and told != Urgency.LATE:
        leaves = part.filing.planned_at or part.filing.release_at
        if leaves and leaves <= due.planned_before and not part.filing.problem:
            return Urgency.SOON if told == Urgency.AT_RISK else told
        if leaves and leaves > due.planned_before:
            return Urgency.AT_RISK
    return told


def summary(found: Iterable[BoardRow]) -> Summary:
    """The figures above the table."""
    counts = Counter[str]()
    nears = False
    for row in found:
        counts["late"] += row.is_late
        counts["at_risk"] += row.is_at_risk
        counts["conform"] += row.stage == S.CONFORM
        counts["expected"] += row.is_expected
        counts["missing"] += row.is_missing
        counts["stopped"] += row.stopped
        counts["unfollowed"] += row.is_unfollowed
        nears = nears or (row.is_unfollowed and row.nears)
    if not nears:
        counts["unfollowed"] = 0
    return Summary(**{one.name: counts[one.name] for one in fields(Summary)})


def chosen(found: Iterable[BoardRow], asked: Asked) -> list[BoardRow]:
    """The rows asked for, in the order asked for."""
    kept = [row for row in found if _answers(row, asked)]
    key = asked.sort.removeprefix("-")
    orders: dict[str, Any] = {
        "employeur": lambda row: row.employer.search_key,
        "dossier": lambda row: search_key(row.employer.dossier),
        "echeance": lambda row: row.due.planned_before,
        "etat": lambda row: PROGRESS.index(row.stage),
    }
    order = orders.get(key, lambda row: (row.attention, row.due.planned_before))
    return sorted(kept, key=order, reverse=asked.sort.startswith("-"))  # by name where equal


def _answers(row: BoardRow, asked: Asked) -> bool:
    if asked.dossier and str(row.employer.dossier_uuid) != asked.dossier:
        return False
    if asked.state and asked.state not in {row.stage, *(part.stage for part in row.parts)}:
        return False
    if asked.only in _ONLY_IF and not _ONLY_IF[asked.only](row):
        return False
    digits = "".join(asked.text.split())
    if digits.isdigit() and len(digits) >= 3:
        return row.employer.siret.startswith(digits)
    return all(word in row.employer.search_key for word in search_key(asked.text).split())


_ONLY_IF: dict[str, Callable[[BoardRow], Any]] = {
    "retard": lambda row: row.is_late,
    "risque": lambda row: row.is_late or row.is_at_risk,
    "manquantes": lambda row: row.is_missing,
    "arretees": lambda row: row.stopped,
    "importees": lambda row: row.is_unfollowed,
}


def page_of(found: Sequence[BoardRow], page: str | None) -> Page[Any]:
    """A page of these rows, with the dates of what the portal answered; one query."""
    shown: Page[Any] = Paginator(found, PAGE_LENGTH).get_page(page)
    shown.object_list = list(shown.object_list)
    with_proofs(shown.object_list)
    return shown


def with_proofs(found: Sequence[BoardRow]) -> None:
    """Put the dates of AEE, ARE, CCO and BAN on the fractions of rows; one query."""
    parts = {part.filing.pk: part for row in found for part in row.parts if part.filing}
    proofs = Proof.objects.filter(filing__in=list(parts)).order_by("pk")
    for filing, kind, published, received in proofs.values_list("filing", "kind", "published_at", "received_at"):
        parts[filing].dates[kind] = published or received


def state_words(row: BoardRow) -> str:
    """Where a month stands, on one line: for the CSV and the calendar."""
    if row.stage == NOTHING:
        return "rien reçu" if row.awaited else "rien reçu, rien d’attendu"
    if len(row.parts) < 2:
        return row.sign.label
    return ", ".join(f"{part.label} : {SIGNS[part.stage].label}" for part in row.parts)
