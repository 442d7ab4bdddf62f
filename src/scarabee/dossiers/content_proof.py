"""Contents prove themselves: the bytes of each are those of its hash, whatever the disk did to them."""

import hashlib
from collections.abc import Iterable

import zstandard

from scarabee.dossiers.contents import decompress
from scarabee.dossiers.models import Content

COLUMNS = ("sha256", "size", "dictionary", "compressed")

type Stored = tuple[bytes, int, int, bytes]
"""The values of COLUMNS, as a driver gives them."""


def damaged(rows: Iterable[Stored]) -> int:
    """How many of these contents are no longer what their hash says."""
    return sum(not _is_whole(*row) for row in rows)


def damaged_here() -> int:
    """How many of the contents of this database."""
    return damaged(Content.objects.order_by("pk").values_list(*COLUMNS).iterator(chunk_size=500))


def _is_whole(sha256: bytes, size: int, dictionary: int, compressed: bytes) -> bool:
    try:
        content = decompress(bytes(compressed), dictionary=dictionary, size=size)
    except (zstandard.ZstdError, FileNotFoundError, MemoryError, ValueError, OverflowError, TypeError):
        return False
    return hashlib.sha256(content).digest() == bytes(sha256)
