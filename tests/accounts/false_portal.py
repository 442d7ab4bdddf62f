"""The bouchon as the portal of a test's data folder, for tests that look at it from a screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scarabee.accounts.models import PortalBinding
from scarabee.accounts.portal.entry import Entry
from scarabee.netentreprises.bouchon.server import Account, Bouchon

RIGHT = Entry("73282932000074", "D'HERVAULT", "Noémie", "Corail.2026-Dune")
"""The one account there is, for both régimes."""


@contextmanager
def false_portal(folder: Path) -> Iterator[Bouchon]:
    """A bouchon that knows RIGHT; the data folder is bound to it."""
    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse, ("25", "26"))
    with Bouchon(folder=folder, accounts=[account]) as server:
        PortalBinding.objects.update_or_create(pk=1, defaults={"portal": server.address})
        yield server


def form_of(entry: Entry = RIGHT, **changes: str) -> dict[str, str]:
    """What a browser posts for this entry; a box without tick is not sent."""
    form = {
        "siret": entry.siret,
        "nom": entry.nom,
        "prenom": entry.prenom,
        "motdepasse": entry.motdepasse,
        "general": "on" if entry.general else "",
        "agricole": "on" if entry.agricole else "",
        "morning_time": "07:00",
        **changes,
    }
    boxes = ("general", "agricole")
    return {name: value for name, value in form.items() if value or name not in boxes}
