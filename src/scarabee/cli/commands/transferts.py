"""List the transfers made so far."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "montrer les transferts, du plus récent au plus ancien"
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print the transfers the actor may see."""
    from django.utils.timezone import localtime

    from scarabee.cli.commands.imports import describe
    from scarabee.transfers.selectors import visible_transfers

    transfers = list(visible_transfers(actor))
    if out.json_wanted:
        keys = ("created", "completed", "left", "expected", "identical", "digest")
        out.json(
            [
                {
                    **describe(one.act),
                    "source": one.source_name,
                    "destination": one.destination_name,
                    **{key: one.act.receipt.get(key) for key in keys},
                }
                for one in transfers
            ]
        )
        return 0
    rows = [
        [
            one.pk,
            one.act.get_state_display(),
            f"{localtime(one.act.created_at):%Y-%m-%d %H:%M}",
            one.source_name,
            one.destination_name,
            one.act.actor_name,
            one.act.receipt.get("expected"),
            one.act.receipt.get("identical"),
        ]
        for one in transfers
    ]
    headings = ("numéro", "état", "date", "de", "vers", "par", "attendus", "identiques")
    out.table(headings, rows, figures=(0, 6, 7))
    return 0
