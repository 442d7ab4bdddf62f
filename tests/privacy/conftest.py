"""A data folder of its own, with keys of its own."""

from tests.backups.conftest import folder

__all__ = ["folder"]
