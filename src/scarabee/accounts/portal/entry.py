"""Identifiers of the portal as typed or as kept, on their way between a form, the vault and the portal."""

from dataclasses import dataclass, field

from scarabee.netentreprises.credentials import Credentials, Regime


@dataclass(frozen=True, slots=True)
class Entry:
    """The tab *Net Entreprise*: four values to the letter, and the régimes ticked.

    An empty `motdepasse` means, where identifiers are already kept, "the one that is kept".
    """

    siret: str
    nom: str
    prenom: str
    motdepasse: str = field(repr=False)
    general: bool = True
    agricole: bool = False

    @property
    def credentials(self) -> Credentials:
        """What is sent to the portal."""
        return Credentials(self.siret, self.nom, self.prenom, self.motdepasse)

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """The régimes ticked, the général first."""
        ticked = ((Regime.GENERAL, self.general), (Regime.AGRICOLE, self.agricole))
        return tuple(regime for regime, wanted in ticked if wanted)
