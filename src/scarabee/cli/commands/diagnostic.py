"""Whether the installation is well, line by line; also when the database does not answer, or is of another version."""

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "vérifier que l’installation va bien : base, dossier, clés, horloge, portail, certificat"
FOR_ADMINISTRATOR = True
WITHOUT_DATABASE = True
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rapide", action="store_true", help="sans relire toute la base, ni demander au portail s’il répond"
    )
    parser.add_argument("--json", action="store_true", help="en JSON")


def choose_folder(asked: str | None) -> None:
    """The folder asked for; that it works with another portal is one of the checks."""
    if asked:
        os.environ["SCARABEE_DONNEES"] = asked


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print what each check found; 1 when one is red."""
    from scarabee import __version__
    from scarabee.maintenance.health import checks
    from scarabee.maintenance.health.wording import LEVELS

    findings = checks.examine(thorough=not args.rapide)
    well = checks.is_well(findings)
    if out.json_wanted:
        told = [
            {
                "name": each.check.name,
                "title": each.check.title,
                "level": each.found.level.value,
                "message": each.found.message,
                "remedy": each.found.remedy,
            }
            for each in findings
        ]
        out.json({"ok": well, "version": __version__, "checks": told})
    else:
        rows = [
            (LEVELS[each.found.level], each.check.title, each.found.message, each.found.remedy) for each in findings
        ]
        out.table(("état", "quoi", "constat", "que faire"), rows)
    out.info("Tout va bien." if well else "Quelque chose ne va pas : voyez les lignes « à corriger ».")
    return 0 if well else 1
