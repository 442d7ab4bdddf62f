"""The words for the colours of checks, the same on the screen and at the command line."""

from scarabee.maintenance.health.checks import Level

LEVELS = {
    Level.OK: "bon",
    Level.WARNING: "à voir",
    Level.ERROR: "à corriger",
    Level.SKIPPED: "pas essayé",
}
