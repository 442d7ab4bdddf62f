"""What other apps have to say of people who come with a file and were not here: an app adds its function in `ready()`.

It is told the keys of those people, and says in French, for whom it concerns, what the report of the import will warn
of: never a number, never a name.
"""

from collections.abc import Callable, Collection, Mapping

from scarabee.dossiers.services.identities import Key

WARNERS: list[Callable[[Collection[Key]], Mapping[Key, str]]] = []


def warnings_for(keys: Collection[Key]) -> dict[Key, str]:
    """{key of a newcomer: what is to be said}, for those of whom somebody has something to say."""
    found: dict[Key, str] = {}
    if keys:
        for warn in WARNERS:
            found |= warn(keys)
    return found
