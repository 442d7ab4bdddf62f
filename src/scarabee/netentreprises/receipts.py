"""What the portal gives for a deposit: AEE, recorded, or ARE, rejected (api-dsn §5.1).

Version 1.0 is XML; no source describes the JSON of 2.0: its fields are looked for at any depth.
"""

from dataclasses import dataclass, field

from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.errors import UnreadableAnswer
from scarabee.netentreprises.trees import Node, Unreadable, nodes_in, read

RECORDED, REJECTED = "AEE", "ARE"
_LONGEST_IDFLUX = 50


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Why a deposit was rejected, in the portal's words."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """An AEE or an ARE. `content`: its bytes, to keep. Every text but `kind` may be "" (an AEE has an idflux).

    `etat`: OK, KO or ANO. `essai_reel`: 01 essai, 02 réel. `received`, `recorded`: date and hour as the portal writes
    them, « 2026-11-05 09:15:00 ». An AEE says recorded, not yet accepted: that comes as a return of nature 11.
    """

    kind: str
    idflux: str
    etat: str
    essai_reel: str = ""
    emetteur_siret: str = ""
    point_de_depot: str = ""
    received: str = ""
    recorded: str = ""
    anomalies: tuple[Anomaly, ...] = ()
    content: bytes = field(default=b"", repr=False)
    media_type: str = ""

    @property
    def is_recorded(self) -> bool:
        """Whether this is an AEE."""
        return self.kind == RECORDED


def receipt_in(answer: Answer) -> Receipt:
    """The AEE of a 200, the ARE of a 422 with a body. Raises Unreadable for anything else.

    A 200 without an idflux is unreadable: what became of the deposit must be looked for in the listing (§8.1).
    """
    nodes = nodes_in(read(answer.content))
    if len(nodes) != 1:
        raise Unreadable("not one receipt")
    node = nodes[0]
    kind = _kind(node, answer.status)
    idflux = node.first("idflux")
    if (kind == RECORDED and not idflux) or len(idflux) > _LONGEST_IDFLUX or not idflux.isprintable():
        raise Unreadable("no idflux")
    return Receipt(
        kind,
        idflux,
        node.first("envoi_etat"),
        node.first("essai_reel"),
        node.first("emetteur_siret"),
        node.first("point_de_depot"),
        f"{node.first('date_reception')} {node.first('heure_reception')}".strip(),
        f"{node.first('date_enregistrement')} {node.first('heure_enregistrement')}".strip(),
        tuple(Anomaly(one.first("code"), one.first("message")) for one in node.every("description")),
        answer.content,
        answer.media_type,
    )


def _kind(node: Node, status: int) -> str:
    """AEE or ARE, of a document that says so or of one that has the fields of either. Raises Unreadable."""
    told = node.first("type").upper()
    if told not in {RECORDED, REJECTED}:
        if not (node.first("idflux") or node.first("envoi_etat")):
            raise Unreadable("neither AEE nor ARE")
        told = REJECTED if status == 422 or node.first("envoi_etat").upper() == "KO" else RECORDED
    if told == RECORDED and status == 422:
        raise UnreadableAnswer(status=status)  # rejected and recorded at once: nobody knows
    return told
