"""Who signs in to the portal, and under which régime."""

from dataclasses import dataclass, field
from enum import StrEnum


class Regime(StrEnum):
    """The point de dépôt: Net-Entreprises (régime général) or MSA (régime agricole)."""

    GENERAL = "general"
    AGRICOLE = "agricole"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The four values of an account of the portal, to the letter (api-dsn §4.1). The password never shows in a repr."""

    siret: str
    nom: str
    prenom: str
    motdepasse: str = field(repr=False)
