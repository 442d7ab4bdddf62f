"""The bytes of a file as whole lines: blocks, line numbers, and the refusals that need no knowledge of the norm."""

import re
from typing import BinaryIO

from scarabee.dsn.errors import DsnError, Warnings

BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 4096
MAX_PART_BYTES = 64 << 20

_PRINTABLE = bytes([*range(0x20, 0x7F), *range(0xA0, 0x100)])
_CONTROL = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
_LOOKS_LIKE_DSN = re.compile(rb"[ \t]*S\d\d\.G\d\d\.\d\d\.\d\d\d[ \t]*,")
_BOM = b"\xef\xbb\xbf"


class Lines:
    """A window of whole lines over a stream: `buffer[position:]` starts and ends with a line (the last one may be cut).

    Raises `DsnError` for what no DSN may hold: control bytes, UTF-16, too long a line, another kind of file.
    """

    def __init__(self, stream: BinaryIO, warnings: Warnings) -> None:
        self.stream = stream
        self.warnings = warnings
        self.buffer = b""
        self.position = 0
        self.at_end = False
        self.line_end = b"\n"
        self._rest = b""
        self._counted_to = 0
        self._lines_before = 0
        self._lines_to_end = 0
        self._bytes_before = 0
        self._fresh = True
        self._ends_line = True
        self.fill()

    @property
    def offset(self) -> int:
        """Bytes of the file before the current position."""
        return self._bytes_before + self.position

    def number(self) -> int:
        """The number of the line at the current position, from 1."""
        return self.number_at(self.position)

    def number_at(self, position: int) -> int:
        """The number of the line that starts at a position of the buffer. Costs what lies since the last answer."""
        if position < self._counted_to:
            return self._lines_before + 1 - self.buffer.count(b"\n", position, self._counted_to)
        self._lines_before += self.buffer.count(b"\n", self._counted_to, position)
        self._counted_to = position
        return self._lines_before + 1

    def fill(self) -> bool:
        """Bring in more whole lines behind what is left of the window; False at the end of the file."""
        if self.at_end:
            return False
        block = self.stream.read(BLOCK_BYTES)
        self.at_end = not block
        if self._fresh:
            while len(block) < MAX_LINE_BYTES and (more := self.stream.read(BLOCK_BYTES)):
                block += more
            block = self._first(block)
        kept = self.buffer[self.position :]
        cut = block.rfind(b"\n") + 1
        if cut or self.at_end:
            whole = b"".join((kept, self._rest, memoryview(block)[:cut]))
            self._rest = block[cut:]
        else:
            whole = kept
            self._rest += block
        self._bytes_before += self.position
        self.position = self._counted_to = 0
        self._lines_before = self._lines_to_end - kept.count(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            raise _too_long(self._lines_before + 1 + whole.count(b"\n"))
        has_more = len(whole) > len(kept)
        if has_more:
            self._lines_to_end = self._lines_before + self._check(whole, self._lines_before + 1)
            self._ends_line = whole.endswith(b"\n")
        self.buffer = whole
        return not self.at_end or has_more

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Match at the position, with as much of the file as the match can use."""
        while True:
            match = pattern.match(self.buffer, self.position)
            if match is None or match.end() < len(self.buffer) or self.at_end:
                return match
            if match.end() - self.position > MAX_PART_BYTES:
                raise DsnError(
                    "une déclaration ou un individu dépasse 64 Mo : la DSN n’est pas plausible.", line=self.number()
                )
            self.fill()

    def take(self) -> tuple[bytes, int]:
        """The line at the position and its number; steps over it. Empty bytes at the end of the file."""
        if self.position >= len(self.buffer) and not self.fill():
            return b"", self.number()
        number = self.number()
        end = self.buffer.find(b"\n", self.position) + 1 or len(self.buffer)
        line = self.buffer[self.position : end]
        if len(line) > MAX_LINE_BYTES + 2:
            raise _too_long(number)
        self.position = end
        return line, number

    def last_number(self) -> int:
        """The number of the file's last line, once everything was taken."""
        return max(1, self.number() - self._ends_line)

    def _first(self, text: bytes) -> bytes:
        """What the first bytes say: refuse another kind of file, find the line end."""
        self._fresh = False
        if not text.strip():
            raise DsnError("le fichier est vide.")
        if text[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in text[:2]:
            raise DsnError("le fichier est en UTF-16 ; une DSN est en ISO-8859-1. Exportez-le de nouveau.", line=1)
        if text[:2] == b"PK":
            raise DsnError("c’est une archive ZIP : ouvrez-la et importez les fichiers DSN qu’elle contient.", line=1)
        if text.startswith(_BOM):
            self.warnings.add(1, "", "une marque UTF-8 (BOM) précède le texte ; elle n’est pas gardée.")
            text = text[3:]
        if not _LOOKS_LIKE_DSN.match(text.lstrip(b"\r\n")):
            raise DsnError(
                "ce fichier n’est pas une DSN : une première ligne de la forme S10.G00.00.001,'…' était attendue.",
                line=1,
            )
        end = text.find(b"\n")
        if end > 0 and text[end - 1 : end] == b"\r":
            self.line_end = b"\r\n"
        return text

    def _check(self, text: bytes, line: int) -> int:
        """Count the lines of `text`, of which the first has the number `line`.

        Refuses control bytes, remarks other encodings.
        """
        marks = text.translate(None, _PRINTABLE)
        clean = marks == self.line_end * (len(marks) // len(self.line_end))
        if not clean and (found := _CONTROL.search(text)):
            line += text.count(b"\n", 0, found.start())
            what = "un octet nul" if found[0] == b"\0" else f"un caractère de contrôle (0x{found[0][0]:02X})"
            raise DsnError(f"{what} se trouve dans la ligne ; une DSN ne contient que du texte.", line=line)
        count = len(marks) // len(self.line_end) if clean else text.count(b"\n")
        if text.isascii():
            return count
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            if not clean and marks.translate(None, b"\r\n"):
                self.warnings.add_once(
                    "c1", line, "", "des octets 0x80 à 0x9F, hors de la norme, sont gardés tels quels."
                )
        else:
            message = "le fichier est en UTF-8 alors que la norme demande ISO-8859-1 ; il est gardé tel quel."
            self.warnings.add_once("utf-8", line, "", message)
        return count


def _too_long(line: int) -> DsnError:
    return DsnError(f"la ligne dépasse {MAX_LINE_BYTES} octets ; la norme en permet 256.", line=line)
