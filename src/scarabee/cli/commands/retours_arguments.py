"""What `scarabee retours` and its actions take."""

import argparse
from pathlib import Path
from typing import Any

from scarabee.cli.commands.exporter import month
from scarabee.cli.parser import add_deed

STATES = ("OK", "ANO", "KO", "aucun")
ANOMALY_STATES = {
    "a-traiter": "to_do",
    "association": "with_association",
    "corrigee": "corrected",
    "acceptee": "accepted",
    "close": "closed",
}
"""As typed → as stored and printed in JSON; the latter may be typed too."""
BY_PEOPLE = ("a-traiter", "association", "corrigee", "acceptee")


def add_to(parser: argparse.ArgumentParser) -> None:
    """The filters of the list, which stand before or after « lister », and every action."""
    _filters(parser, None, unread=False)
    parser.add_argument("--json", action="store_true", help="en JSON")
    deeds = parser.add_subparsers(dest="deed", metavar="ACTION", title="actions")
    listing = add_deed(deeds, "lister", "montrer les retours, du plus récent au plus ancien")
    _filters(listing, argparse.SUPPRESS, unread=argparse.SUPPRESS)
    add_deed(deeds, "recuperer", "demander une fois au portail ce qui est dû (un Administrateur)")
    read = add_deed(deeds, "lire", "montrer tout ce que dit un retour")
    read.add_argument("number", metavar="NUMERO", type=int, help="numéro du retour")
    read.add_argument("--original", metavar="CHEMIN", type=Path, help="écrire aussi le document, tel que reçu")
    again = add_deed(
        deeds, "redemander", "redemander au portail un retour qu’il a refusé, et qui ne l’est plus de lui-même"
    )
    again.add_argument("number", metavar="NUMERO", type=int, help="numéro du retour")
    add = add_deed(deeds, "importer", "ajouter des retours téléchargés sur le portail, reconnus à leur contenu")
    add.add_argument("files", metavar="FICHIER", nargs="+", help="retours, ou archives ZIP")
    expected = add_deed(deeds, "attendus", "montrer les retours que les dépôts d’un mois doivent ramener")
    expected.add_argument("--mois", metavar="AAAA-MM", type=month, help="mois déclaré, sinon celui à déclarer")
    expected.add_argument(
        "--en-retard", action="store_true", help="seulement ce qui manque, ou n’a pas pu être demandé"
    )
    _anomalies(add_deed(deeds, "anomalies", "montrer les anomalies à traiter, les échéances les plus proches d’abord"))
    taking = _chosen(deeds, "prendre", "confier des anomalies à quelqu’un, sans rien changer d’autre")
    taking.add_argument("--a", metavar="COMPTE", help="à qui, sinon à celui que nomme --en-tant-que")
    stand = _chosen(deeds, "traiter", "dire où en sont des anomalies")
    stand.add_argument("--etat", type=_state, required=True, metavar="ETAT", help=f"état : {', '.join(BY_PEOPLE)}")
    stand.add_argument("--mois", metavar="AAAA-MM", type=month, help="mois de la DSN qui corrige, pour corrigee")
    stand.add_argument("--note", metavar="TEXTE", help="remplace la note de chacune")
    stand.add_argument("--a", metavar="COMPTE", help="les confier aussi à ce compte")


def _anomalies(parser: argparse.ArgumentParser) -> None:
    states = ("ouvertes", *ANOMALY_STATES, "toutes")
    parser.add_argument(
        "--etat", type=_state, metavar="ETAT", help=f"{', '.join(states)} (ouvertes sans cette option)"
    )  # fmt: skip
    parser.add_argument("--dossier", metavar="NOM", help="celles des employeurs de ce dossier")
    parser.add_argument("--mois", metavar="AAAA-MM", type=month, help="celles des DSN de ce mois")
    parser.add_argument("--nature", metavar="NUMERO", help="celles que montre cette nature de retour")
    parser.add_argument("--echeance", choices=["retard", "bientot"], help="échéance passée, ou sous quatorze jours")
    parser.add_argument("--suivi", metavar="COMPTE", help="celles que suit ce compte ; moi, ou personne")
    parser.add_argument("--texte", metavar="TEXTE", help="celles de cet employeur ou de cette personne")
    parser.add_argument("--cause", metavar="CAUSE", help="celles de cette cause")
    parser.add_argument("--par-cause", action="store_true", help="montrer les causes, pas les anomalies")


def _state(text: str) -> str:
    """Raises ArgumentTypeError."""
    if text in {"ouvertes", "toutes", *ANOMALY_STATES.values()}:
        return text
    if text not in ANOMALY_STATES:
        raise argparse.ArgumentTypeError(f"un état est {', '.join(ANOMALY_STATES)}, pas {text!r}")
    return ANOMALY_STATES[text]


def _chosen(deeds: Any, name: str, text: str) -> argparse.ArgumentParser:
    deed = add_deed(deeds, name, text)
    which = deed.add_mutually_exclusive_group(required=True)
    which.add_argument("numbers", metavar="NUMERO", nargs="*", type=int, default=[], help="numéros d’anomalies")
    which.add_argument("--cause", metavar="CAUSE", help="tout ce qui est ouvert de cette cause")
    return deed


def _filters(parser: argparse.ArgumentParser, default: str | None, *, unread: Any) -> None:
    parser.add_argument("--dossier", metavar="NOM", default=default, help="ceux des employeurs de ce dossier")
    parser.add_argument("--mois", metavar="AAAA-MM", type=month, default=default, help="ceux des DSN de ce mois")
    parser.add_argument("--nature", metavar="NUMERO", default=default, help="ceux de cette nature (94 : les taux PAS)")
    parser.add_argument("--etat", choices=STATES, default=default, help="ceux de cet état")
    parser.add_argument("--non-lus", action="store_true", default=unread, help="ceux que personne n’a lus")
