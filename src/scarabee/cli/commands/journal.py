"""Print the journal, or check that nobody touched it."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "montrer le journal, ou vérifier que personne n’y a touché"
FOR_ADMINISTRATOR = True
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=["verifier"], help="vérifier la chaîne des écritures")
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print every entry, the newest first; with `verifier`, 1 when the chain is broken."""
    return _verify(out) if args.action == "verifier" else _list(out)


def _verify(out: "Output") -> int:
    from django.utils.timezone import localtime

    from scarabee.backups import anchors
    from scarabee.maintenance import journal
    from scarabee.maintenance.models import JournalEntry
    from scarabee.web.templatetags.scarabee import counted

    broken, cut = journal.verify(), anchors.cut_since()
    entries = JournalEntry.objects.count()
    if out.json_wanted:
        missing = cut.sequence if cut else None
        out.json({"ok": not (broken or cut), "entries": entries, "broken": broken, "missing": missing})
    if broken:
        out.info(
            f"Le journal a été modifié : {counted(len(broken), 'écriture ne suit pas,écritures ne suivent pas')} "
            f"la précédente, la première est la n° {broken[0]}.\n"
            "Vos dossiers n’ont pas été touchés par cette vérification.\n"
            "Comparez avec une sauvegarde."
        )
        return 1
    if cut:
        out.info(
            f"La fin du journal manque : l’écriture n° {cut.sequence}, notée le {localtime(cut.at):%d/%m/%Y %H:%M}, "
            "n’y est plus.\nVos dossiers n’ont pas été touchés par cette vérification.\nComparez avec une sauvegarde."
        )
        return 1
    out.info(f"Le journal est intact : {counted(entries, 'écriture')}.")
    return 0


def _list(out: "Output") -> int:
    from django.utils.timezone import localtime

    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance import journal
    from scarabee.maintenance.models import JournalEntry
    from scarabee.web.templatetags.scarabee import fact

    names = dict(Dossier.objects.values_list("uuid", "name"))
    entries = JournalEntry.objects.all()
    if out.json_wanted:
        out.json(
            [
                {
                    "number": entry.sequence,
                    "at": entry.at,
                    "actor": entry.actor_name,
                    "via": entry.via,
                    "system_account": entry.system_account,
                    "code": entry.code,
                    "dossier": names.get(entry.dossier_uuid) if entry.dossier_uuid else None,
                    "facts": entry.facts,
                    "hash": entry.hash,
                }
                for entry in entries.iterator(chunk_size=2000)
            ]
        )
        return 0
    rows = (
        [
            entry.sequence,
            f"{localtime(entry.at):%Y-%m-%d %H:%M:%S}",
            entry.actor_name,
            journal.wording(entry.code),
            names.get(entry.dossier_uuid, "") if entry.dossier_uuid else "",
            " ; ".join(f"{journal.wording(name)} : {fact(value, name)}" for name, value in entry.facts.items()),
        ]
        for entry in entries.iterator(chunk_size=2000)
    )
    out.table(("n°", "date", "par", "quoi", "dossier", "précisions"), rows, figures=(0,))
    return 0
