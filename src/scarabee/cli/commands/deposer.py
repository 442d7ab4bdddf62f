"""Hand DSN files in to be deposited: checked, imported, and ordered when that is what was asked for."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarabee.cli.commands.depots_arguments import moment
from scarabee.cli.commands.local_files import LocalFile, why_unreadable

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.filings.models import Batch, Filing, ReceivedFile
    from scarabee.filings.services.orders import Ordered
    from scarabee.maintenance.journal import Actor

HELP = "contrôler des fichiers DSN, les importer et préparer leur dépôt ; une DSN réelle demande --confirmer-reel"
_SHOWN = 5
_NAMED = 20
"""Deposits of which the command that orders them is written out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FICHIER", nargs="+", help="fichiers DSN, ou archives ZIP")
    parser.add_argument("--dossier", metavar="NOM", required=True, help="dossier qui les déclare")
    parser.add_argument(
        "--utilisateur", metavar="NOM", required=True, help="qui dépose : ses identifiants servent d’abord"
    )
    parser.add_argument(
        "--confirmer-reel", action="store_true", help="déposer aussi les déclarations réelles, qui engagent l’employeur"
    )
    parser.add_argument("--le", metavar="MOMENT", type=moment, help='quand ("AAAA-MM-JJ HH:MM"), sinon maintenant')
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Hand the files in, order what may leave; 1 when a file is refused or a declaration cannot leave."""
    from scarabee.cli.commands import depots_deeds, depots_listing

    unread = {path: why for path in args.files if (why := why_unreadable(path))}
    batch = _receive(args, actor, [path for path in args.files if path not in unread])
    ordered = _order(args, actor, _filings(actor, batch))
    filings = _filings(actor, batch)
    described = depots_listing.describe(actor, filings)
    files = [*_told_unread(unread), *_told(actor, batch, args.files, filings)]
    _say(out, files)
    depots_deeds.tell_ordered(out, ordered)
    stopped = _say_what_waits(out, filings, {one.pk for one, _ in ordered.refused})
    refused = [{"number": one.pk, "message": why} for one, why in ordered.refused]
    if out.json_wanted:
        out.json({"number": batch.pk if batch else None, "files": files, "filings": described, "refused": refused})
    else:
        depots_listing.table(out, described, places=False)
    return int(stopped or bool(refused) or any(one["status"] == "refused" for one in files))


def _receive(args: argparse.Namespace, actor: "Actor", paths: list[str]) -> "Batch | None":
    """The files, read in this process whatever their size; None when none could be opened."""
    from scarabee.accounts.services.users import user_by_name
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.filings.enums import Source
    from scarabee.filings.services import intake

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    filer = user_by_name(actor=actor, name=args.utilisateur)
    if not paths:
        return None
    files: list[Any] = [LocalFile.at(path) for path in paths]
    return intake.receive(
        actor=actor, dossier=dossier, files=files, source=Source.COMMAND, filer=filer, orders_essais=args.le is None,
        here=True,
    )  # fmt: skip


def _filings(actor: "Actor", batch: "Batch | None") -> "list[Filing]":
    """Those of the batch, and the former ones of what came again, in the order of their files."""
    from django.db.models import Q

    from scarabee.filings.enums import FileState
    from scarabee.filings.services import sight

    if batch is None:
        return []
    files = list(batch.files.all())
    again = [one.sha256 for one in files if one.state == FileState.KNOWN]
    wanted = Q(batch=batch) | Q(file__sha256__in=again, dossier=batch.dossier) | Q(pk__in=_known(files))
    return list(sight.visible_filings(actor).filter(wanted).select_related("file", "dossier", "found").order_by("pk"))


def _known(files: "Iterable[ReceivedFile]") -> list[int]:
    """The numbers of former filings that intake names."""
    from scarabee.filings.services.remarks import KNOWN

    return [int(told["value"]) for one in files for told in one.findings if told["rule"] == KNOWN]


def _order(args: argparse.Namespace, actor: "Actor", filings: "list[Filing]") -> "Ordered":
    """Essais, and réel ones when that is confirmed; what has blocking findings is told below."""
    from scarabee.filings.enums import FilingState
    from scarabee.filings.services import orders

    states = {FilingState.CHECKED, FilingState.HELD, FilingState.NOT_DEPOSITED}
    if args.le is not None:
        states.add(FilingState.PLANNED)
    wanted = [one for one in filings if one.state in states and (args.confirmer_reel or not one.is_real)]
    return orders.order(actor=actor, filings=wanted, real_confirmed=args.confirmer_reel, planned_at=args.le)


def _told_unread(unread: dict[str, str]) -> list[dict[str, Any]]:
    from scarabee.filings.services import remarks

    return [
        {"file": path, "status": "refused", "findings": remarks.refused(why, ""), "unchecked": [], "filings": []}
        for path, why in unread.items()
    ]


def _told(actor: "Actor", batch: "Batch | None", paths: list[str], filings: "list[Filing]") -> list[dict[str, Any]]:
    """Each file with all that was found in it, and the numbers of its deposits."""
    from scarabee.filings.selectors import elsewhere

    if batch is None:
        return []
    by_name: dict[str, str] = {Path(path).name: path for path in reversed(paths)}
    told = []
    for row in batch.files.order_by("pk"):
        numbers = set(_known([row]))
        own = [one for one in filings if one.pk in numbers or (one.file and one.file.sha256 == row.sha256)]
        first, _, member = row.name.partition(" ▸ ")
        path = by_name.get(first, first)
        findings = [*row.findings, *(told for one in own for told in one.found.findings)]
        names = elsewhere.declarants(actor, findings)
        told.append(
            {
                "file": f"{path} ▸ {member}" if member else path,
                "status": row.state,
                "findings": _distinct(elsewhere.named(one, names) for one in findings),
                "unchecked": row.unchecked,
                "filings": [one.pk for one in own],
            }
        )
    return told


def _distinct(findings: "Iterable[dict[str, Any]]") -> list[dict[str, Any]]:
    """Each once: what is wrong with an envoi is told of each of its declarations."""
    keys = ("severity", "rule", "line", "rubrique", "value", "message", "remedy", "certain")
    return list({tuple(one.get(key) for key in keys): {key: one.get(key) for key in keys} for one in findings}.values())


def _say(out: "Output", files: list[dict[str, Any]]) -> None:
    """On standard error, why files are refused and what blocks in the others."""
    for one in files:
        if one["status"] == "known":
            out.info(f"{one['file']} : déjà reçu, rien n’est compté deux fois.")
        blocking = [told for told in one["findings"] if told["severity"] == "blocking"]
        for told in blocking[:_SHOWN]:
            where = f"ligne {told['line']} : " if told["line"] else ""
            how = "REFUSÉ." if one["status"] == "refused" else "bloquant."
            out.info(f"{one['file']} : {how} {where}{told['message']} {told['remedy']}".rstrip())
        if len(blocking) > _SHOWN:
            out.info(f"{one['file']} : et {len(blocking) - _SHOWN} autres (voir avec --json).")


def _say_uncovered(out: "Output", filings: "list[Filing]") -> bool:
    """Why what is ordered has nobody's identifiers to leave with, once for all; whether there is such a reason."""
    from collections import Counter

    from scarabee.filings.enums import FilingState
    from scarabee.filings.services.holders import Holders
    from scarabee.web.templatetags.scarabee import counted

    holders = Holders()
    planned = [one for one in filings if one.state == FilingState.PLANNED]
    problems = Counter(
        holders.cover(filer_id=one.user_id, dossier_id=one.dossier_id, depot=one.depot).problem for one in planned
    )
    del problems[""]
    for problem, count in problems.items():
        out.info(f"{counted(count, 'dépôt ordonné ne peut,dépôts ordonnés ne peuvent')} pas partir. {problem}")
    return bool(problems)


def _say_what_waits(out: "Output", filings: "list[Filing]", said: set[int]) -> bool:
    """What did not leave and what to do about it; whether something cannot leave."""
    from scarabee.filings.enums import FilingState
    from scarabee.filings.services.orders import why_not

    stopped = _say_uncovered(out, filings)
    ready = []
    for one in filings:
        if one.state == FilingState.CHECKED and one.pk not in said:
            if why := why_not(one, real_confirmed=True):
                out.info(f"Dépôt n° {one.pk} ({one.siret}) : ne peut pas partir. {why}")
                stopped = True
            else:
                ready.append(one.pk)
    if ready:
        some = f"« scarabee depots ordonner {' '.join(map(str, ready))} --confirmer-reel »"
        how = some if len(ready) <= _NAMED else "relancez cette commande avec --confirmer-reel"
        out.info(f"Ces déclarations réelles sont contrôlées, rien n’est parti. Pour les déposer : {how}.")
    return stopped or any(one.state == FilingState.REJECTED_LOCALLY for one in filings)
