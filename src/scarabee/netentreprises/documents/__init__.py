"""Documents that come back from the portal: bytes in, one kind of value out, whatever the family (retours.md).

`read` gives a whole Document. `stream` gives the same pieces one at a time, for the large ones (nature 94).
"""

from scarabee.netentreprises.documents.matching import DeclarationKey, agrees
from scarabee.netentreprises.documents.natures import Nature, nature_of
from scarabee.netentreprises.documents.reading import gather, read, stream
from scarabee.netentreprises.documents.values import (
    Anomaly,
    Contract,
    Datum,
    DeclarationOf,
    Difference,
    Document,
    Family,
    Head,
    Identity,
    Parameter,
    Payment,
    Person,
    Piece,
)
from scarabee.netentreprises.markup import Unreadable

__all__ = [
    "Anomaly",
    "Contract",
    "Datum",
    "DeclarationKey",
    "DeclarationOf",
    "Difference",
    "Document",
    "Family",
    "Head",
    "Identity",
    "Nature",
    "Parameter",
    "Payment",
    "Person",
    "Piece",
    "Unreadable",
    "agrees",
    "gather",
    "nature_of",
    "read",
    "stream",
]
