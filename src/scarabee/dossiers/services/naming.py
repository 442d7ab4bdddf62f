"""Names of employers, which no DSN holds: many at once, typed or read from a CSV (siret;nom)."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import StringIO
from typing import BinaryIO, NamedTuple

from django.db import transaction

from scarabee.dossiers.bulk import chunks, update_rows
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.services.dossiers import lock_writable, touch
from scarabee.dossiers.services.entry import clean_employer_name
from scarabee.dsn.identifiers import siret_is_valid
from scarabee.maintenance import journal
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

MAX_BYTES = 10 << 20
_NOT_TEXT = "Ce fichier n’est pas un texte CSV."
_REMEDY = "Enregistrez-le au format CSV : une ligne par employeur, le SIRET puis le nom, séparés par un point-virgule."


class NameLine(NamedTuple):
    """A SIRET and the name it gets; `line` of the file, 0 when there is none."""

    siret: str
    name: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class NameRemark:
    """A line that named nobody, and why."""

    line: int
    siret: str
    message: str


@dataclass(slots=True)
class NamesReport:
    """What `name_employers` did: SIRETs named or renamed, how many had that name already, what was left out."""

    named: list[str] = field(default_factory=list)
    unchanged: int = 0
    remarks: list[NameRemark] = field(default_factory=list)


@transaction.atomic
def name_employers(*, actor: Actor, dossier: Dossier, names: Iterable[tuple[str, str] | NameLine]) -> NamesReport:
    """Give names to employers of a dossier. A line that will not do is reported, the others are done.

    Raises `Refusal` when the actor may not change the dossier.
    """
    dossier = lock_writable(actor, dossier)
    report = NamesReport()
    wanted = _sorted_out([NameLine(*one) for one in names], report)
    held: dict[str, Employer] = {}
    for chunk in chunks(list(wanted)):
        for employer in Employer.objects.filter(dossier=dossier, siret__in=chunk):
            held[employer.siret] = employer
    updates = []
    for siret, one in wanted.items():
        employer = held.get(siret)
        if employer is None:
            _remark(report, one, "aucun employeur de ce dossier n’a ce SIRET.")
        elif employer.name == one.name:
            report.unchanged += 1
        else:
            key = search_key(one.name, employer.town)[:255]
            updates.append((one.name, key, employer.revision + 1, employer.pk))
            report.named.append(siret)
    report.remarks.sort(key=lambda remark: remark.line)
    if updates:
        update_rows(Employer, ("name", "search_key", "revision"), updates)
        touch(dossier)
        journal.record(
            actor, "employers.named", dossier_uuid=dossier.uuid, count=len(updates), sirets=report.named[:50]
        )
    return report


def read_names_csv(stream: BinaryIO) -> list[NameLine]:
    """The lines of a CSV of names: separator ; , or tab, a header or none, UTF-8, UTF-16 or Windows.

    Raises `Refusal` when it is too large or no text.
    """
    raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise Refusal("Ce fichier est trop gros pour une liste de noms (10 Mo au plus).", remedy=_REMEDY)
    text = _decoded(raw)
    separator = next((one for one in ";\t" if one in text), ",")
    siret_at, name_at = 0, 1
    lines: list[NameLine] = []
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not lines and not any(character.isdigit() for cell in cells for character in cell):
                siret_at, name_at = _columns(cells)
                continue
            cells += [""] * (max(siret_at, name_at) + 1 - len(cells))
            lines.append(NameLine(cells[siret_at], cells[name_at], reader.line_num))
    except csv.Error as error:
        raise Refusal(_NOT_TEXT, remedy=_REMEDY) from error
    return lines


def _decoded(raw: bytes) -> str:
    is_utf_16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_utf_16 else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refusal(_NOT_TEXT, remedy=_REMEDY)
    if "\0" in text:
        raise Refusal(_NOT_TEXT, remedy=_REMEDY)
    return text


def _columns(header: list[str]) -> tuple[int, int]:
    keys = [search_key(cell) for cell in header]
    siret_at = next((index for index, key in enumerate(keys) if "siret" in key), 0)
    others = [index for index in range(len(keys)) if index != siret_at]
    named = [index for index in others if keys[index].startswith(("nom", "raison", "denomination", "libelle"))]
    return siret_at, (named or others or [1])[0]


def _sorted_out(names: list[NameLine], report: NamesReport) -> dict[str, NameLine]:
    wanted: dict[str, NameLine] = {}
    for raw in names:
        siret = _siret(raw.siret)
        try:
            one = NameLine(siret, clean_employer_name(raw.name), raw.line)
        except Refusal as refusal:
            _remark(report, NameLine(siret, "", raw.line), refusal.message)
            continue
        if not (len(siret) == 14 and siret.isascii() and siret.isdigit()):
            _remark(report, one, f"« {one.siret[:20]} » n’est pas un SIRET de 14 chiffres.")
        elif not one.name:
            _remark(report, one, "le nom est vide ; le nom connu est gardé.")
        elif siret in wanted and wanted[siret].name != one.name:
            _remark(report, one, f"ce SIRET a déjà un autre nom plus haut, qui est gardé : {wanted[siret].name}.")
        else:
            wanted.setdefault(siret, one)
    return wanted


def _siret(text: str) -> str:
    """The SIRET without spaces, dots or apostrophes; zeros that a spreadsheet took away at its start are put back."""
    compact = "".join(character for character in text if not character.isspace() and character not in ".'’\"=")
    padded = compact.zfill(14)
    return padded if 9 < len(compact) < 14 and siret_is_valid(padded) else compact


def _remark(report: NamesReport, one: NameLine, message: str) -> None:
    report.remarks.append(NameRemark(one.line, one.siret, message))
