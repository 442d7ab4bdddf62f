"""First half of an import: read the file, store its contents, set aside what will point at them.

Nothing that a screen shows changes here: contents go in by short transactions, everything else waits in a
temporary file, so that memory stays flat and the write lock is never held for long (design §2, "Large files").
"""

import hashlib
import marshal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import SEEK_END
from typing import IO, Any, BinaryIO, NamedTuple

from django.conf import settings

from scarabee.dossiers import contents
from scarabee.dossiers.digests import PeopleHash, declaration_digest
from scarabee.dossiers.services.refresh import town_of
from scarabee.dsn import events, fields, reader
from scarabee.dsn.errors import Warnings
from scarabee.dsn.fields import ContractRead, DeclarationRead, PersonRead
from scarabee.dsn.identifiers import nir_problem, siret_is_valid

FLUSH_PEOPLE = 1500
FLUSH_BYTES = 24 << 20
MEMORY_PEOPLE = 4_000
REMEMBERED_PEOPLE = 1_000

Progress = Callable[[int], None]


class StagedMonth(NamedTuple):
    """One person's part: where it stands, its content, what it tells."""

    position: int
    insert_at: int
    content_id: int
    person: PersonRead


class StagedDeclaration(NamedTuple):
    """One declaration and its own content; its people come from `Staged.months`."""

    envoi: bytes
    siret: str
    read: DeclarationRead
    freshness: str
    town: str
    lines: bytes
    own_content_id: int
    whole_hash: bytes
    digest: bytes
    people: int
    months: list[list[StagedMonth]]
    spilled: list[tuple[int, int]]
    """Where in the temporary file the lists of months that are not in memory stand: offset and size."""


class Staged:
    """What a file brings, in its order; people beyond `MEMORY_PEOPLE` wait in a temporary file."""

    def __init__(self) -> None:
        self.declarations: list[StagedDeclaration] = []
        self._spool: IO[bytes] = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - closed by close()
        self._in_memory = 0

    def set_aside(
        self, months: list[StagedMonth], into: list[list[StagedMonth]], spilled: list[tuple[int, int]]
    ) -> None:
        """Keep a list of months for a declaration, in memory while there is room."""
        if self._in_memory + len(months) <= MEMORY_PEOPLE and not spilled:
            self._in_memory += len(months)
            into.append(months)
            return
        written = marshal.dumps([_plain(month) for month in months])
        spilled.append((self._spool.seek(0, SEEK_END), len(written)))
        self._spool.write(written)

    def months(self, declaration: StagedDeclaration) -> Iterator[list[StagedMonth]]:
        """The people of a declaration, list by list, in the order of their positions."""
        yield from declaration.months
        for offset, size in declaration.spilled:
            self._spool.seek(offset)
            yield [_named(*month) for month in marshal.loads(self._spool.read(size))]  # noqa: S302 - written here

    def __enter__(self) -> "Staged":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._spool.close()


def _plain(month: StagedMonth) -> tuple[object, ...]:
    """A month as plain tuples, which `marshal` writes several times faster than `pickle` writes named ones."""
    position, insert_at, content_id, person = month
    return position, insert_at, content_id, person[:-1], [tuple(contract) for contract in person.contracts]


def _named(
    position: int, insert_at: int, content_id: int, person: tuple[Any, ...], contracts: list[tuple[str, ...]]
) -> StagedMonth:
    told = PersonRead._make((*person, tuple(map(ContractRead._make, contracts))))
    return StagedMonth(position, insert_at, content_id, told)


@dataclass(slots=True)
class _Waiting:
    """A declaration that is not set aside yet.

    Its last months have no content id yet: `first_content` says where in the waiting contents theirs start.
    """

    envoi: bytes
    is_real: bool
    siret: str
    read: DeclarationRead
    lines: bytes
    town: str
    hash_of_people: PeopleHash
    event: str = ""
    people: int = 0
    first_content: int = 0
    fresh: list[tuple[int, int, PersonRead]] = field(default_factory=list)
    months: list[list[StagedMonth]] = field(default_factory=list)
    spilled: list[tuple[int, int]] = field(default_factory=list)
    own: bytes = b""
    end: events.DeclarationEnd | None = None


def stage(stream: BinaryIO, *, warnings: Warnings, progress: Progress = lambda _: None) -> Staged:
    """Read a DSN file whole. Raises `DsnError` when it must be refused; then only unreferenced contents were stored."""
    staging = _Staging(warnings, progress)
    try:
        for event in reader.read(stream, warnings=warnings):
            staging.take(event)
        staging.flush()
    except BaseException:
        staging.staged.close()
        raise
    return staging.staged


