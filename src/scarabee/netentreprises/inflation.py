"""Bodies of answers, out of gzip, and never beyond a cap: a few bytes may claim to be many gigabytes."""

import zlib
from collections.abc import Iterable

_GZIP = 16 + zlib.MAX_WBITS
_STEP_BYTES = 1 << 16


class TooBig(ValueError):
    """More bytes than the cap allows, as they travel or once out of gzip."""


class NotWhole(ValueError):
    """Not gzip, or gzip that stops before its end."""


def gathered(parts: Iterable[bytes], cap_bytes: int) -> bytes:
    """The parts in one. Raises TooBig."""
    found = bytearray()
    for part in parts:
        found += part
        if len(found) > cap_bytes:
            raise TooBig(f"more than {cap_bytes} bytes")
    return bytes(found)


def inflated(parts: Iterable[bytes], cap_bytes: int) -> bytes:
    """What gzip members, one or several in a row, hold; nothing at all holds nothing. Raises TooBig and NotWhole."""
    found = bytearray()
    travelled = 0
    member = zlib.decompressobj(_GZIP)
    for part in parts:
        travelled += len(part)
        if travelled > cap_bytes:
            raise TooBig(f"more than {cap_bytes} bytes of gzip")
        member = _fed(member, part, found, cap_bytes)
    if travelled and not member.eof:
        raise NotWhole("cut gzip")
    return bytes(found)


def _fed(member: "zlib._Decompress", part: bytes, found: bytearray, cap_bytes: int) -> "zlib._Decompress":
    """Add to `found` what this part of the stream holds; the member that the next part goes on with."""
    try:
        while part:
            if member.eof:
                part = part.lstrip(b"\0")  # padding after the last member
                if not part:
                    break
                member = zlib.decompressobj(_GZIP)
            found += member.decompress(part, _STEP_BYTES)
            if len(found) > cap_bytes:
                raise TooBig(f"more than {cap_bytes} bytes out of gzip")
            part = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error:
        raise NotWhole("not gzip") from None
    return member
