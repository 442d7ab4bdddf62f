"""One S20 per deposit: a received file taken apart into the files that are sent (design §5, api-dsn §5).

A file of one declaration is sent as it came, byte for byte. Of others only S90 is counted again, and S10.G00.00.008
where it becomes untrue.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from scarabee.dossiers.digests import PeopleHash
from scarabee.dsn import events, fields, reader
from scarabee.dsn.errors import Warnings
from scarabee.dsn.fields import DeclarationRead, EnvoiRead
from scarabee.dsn.writer import join_declaration, write_envoi


@dataclass(frozen=True, slots=True)
class Part:
    """One S20 of a file. `declaration`: its bytes; `sent`: what is deposited, whose SHA-256 is `sha256`.

    `line`: where it begins in the file. `whole_hash` is the one of `dossiers.Declaration`. `job_id`: S20.G00.05.009.
    """

    rank: int
    line: int
    siret: str
    people: int
    envoi: EnvoiRead
    read: DeclarationRead
    job_id: str
    declaration: bytes
    sent: bytes
    sha256: str
    whole_hash: bytes

    def without_bytes(self) -> "Part":
        """What it says, to be kept while the rest of the file is read."""
        return replace(self, declaration=b"", sent=b"")


def split(stream: BinaryIO) -> Iterator[Part]:
    """The declarations of a DSN file, in its order. Raises `DsnError` as `dsn.reader.read` does."""
    s10 = b""
    rank, line, siret = -1, 1, ""
    placed: list[tuple[int, bytes]] = []
    for event in reader.read(stream, warnings=Warnings()):
        if isinstance(event, events.EnvoiStart):
            s10 = event.lines.lstrip()  # the portal refuses what does not begin with S10 (api-dsn §5)
        elif isinstance(event, events.DeclarationStart):
            rank, line, siret, placed = rank + 1, event.line, event.siret, []
        elif isinstance(event, events.Person):
            placed.append((event.insert_at, event.part))
        elif isinstance(event, events.DeclarationEnd):
            declaration = join_declaration(event.own, placed)
            sent = b"".join(write_envoi(s10, [declaration]))
            yield Part(
                rank, line, siret, event.people, fields.read_envoi(s10), fields.read_declaration(event.own),
                _job_id(event.own), declaration, sent, hashlib.sha256(sent).hexdigest(), _whole_hash(event.own, placed),
            )  # fmt: skip


def is_sent_as_it_came(data: bytes) -> bool:
    """Whether the portal takes these bytes as they are: they begin with S10 (api-dsn §5)."""
    return data.startswith(b"S10")


def _job_id(own: bytes) -> str:
    head = own[: own.find(b"\nS21.") + 1] if b"\nS21." in own else own
    return fields.text(fields.line_values(head).get(b"S20.G00.05.009", b"")).strip()[:20]


def _whole_hash(own: bytes, placed: list[tuple[int, bytes]]) -> bytes:
    people = PeopleHash()
    for position, (insert_at, part) in enumerate(placed):
        people.add(position, insert_at, hashlib.sha256(part).digest())
    return hashlib.sha256(hashlib.sha256(own).digest() + people.digest()).digest()
