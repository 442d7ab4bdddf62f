"""The clock of this machine, that of the database server, and the hours of Paris."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from scarabee.maintenance.health.checks import REACHABLE, Check, Found, error, ok, warning

SLIGHT, SERIOUS = timedelta(seconds=2), timedelta(seconds=30)
_REMEDY = "Réglez l’heure des deux machines (timedatectl set-ntp true)."


def skew() -> Found:
    """Do this machine and the database server agree on what time it is?"""
    if connection.vendor != "postgresql":
        return ok("La base est sur cette machine : une seule horloge.")
    before = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
    after = datetime.now(UTC)
    return judged(max(before - there, there - after, timedelta(0)), "le serveur de la base")


def judged(apart: timedelta, other: str) -> Found:
    """What it means to be that far apart from another clock."""
    seconds = f"{apart.total_seconds():.0f} s"
    if apart > SERIOUS:
        return error(f"L’horloge de cette machine et {other} sont à {seconds} l’un de l’autre.", _REMEDY)
    if apart > SLIGHT:
        return warning(f"L’horloge de cette machine et {other} sont à {seconds} l’un de l’autre.", _REMEDY)
    return ok(f"L’horloge de cette machine et {other} sont d’accord.")


def zone() -> Found:
    """Dates are those of Paris, wherever the machine thinks it is."""
    here = datetime.now(UTC).astimezone(ZoneInfo(settings.TIME_ZONE))
    machine = datetime.now(UTC).astimezone()
    told = f"Scarabée compte en heure de Paris : il est {here:%H:%M}"
    if machine.utcoffset() != here.utcoffset():
        return ok(f"{told} ({machine:%H:%M} pour cette machine, ce qui ne change rien).")
    return ok(f"{told}.")


CHECKS = (
    Check("heure", "Heure", skew, needs=REACHABLE),
    Check("fuseau", "Fuseau horaire", zone),
)
