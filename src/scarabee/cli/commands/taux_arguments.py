"""What `scarabee taux` and its actions take."""

import argparse
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from scarabee.cli.commands import designation
from scarabee.cli.parser import add_deed

ZONES = ("metropole", "guadeloupe-reunion-martinique", "guyane-mayotte")


def add_to(parser: argparse.ArgumentParser) -> None:
    """What is listed, which stands before or after « lister », and every action."""
    _listed(parser, None, changes=False)
    parser.add_argument("--json", action="store_true", help="en JSON")
    deeds = parser.add_subparsers(dest="deed", metavar="ACTION", title="actions")
    listing = add_deed(deeds, "lister", "montrer les taux en vigueur, ou les écrire pour le logiciel de paie")
    _listed(listing, argparse.SUPPRESS, changes=argparse.SUPPRESS)
    waiting = add_deed(deeds, "attente", "montrer les taux reçus qui attendent une décision")
    lacking = add_deed(deeds, "manquants", "montrer qui n’a pas de taux valable, et pourquoi")
    lacking.add_argument("--le", metavar="AAAA-MM-JJ", type=day, help="pour un paiement de ce jour, sinon aujourd’hui")
    for deed in (waiting, lacking):
        deed.add_argument("--dossier", metavar="NOM", required=True)
    apply = _chosen(deeds, "appliquer", "appliquer des taux qui attendent")
    apply.add_argument(
        "--signales", action="store_true", help="avec --retour : aussi ceux qui sont signalés, après les avoir vus"
    )
    aside = _chosen(deeds, "ecarter", "ne pas appliquer des taux qui attendent")
    aside.add_argument("--raison", metavar="TEXTE", required=True, help="pourquoi, gardé dans l’historique")
    undo = add_deed(deeds, "annuler", "revenir sur une décision : ce qui était en vigueur l’est de nouveau")
    undo.add_argument("number", metavar="NUMERO", type=int, help="numéro de la décision, donné quand elle est prise")
    option = add_deed(deeds, "reglage", "dire si les taux que rien ne signale s’appliquent d’eux-mêmes")
    option.add_argument("--dossier", metavar="NOM", required=True)
    option.add_argument("--appliquer-seuls", choices=["oui", "non"], help="sans cette option, dire ce qui est réglé")
    _add_lines(deeds)
    default = add_deed(deeds, "bareme", "donner le taux du barème non personnalisé, avec ses sources")
    default.add_argument("base", metavar="MONTANT", type=_amount, help="base mensuelle du versement, en euros")
    default.add_argument(
        "--zone", choices=ZONES, default=ZONES[0], help="domicile fiscal du salarié (metropole sans cette option)"
    )  # fmt: skip
    default.add_argument("--le", metavar="AAAA-MM-JJ", type=day, help="pour un paiement de ce jour, sinon aujourd’hui")


def _add_lines(deeds: Any) -> None:
    lines = add_deed(deeds, "lignes", "montrer les lignes de CRM dont il faut dire de qui elles parlent")
    lines.add_argument("--dossier", metavar="NOM", required=True)
    settle = add_deed(deeds, "attribuer", "dire de qui parle une ligne de CRM, ou que ce n’est personne d’ici")
    settle.add_argument("line", metavar="LIGNE", type=int, help="numéro de la ligne, que « lignes » donne")
    who = settle.add_mutually_exclusive_group(required=True)
    who.add_argument(
        "--salarie", metavar="IDENTIFIANT", help="NIR, NTT, matricule ou numéro d’un salarié de l’employeur"
    )
    who.add_argument("--personne", action="store_true", help="personne d’ici : la ligne est classée")
    dating = add_deed(deeds, "dater", "corriger le jour où un CRM a été mis à disposition")
    dating.add_argument("number", metavar="NUMERO", type=int, help="numéro du retour")
    dating.add_argument("day", metavar="AAAA-MM-JJ", type=day, help="le jour")


def _amount(text: str) -> Decimal:
    """Euros. Raises ArgumentTypeError."""
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise argparse.ArgumentTypeError(f"un montant s’écrit 1500 ou 1500,50, pas {text!r}")
    return amount


def _listed(parser: argparse.ArgumentParser, default: str | None, *, changes: Any) -> None:
    parser.add_argument("--dossier", metavar="NOM", default=default, help="dossier dont on veut les taux")
    parser.add_argument(
        "--employeur", metavar="SIRET", type=designation.siret, default=default, help="cet employeur seulement"
    )
    parser.add_argument(
        "--salarie", metavar="SIRET:IDENTIFIANT", type=designation.person, default=default,
        help="cette personne seulement",
    )  # fmt: skip
    parser.add_argument(
        "--le", metavar="AAAA-MM-JJ", type=day, default=default, help="pour un paiement de ce jour, sinon aujourd’hui"
    )
    parser.add_argument(
        "--changes", action="store_true", default=changes,
        help="ceux qui ont changé depuis votre dernier export, et retenir celui-ci",
    )  # fmt: skip
    parser.add_argument(
        "--csv", metavar="CHEMIN", type=Path, default=default, help="écrire un CSV pour le logiciel de paie"
    )


def day(text: str) -> date:
    """AAAA-MM-JJ. Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"un jour s’écrit AAAA-MM-JJ, pas {text!r}") from None


def _chosen(deeds: Any, name: str, text: str) -> argparse.ArgumentParser:
    deed = add_deed(deeds, name, text)
    which = deed.add_mutually_exclusive_group(required=True)
    which.add_argument("numbers", metavar="NUMERO", nargs="*", type=int, default=[], help="numéros de taux")
    which.add_argument("--retour", metavar="NUMERO", type=int, help="tous ceux de ce retour")
    return deed
