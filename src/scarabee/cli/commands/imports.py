"""List the imports made so far."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Act
    from scarabee.maintenance.journal import Actor

HELP = "montrer les imports, du plus récent au plus ancien"
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print the imports whose dossier the actor may see."""
    from django.utils.timezone import localtime

    from scarabee.dossiers import import_selectors

    acts = list(import_selectors.imports(actor))
    if out.json_wanted:
        out.json([{**describe(act), "files": act.receipt.get("files", 0), **_counts(act)} for act in acts])
        return 0
    rows = [
        [
            act.pk,
            act.get_state_display(),
            f"{localtime(act.created_at):%Y-%m-%d %H:%M}",
            act.dossier_name,
            act.actor_name,
            act.receipt.get("files", 0),
            *_counts(act).values(),
        ]
        for act in acts
    ]
    headings = ("numéro", "état", "date", "dossier", "par", "fichiers", *_COUNTS.values())
    out.table(headings, rows, figures=(0, *range(5, 10)))
    return 0


_COUNTS = {
    "employers": "employeurs",
    "employees": "salariés",
    "declarations": "déclarations",
    "employee_months": "mois",
}


def _counts(act: "Act") -> dict[str, int]:
    counted = act.receipt.get("counts", {})
    return {name: counted.get(name, 0) for name in _COUNTS}


def describe(act: "Act") -> dict[str, Any]:
    """The JSON of an act: number, state, dates, dossier, who."""
    return {
        "number": act.pk,
        "state": act.state,
        "dossier": act.dossier_name,
        "actor": act.actor_name,
        "created_at": act.created_at,
        "finished_at": act.finished_at,
        "undone_at": act.undone_at,
        "message": act.message,
    }
