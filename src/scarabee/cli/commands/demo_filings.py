"""The deposits of the demonstration: the last month as a bureau finds it, half-way to its due date.

Some employers of each dossier are kept out of the last import: their files come in here, through the services that
screens and commands use. Nothing is sent meanwhile; the worker deposits what is ordered when the demonstration starts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.timezone import localdate

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dsn.invention import Bureau, month_file, signalement_files
from scarabee.filings.enums import Source
from scarabee.filings.models import Batch, Filing
from scarabee.filings.services import intake, options, orders
from scarabee.filings.services.options import INSIDE
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS

HOLD_MINUTES = 120
_NIR = b"S21.G00.30.001,'"


@dataclass(frozen=True, slots=True)
class Awaited:
    """SIRETs whose last month is not imported, by what becomes of it.

    `ready` wait for an order, `wrong` hold an error, `odd` lack somebody of the month before, `standing` leave by a
    standing order, `soon` and `later` are ordered, `dropped` lie in the exchange folder, of `missing` nothing came.
    """

    ready: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    standing: list[str] = field(default_factory=list)
    soon: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def __contains__(self, siret: object) -> bool:
        named = (self.ready, self.wrong, self.odd, self.standing, self.soon, self.later, self.dropped, self.missing)
        return any(siret in sirets for sirets in named)


def awaited(bureau: Bureau, sirets: list[str], rank: int) -> Awaited:
    """What is awaited of the employers of a dossier, the first (rank 0) being the one that shows everything."""
    last = bureau.all_months[-1]
    busy = [
        one.siret
        for one in bureau.employers
        if one.siret in sirets and one.declares(last) and len(bureau.employed(one, last)) > 1
    ]
    if rank == 0:
        return Awaited(busy[:3], busy[3:4], busy[4:5], busy[5:7], busy[7:9], busy[9:11], busy[11:12], busy[12:13])
    return Awaited(soon=busy[:2], missing=busy[2:3]) if rank == 1 else Awaited()


def file(bureau: Bureau, dossier: Dossier, user: User, sirets: list[str], share: Awaited) -> None:
    """Receive, check and order the files of one dossier; its exchange folder is made when something lies in it."""
    actor = Actor.of(user)
    for siret in share.standing:
        options.set_employer_filing(actor=actor, dossier=dossier, siret=siret, due_day=15, standing=True)
    receive = _Reception(bureau, dossier, user)
    receive.of("associations", share.ready)
    receive.of("a_verifier", share.odd, _without_first_person)
    receive.of("a_corriger", share.wrong, _with_a_short_nir)
    receive.of("ordre_permanent", share.standing)
    _order(actor, receive.of("aujourd_hui", share.soon), now())
    _order(actor, receive.of("apres_demain", share.later), _day_after_tomorrow())
    if share.ready:
        receive.signalement(sirets)
    if share.dropped:
        _lay(actor, dossier, receive.bytes_of(share.dropped))


@dataclass(frozen=True, slots=True)
class _Reception:
    """Hands in files of the last month, réel ones, as somebody does on the screen."""

    bureau: Bureau
    dossier: Dossier
    user: User

    def of(self, name: str, sirets: list[str], spoil: Callable[[bytes], bytes] = bytes) -> Batch | None:
        if not sirets:
            return None
        data = self.bytes_of(sirets)
        return self._hand_in(f"{name}_{self.month:%Y-%m}.dsn", spoil(data))

    def signalement(self, sirets: list[str]) -> None:
        events = signalement_files(self.bureau, self.month, employers=set(sirets), real=True)
        if events:
            self._hand_in(f"signalement_{self.month:%Y-%m}.dsn", events[-1])

    def bytes_of(self, sirets: list[str]) -> bytes:
        return month_file(self.bureau, self.month, employers=set(sirets), real=True)

    @property
    def month(self) -> date:
        return self.bureau.all_months[-1]

    def _hand_in(self, name: str, data: bytes) -> Batch:
        files: list[Any] = [ContentFile(data, name=name)]
        return intake.receive(
            actor=Actor.of(self.user), dossier=self.dossier, files=files, source=Source.UPLOAD, filer=self.user,
            here=True,
        )  # fmt: skip


def _order(actor: Actor, batch: Batch | None, when: datetime) -> None:
    if batch is not None:
        filings = Filing.objects.filter(batch=batch)
        ordered = orders.order(actor=actor, filings=filings, real_confirmed=True, planned_at=when)
        if ordered.refused:
            raise RuntimeError(f"{batch}: {ordered.refused}")


def _lay(actor: Actor, dossier: Dossier, data: bytes) -> None:
    """A file in the exchange folder of the dossier, for the clock to find."""
    folder = Path(settings.DATA_FOLDER) / INSIDE / dossier.name.replace(" ", "-").lower()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "depose_ici.dsn").write_bytes(data)
    options.set_dossier_filing(actor=actor, dossier=dossier, holder=None, folder=str(folder), hold_minutes=HOLD_MINUTES)


def _day_after_tomorrow() -> datetime:
    return datetime.combine(localdate(now()) + timedelta(days=2), time(8), tzinfo=PARIS)


def _with_a_short_nir(data: bytes) -> bytes:
    """The first NIR lacks its last figure."""
    at = data.index(_NIR) + len(_NIR)
    end = data.index(b"'", at)
    return data[: end - 1] + data[end:]


def _without_first_person(data: bytes) -> bytes:
    """The first person left out, without a word on the end of the contract; totals that are right."""
    start = data.index(_NIR)
    rest = data[:start] + data[data.index(_NIR, start + 1) :]
    before, total, after = rest.partition(b"S90.G00.90.001,'")
    return before + total + b"%d" % rest.count(b"\n") + after[after.index(b"'") :]
