"""The few controls that make the bouchon answer with a bilan d'anomalies: enough to train on, no more."""

import re
from dataclasses import dataclass

from scarabee.netentreprises.bouchon.returns.reading import Declaration, Envoi

_NIR = re.compile(r"[1-478]\d{5}[\dAB]\d{6}")
_SIREN, _NIC = re.compile(r"\d{9}"), re.compile(r"\d{5}")
_MOST = 100


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A blocking anomaly. `rank` is that of the declaration, 0 for the envoi; `line` 0 when there is none to show."""

    code: str
    message: str
    rank: int = 0
    line: int = 0
    rubrique: str = ""
    value: str = ""


def anomalies(envoi: Envoi) -> list[Anomaly]:
    """What blocks this file, the envoi first; a hundred at most. Empty when it is conform."""
    found = [*_of_envoi(envoi)]
    for declaration in envoi.declarations:
        found += _of_declaration(declaration)
    return found[:_MOST]


def _of_envoi(envoi: Envoi) -> list[Anomaly]:
    found = [Anomaly("BCH-01", "Cette ligne n’est pas une rubrique de DSN.", line=line) for line in envoi.bad_lines]
    if envoi.essai_reel not in {"01", "02"}:
        text = "Le code envoi doit être 01 (essai) ou 02 (réel)."
        found.append(Anomaly("BCH-02", text, rubrique="S10.G00.00.005", value=envoi.essai_reel))
    count = len(envoi.declarations)
    if count == 0:
        found.append(Anomaly("BCH-03", "Le fichier ne contient aucune déclaration."))
    if count > 1:
        text = f"Un dépôt ne porte qu’une déclaration ; celui-ci en a {count}. Rien n’est pris en compte."
        found.append(Anomaly("BCH-04", text, line=envoi.declarations[1].line, rubrique="S20.G00.05.001"))
    for rubrique, right in (("S90.G00.90.001", envoi.lines), ("S90.G00.90.002", count)):
        told = envoi.totals.get(rubrique, "")
        if told != str(right):
            text = f"Le total devrait être {right}."
            found.append(Anomaly("BCH-05", text, rubrique=rubrique, value=told))
    return found


def _of_declaration(declaration: Declaration) -> list[Anomaly]:
    found = []
    for rubrique, shape, what in (
        ("S21.G00.06.001", _SIREN, "Le SIREN doit avoir neuf chiffres."),
        ("S21.G00.11.001", _NIC, "Le NIC doit avoir cinq chiffres."),
    ):
        if not shape.fullmatch(declaration.value(rubrique)):
            value = declaration.value(rubrique)
            found.append(Anomaly("BCH-10", what, declaration.rank, declaration.line, rubrique, value))
    for person in declaration.people:
        if person.nir and not _NIR.fullmatch(person.nir):
            text = "Le NIR n’a pas la forme d’un numéro d’inscription au répertoire."
            found.append(Anomaly("BCH-20", text, declaration.rank, person.line, "S21.G00.30.001", person.nir))
    return found
