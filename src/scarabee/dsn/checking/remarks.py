"""What the reader remarks or refuses, as findings.

What it says of single lines and of the place of blocs is left aside: the check says it itself, with the rest.
"""

from dataclasses import dataclass

from scarabee.dsn.checking.results import Collector
from scarabee.dsn.checking.rules import Blemish, Rule
from scarabee.dsn.errors import DsnError, Warnings
from scarabee.dsn.findings import Severity

_AGAIN = "Vérifiez que c’est le bon fichier, ou exportez-le de nouveau depuis le logiciel de paie."
_ZIP = "ZIP"
_ENCODED_AGAIN = "Demandez au logiciel de paie un fichier en ISO-8859-1, puis exportez-le de nouveau."
_COUNTED_AGAIN = (
    "Des lignes ont peut-être été perdues ou ajoutées : exportez de nouveau le fichier. S’il est bien complet, un "
    "dépôt par Scarabée recompte les totaux."
)


@dataclass(slots=True)
class ReaderRemarks(Warnings):
    """Takes the reader's warnings in, and keeps those of the file and of its totals."""

    found: Collector | None = None

    def add(self, line: int, rubrique: str, message: str) -> None:
        if self.found is None:
            return
        if rubrique.startswith("S90."):
            blemish = Blemish(Severity.BLOCKING, Rule.TOTALS, rubrique, _sentence(message), _COUNTED_AGAIN)
        elif rubrique == "S20.G00.05":
            blemish = Blemish(
                Severity.BLOCKING, Rule.NO_DECLARATION, rubrique, _sentence(message), _AGAIN, certain=True
            )
        elif "BOM" in message:
            message = "Une marque UTF-8 (BOM) précède le texte ; la norme n’en admet pas."
            blemish = Blemish(Severity.BLOCKING, Rule.ENCODING, "", message, _ENCODED_AGAIN)
        else:
            return
        self.found.add(blemish, line)

    def add_once(self, key: str, line: int, rubrique: str, message: str) -> None:
        if key in self._said_once or self.found is None:
            return
        self._said_once.add(key)
        if key == "utf-8":
            message = "Le fichier est en UTF-8 alors que la norme demande ISO-8859-1 : les accents seront mal lus."
            self.found.add(Blemish(Severity.BLOCKING, Rule.ENCODING, "", message, _ENCODED_AGAIN), line)
        elif key == "lot":
            message = "Le fichier est un lot rapporté d’une plateforme (S05, S06) : il ne se dépose pas tel quel."
            remedy = "Déposez le fichier que le logiciel de paie a fait."
            self.found.add(Blemish(Severity.BLOCKING, Rule.LOT, "", message, remedy), line)


def add_refusal(error: DsnError, found: Collector) -> None:
    """The reader gave up: nothing of the file can be deposited."""
    remark = error.remark
    message, remedy = _sentence(remark.message), _AGAIN
    what, _, advice = message.rpartition(". ")
    if "de nouveau" in advice:
        message, remedy = f"{what}.", advice
    if _ZIP in message:
        message = "C’est une archive ZIP, pas une DSN."
        remedy = "Ouvrez-la, et contrôlez les fichiers qu’elle contient."
    found.add(Blemish(Severity.BLOCKING, Rule.UNREADABLE, remark.rubrique, message, remedy, certain=True), remark.line)


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
