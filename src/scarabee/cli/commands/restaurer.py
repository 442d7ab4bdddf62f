"""Return to a backup, or take a part out of it: what would change, or the deed itself."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scarabee.cli.commands import restaurer_part

if TYPE_CHECKING:
    from scarabee.backups.comparing import Comparison, DossierChange
    from scarabee.backups.restoring import Restored
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "revenir à une sauvegarde, en reprendre une partie, ou dire ce que cela changerait"
GATED = False


def choose_folder(asked: str | None) -> None:
    """The data folder as for any command; a new one is bound to the portal of the archive, not to the usual one."""
    if asked:
        os.environ["SCARABEE_DONNEES"] = asked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FICHIER", type=Path, help="archive écrite par « scarabee sauvegarder »")
    parser.add_argument("--apercu", action="store_true", help="dire ce que cela changerait, et ne rien faire")
    restaurer_part.add_arguments(parser)
    parser.add_argument(
        "--confirmer",
        action="store_true",
        help="remplacer ce qui est ici, après en avoir fait une copie (inutile dans un dossier de données neuf)",
    )
    parser.add_argument(
        "--trousse",
        metavar="FICHIER",
        help="fichier qui contient la ligne AGE-SECRET-KEY-1… de la trousse ; « - » la lit sur l’entrée standard",
    )
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Say what would change; return to the archive when that is confirmed, or when nothing is here yet."""
    from scarabee.backups import comparing, restoring, restoring_words
    from scarabee.maintenance.errors import Refusal

    identities = _identities(args.trousse)
    if restaurer_part.is_asked(args):
        return restaurer_part.run(args, actor, out, identities)
    if args.apercu or not (args.confirmer or comparing.is_new()):
        found = restoring.look(actor=actor, path=args.file, identities=identities)
        _tell(out, found)
        if not args.apercu:
            raise Refusal(
                "Rien n’est remplacé sans --confirmer.",
                remedy="Relisez ce qui serait perdu, puis ajoutez --confirmer.",
            )
        if out.json_wanted:
            out.json(restoring_words.described(found))
        return 0
    done = restoring.restore(actor=actor, path=args.file, identities=identities, tell=out.info)
    if out.json_wanted:
        out.json(restoring_words.described(done.comparison) | restoring_words.done(done))
    _tell_done(out, done)
    return 0


def _identities(kit: str | None) -> list[str]:
    from scarabee.backups import keys
    from scarabee.maintenance.errors import Refusal

    if kit is None:
        return []
    found = keys.in_text(sys.stdin.read()) if kit == "-" else keys.identities(Path(kit))
    if not found:
        raise Refusal(
            "La trousse ne contient aucune ligne AGE-SECRET-KEY-1….",
            remedy="Recopiez-y la ligne imprimée, en entier, puis recommencez.",
        )
    return found


def _tell(out: "Output", found: "Comparison") -> None:
    from django.utils.timezone import localtime

    from scarabee.web.templatetags.scarabee import counted

    manifest = found.manifest
    out.info(
        f"Archive du {localtime(found.made_at):%d/%m/%Y %H:%M}, faite par {manifest['made_by']} "
        f"({manifest['reason']}), Scarabée {manifest['version']}, {manifest['engine']}."
    )
    out.info(f"{counted(len([one for one in found.dossiers if one.there]), 'dossier')} dans l’archive.")
    for one in found.dossiers:
        out.info(f"  {_line(one)}")
    if found.is_new:
        return
    if found.users_lost:
        out.info(f"Comptes qui disparaîtraient : {', '.join(found.users_lost)}.")
    if found.users_back:
        out.info(f"Comptes qui reviendraient : {', '.join(found.users_back)}.")
    if found.deposits_lost:
        out.info(f"{counted(found.deposits_lost, 'dépôt fait,dépôts faits')} depuis : le portail en serait interrogé.")
    if found.entries_lost:
        out.info(f"{counted(found.entries_lost, 'écriture')} du journal depuis : la copie de sécurité les garde.")


def _line(one: "DossierChange") -> str:
    names = {"employers": "employeurs", "employees": "salariés", "declarations": "déclarations"}
    if one.there is None:
        return f"{one.name} : n’est pas dans l’archive, il disparaîtrait."
    told = ", ".join(f"{one.there.counts[kind]} {name}" for kind, name in names.items())
    if one.here is None:
        return f"{one.name} : {told} ; il reviendrait."
    lost = ", ".join(f"{count} {names[kind]}" for kind, count in one.loses.items() if kind in names)
    return f"{one.name} : {told}" + (f" ; perdrait {lost}." if lost else ".")


def _tell_done(out: "Output", done: "Restored") -> None:
    from scarabee.web.templatetags.scarabee import counted

    rows = sum(one.rows for one in done.tables)
    out.info(f"Tout est revenu comme dans l’archive : {rows} lignes, relues et comparées.")
    if done.safety:
        out.info(f"Ce qui était ici est gardé dans {done.safety}.")
    if held := done.settled.held + done.settled.unknown:
        out.info(f"{counted(held, 'dépôt attend,dépôts attendent')} qu’une personne décide : rien ne part de soi-même.")
    if done.settled.orders:
        out.info(
            "Les ordres permanents sont suspendus ; « scarabee depots apres-restauration --confirmer-ordres » les "
            "reprend."
        )
    out.info("Chacun se connecte de nouveau. « scarabee journal verifier » vérifie le journal.")
