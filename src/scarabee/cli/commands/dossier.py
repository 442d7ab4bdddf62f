"""Create, rename, archive, open again and delete a dossier."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "créer, renommer, archiver, désarchiver ou supprimer un dossier"

_DEEDS = {
    "creer": "créer un dossier vide",
    "renommer": "donner un autre nom à un dossier",
    "archiver": "mettre un dossier en lecture seule, hors des listes de destination",
    "desarchiver": "rouvrir un dossier archivé",
    "supprimer": "supprimer un dossier vide",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="ACTION", title="actions")
    for name, text in _DEEDS.items():
        deed = deeds.add_parser(name, help=text, description=text)
        deed.add_argument("name", metavar="NOM", help="nom du dossier")
        if name == "renommer":
            deed.add_argument("new_name", metavar="NOUVEAU_NOM", help="son nouveau nom")
        deed.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Do what was asked; prints the dossier as it is now."""
    from scarabee.cli.commands.dossiers import describe
    from scarabee.dossiers.services import dossiers

    if args.deed == "creer":
        dossier = dossiers.create_dossier(actor=actor, name=args.name)
        done = "est créé"
    else:
        dossier = dossiers.dossier_by_name(actor=actor, name=args.name)
        match args.deed:
            case "renommer":
                dossier = dossiers.rename_dossier(actor=actor, dossier=dossier, name=args.new_name)
                done = "a ce nom maintenant"
            case "archiver":
                dossier = dossiers.archive_dossier(actor=actor, dossier=dossier)
                done = "est archivé : il ne se modifie plus"
            case "desarchiver":
                dossier = dossiers.unarchive_dossier(actor=actor, dossier=dossier)
                done = "est rouvert"
            case _:
                dossiers.delete_dossier(actor=actor, dossier=dossier)
                out.info(f"Le dossier « {dossier.name} » est supprimé.")
                if out.json_wanted:
                    out.json({"name": dossier.name, "deleted": True})
                return 0
    out.info(f"Le dossier « {dossier.name} » {done}.")
    if out.json_wanted:
        out.json(describe([dossier])[0])
    return 0
