"""How much the longest tests do: enough for every day, or SCARABEE_LONG=1 (make test-long) for all they can."""

import os

LONG = bool(os.environ.get("SCARABEE_LONG"))


def sized[T](usual: T, long: T) -> T:
    """The first on most days, the second in a long run."""
    return long if LONG else usual
