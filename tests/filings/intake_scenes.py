"""Invented files of a small bureau, and the ways to hand them in."""

import io
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from tests.transfers import scenes

from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier
from scarabee.dsn.invention import Bureau, invent_bureau, month_file
from scarabee.filings.enums import Source
from scarabee.filings.models import Batch, Filing, ReceivedFile
from scarabee.filings.services import intake
from scarabee.filings.services.options import set_employer_filing
from scarabee.maintenance.journal import Actor

OWNER = Actor.owner()
LAST, MONTH = "2026-09", "2026-10"


@cache
def bureau() -> Bureau:
    """Six employers of a few people each, over three months."""
    return invent_bureau(7, employers=6, employees_per_employer=(2, 4), months=3, first_month="2026-08")


def sirets(month: str = MONTH) -> list[str]:
    """Those that declare in the month."""
    day = next(one for one in bureau().all_months if f"{one:%Y-%m}" == month)
    return [one.siret for one in bureau().employers if one.declares(day)]


SIRET, SECOND, THIRD = sirets()[:3]


def mensuelle(*chosen: str, month: str = MONTH, real: bool = True, **options: Any) -> bytes:
    """A file of the employers named (the first one when none is)."""
    return month_file(bureau(), month, employers=chosen or (SIRET,), real=real, **options)


def another(data: bytes, number: int = 1) -> bytes:
    """The same declarations made a second time: other bytes, nothing that a check or a comparison would remark."""
    return data.replace(b"Scarab\xe9e invention", b"Scarab\xe9e inventi%d" % number)


def spoiled(data: bytes, person: int = 1) -> bytes:
    """With a NIR that is too long: blocking, but not what the portal surely refuses."""
    before, after = data.split(b"S21.G00.30.001,'", person)[:person], data.split(b"S21.G00.30.001,'", person)[person]
    return b"S21.G00.30.001,'".join(before) + b"S21.G00.30.001,'9" + after


def without_somebody(data: bytes) -> bytes:
    """The same file, its first person gone, its totals right."""
    start = data.index(b"S21.G00.30.001,")
    held = lines(data[:start] + data[data.index(b"S21.G00.30.001,", start + 1) :])
    return b"".join([*held[:-2], b"S90.G00.90.001,'%d'\r\n" % len(held), held[-1]])


def upload(data: bytes, name: str = "octobre.dsn") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def receive(
    dossier: Dossier, *files: bytes, source: Source = Source.COMMAND, actor: Actor = OWNER, **options: Any
) -> Batch:
    """Hand files in, as the owner at the command line."""
    uploads: list[Any] = [upload(data, f"{number}.dsn") for number, data in enumerate(files, 1)]
    return intake.receive(actor=actor, dossier=dossier, files=uploads, source=source, **options)


def filed(dossier: Dossier, data: bytes, **options: Any) -> Filing:
    """The one filing of a file."""
    (filing,) = filings_of(receive(dossier, data, **options))
    return filing


def filings_of(batch: Batch) -> list[Filing]:
    return list(Filing.objects.filter(batch=batch).order_by("pk"))


def file_of(batch: Batch) -> ReceivedFile:
    return ReceivedFile.objects.get(batch=batch)


def sent(filing: Filing) -> bytes:
    """The bytes that would leave."""
    assert filing.content_id is not None
    return contents.load([filing.content_id])[filing.content_id]


def with_last_month(dossier: Dossier, *chosen: str) -> Dossier:
    """The dossier with the month before imported, so that the comparison has nothing to say."""
    for month in ("2026-08", LAST):
        known = set(sirets(month))
        scenes.take(dossier, mensuelle(*[one for one in chosen or (SIRET,) if one in known], month=month))
    return dossier


def give_standing_order(dossier: Dossier, siret: str = SIRET) -> None:
    set_employer_filing(actor=OWNER, dossier=dossier, siret=siret, due_day=15, standing=True)


def rules(filing: Filing) -> list[str]:
    return [one["rule"] for one in filing.found.findings]


def lines(data: bytes) -> list[bytes]:
    return io.BytesIO(data).readlines()


def without(data: bytes, codes: Iterable[bytes]) -> list[bytes]:
    """The lines of a file but those of these rubriques or blocs."""
    return [line for line in lines(data) if not line.startswith(tuple(codes))]
