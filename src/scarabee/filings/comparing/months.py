"""What a declaration is compared with: the employers it continues, last month in force, the rest of its own month.

Last month is what is in force, réel before essai, whatever the file is: an essai is compared as the réel will be.
All its fractions count together. Of the declaration's own month, the other fractions and champs in force say who is
declared elsewhere; a version of the same key, this very file among them, says nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from scarabee.dossiers.models import Declaration, Dossier, Employer
from scarabee.dsn.readable import MONTHS
from scarabee.filings.comparing.reading import MonthFile

MONTHLY = "01"
PARTIAL_CHAMPS = {"02": "03", "03": "02"}
"""The régime agricole and the régime général of one employer: each is half of a month."""
MONTHS_TRACED = 12
"""How far back an end of contract is looked for."""


@dataclass(slots=True)
class Surroundings:
    """Employers and declarations around one declaration. `latest`: the newest month before its own that is held."""

    month: str
    employer: Employer | None = None
    former: Employer | None = None
    """Whose previous month is this employer's: it succeeds that one from this very month."""
    named: list[Employer] = field(default_factory=list)
    """Other employers of the dossier that a 41.012 of the file names."""
    is_taken_over: bool = False
    """Another employer succeeds this one since this month or before: absences are seen there."""
    latest: str = ""
    last: list[Declaration] = field(default_factory=list)
    last_named: list[Declaration] = field(default_factory=list)
    others: list[Declaration] = field(default_factory=list)
    """In force this month beside the file: other fractions, the other champ, what the former SIRET still declares."""
    versions: list[Declaration] = field(default_factory=list)
    """Réel declarations of the same key with other bytes."""
    is_whole: bool = True
    """With the file, all fractions and champs of the month are here."""

    @property
    def last_month(self) -> str:
        return month_before(self.month)

    @property
    def ours(self) -> list[Employer]:
        """The employer, and the one whose previous month is its own."""
        return [one for one in (self.employer, self.former) if one is not None]

    @property
    def employer_ids(self) -> list[int]:
        return [one.pk for one in (*self.ours, *self.named)]


def month_before(month: str, count: int = 1) -> str:
    """AAAA-MM, `count` months before another one."""
    position = int(month[:4]) * 12 + int(month[5:]) - 1 - count
    return f"{position // 12:04d}-{position % 12 + 1:02d}"


def of_month(month: str) -> str:
    """2026-04 as « d’avril 2026 »."""
    name = MONTHS[int(month[5:]) - 1]
    return f"{'d’' if name[0] in 'ao' else 'de '}{name} {month[:4]}"


def survey(*, dossier: Dossier, file: MonthFile) -> Surroundings:
    """Find what surrounds a monthly declaration in a dossier, in a handful of queries."""
    around = Surroundings(file.read.month)
    _find_employers(around, dossier, file)
    ours = {one.pk for one in around.ours}
    held = Declaration.objects.filter(employer_id__in=around.employer_ids, month__in=(around.month, around.last_month))
    rows = [one for one in held.filter(nature=MONTHLY).order_by("pk") if not one.set_aside]
    last = [one for one in rows if one.in_force and one.month == around.last_month]
    around.last = [one for pk in ours for one in _coherent(one for one in last if one.employer_id == pk)]
    around.last_named = [one for one in last if one.employer_id not in ours]
    now = [one for one in rows if one.month == around.month and one.employer_id in ours]
    around.others = [one for one in now if one.in_force and not _stands_for(one, around, file)]
    around.versions = [one for one in now if one.is_real and _has_key(one, around, file)]
    around.versions = [one for one in around.versions if bytes(one.whole_hash) != file.whole_hash]
    around.is_whole = _is_whole(around, file)
    before = Declaration.objects.filter(employer_id__in=ours, month__lt=around.month).exclude(month="")
    around.latest = before.order_by("-month").values_list("month", flat=True).first() or ""
    return around


def _find_employers(around: Surroundings, dossier: Dossier, file: MonthFile) -> None:
    named = {siret for told in file.people for one in told.contracts for siret in one.former_sirets}
    related = Q(siret__in={file.siret, *named}) | Q(successors__siret=file.siret)
    found = {one.pk: one for one in Employer.objects.filter(related, dossier=dossier).select_related("act")}
    around.employer = next((one for one in found.values() if one.siret == file.siret), None)
    if around.employer is not None:
        if around.employer.successor_from == around.month:
            around.former = found.get(around.employer.successor_of_id or 0)
        followers = Employer.objects.filter(successor_of=around.employer, successor_from__lte=around.month)
        around.is_taken_over = followers.exists()
    around.named = [one for one in found.values() if one.siret in named and one not in around.ours]


def _coherent(rows: Iterable[Declaration]) -> list[Declaration]:
    """Of a month told twice, whole and by fractions, or by one champ and by two, only the better telling."""
    kept = _better(rows, lambda one: str(one.champ in PARTIAL_CHAMPS))
    champs = sorted({one.champ for one in kept})
    return [
        one
        for champ in champs
        for one in _better((one for one in kept if one.champ == champ), lambda one: _count(one.fraction))
    ]


def _better(rows: Iterable[Declaration], telling: Callable[[Declaration], str]) -> list[Declaration]:
    tellings: dict[str, list[Declaration]] = {}
    for one in rows:
        tellings.setdefault(telling(one), []).append(one)
    return max(tellings.values(), key=lambda some: max(map(_rank, some)), default=[])


def _rank(one: Declaration) -> tuple[bool, str, str]:
    return (one.is_real, one.made_on, one.imported_at.isoformat())


def _count(fraction: str) -> str:
    """The d of fraction n of d."""
    return fraction[1] if len(fraction) == 2 and fraction.isdigit() else "1"


def _has_key(one: Declaration, around: Surroundings, file: MonthFile) -> bool:
    is_employer = around.employer is not None and one.employer_id == around.employer.pk
    return is_employer and (one.champ, one.fraction) == (file.read.champ, file.read.fraction)


def _stands_for(one: Declaration, around: Surroundings, file: MonthFile) -> bool:
    """Whether a declaration of this month is another telling of the file: its key, or the champ otherwise split."""
    is_employer = around.employer is not None and one.employer_id == around.employer.pk
    if not is_employer:
        return False
    same_split = _count(one.fraction) == _count(file.read.fraction)
    if one.champ == file.read.champ:
        return not same_split or one.fraction == file.read.fraction
    return one.champ not in PARTIAL_CHAMPS or file.read.champ not in PARTIAL_CHAMPS


def _is_whole(around: Surroundings, file: MonthFile) -> bool:
    own = [one for one in around.others if around.employer is not None and one.employer_id == around.employer.pk]
    if any(one.is_partial for one in own):
        return False
    here = {file.read.fraction[:1]} | {one.fraction[:1] for one in own if one.champ == file.read.champ}
    if len(here) < int(_count(file.read.fraction)):
        return False
    twin = PARTIAL_CHAMPS.get(file.read.champ)
    if twin is None or all(one.champ != twin for one in around.last):
        return True
    others = [one for one in own if one.champ == twin]
    return any(len({one.fraction[:1] for one in others}) >= int(_count(other.fraction)) for other in others)
