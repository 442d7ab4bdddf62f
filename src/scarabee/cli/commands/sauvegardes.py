"""Backups: the list of those made so far, the scripts that make them, the drill."""

import argparse
from typing import TYPE_CHECKING, Any

from scarabee.cli.commands import sauvegardes_scripts

if TYPE_CHECKING:
    from scarabee.backups.models import Backup
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "montrer les sauvegardes et les scripts qui les font ; régler, lancer ou supprimer un script"
FOR_ADMINISTRATOR = True
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="en JSON")
    sauvegardes_scripts.add_to(parser)


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """List without an action."""
    deed: Any = sauvegardes_scripts.DEEDS.get(args.deed or "", _list)
    return int(deed(args, actor, out))


def _list(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print every backup that was begun; those whose process died are told of as interrupted."""
    from django.utils.timezone import localtime

    from scarabee.backups.models import Backup
    from scarabee.backups.writing import sweep_interrupted
    from scarabee.cli.commands.sauvegarder import describe
    from scarabee.dossiers.services.uploads import in_words

    sweep_interrupted()
    backups = list(Backup.objects.all())
    if out.json_wanted:
        out.json([describe(backup) for backup in backups])
        return 0
    rows = [
        [
            backup.pk,
            f"{localtime(backup.started_at):%Y-%m-%d %H:%M}",
            backup.what,
            backup.reason,
            in_words(backup.size) if backup.size is not None else "",
            _state(backup),
            backup.path,
        ]
        for backup in backups
    ]
    out.table(("numéro", "date", "quoi", "motif", "taille", "état", "archive"), rows, figures=(0,))
    return 0


def _state(backup: "Backup") -> str:
    if backup.deleted_at:
        return "effacée"
    if backup.is_running:
        return "en cours"
    if backup.proved_at:
        return f"vérifiée ; {backup.problem}" if backup.problem else "vérifiée"
    return backup.problem or "écrite, pas encore relue"
