"""Deposits: the list, and what a person does with one of them. Each action is a thin door to its service."""

import argparse
from typing import TYPE_CHECKING, Any

from scarabee.cli.commands import depots_arguments

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "montrer les dépôts, les ordonner, les suivre, et régler comment un dossier dépose"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    depots_arguments.add_to(parser)


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """List without an action; 1 when something was refused."""
    from scarabee.cli.commands import depots_deeds, depots_restored, depots_settings

    deeds: dict[str, Any] = {
        "ordonner": depots_deeds.order,
        "retenir": depots_deeds.retain,
        "abandonner": depots_deeds.cancel,
        "reprendre": depots_deeds.reopen,
        "passer-outre": depots_deeds.pass_findings,
        "redeposer": depots_deeds.decide_again,
        "decider": depots_deeds.settle,
        "a-la-main": depots_deeds.by_hand,
        "preuves": depots_deeds.proofs,
        "envoyer": depots_deeds.send,
        "employeur": depots_settings.employer,
        "dossier": depots_settings.dossier,
        "couverture": depots_settings.coverage,
        depots_restored.ACTION: depots_restored.run,
    }
    return int(deeds.get(args.deed or "", _list)(args, actor, out))


def _list(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.cli.commands.depots_listing import describe, table
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.filings.selectors.filings import Asked, found

    dossier = str(dossier_by_name(actor=actor, name=args.dossier).pk) if args.dossier else ""
    asked = Asked(state=args.etat or "", month=args.mois or "", dossier=dossier)
    rows = found(actor, asked).defer(None).defer("seen")
    described = describe(actor, rows.select_related("file"))
    if out.json_wanted:
        out.json(described)
        return 0
    table(out, described)
    if not described:
        out.info("Aucun dépôt. « scarabee deposer FICHIER… --dossier NOM --utilisateur NOM » en prépare.")
    return 0
