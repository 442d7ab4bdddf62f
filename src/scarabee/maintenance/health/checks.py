"""The checks there are, and running them. An app adds its own in `AppConfig.ready()`, with `register`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db import DatabaseError, connection


class Level(StrEnum):
    """What a check came to. Only ERROR makes an installation unwell."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found, in French; `remedy` is empty when there is nothing to do. Never a secret, nor a name."""

    level: Level
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """`name`: for machines, lasting. `title`: French. `run` raises nothing but DatabaseError and OSError.

    `needs`: the name of an earlier check that must not be red. `thorough`: it reads everything, or knocks at another
    machine: done on request only.
    """

    name: str
    title: str
    run: Callable[[], Found]
    needs: str = ""
    thorough: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A check and what it found."""

    check: Check
    found: Found


CHECKS: list[Check] = []
REACHABLE, SCHEMA = "base", "base.schema"
"""The names of two checks that others need: the database answers, and is of this version."""


def register(*checks: Check) -> None:
    """Add checks, after those of the apps below."""
    CHECKS.extend(checks)


def ok(message: str) -> Found:
    return Found(Level.OK, message)


def warning(message: str, remedy: str = "") -> Found:
    return Found(Level.WARNING, message, remedy)


def error(message: str, remedy: str = "") -> Found:
    return Found(Level.ERROR, message, remedy)


def examine(*, thorough: bool) -> list[Finding]:
    """Run the checks, in order. One that cannot be run is an error of its own; none raises."""
    findings: dict[str, Finding] = {}
    for check in CHECKS:
        if not check.thorough or thorough:
            needed = findings.get(check.needs)
            missing = needed is not None and needed.found.level in {Level.ERROR, Level.SKIPPED}
            findings[check.name] = Finding(check, _skipped(needed) if needed and missing else _run(check))
    return list(findings.values())


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is red."""
    return all(finding.found.level is not Level.ERROR for finding in findings)


def _skipped(needed: Finding) -> Found:
    return Found(Level.SKIPPED, f"Pas essayé : « {needed.check.title} » est à corriger d’abord.")


def _run(check: Check) -> Found:
    try:
        return check.run()
    except (DatabaseError, OSError, UnicodeDecodeError) as broken:  # the last: SQLite quotes bytes that are spoiled
        if not connection.in_atomic_block:  # the next check gets a connection that works
            connection.close_if_unusable_or_obsolete()
        return error(f"Cette vérification n’a pas pu se faire ({type(broken).__name__}).", "Voyez les journaux.")
