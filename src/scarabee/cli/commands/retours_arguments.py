"""What `scarabee retours` and its actions take."""

import argparse
from pathlib import Path
from typing import Any

from scarabee.cli.commands.exporter import month

STATES = ("OK", "ANO", "KO", "aucun")


def add_to(parser: argparse.ArgumentParser) -> None:
    """The filters of the list, which stand before or after « lister », and every action."""
    _filters(parser, None, unread=False)
    parser.add_argument("--json", action="store_true", help="en JSON")
    deeds = parser.add_subparsers(dest="deed", metavar="ACTION", title="actions")
    listing = _deed(deeds, "lister", "montrer les retours, du plus récent au plus ancien")
    _filters(listing, argparse.SUPPRESS, unread=argparse.SUPPRESS)
    _deed(deeds, "recuperer", "demander une fois au portail ce qui est dû (un Administrateur)")
    read = _deed(deeds, "lire", "montrer tout ce que dit un retour")
    read.add_argument("number", metavar="NUMERO", type=int, help="numéro du retour")
    read.add_argument("--original", metavar="CHEMIN", type=Path, help="écrire aussi le document, tel que reçu")
    add = _deed(deeds, "importer", "ajouter des retours téléchargés sur le portail, reconnus à leur contenu")
    add.add_argument("files", metavar="FICHIER", nargs="+", help="retours, ou archives ZIP")


def _filters(parser: argparse.ArgumentParser, default: str | None, *, unread: Any) -> None:
    parser.add_argument("--dossier", metavar="NOM", default=default, help="ceux des employeurs de ce dossier")
    parser.add_argument("--mois", metavar="AAAA-MM", type=month, default=default, help="ceux des DSN de ce mois")
    parser.add_argument("--nature", metavar="NUMERO", default=default, help="ceux de cette nature (94 : les taux PAS)")
    parser.add_argument("--etat", choices=STATES, default=default, help="ceux de cet état")
    parser.add_argument("--non-lus", action="store_true", default=unread, help="ceux que personne n’a lus")


def _deed(deeds: Any, name: str, text: str) -> argparse.ArgumentParser:
    deed: argparse.ArgumentParser = deeds.add_parser(name, help=text, description=text)
    # may stand before the action too: not given here, it keeps what was given there
    deed.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="en JSON")
    return deed
