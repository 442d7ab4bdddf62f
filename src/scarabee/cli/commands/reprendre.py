"""Bring back what a deletion took away."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import DeletedPackage
    from scarabee.maintenance.journal import Actor

HELP = "faire revenir un employeur ou un salarié supprimé, par le numéro de la suppression"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMERO", type=int, help="numéro donné par « supprimer »")
    parser.add_argument("--dossier", metavar="NOM", help="où le reprendre, si son dossier n’existe plus")
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Restore the package of a deletion."""
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.dossiers.services.restoring import restore_package

    package = _package(args.number, actor)
    dossier = dossier_by_name(actor=actor, name=args.dossier) if args.dossier else None
    restored = restore_package(actor=actor, package=package, dossier=dossier)
    for takeover in restored.takeovers:
        out.info(f"{takeover.siret} est désormais déclaré par {takeover.where}.")
    out.info(f"{package.label} : revenu dans « {restored.act.dossier_name} ».")
    if out.json_wanted:
        kinds = ("employers", "employees", "declarations", "employee_months")
        out.json(
            {
                "number": restored.act.pk,
                "dossier": restored.act.dossier_name,
                "restored": {kind: restored.added.get(kind, 0) for kind in kinds},
            }
        )
    return 0


def _package(number: int, actor: "Actor") -> "DeletedPackage":
    from scarabee.dossiers.models import DeletedPackage, Dossier
    from scarabee.maintenance.errors import NotVisible

    packages = DeletedPackage.objects.select_related("dossier")
    if not actor.is_administrator:
        packages = packages.filter(dossier__in=Dossier.objects.visible_to(actor))
    package = packages.filter(act_id=number).first()
    if package is None:
        raise NotVisible(
            f"La suppression n° {number} n’existe pas, son délai est passé, ou vous n’y avez pas accès.",
            remedy="Vérifiez le numéro donné lors de la suppression.",
        )
    return package
