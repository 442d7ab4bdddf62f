"""A password planted to be looked for, in every writing under which it could come out."""

import base64
import html
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

CANARY = "Canari&7<Vert>Dune-1978"
_LONG_ENOUGH = 8


def needles() -> set[bytes]:
    """The canary as text, in HTML, XML, JSON, addresses, base64 at every offset, hexadecimal, and other encodings."""
    texts = {
        CANARY,
        html.escape(CANARY),
        quote(CANARY),
        quote(CANARY, safe=""),
        quote_plus(CANARY),
        json.dumps(CANARY)[1:-1],
        "".join(f"&#{ord(character)};" for character in CANARY),
        CANARY.swapcase(),
        CANARY[::-1],
        CANARY.encode().hex(),
    }
    found = {text.encode() for text in texts} | {CANARY.encode("utf-16-le"), CANARY.encode("utf-16-be")}
    for shift in range(3):  # the middle of what base64 makes of it, wherever it starts
        encoded = base64.b64encode(b"\0" * shift + CANARY.encode())
        found |= {encoded[4:-4], base64.urlsafe_b64encode(b"\0" * shift + CANARY.encode())[4:-4]}
    return found


@dataclass
class Said:
    """Everything that was said, by whoever said it; `leaks` names those that told the canary."""

    heard: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, where: str, what: bytes | str) -> None:
        self.heard.append((where, what.encode("utf-8", "surrogateescape") if isinstance(what, str) else what))

    def leaks(self) -> list[str]:
        wanted = needles()
        return sorted({where for where, what in self.heard if any(needle in what for needle in wanted)})


class _Ear(logging.Handler):
    def __init__(self, said: Said) -> None:
        super().__init__(logging.DEBUG)
        self.said = said
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.said.add(f"log of {record.name}", self.format(record))
        self.said.add(f"arguments of a log of {record.name}", repr(record.args))


@contextmanager
def every_log(said: Said) -> Iterator[None]:
    """All loggers there are, at level DEBUG, into `said`."""
    ear = _Ear(said)
    names = list(logging.root.manager.loggerDict)
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in names)]
    before = [(logger, logger.level, logger.disabled) for logger in loggers]
    deaf = [logger for logger in loggers if logger.parent is None or not logger.propagate]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.disabled = False
    for logger in deaf:
        logger.addHandler(ear)
    try:
        yield
    finally:
        for logger in deaf:
            logger.removeHandler(ear)
        for logger, level, disabled in before:
            logger.setLevel(level)
            logger.disabled = disabled
