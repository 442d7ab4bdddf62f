"""Bringing a database that holds data to the schema of this version: alone, with a copy first, all or nothing.

At home the first command of a new version does it by itself. An installation as a service asks for
`scarabee mettre-a-jour`: several machines may still run the version before.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from scarabee import __version__
from scarabee.maintenance import folder, gate, journal, safety_copy, versions, window
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.gate import Door
from scarabee.maintenance.health import beating, checks
from scarabee.maintenance.health.checks import Finding
from scarabee.maintenance.journal import Actor

PATIENCE_SECONDS = 60
"""How long a first command waits for what the version before is still doing."""


class MigrationFailed(Refusal):
    """The schema could not be brought to this version."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """`done`: whether the schema changed. `former`: the version before, "" when unknown. `copy`: made first."""

    done: bool
    former: str = ""
    copy: Path | None = None
    findings: list[Finding] = field(default_factory=list)


def upgrade(*, actor: Actor, with_copy: bool = True, grace_seconds: int = 0, tell: Callable[[str], object]) -> Upgraded:
    """Close Scarabée, copy the database, bring it to this version, examine it, open again.

    `tell` gets a line at each step. Raises NotAllowed, Refusal (newer data, no copy, work that does not end, a schema
    that cannot be changed).
    """
    if not actor.is_administrator:
        raise NotAllowed("Seul un Administrateur peut mettre Scarabée à jour.", remedy="Demandez-le-lui.")
    if folder.is_up_to_date():
        return Upgraded(False, findings=_findings())
    if not holds_data():
        folder.prepare_folder()
        return Upgraded(True, findings=_findings())
    with _closed(actor, grace_seconds, tell), folder.preparing() as found:
        former = found[1] if found else ""
        versions.refuse_newer(former)
        copy = _copied(tell) if with_copy else None
        tell("Mise à jour du schéma…")
        _migrate(copy)
        folder.stamp()
    with transaction.atomic():
        journal.record(actor, "maintenance.mise_a_jour", former_version=former, new_version=__version__)
    tell("Vérification…")
    return Upgraded(True, former, copy, _findings())


def bring_up_to_date() -> None:
    """What the first command of a new version does to a database that holds data, under the lock of its folder.

    Raises Refusal on an installation as a service, or as `upgrade` does.
    """
    if settings.SERVICE:
        raise Refusal(
            "La base de données n’est pas de cette version de Scarabée.",
            remedy="Arrêtez les autres processus, puis lancez « scarabee mettre-a-jour ».",
        )
    with _alone():
        _migrate(safety_copy.make())


def holds_data() -> bool:
    """Whether some version of Scarabée has worked on this database."""
    recorder = MigrationRecorder(connection)
    return recorder.has_table() and recorder.migration_qs.exists()


@contextmanager
def _closed(actor: Actor, grace_seconds: int, tell: Callable[[str], object]) -> Iterator[None]:
    """A maintenance window; where the tables that it needs are not there yet, the gate alone."""
    reason = f"mise à jour vers la version {__version__}"
    with ExitStack() as stack:
        try:
            stack.enter_context(window.closed(actor=actor, reason=reason, grace_seconds=grace_seconds, tell=tell))
        except DatabaseError:
            stack.enter_context(_alone())
        yield


@contextmanager
def _alone() -> Iterator[None]:
    with gate.stepped_aside(), gate.alone(Door.WORK, seconds=PATIENCE_SECONDS) as held:
        if held is None:
            raise Refusal(
                "Scarabée travaille encore dans sa version précédente.",
                remedy="Attendez la fin des travaux, ou arrêtez Scarabée, puis recommencez.",
            )
        yield


def _findings() -> list[Finding]:
    """The diagnostic, but for workers and clocks: during an upgrade they are stopped."""
    found = checks.examine(thorough=False)
    return [finding for finding in found if finding.check not in beating.CHECKS]


def _copied(tell: Callable[[str], object]) -> Path:
    tell("Copie de sûreté de la base…")
    copy = safety_copy.make()
    tell(f"Copie faite et relue : {copy}")
    return copy


def _migrate(copy: Path | None) -> None:
    """Change the schema. When it fails, SQLite is put back as it was; for PostgreSQL it is said how."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Exception as error:  # whatever it is, what stands now is of no version
        raise _put_back(copy, error) from error


def _put_back(copy: Path | None, error: Exception) -> MigrationFailed:
    message = f"Le schéma n’a pas pu être mis à jour ({type(error).__name__})."
    if copy is None:
        return MigrationFailed(message, safe="Rien n’a été effacé.", remedy="Remettez la copie que vous avez faite.")
    if connection.vendor == "sqlite":
        safety_copy.put_back(copy)
        return MigrationFailed(
            message,
            safe=f"La base a été remise comme avant ; la copie est gardée ({copy}).",
            remedy="Revenez à la version précédente de Scarabée, et signalez ce refus avec le journal technique.",
        )
    return MigrationFailed(
        message,
        safe=f"La copie faite avant est gardée ({copy}).",
        remedy=f"Pour revenir à la version précédente : {safety_copy.way_back(copy)}",
    )
