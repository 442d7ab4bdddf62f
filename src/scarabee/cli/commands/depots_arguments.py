"""What `scarabee depots` and its actions take."""

import argparse
from datetime import date, datetime
from pathlib import Path
from typing import Any

from scarabee.cli.commands import depots_restored, designation
from scarabee.cli.commands.exporter import month
from scarabee.cli.parser import add_deed
from scarabee.netentreprises.moments import PARIS

STATES = {
    "recue": "received",
    "a-corriger": "rejected_locally",
    "controlee": "checked",
    "retenue": "held",
    "prevue": "planned",
    "en-cours": "sending",
    "deposee": "accepted",
    "rejetee": "refused",
    "inconnue": "unknown",
    "non-deposee": "not_deposited",
    "conforme": "conform",
    "anomalies": "anomalies",
    "abandonnee": "cancelled",
    "a-la-main": "recorded_by_hand",
}
"""As typed → as stored and printed in JSON; the latter may be typed too."""
OUTCOMES = {"deposee": "accepted", "rejetee": "refused", "non-deposee": "not_deposited"}


def add_to(parser: argparse.ArgumentParser) -> None:
    """The filters of the list, which stand before or after « lister », and every action."""
    _filters(parser, None)
    parser.add_argument("--json", action="store_true", help="en JSON")
    deeds = parser.add_subparsers(dest="deed", metavar="ACTION", title="actions")
    _filters(add_deed(deeds, "lister", "montrer les dépôts, du plus récent au plus ancien"), argparse.SUPPRESS)
    _add_orders(deeds)
    _add_decisions(deeds)
    _add_settings(deeds)


def moment(text: str) -> datetime:
    """AAAA-MM-JJ HH:MM, of Paris. Raises ArgumentTypeError."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)
    except ValueError:
        raise argparse.ArgumentTypeError(f'un moment s’écrit "AAAA-MM-JJ HH:MM", pas {text!r}') from None


def _add_orders(deeds: Any) -> None:
    order = add_deed(deeds, "ordonner", "déposer maintenant, ou à un moment choisi")
    order.add_argument("numbers", metavar="NUMERO", nargs="+", type=int, help="numéros des dépôts")
    order.add_argument("--confirmer-reel", action="store_true", help="déposer aussi les déclarations réelles")
    order.add_argument("--le", metavar="MOMENT", type=moment, help='quand ("AAAA-MM-JJ HH:MM"), sinon maintenant')
    _numbered(deeds, "retenir", "garder un dépôt jusqu’à ce qu’une personne l’ordonne")
    cancel = _numbered(deeds, "abandonner", "ne pas déposer : ce qui est importé le reste")
    cancel.add_argument("--raison", metavar="TEXTE", default="", help="pourquoi")
    _numbered(deeds, "reprendre", "revenir sur un abandon")
    passing = _numbered(deeds, "passer-outre", "permettre le dépôt malgré les constats bloquants")
    passing.add_argument("--raison", metavar="TEXTE", required=True, help="pourquoi, gardé dans l’historique")
    again = _numbered(deeds, "redeposer", "décider de déposer une seconde fois la même déclaration, puis l’ordonner")
    again.add_argument("--raison", metavar="TEXTE", required=True, help="pourquoi, gardé dans l’historique")
    add_deed(deeds, "envoyer", "faire une fois ce qui est dû : envoyer, rechercher, suivre (un Administrateur)")


def _add_decisions(deeds: Any) -> None:
    settle = _numbered(deeds, "decider", "dire comment un dépôt d’issue inconnue s’est terminé")
    settle.add_argument("--issue", required=True, choices=list(OUTCOMES), help="ce que montre net-entreprises.fr")
    settle.add_argument("--idflux", metavar="IDFLUX", default="", help="identifiant du dépôt sur le portail")
    settle.add_argument("--raison", metavar="TEXTE", required=True, help="comment on le sait")
    hand = add_deed(deeds, "a-la-main", "enregistrer un dépôt fait à la main sur le portail")
    hand.add_argument("number", metavar="NUMERO", nargs="?", type=int, help="numéro du dépôt, s’il est connu ici")
    hand.add_argument("--dossier", metavar="NOM", help="sinon, dossier de l’employeur")
    hand.add_argument("--siret", metavar="SIRET", type=designation.siret, help="employeur")
    hand.add_argument("--mois", metavar="AAAA-MM", type=month, help="mois déclaré")
    hand.add_argument("--idflux", metavar="IDFLUX", default="", help="identifiant du dépôt sur le portail")
    hand.add_argument("--le", metavar="AAAA-MM-JJ", type=_day, help="jour du dépôt, si l’idflux manque")
    proofs = _numbered(deeds, "preuves", "écrire ce que le portail a répondu, et le fichier envoyé")
    proofs.add_argument("--sortie", metavar="DOSSIER", required=True, type=Path, help="où écrire, créé au besoin")


def _add_settings(deeds: Any) -> None:
    employer = add_deed(deeds, "employeur", "échéance et ordre permanent d’un employeur")
    employer.add_argument("siret", metavar="SIRET", type=designation.siret)
    employer.add_argument("--dossier", metavar="NOM", required=True, help="dossier qui le déclare")
    employer.add_argument("--echeance", type=int, choices=[5, 15], help="le 5 ou le 15")
    employer.add_argument("--ordre-permanent", choices=["oui", "non"], help="ses DSN réelles partent d’elles-mêmes")
    dossier = add_deed(deeds, "dossier", "identifiants, dossier d’échange et retenue d’un dossier")
    dossier.add_argument("name", metavar="NOM")
    dossier.add_argument("--utilisateur", metavar="NOM", help='dont les identifiants servent ("" pour personne)')
    dossier.add_argument("--echange", metavar="CHEMIN", help='dossier d’échange ("" pour aucun)')
    dossier.add_argument("--retenue", metavar="MINUTES", type=int, help="durée de retenue de l’ordre permanent")
    coverage = add_deed(deeds, "couverture", "avec quels identifiants partirait la DSN de chaque employeur")
    coverage.add_argument("--dossier", metavar="NOM", help="ce dossier seulement")
    depots_restored.add_to(
        add_deed(
            deeds, depots_restored.ACTION, "après le retour à une sauvegarde : ce qui a été déposé depuis, les ordres"
        )
    )


def _filters(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument("--dossier", metavar="NOM", default=default, help="ceux de ce dossier")
    parser.add_argument("--mois", metavar="AAAA-MM", type=month, default=default, help="ceux de ce mois")
    parser.add_argument(
        "--etat", metavar="ETAT", type=_state, default=default, help=f"ceux de cet état : {', '.join(STATES)}"
    )


def _numbered(deeds: Any, name: str, text: str) -> argparse.ArgumentParser:
    deed = add_deed(deeds, name, text)
    deed.add_argument("number", metavar="NUMERO", type=int, help="numéro du dépôt")
    return deed


def _state(text: str) -> str:
    if text not in {*STATES, *STATES.values()}:
        raise argparse.ArgumentTypeError(f"un état est attendu ({', '.join(STATES)}), pas {text!r}")
    return STATES.get(text, text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"un jour s’écrit AAAA-MM-JJ, pas {text!r}") from None
