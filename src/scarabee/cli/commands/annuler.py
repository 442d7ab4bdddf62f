"""Undo an import or a transfer: `annuler-import NUMERO`, `annuler-transfert NUMERO`."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Act
    from scarabee.maintenance.journal import Actor

HELP = "défaire un import ou un transfert, par son numéro"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMERO", type=int)
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Undo, item by item; 1 when something of the act had to stay."""
    from scarabee.dossiers.services.undo import undo_act
    from scarabee.web.templatetags.scarabee import counted

    done = undo_act(actor=actor, act=_act(args, actor))
    for item in done.refused:
        out.info(f"Gardé : {item.label} ({item.reason}).")
    if done.refused_count > len(done.refused):
        out.info(f"Et {counted(done.refused_count - len(done.refused), 'autre gardé,autres gardés')}.")
    if out.json_wanted:
        out.json(
            {
                "number": args.number,
                "removed": done.removed,
                "restored": done.restored,
                "refused": [{"label": one.label, "reason": one.reason} for one in done.refused],
                "refused_count": done.refused_count,
                "removed_dossier": done.removes_dossier,
            }
        )
    else:
        headings = ("employeurs", "salariés", "déclarations", "mois de salariés", "remis comme avant")
        kinds = ("employers", "employees", "declarations", "employee_months")
        out.info("Retirés :")
        out.table(headings, [[*(done.removed.get(kind, 0) for kind in kinds), done.restored]], figures=range(5))
        if done.removes_dossier:
            out.info("Le dossier créé sur le moment était vide : il est supprimé.")
    return 0 if done.is_whole else 1


def _act(args: argparse.Namespace, actor: "Actor") -> "Act":
    from scarabee.dossiers import import_selectors
    from scarabee.maintenance.errors import NotVisible
    from scarabee.transfers.selectors import visible_transfer

    if args.command == "annuler-transfert":
        return visible_transfer(actor, args.number).act
    act = import_selectors.imports(actor).filter(pk=args.number).first() or _pulled(args.number, actor)
    if act is None:
        raise NotVisible(
            f"L’import n° {args.number} n’existe pas, ou vous n’y avez pas accès.",
            remedy="« scarabee imports » donne leurs numéros.",
        )
    return act


def _pulled(number: int, actor: "Actor") -> "Act | None":
    """What was taken out of an archive, into a dossier of its own."""
    from scarabee.dossiers.models import Act, Dossier

    visible = Dossier.objects.visible_to(actor)
    return Act.objects.filter(
        pk=number, kind=Act.Kind.RESTORATION, receipt__created_dossier=True, dossier__in=visible
    ).first()
