"""Export of declarations back to DSN files, verbatim (design §2, "Verbatim in, verbatim out").

One file per envoi (equal S10). Only the totals S90 are counted again, and S10.G00.00.008 where a selection makes
it untrue. Declarations of which some people only are held go into files of their own, named `…-partielle.dsn`.
Memory is flat: people are read by chunks, and a declaration is never put together in memory.
"""

import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import IO, NamedTuple

from django.conf import settings
from django.db import transaction

from scarabee.dossiers import contents
from scarabee.dossiers.models import Declaration, Dossier, EmployeeMonth, Employer, Envoi
from scarabee.dsn.writer import NIL_TYPES, count_rubriques, write_envoi
from scarabee.maintenance import journal
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

PEOPLE_AT_ONCE = 1000
DECLARATIONS_AT_ONCE = 200
WRITE_BYTES = 1 << 20

_ODD_NAME = re.compile(r"[^0-9A-Za-z-]+")
_NIL_HEAD = b"S20.G00.05.001,'01'\nS20.G00.05.002,'02'\n"
_FULL_HEAD = b"S20.G00.05.001,'01'\nS20.G00.05.002,'01'\n"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file written. `path` is its name inside a ZIP; `lines` counts rubriques as S90.G00.90.001 does."""

    path: str
    declarations: int
    lines: int
    partial: bool


class _Row(NamedTuple):
    pk: int
    own_content_id: int
    held: int
    month: str
    nature: str
    type: str


@dataclass(slots=True)
class _Planned:
    """A file to write: the declarations of one envoi that are whole, or those that are partial."""

    envoi: Envoi
    rows: list[_Row]
    partial: bool
    number: int

    @property
    def name(self) -> str:
        """`DSN_2026-09_SENDER_001.dsn`, or the first and last month; `signalements` without any month."""
        months = sorted({row.month for row in self.rows} - {""})
        when = "_".join(dict.fromkeys((months[0], months[-1]))) if months else "signalements"
        sender = _ODD_NAME.sub("", self.envoi.sender) or "emetteur-inconnu"
        return f"DSN_{when}_{sender}_{self.number:03d}{'-partielle' if self.partial else ''}.dsn"


def export(
    *,
    actor: Actor,
    dossier: Dossier,
    folder: Path,
    siret: str | None = None,
    month: str | None = None,
    in_force_only: bool = False,
) -> list[ExportedFile]:
    """Write the declarations of a dossier as `.dsn` files into `folder`, made if need be; overwrite nothing.

    `siret` keeps one employer, `month` (AAAA-MM) the monthly declarations of one month, `in_force_only` the
    versions in force. Each file appears under its name once it is whole. Raises `Refusal` when nothing is selected
    or when the disk refuses, `NotVisible` when the dossier or the employer is none of the actor's.
    """
    planned = _plan(actor, dossier, siret, month, in_force_only)
    written: list[ExportedFile] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for plan in planned:
            written.append(_write_file(plan, folder))
    except OSError as error:
        raise _disk_refusal(error, len(written)) from error
    _record(actor, dossier, written)
    return written


def export_zip(
    *,
    actor: Actor,
    dossier: Dossier,
    siret: str | None = None,
    month: str | None = None,
    in_force_only: bool = False,
) -> tuple[IO[bytes], list[ExportedFile]]:
    """The same files in a ZIP, an open temporary file at its start, gone when closed; and what it holds."""
    planned = _plan(actor, dossier, siret, month, in_force_only)
    written: list[ExportedFile] = []
    archive: IO[bytes] = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - the caller closes it
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
            for plan in planned:
                with pack.open(plan.name, "w", force_zip64=True) as member:
                    lines = _write(plan, member.write)
                written.append(ExportedFile(plan.name, len(plan.rows), lines, plan.partial))
        _record(actor, dossier, written)
    except OSError as error:
        archive.close()
        raise _disk_refusal(error, 0) from error
    except BaseException:
        archive.close()
        raise
    archive.seek(0)
    return archive, written


def _plan(actor: Actor, dossier: Dossier, siret: str | None, month: str | None, in_force_only: bool) -> list[_Planned]:
    if not Dossier.objects.visible_to(actor).filter(pk=dossier.pk).exists():
        raise NotVisible("Ce dossier n’existe pas, ou vous n’y avez pas accès.")
    chosen = Declaration.objects.filter(dossier=dossier)
    if siret:
        employer = Employer.objects.filter(dossier=dossier, siret=siret).first()
        if employer is None:
            raise Refusal(f"Le dossier « {dossier.name} » n’a pas d’employeur {siret}.", safe="Rien n’a été exporté.")
        chosen = chosen.filter(employer=employer)
    if month:
        chosen = chosen.filter(month=month)
    if in_force_only:
        chosen = chosen.filter(in_force=True)
    groups: dict[tuple[int, bool], list[_Row]] = {}
    rows = chosen.order_by("pk").values_list(
        "envoi_id", "individus", "pk", "own_content_id", "held", "month", "nature", "type"
    )
    for envoi_id, individus, *values in rows.iterator(chunk_size=5000):
        row = _Row(*values)
        groups.setdefault((envoi_id, row.held < individus), []).append(row)
    if not groups:
        raise Refusal(
            "Il n’y a aucune déclaration à exporter pour ce choix.",
            safe="Aucun fichier n’a été écrit.",
            remedy="Élargissez le choix, ou importez d’abord des fichiers DSN.",
        )
    envois = Envoi.objects.in_bulk({envoi_id for envoi_id, _ in groups})
    return [
        _Planned(envois[envoi_id], kept, partial, number)
        for number, ((envoi_id, partial), kept) in enumerate(groups.items(), 1)
    ]


def _write_file(plan: _Planned, folder: Path) -> ExportedFile:
    descriptor, draft = tempfile.mkstemp(prefix=".export-", suffix=".en-cours", dir=folder)
    try:
        with os.fdopen(descriptor, "wb", buffering=WRITE_BYTES) as file:
            lines = _write(plan, file.write)
            file.flush()
            os.fsync(file.fileno())
        path = _free_path(folder, plan.name)
        os.rename(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return ExportedFile(str(path), len(plan.rows), lines, plan.partial)


def _free_path(folder: Path, name: str) -> Path:
    """A path that no file has: `name.dsn`, else `name (2).dsn` and so on."""
    path, attempt = folder / name, 1
    while path.exists():
        attempt += 1
        path = folder / f"{name.removesuffix('.dsn')} ({attempt}).dsn"
    return path


def _write(plan: _Planned, write: Callable[[bytes], object]) -> int:
    """Write one envoi piece by piece; returns its number of rubriques, totals included."""
    s10 = _heading(plan)
    line_end = b"\r\n" if b"\r\n" in s10[:4096] or not s10 else b"\n"
    write(s10)
    lines = count_rubriques(s10)
    for pieces in _declarations(plan.rows):
        last = b""
        for last in pieces:
            write(last)
            lines += _count(last)
        if not last.endswith(b"\n"):
            write(line_end)
            lines += 1
    lines += 2
    write(b"S90.G00.90.001,'%d'%s" % (lines, line_end))
    write(b"S90.G00.90.002,'%d'%s" % (len(plan.rows), line_end))
    return lines


def _heading(plan: _Planned) -> bytes:
    """The S10 lines, with 00.008 true for the declarations that go with them."""
    nil_types = {value.decode() for value in NIL_TYPES}
    nil = all(row.nature == "01" and row.type in nil_types for row in plan.rows)
    return next(write_envoi(bytes(plan.envoi.lines), [_NIL_HEAD if nil else _FULL_HEAD]))


def _count(piece: bytes) -> int:
    """Rubriques of a piece that starts at the start of a line (a blank line may be its first)."""
    return count_rubriques(piece) - piece.startswith((b"\n", b"\r\n"))


def _declarations(rows: list[_Row]) -> Iterator[Iterator[bytes]]:
    """The pieces of each declaration, in order; each must be exhausted before the next."""
    for batch in _batches(rows):
        owns = contents.load(row.own_content_id for row in batch)
        people = groupby(_people([row.pk for row in batch]), key=lambda person: person[0])
        waiting = next(people, None)
        for row in batch:
            mine: Iterator[tuple[int, int, bytes]] = iter(())
            if waiting is not None and waiting[0] == row.pk:
                mine = waiting[1]
            yield _pieces(owns[row.own_content_id], mine, row)
            if waiting is not None and waiting[0] == row.pk:
                waiting = next(people, None)


def _batches(rows: list[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    people = 0
    for row in rows:
        if batch and (len(batch) >= DECLARATIONS_AT_ONCE or people + row.held > PEOPLE_AT_ONCE):
            yield batch
            batch, people = [], 0
        batch.append(row)
        people += row.held
    if batch:
        yield batch


def _people(declaration_ids: list[int]) -> Iterator[tuple[int, int, bytes]]:
    """(declaration, insert_at, part) in the order of declarations and positions."""
    months = (
        EmployeeMonth.objects.filter(declaration_id__in=declaration_ids)
        .order_by("declaration_id", "position")
        .values_list("declaration_id", "insert_at", "content_id")
        .iterator(chunk_size=PEOPLE_AT_ONCE)
    )
    while chunk := list(islice(months, PEOPLE_AT_ONCE)):
        parts = contents.load(content_id for *_, content_id in chunk)
        for pk, insert_at, content_id in chunk:
            yield pk, insert_at, parts[content_id]


def _pieces(own: bytes, people: Iterator[tuple[int, int, bytes]], row: _Row) -> Iterator[bytes]:
    """What `join_declaration` joins, piece by piece. Raises `Refusal` when people came or went meanwhile."""
    at, held = 0, 0
    for _, insert_at, part in people:
        held += 1
        if insert_at > at:
            yield own[at:insert_at]
            at = insert_at
        yield part
    if held != row.held:
        raise Refusal(
            "Le dossier a changé pendant l’export : quelqu’un y importe ou y supprime des salariés.",
            safe="Vos données sont intactes ; le fichier en cours n’a pas été gardé.",
            remedy="Attendez que ce travail se termine, puis exportez de nouveau.",
        )
    if at < len(own):
        yield own[at:]


def _disk_refusal(error: OSError, written: int) -> Refusal:
    kept = f" Les {written} fichiers déjà écrits sont complets." if written > 1 else ""
    return Refusal(
        f"L’export s’est arrêté : {error.strerror or error}.",
        safe=f"Les données du dossier sont intactes.{kept}",
        remedy="Vérifiez la place libre et les droits sur le dossier de sortie, puis recommencez.",
    )


def _record(actor: Actor, dossier: Dossier, written: list[ExportedFile]) -> None:
    with transaction.atomic():
        journal.record(
            actor,
            "export",
            dossier_uuid=dossier.uuid,
            files=len(written),
            declarations=sum(one.declarations for one in written),
        )
