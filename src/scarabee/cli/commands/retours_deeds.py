"""The actions of `scarabee retours` that bring returns in."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.returns.models import Cursor
    from scarabee.returns.services.manual import Taken

_REGIMES = {"general": "régime général", "agricole": "régime agricole"}


def fetch(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """One run of what a worker does for returns; 1 when an account is in trouble."""
    from scarabee.maintenance.errors import NotAllowed
    from scarabee.returns.models import Cursor
    from scarabee.returns.services import collecting
    from scarabee.web.templatetags.scarabee import counted

    if not actor.is_administrator:
        raise NotAllowed(
            "Seul un Administrateur peut demander au portail ce qui est dû.",
            remedy="Scarabée le fait de lui-même tant qu’il est démarré.",
        )
    done = collecting.run_due()
    accounts = [_account(one) for one in Cursor.objects.order_by("pk")]
    for one in accounts:
        if one["problem"]:
            out.info(f"{one['identity'] or 'Identifiants effacés'}, {_REGIMES[one['regime']]} : {one['problem']}")
    out.info(f"{counted(done, 'document reçu,documents reçus')}." if done else "Aucun document nouveau.")
    if out.json_wanted:
        out.json({"done": done, "accounts": accounts})
    return int(any(one["problem"] for one in accounts))


def ask_again(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Have a document that was given up asked for again at the next round."""
    from scarabee.returns.services import asking_again

    item = asking_again.ask_again(actor=actor, number=args.number)
    out.info(f"Le retour n° {item.pk} est redemandé au portail.")
    if out.json_wanted:
        out.json({"number": item.pk})
    return 0


def _account(cursor: "Cursor") -> dict[str, Any]:
    """`identity`: null when nobody holds it any more; `until`: how far its returns were asked for."""
    from scarabee.accounts.models import PortalIdentifiers

    held = PortalIdentifiers.objects.filter(identity=cursor.identity_id).order_by("pk").first()
    return {
        "identity": f"{held.siret} {held.nom} {held.prenom}" if held else None,
        "regime": cursor.regime,
        "until": cursor.until,
        "next_at": cursor.next_at,
        "last_success_at": cursor.last_success_at,
        "problem": cursor.problem,
    }


def add_files(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Keep returns downloaded from the portal; 1 when a file is refused, the others are kept."""
    from scarabee.cli.commands.local_files import LocalFile, why_unreadable
    from scarabee.returns.services import manual

    unread = {path: why for path in args.files if (why := why_unreadable(path))}
    told = [{"file": path, "status": "refused", "number": None, "message": why} for path, why in unread.items()]
    files: list[Any] = [LocalFile.at(path) for path in args.files if path not in unread]
    if files:
        told += [_told(one) for one in manual.take_files(actor=actor, files=files)]
    for one in told:
        if one["status"] == "refused":
            out.info(f"{one['file']} : REFUSÉ. {one['message']}")
    if out.json_wanted:
        out.json({"files": told})
    else:
        rows = [[one["file"], _STATUSES[one["status"]], one["number"] or ""] for one in told]
        out.table(("fichier", "résultat", "retour"), rows, figures=(2,))
    return int(any(one["status"] == "refused" for one in told))


_STATUSES = {"added": "ajouté", "version": "nouvelle version", "known": "déjà là", "refused": "refusé"}


def _told(taken: "Taken") -> dict[str, Any]:
    """`number`: of the return."""
    return {
        "file": taken.name,
        "status": taken.status.value,
        "number": taken.item.pk if taken.item else None,
        "message": taken.message,
    }