class _Staging:
    def __init__(self, warnings: Warnings, progress: Progress) -> None:
        self.warnings = warnings
        self.progress = progress
        self.staged = Staged()
        self.envoi = b""
        self.is_real = False
        self.current: _Waiting | None = None
        self.finished: list[_Waiting] = []
        self.contents: list[bytes] = []
        self.hashes: list[bytes] = []
        self.pending_bytes = 0
        self.bytes_read = 0
        self.checked: set[str] = set()
        self.told: dict[bytes, PersonRead] = {}
        self.employer_lines: dict[bytes, bytes] = {}

    def take(self, event: events.Event) -> None:
        if type(event) is events.Person:
            self.take_person(event)
        elif type(event) is events.DeclarationStart:
            self.start_declaration(event)
        elif type(event) is events.DeclarationEnd:
            self.end_declaration(event)
        elif type(event) is events.EnvoiStart:
            self.envoi = event.lines
            self.is_real = fields.read_envoi(event.lines).is_real
            self.bytes_read += len(event.lines)

    def start_declaration(self, event: events.DeclarationStart) -> None:
        read = fields.read_declaration(event.head)
        lines = fields.employer_lines(event.head)
        lines = self.employer_lines.setdefault(lines, lines)  # the same every month: kept once
        self.current = _Waiting(
            self.envoi, self.is_real, event.siret, read, lines, town_of(lines, {}), PeopleHash(),
            first_content=len(self.contents),
        )  # fmt: skip
        if event.siret not in self.checked:
            self.checked.add(event.siret)
            if not siret_is_valid(event.siret):
                message = f"le SIRET {event.siret} a une clé fausse ; il est gardé tel quel."
                self.warnings.add(event.line, "S21.G00.11.001", message)
        if not read.nature or (not read.month and read.nature in ("01", "09")):
            message = "la nature ou le mois principal de la déclaration manque ou ne se lit pas."
            self.warnings.add(event.line, "S20.G00.05.005" if read.nature else "S20.G00.05.001", message)
        if not read.fraction or read.order_rank < 0:
            message = "la fraction ou le numéro d’ordre manque ou ne se lit pas."
            self.warnings.add(event.line, "S20.G00.05.004" if read.fraction else "S20.G00.05.003", message)

    def take_person(self, event: events.Person) -> None:
        current = self.current
        assert current is not None
        part = event.part
        digest = hashlib.sha256(part).digest()
        person = self.read(event)
        position = current.people
        current.people += 1
        if not current.read.month and not current.event:
            current.event = fields.event_date(part)
        if person.nir not in self.checked:
            self.checked.add(person.nir)
            problem = nir_problem(person.nir) if person.nir else None
            if problem:
                self.warnings.add(event.line, "S21.G00.30.001", f"{problem} Le NIR est gardé tel quel.")
        if not person.nir and not person.ntt:
            message = (
                "l’individu n’a ni NIR ni NTT ; il est reconnu par ses nom, prénoms, date de naissance et matricule."
            )
            self.warnings.add(event.line, "S21.G00.30.001", message)
        current.hash_of_people.add(position, event.insert_at, digest)
        current.fresh.append((position, event.insert_at, person))
        self.contents.append(part)
        self.hashes.append(digest)
        self.pending_bytes += len(part)
        if len(self.contents) >= FLUSH_PEOPLE or self.pending_bytes >= FLUSH_BYTES:
            self.flush()

    def read(self, event: events.Person) -> PersonRead:
        """What a person's part tells; the same lines before the first bloc 50 tell the same, month after month."""
        part = event.part
        versement = part.find(b"\nS21.G00.50.", event.civil_end - 1)
        key = part[:versement] if versement >= 0 else part
        person = self.told.get(key)
        if person is None:
            if len(self.told) >= REMEMBERED_PEOPLE:
                self.told.clear()
            person = self.told[key] = fields.read_person(part, event.civil_end, event.civil)
        return person

    def end_declaration(self, event: events.DeclarationEnd) -> None:
        current = self.current
        assert current is not None
        current.own, current.end = event.own, event
        self.pending_bytes += len(event.own)
        self.finished.append(current)
        self.current = None
        if len(self.finished) >= FLUSH_PEOPLE or self.pending_bytes >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Store what waits, give its ids to the months, and set them aside with the declarations that are whole."""
        owns = [waiting.own for waiting in self.finished]
        own_hashes = [hashlib.sha256(own).digest() for own in owns]
        ids = contents.store(self.contents + owns, self.hashes + own_hashes)
        count = len(self.contents)
        for waiting in [*self.finished, self.current]:
            if waiting is not None:
                first = waiting.first_content
                months = [
                    StagedMonth(position, insert_at, ids[first + index], person)
                    for index, (position, insert_at, person) in enumerate(waiting.fresh)
                ]
                if months:
                    self.staged.set_aside(months, waiting.months, waiting.spilled)
                waiting.fresh, waiting.first_content = [], 0
        for index, waiting in enumerate(self.finished):
            self.staged.declarations.append(self.whole(waiting, ids[count + index], own_hashes[index]))
        self.bytes_read += self.pending_bytes
        self.contents, self.hashes, self.finished, self.pending_bytes = [], [], [], 0
        self.progress(self.bytes_read)

    def whole(self, waiting: _Waiting, own_content_id: int, own_hash: bytes) -> StagedDeclaration:
        end = waiting.end
        assert end is not None
        people = waiting.hash_of_people.digest()
        whole_hash = hashlib.sha256(own_hash + people).digest()
        digest = declaration_digest(
            siret=waiting.siret,
            is_real=waiting.is_real,
            own_hash=own_hash,
            people=people,
        )
        return StagedDeclaration(
            envoi=waiting.envoi,
            siret=waiting.siret,
            read=waiting.read,
            freshness=freshness(waiting.read, waiting.event, whole_hash),
            town=waiting.town,
            lines=waiting.lines,
            own_content_id=own_content_id,
            whole_hash=whole_hash,
            digest=digest,
            people=end.people,
            months=waiting.months,
            spilled=waiting.spilled,
        )


def freshness(read: DeclarationRead, event: str, whole_hash: bytes) -> str:
    """Sorts declarations by month or event date, then order, then date made; the hash only settles ties.

    Never by the time of import: the same files in another order give the same fields (design §2, Fields).
    """
    spoken_of = read.month.replace("-", "") + "99" if read.month else event or read.made_on
    return f"{spoken_of:8}|{max(read.order_rank, 0):015d}|{read.made_on:8}|{whole_hash.hex()[:8]}"
