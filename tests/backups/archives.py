"""Archives for the tests: of a few members, and forged ones."""

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pyrage
import zstandard

from scarabee.backups import contents

MANIFEST = b'{"format": 1, "kind": "installation"}'


def new_key() -> tuple[str, str]:
    """An identity, and its public half."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def entry(name: str, content: bytes = b"", *, size: int | None = None, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A header of a tar, whatever it claims, and the bytes that follow it."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(content) if size is None else size, kind, "/etc/passwd"
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % tarfile.BLOCKSIZE)


def forged(path: Path, recipient: str, entries: Sequence[bytes], *, manifest: bytes = MANIFEST) -> Path:
    """An archive in the right formats with these entries after its manifest."""
    tar = io.BytesIO()
    for one in (entry(contents.READ_ME, b"-"), entry(contents.MANIFEST, manifest), *entries, bytes(1024)):
        tar.write(one)
    return sealed(path, recipient, zstandard.compress(tar.getvalue()))


def sealed(path: Path, recipient: str, content: bytes) -> Path:
    """Any bytes, encrypted as an archive is."""
    path.write_bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(recipient)]))
    return path
