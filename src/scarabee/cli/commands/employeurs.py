"""List the employers of a dossier, and give them names from a CSV."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance.journal import Actor

HELP = "montrer les employeurs d’un dossier, ou leur donner des noms depuis un CSV (siret;nom)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dossier", metavar="NOM", required=True)
    parser.add_argument(
        "--noms", metavar="FICHIER.csv", type=Path, help="donner d’abord les noms de ce fichier (siret;nom)"
    )
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print the employers by name; a line of the CSV that will not do is told, the others are done."""
    from scarabee.dossiers.bulk import chunks
    from scarabee.dossiers.selectors.employers import employer_rows, employers_of
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.web.templatetags.scarabee import counted

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    if args.noms is not None:
        _name(args.noms.expanduser(), dossier, actor, out)
    employers = list(employers_of(actor=actor, dossier=dossier))
    rows = [row for some in chunks(employers) for row in employer_rows(some)]
    if out.json_wanted:
        out.json(
            [
                {
                    "siret": row.employer.siret,
                    "name": row.employer.name or None,
                    "employees": row.employees,
                    "months": row.months,
                    "declaring": row.employer.declaring,
                }
                for row in rows
            ]
        )
        return 0
    out.table(
        ("siret", "nom", "ville", "salariés", "mois en vigueur", "déclaré ici"),
        [
            [
                row.employer.siret,
                row.employer.name,
                row.employer.town,
                row.employees,
                row.months,
                "oui" if row.employer.declaring else "",
            ]
            for row in rows
        ],
        figures=(3, 4),
    )
    unnamed = sum(not row.employer.name for row in rows)
    if unnamed:
        out.info(f"{counted(unnamed, 'employeur')} sans nom : une DSN n’en contient pas. --noms FICHIER.csv en donne.")
    return 0


def _name(path: Path, dossier: "Dossier", actor: "Actor", out: "Output") -> None:
    from scarabee.dossiers.services.naming import name_employers, read_names_csv
    from scarabee.web.templatetags.scarabee import counted

    with path.open("rb") as stream:
        lines = read_names_csv(stream)
    report = name_employers(actor=actor, dossier=dossier, names=lines)
    for remark in report.remarks:
        siret = f"{remark.siret} : " if remark.siret else ""
        out.info(f"{path.name}, ligne {remark.line} : {siret}{remark.message}")
    out.info(
        f"{counted(len(report.named), 'nom donné,noms donnés')}, {counted(report.unchanged, 'déjà connu,déjà connus')}."
    )
