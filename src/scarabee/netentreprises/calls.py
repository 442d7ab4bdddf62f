"""One request to the portal, before it leaves (api-dsn §3)."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field

from scarabee.netentreprises.tokens import Token

GZIP = "gzip"
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask. The body and the token never show in a repr: they may be a password, and a key.

    `gzip`: whether the body travels compressed: always, but for authentication. `seconds`: how long to wait for each
    step, and for the whole body of the answer. `cap_bytes`: the longest answer, once out of gzip. `headers` come
    after ours, and win.
    """

    method: str
    url: str
    media_type: str = ""
    body: bytes | None = field(default=None, repr=False)
    gzip: bool = True
    token: Token | None = None
    seconds: float = 30
    cap_bytes: int = _MIB
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def content(self) -> bytes | None:
        """The body as it travels."""
        return gzip.compress(self.body, mtime=0) if self.body is not None and self.gzip else self.body

    @property
    def all_headers(self) -> dict[str, str]:
        """Every header but those that tell who asks, to whom and how long the body is."""
        found = {"Accept-Encoding": GZIP}
        if self.token is not None:
            found["Authorization"] = f"DSNLogin jeton={self.token.value}"
        if self.method != "GET":
            # The next request opens a connection of its own: a deposit never meets one that the portal is closing.
            found["Connection"] = "close"
        if self.body is not None:
            found["Content-Type"] = self.media_type
            if self.gzip:
                found["Content-Encoding"] = GZIP
        return {**found, **self.headers}
