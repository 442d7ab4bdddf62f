"""Contents: immutable bytes under their SHA-256, compressed with a numbered dictionary.

Dictionaries are trained on invented files and shipped in the package; an old one is never removed, since contents
written with it stay (design §2, Content).
"""

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import zstandard
from django.db import connection, transaction

from scarabee.dossiers.bulk import IN_LIMIT, insert_rows, next_id
from scarabee.dossiers.models import Content
from scarabee.maintenance.clock import now

CURRENT_DICTIONARY = 1
LEVEL = 1


@lru_cache(maxsize=8)
def _dictionary(number: int) -> zstandard.ZstdCompressionDict:
    path = files("scarabee.dossiers") / "dictionaries" / f"{number}.zstd-dictionary"
    return zstandard.ZstdCompressionDict(path.read_bytes())


@lru_cache(maxsize=1)
def _compressor() -> zstandard.ZstdCompressor:
    dictionary = _dictionary(CURRENT_DICTIONARY)
    dictionary.precompute_compress(level=LEVEL)
    return zstandard.ZstdCompressor(dict_data=dictionary, level=LEVEL, write_dict_id=False)


@lru_cache(maxsize=8)
def _decompressor(number: int) -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=_dictionary(number) if number else None)


def compress(content: bytes) -> bytes:
    """The content as it is stored, with the current dictionary."""
    return _compressor().compress(content)


def decompress(compressed: bytes, *, dictionary: int, size: int) -> bytes:
    """The content as it was received. Raises zstandard.ZstdError when the stored bytes are damaged."""
    return _decompressor(dictionary).decompress(compressed, max_output_size=size)


def store(contents: list[bytes], hashes: list[bytes]) -> list[int]:
    """The ids of contents, in their order, in one short transaction; those already stored keep their id.

    `hashes[i]` is the SHA-256 of `contents[i]`.
    """
    with transaction.atomic():
        _keep_sweeping_out()
        known = ids_by_hash(hashes)
        new = {digest: content for digest, content in zip(hashes, contents, strict=True) if digest not in known}
        first, stored_at = next_id(Content, len(new)), now()
        known.update(zip(new, range(first, first + len(new)), strict=True))
        insert_rows(
            Content,
            ("id", "sha256", "size", "dictionary", "compressed", "stored_at"),
            [
                (known[digest], digest, len(content), CURRENT_DICTIONARY, compress(content), stored_at)
                for digest, content in sorted(new.items())  # in one order: who stores the same waits, locks nobody out
            ],
            once="sha256",
        )
        if new and connection.vendor != "sqlite":  # there, another may have stored the same since we looked
            known.update(ids_by_hash(new))
    return [known[digest] for digest in hashes]


def _keep_sweeping_out() -> None:
    """What is met here must not be swept in the same moment; SQLite has one writer at a time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{Content._meta.db_table}" IN ROW EXCLUSIVE MODE')


def ids_by_hash(hashes: Iterable[bytes]) -> dict[bytes, int]:
    """{hash: content id} for the hashes that are stored."""
    wanted = list(set(hashes))
    known: dict[bytes, int] = {}
    for start in range(0, len(wanted), IN_LIMIT):
        chunk = wanted[start : start + IN_LIMIT]
        marks = ", ".join(["%s"] * len(chunk))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT sha256, id FROM dossiers_content WHERE sha256 IN ({marks})", chunk)
            known.update((bytes(digest), pk) for digest, pk in cursor.fetchall())
    return known


def load(ids: Iterable[int]) -> dict[int, bytes]:
    """{id: content}. Raises KeyError where one is not stored: a pointer must never dangle."""
    wanted = list(set(ids))
    loaded: dict[int, bytes] = {}
    for start in range(0, len(wanted), IN_LIMIT):
        chunk = wanted[start : start + IN_LIMIT]
        rows = Content.objects.filter(pk__in=chunk).values_list("pk", "size", "dictionary", "compressed")
        for pk, size, dictionary, compressed in rows:
            loaded[pk] = decompress(bytes(compressed), dictionary=dictionary, size=size)
    missing = set(wanted) - loaded.keys()
    if missing:
        raise KeyError(f"contents {sorted(missing)[:5]} are not stored")
    return loaded
