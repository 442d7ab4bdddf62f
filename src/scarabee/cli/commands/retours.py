"""Returns: the list, one of them whole, what is due or missing, files added by hand, and the work list of anomalies."""

import argparse
from typing import TYPE_CHECKING, Any

from scarabee.cli.commands import retours_arguments

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "montrer ce que les organismes ont répondu, le récupérer, l’ajouter à la main ; traiter les anomalies"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    retours_arguments.add_to(parser)


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """List without an action; 1 when something was refused."""
    from scarabee.cli.commands import retours_anomalies, retours_deeds, retours_expected, retours_reading

    deeds: dict[str, Any] = {
        "recuperer": retours_deeds.fetch,
        "lire": retours_reading.show,
        "redemander": retours_deeds.ask_again,
        "importer": retours_deeds.add_files,
        "attendus": retours_expected.show,
        "anomalies": retours_anomalies.listed,
        "prendre": retours_anomalies.take,
        "traiter": retours_anomalies.settle,
    }
    return int(deeds.get(args.deed or "", _list)(args, actor, out))


def _list(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.cli.commands.retours_listing import describe, table
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.returns.selectors.listing import Asked, returns

    dossier = str(dossier_by_name(actor=actor, name=args.dossier).pk) if args.dossier else ""
    asked = Asked(
        nature=args.nature or "", state=args.etat or "", dossier=dossier, month=args.mois or "",
        only="non-lus" if args.non_lus else "",
    )  # fmt: skip
    described = describe(actor, list(returns(actor, asked)))
    if out.json_wanted:
        out.json(described)
        return 0
    table(out, described)
    if not described:
        out.info("Aucun retour. « scarabee retours recuperer » demande au portail ce qui est arrivé.")
    return 0
