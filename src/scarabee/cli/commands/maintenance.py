"""Maintenance mode at the command line: where it stands, closing by hand, opening again."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.maintenance.models import Window

HELP = "dire si Scarabée est en maintenance, le fermer aux autres, le rouvrir"
FOR_ADMINISTRATOR = True
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=["etat", "ouvrir", "terminer"],
        default="etat",
        help="dire où elle en est (par défaut), ouvrir une maintenance, ou la terminer",
    )
    parser.add_argument("--pourquoi", metavar="TEXTE", default="", help="avec ouvrir : la raison, que chacun lira")
    parser.add_argument(
        "--dans", metavar="MINUTES", type=int, default=0, help="avec ouvrir : préavis en minutes (aucun sinon)"
    )
    parser.add_argument(
        "--pour",
        metavar="MINUTES",
        type=int,
        default=120,
        help="avec ouvrir : Scarabée rouvre de lui-même au bout de tant de minutes (120 sinon)",
    )
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Do it, then print where maintenance stands."""
    from scarabee.maintenance import window

    if args.action == "ouvrir":
        window.begin(actor=actor, reason=args.pourquoi, grace_seconds=max(0, args.dans) * 60, minutes=args.pour)
    elif args.action == "terminer":
        window.end(actor=actor)
    row = window.current()
    if out.json_wanted:
        out.json({"window": _as_json(row) if row else None})
    else:
        out.line(_line(row) if row else "Scarabée est ouvert à tous.")
    return 0


def _line(row: "Window") -> str:
    from django.utils.timezone import localtime

    state = "fermé depuis" if row.is_closed else "ferme à"
    end = f"jusqu’à {localtime(row.ends_at):%d/%m/%Y %H:%M} au plus tard" if row.ends_at else f"processus {row.pid}"
    closes = f"{localtime(row.closes_at):%H:%M:%S}"
    return f"Maintenance : {state} {closes}, par {row.actor_name} ({row.machine}), {end} : {row.reason}"


def _as_json(row: "Window") -> dict[str, object]:
    return {
        "reason": row.reason,
        "by": row.actor_name,
        "machine": row.machine,
        "pid": row.pid or None,
        "opened_at": row.opened_at,
        "closes_at": row.closes_at,
        "closed": row.is_closed,
        "ends_at": row.ends_at,
    }
