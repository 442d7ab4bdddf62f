"""Whose identifiers a filing goes with (design §5): chosen by rule, and shown before anything is sent.

In this order: the user who filed; the one set for the dossier; the only account there is; on one PC (SQLite),
Administrateur. The first of them that has identifiers for the point de dépôt of the file is taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentifiers, User
from scarabee.accounts.portal.held import Held
from scarabee.accounts.services.users import ADMINISTRATOR_NAME
from scarabee.filings.models import DossierFiling
from scarabee.netentreprises.credentials import Regime

MSA = "02"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who would deposit, and why; `problem` (French) says what is in the way, empty when nothing is.

    `held` None: nobody has identifiers for it.
    """

    held: PortalIdentifiers | None
    why: str
    problem: str = ""

    @property
    def is_ready(self) -> bool:
        return self.held is not None and not self.problem


def regime_of(depot: str) -> Regime:
    """The régime of a point de dépôt: 02 is the MSA, everything else net-entreprises."""
    return Regime.AGRICOLE if depot == MSA else Regime.GENERAL


class Holders:
    """The identifiers of every active account, read once: to cover a whole table with few queries."""

    def __init__(self) -> None:
        users = User.objects.get_queryset().filter(is_active=True).select_related("portal_identifiers__identity")
        self.users = {one.pk: one for one in users}
        self.held: dict[int, PortalIdentifiers] = {
            pk: one.portal_identifiers for pk, one in self.users.items() if hasattr(one, "portal_identifiers")
        }
        self.set_for = dict(DossierFiling.objects.exclude(holder=None).values_list("dossier_id", "holder_id"))

    def cover(self, *, filer_id: int | None, dossier_id: int | None, depot: str) -> Coverage:
        """Who deposits what this user files in this dossier at this point de dépôt."""
        regime = regime_of(depot)
        first: Coverage | None = None
        for user_id, why in self._in_order(filer_id, dossier_id):
            held = self.held.get(user_id)
            if held is None or regime not in _regimes(held):
                continue
            found = Coverage(held, why, _problem(held))
            if found.is_ready:
                return found
            first = first or found
        return first or Coverage(None, "", _nobody(regime))

    def _in_order(self, filer_id: int | None, dossier_id: int | None) -> Iterable[tuple[int, str]]:
        if filer_id is not None:
            yield filer_id, "la personne qui dépose"
        if (chosen := self.set_for.get(dossier_id or 0)) is not None:
            yield chosen, "le compte choisi pour ce dossier"
        if len(self.users) == 1:
            yield next(iter(self.users)), "le seul compte"
        if connection.vendor == "sqlite":
            for user in self.users.values():
                if user.username == ADMINISTRATOR_NAME:
                    yield user.pk, "le compte Administrateur de ce poste"


def _regimes(held: PortalIdentifiers) -> list[Regime]:
    return [regime for regime, ticked in ((Regime.GENERAL, held.general), (Regime.AGRICOLE, held.agricole)) if ticked]


def _problem(held: PortalIdentifiers) -> str:
    if held.identity.frozen_cause == Held.BROUGHT_BACK:
        return (
            f"Les identifiants Net-Entreprises de « {held.user.username} » reviennent d’une sauvegarde : rien ne part "
            "avec eux. Vérifiez-les avec la boule bleue."
        )
    if held.identity.state == IdentityState.FROZEN:
        return (
            f"Les identifiants Net-Entreprises de « {held.user.username} » ont été refusés : rien ne part avec eux. "
            "Corrigez-les et vérifiez-les avec la boule bleue."
        )
    return ""


def _nobody(regime: Regime) -> str:
    which = "du régime agricole (MSA)" if regime == Regime.AGRICOLE else "du régime général"
    return (
        f"Aucun compte n’a d’identifiants Net-Entreprises {which} pour ce dossier : rien ne peut partir. "
        "Enregistrez-les dans Comptes utilisateurs, ou choisissez pour ce dossier un compte qui en a."
    )
