"""A copy of what an act may change, put aside before it begins: an app that keeps copies adds its function here.

Transfers ask for one when the destination holds some of the employers already. A deletion keeps its own package (see
`packages`), a return to a backup saves the whole installation first.
"""

from collections.abc import Callable, Collection

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Dossier, Employer
from scarabee.maintenance.journal import Actor

Keeper = Callable[[Actor, Dossier, list[Employer], str], None]

KEEPERS: list[Keeper] = []
"""Given who acts, the dossier, those of its employers that may change, and in French why. A `Refusal` stops the act."""


def keep(*, actor: Actor, dossier: Dossier, like: Collection[int], reason: str) -> None:
    """Have the employers of a dossier put aside that have the SIRET of one of these (`like`: numbers of employers).

    Nothing when it holds none of them. Raises `Refusal` when a copy could not be written: the act must not begin.
    """
    found: list[Employer] = []
    for some in chunks(sorted(like)):
        sirets = Employer.objects.filter(pk__in=some).values("siret")
        found += Employer.objects.filter(dossier=dossier, siret__in=sirets)
    if found:
        for keeper in KEEPERS:
            keeper(actor, dossier, found, reason)
