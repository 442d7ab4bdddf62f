"""Dossiers filled by the real import of invented files, for what comes back to them."""

from tests.dossiers.conftest import dossier, import_bytes, other

__all__ = ["dossier", "import_bytes", "other"]
