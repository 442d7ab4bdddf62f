"""Posts of another version: what this process may do on a database that another version has worked on."""

from enum import Enum
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from scarabee import __version__
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.folder import migration_stamp
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


@cache
def own_stamp() -> str:
    """The stamp of the code that runs: asked for at the start, whatever is installed over it later."""
    return migration_stamp()


def age(seen: Seen) -> Age | None:
    """How this process stands to what it sees of the database; None when they go together."""
    if seen.stamp is None or (seen.stamp == own_stamp() and _order(seen.version) <= _order(__version__)):
        return None
    return Age.NEWER if _order(seen.version) < _order(__version__) else Age.OLDER


def refuse_newer(version: str) -> None:
    """Raise OlderVersion when a newer version, or migrations that this one does not know, made this database."""
    if _order(version) > _order(__version__) or _unknown_migrations():
        raise OlderVersion(version)


def missing_migrations() -> bool:
    """Whether this database lacks migrations of this code."""
    known, applied = _migrations()
    return not known <= applied


def _unknown_migrations() -> bool:
    known, applied = _migrations()
    apps = {app for app, _ in known}
    return any(app in apps and (app, name) not in known for app, name in applied)


def _migrations() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Those of this code, and those that this database has received: (app, name)."""
    loader = MigrationLoader(connection, load=False)
    loader.load_disk()
    return set(loader.disk_migrations), set(MigrationRecorder(connection).applied_migrations())


def _order(version: str) -> tuple[int, ...]:
    """A version as numbers, to compare; what is no number counts for nothing."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
