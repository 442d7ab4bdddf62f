"""Posts of another version: what this process may do on a database that another version has worked on."""

from enum import Enum

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from scarabee import __version__
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.watch import Seen


class Age(Enum):
    """How this process stands to the database, when they are not of one version."""

    OLDER = "older"
    NEWER = "newer"


class OlderVersion(Refusal):
    """A newer version has worked on this database: this one must not."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"Ces données ont été mises à jour par la version {version or 'suivante'} de Scarabée ; "
            f"ce poste a la version {__version__}.",
            safe="Rien n’a été fait.",
            remedy="Mettez Scarabée à jour sur ce poste, ou relancez-le s’il vient de l’être.",
        )


def age(seen: Seen, stamp: str) -> Age | None:
    """How a process with the migrations of this stamp stands to what it sees; None when they go together."""
    if seen.stamp is None or (seen.stamp == stamp and _order(seen.version) <= _order(__version__)):
        return None
    return Age.NEWER if _order(seen.version) < _order(__version__) else Age.OLDER


def refuse_newer(version: str) -> None:
    """Raise OlderVersion when a newer version, or migrations that this one does not know, made this database."""
    if _order(version) > _order(__version__) or _unknown_migrations():
        raise OlderVersion(version)


def _unknown_migrations() -> set[tuple[str, str]]:
    known = MigrationLoader(connection, load=False)
    known.load_disk()
    applied = MigrationRecorder(connection).applied_migrations()
    return {one for one in applied if one[0] in known.migrated_apps} - known.disk_migrations.keys()


def _order(version: str) -> tuple[int, ...]:
    """A version as numbers, to compare; what is no number counts for nothing."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
