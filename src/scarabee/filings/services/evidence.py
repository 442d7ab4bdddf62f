"""What proves a deposit, written out: the file that was sent and every answer of the portal."""

import os
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from scarabee.dossiers import contents
from scarabee.filings.models import Filing
from scarabee.filings.services import sight
from scarabee.maintenance import journal
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

SENT = "fichier"


@dataclass(frozen=True, slots=True)
class Written:
    """A file written. `kind`: AEE, ARE, CCO, BAN, or `fichier` for what was deposited."""

    path: str
    kind: str


def write(*, actor: Actor, filing: Filing, folder: Path) -> list[Written]:
    """Write them into `folder`, made if need be; overwrite nothing.

    Raises `NotVisible`, and `Refusal` when there is nothing to write or the disk refuses.
    """
    filing = sight.get_filing(actor, filing.pk)
    documents = [(proof.kind, bytes(proof.document)) for proof in filing.proofs.all()]
    if filing.content_id is not None:
        documents.insert(0, (SENT, contents.load([filing.content_id])[filing.content_id]))
    if not documents:
        raise Refusal(
            f"Du dépôt n° {filing.pk}, il n’y a encore ni fichier ni réponse du portail.",
            safe="Rien n’a été écrit.",
            remedy="Recommencez quand le portail aura répondu.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [
            Written(str(_write(folder, f"depot-{filing.pk}-{kind}", data, kind)), kind) for kind, data in documents
        ]
    except OSError as error:
        raise Refusal(
            f"L’écriture dans {folder} a été refusée ({error.strerror or error}).",
            safe="Ce qui était enregistré l’est toujours.",
            remedy="Vérifiez ce dossier, ses droits et la place libre, puis recommencez.",
        ) from error
    with transaction.atomic():
        dossier = filing.dossier.uuid if filing.dossier else None
        journal.record(actor, "depot.preuves", dossier_uuid=dossier, filing=filing.pk, files=len(written))
    return written


def _write(folder: Path, stem: str, data: bytes, kind: str) -> Path:
    suffix = ".dsn" if kind == SENT else _suffix(data)
    number = 1
    while True:
        path = folder / f"{stem}{f'-{number}' if number > 1 else ''}{suffix}"
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        return path


def _suffix(data: bytes) -> str:
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:4]
    for mark, suffix in ((b"<", ".xml"), (b"{", ".json"), (b"%PDF", ".pdf"), (b"PK", ".zip")):
        if start.startswith(mark):
            return suffix
    return ".txt"
