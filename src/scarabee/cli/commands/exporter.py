"""Write a dossier, an employer or a month back to DSN files."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "écrire des fichiers DSN, à l’octet près tels qu’ils sont entrés"
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dossier", metavar="NOM", required=True)
    parser.add_argument("--employeur", metavar="SIRET", help="cet employeur seulement")
    parser.add_argument("--mois", metavar="AAAA-MM", type=month, help="les mensuelles de ce mois seulement")
    parser.add_argument(
        "--en-vigueur", action="store_true", help="les versions en vigueur (sinon toutes celles gardées)"
    )
    parser.add_argument("--sortie", metavar="DOSSIER", required=True, type=Path, help="où écrire, créé au besoin")
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Write the files and print what each holds."""
    from dataclasses import asdict

    from scarabee.cli.commands import designation
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.dossiers.services.exporting import export

    written = export(
        actor=actor,
        dossier=dossier_by_name(actor=actor, name=args.dossier),
        folder=args.sortie.expanduser(),
        siret=designation.siret(args.employeur) if args.employeur else None,
        month=args.mois,
        in_force_only=args.en_vigueur,
    )
    if out.json_wanted:
        out.json({"files": [asdict(one) for one in written]})
        return 0
    rows = [[one.path, one.declarations, one.lines, "oui" if one.partial else ""] for one in written]
    out.table(("fichier", "déclarations", "lignes", "partiel"), rows, figures=(1, 2))
    if any(one.partial for one in written):
        out.info("Les fichiers « partielle » ne contiennent qu’une partie des salariés : ils ne se déposent pas.")
    return 0


def month(text: str) -> str:
    """AAAA-MM. Raises ArgumentTypeError."""
    if not _MONTH.fullmatch(text):
        raise argparse.ArgumentTypeError(f"un mois s’écrit AAAA-MM, pas {text!r}")
    return text
