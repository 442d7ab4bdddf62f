"""Making the name of a file last, as `fsync` makes its bytes last."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Write the entries of a folder to the disk; Windows does it by itself."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
