"""Names of employers for filings, which hold their SIRET only; never from a dossier that the reader may not see."""

from collections.abc import Iterable
from typing import NamedTuple

from scarabee.dossiers.models import Employer
from scarabee.filings.models import Filing
from scarabee.maintenance.journal import Actor


class Named(NamedTuple):
    """An employer as this reader knows it; `pk` None when no dossier that they see holds it.

    `declaring`: that dossier is the one that declares it.
    """

    siret: str
    name: str = ""
    pk: int | None = None
    dossier_id: int | None = None
    declaring: bool = False

    @property
    def label(self) -> str:
        return self.name or spaced(self.siret)


def spaced(siret: str) -> str:
    """12345678900012 → 123 456 789 00012."""
    return "\u00a0".join((siret[:3], siret[3:6], siret[6:9], siret[9:])) if len(siret) == 14 else siret


def employers_of(actor: Actor, filings: Iterable[Filing]) -> dict[int, Named]:
    """{number of the filing: its employer}, that of its own dossier first; one query."""
    listed = list(filings)
    rows = Employer.objects.visible_to(actor).filter(siret__in={one.siret for one in listed})
    found: dict[tuple[str, int], Named] = {}
    anywhere: dict[str, Named] = {}
    columns = ("siret", "name", "pk", "dossier_id", "declaring")
    for named in map(Named._make, rows.order_by("declaring", "pk").values_list(*columns)):
        found[named.siret, named.dossier_id or 0] = anywhere[named.siret] = named
    return {
        filing.pk: found.get((filing.siret, filing.dossier_id or 0))
        or anywhere.get(filing.siret)
        or Named(filing.siret)
        for filing in listed
    }
