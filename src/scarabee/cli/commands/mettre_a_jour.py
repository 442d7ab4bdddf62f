"""After the program was replaced by a newer one: close, copy the database, bring it to this version, verify, open."""

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "mettre la base au schéma de cette version : maintenance, copie de sûreté, mise à jour, vérification"
FOR_ADMINISTRATOR = True
WITHOUT_DATABASE = True
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preavis", type=int, default=0, metavar="SECONDES", help="prévenir ceux qui travaillent, et attendre autant"
    )
    parser.add_argument(
        "--sans-copie", action="store_true", help="ne pas copier la base d’abord, parce que vous l’avez fait"
    )


def choose_folder(asked: str | None) -> None:
    """The folder asked for; which portal it works with is read once it is of this version."""
    if asked:
        os.environ["SCARABEE_DONNEES"] = asked


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Upgrade, and say what was found then; 1 when something is red."""
    from scarabee import __version__
    from scarabee.maintenance import upgrading
    from scarabee.maintenance.health import checks
    from scarabee.maintenance.health.checks import Level

    done = upgrading.upgrade(
        actor=actor, with_copy=not args.sans_copie, grace_seconds=max(0, args.preavis), tell=out.info
    )
    if done.done:
        out.line(f"La base est à la version {__version__}. Relancez les autres processus de Scarabée.")
    else:
        out.line(f"La base est déjà à la version {__version__} : rien n’était à faire.")
    for finding in done.findings:
        if finding.found.level is Level.ERROR:
            out.info(f"{finding.check.title} : {finding.found.message} {finding.found.remedy}".strip())
    return 0 if checks.is_well(done.findings) else 1
