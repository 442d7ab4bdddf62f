"""Say, or change, which dossier declares a SIRET."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "dire quel dossier déclare un employeur, ou en changer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("siret", metavar="SIRET")
    parser.add_argument("--dossier", metavar="NOM", help="ce dossier le déclarera désormais")
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print the declaring dossier and the copies the actor may see."""
    from scarabee.cli.commands import designation
    from scarabee.dossiers.models import Employer
    from scarabee.dossiers.services.declaring import hand_over
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.maintenance.errors import NotVisible

    siret = designation.siret(args.siret)
    if args.dossier:
        hand_over(actor=actor, siret=siret, dossier=dossier_by_name(actor=actor, name=args.dossier))
    copies = Employer.objects.visible_to(actor).filter(siret=siret).select_related("dossier")
    held = {copy.dossier.name: copy.declaring for copy in copies.order_by("dossier__name_key")}
    if not held:
        raise NotVisible(
            f"Aucun dossier ne contient l’employeur {siret}, ou vous n’y avez pas accès.",
            remedy="Vérifiez le SIRET, ou cherchez l’employeur avec « scarabee chercher ».",
        )
    declarant = next((name for name, declares in held.items() if declares), None)
    if out.json_wanted:
        out.json({"siret": siret, "dossier": declarant, "copies": list(held)})
        return 0
    out.line(f"{siret}\t{declarant or 'un dossier que vous ne voyez pas'}")
    if len(held) > 1:
        out.info(f"Dossiers qui le contiennent : {', '.join(held)}.")
    return 0
