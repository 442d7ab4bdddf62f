"""The one source of chance: the same words draw the same numbers on every machine."""

from random import Random


def draws(*words: object) -> Random:
    """Return the random numbers that belong to these words (a seed, a siret, a month ...)."""
    return Random("/".join(str(word) for word in words))  # noqa: S311 - invention, not secrecy
