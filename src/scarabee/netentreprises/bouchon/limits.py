"""How much the bouchon takes from one caller, and how long it waits for him."""

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. No source gives the portal's own limits: these only keep the bouchon up."""

    idle_seconds: float = 60
    """A connection kept alive waits so long for its next request."""
    head_seconds: float = 15
    body_seconds: float = 120
    send_seconds: float = 60
    connections: int = 100
    body_bytes: int = 32 * _MIB
    """As it travels, compressed or not."""
    content_bytes: int = 256 * _MIB
    """Of a deposit, once out of gzip."""
