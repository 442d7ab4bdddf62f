"""Files that last: written beside their name, on the disk before they take it, never half there."""

import os
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Give a file these bytes at one stroke, readable by its owner alone (0600). Raises OSError."""
    draft = path.with_name(f"{path.name}.nouveau")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    publish(draft, path)


def publish(draft: Path, path: Path) -> None:
    """Make the bytes of a draft last, then give it its name in the same folder. Raises OSError."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(draft, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Write the entries of a folder to the disk; Windows does it by itself."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
