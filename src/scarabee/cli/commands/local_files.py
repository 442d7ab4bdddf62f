"""Files of this computer: those handed to services that take uploaded ones, those a command writes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file, as `uploads.Incoming`; opened only while it is copied."""

    path: Path
    name: str | None
    size: int

    @classmethod
    def at(cls, path: str) -> Self:
        """The file of this path. Raises OSError."""
        return cls(Path(path), Path(path).name, os.path.getsize(path))

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Its bytes."""
        with self.path.open("rb") as stream:
            while block := stream.read(chunk_size or CHUNK_BYTES):
                yield block


def why_unreadable(path: str) -> str:
    """Why a path cannot be read as a file; empty when it can."""
    from scarabee.cli.commands import importer

    if reason := importer.why_unreadable(path):
        return reason
    try:
        with open(path, "rb") as stream:
            stream.read(1)
    except OSError as error:
        return importer.unreadable(error)
    return ""


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, over nothing, readable by its owner alone; gone again when what fills it fails.

    Raises `Refusal` when it is there already, or the system refuses.
    """
    from scarabee.cli.refusals import system_words
    from scarabee.maintenance.errors import Refusal

    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise Refusal(
            f"L’écriture de {path} a été refusée : {system_words(error)}.",
            safe="Rien n’a été écrit.",
            remedy="Choisissez un fichier qui n’existe pas encore, là où vous pouvez écrire.",
        ) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
    except BaseException:
        path.unlink(missing_ok=True)
        raise
