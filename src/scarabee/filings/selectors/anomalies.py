"""What an ARE or a BAN reproaches, in the portal's words: read by the hardened reader of the protocol."""

from dataclasses import dataclass

from scarabee.netentreprises.trees import Node, Unreadable, nodes_in, read

LARGEST_BYTES = 4 << 20
"""Beyond, a document is only downloaded."""
SHOWN = 200
_NAMES = ("envoi_anomalie", "declaration_anomalie")


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One reproach; every text but `message` may be empty. `line` counts in the file that was sent."""

    code: str
    message: str
    category: str = ""
    line: str = ""
    rubrique: str = ""
    label: str = ""
    value: str = ""


def anomalies_in(document: bytes) -> list[Anomaly]:
    """The anomalies of a document; none when there are none, or when it is not one that can be read."""
    if len(document) > LARGEST_BYTES:
        return []
    try:
        roots = nodes_in(read(document))
    except Unreadable:
        return []
    found = [one for root in roots for name in _NAMES for one in root.every(name)]
    return [_anomaly(one) for one in (found or [one for root in roots for one in root.every("description")])[:SHOWN]]


def _anomaly(node: Node) -> Anomaly:
    rubrique = next(iter(node.every("rubrique_declenchante")), Node(()))
    return Anomaly(
        code=node.first("code"),
        message=" ".join(node.first("message").split()),
        category=node.first("categorie"),
        line=node.first("numero_ligne"),
        rubrique=rubrique.first("identifiant"),
        label=rubrique.first("libelle"),
        value=rubrique.first("valeur"),
    )
