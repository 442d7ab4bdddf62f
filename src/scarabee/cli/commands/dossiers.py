"""List the dossiers, with what each holds."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance.journal import Actor

HELP = "montrer les dossiers et ce que chacun contient"
GATED = False
_DIGEST_SHOWN = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="en JSON, avec l’empreinte entière")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print every dossier the actor may see."""
    from scarabee.dossiers.models import Dossier

    described = describe(Dossier.objects.visible_to(actor))
    if out.json_wanted:
        out.json(described)
        return 0
    rows = [
        [
            one["name"],
            one["employers"],
            one["employees"],
            one["declarations"],
            one["employee_months"],
            one["digest"][:_DIGEST_SHOWN],
            "oui" if one["archived"] else "",
        ]
        for one in described
    ]
    columns = ["dossier", "employeurs", "salariés", "déclarations", "mois de salariés", "empreinte", "archivé"]
    out.table(columns, rows, figures=(1, 2, 3, 4))
    if not rows:
        out.info("Aucun dossier. « scarabee dossier creer NOM » en crée un, « importer --creer » aussi.")
    return 0


def describe(dossiers: "Iterable[Dossier]") -> list[dict[str, Any]]:
    """The JSON of dossiers: counts of rows, digest, archived or not."""
    from dataclasses import asdict

    from scarabee.dossiers.digests import dossier_digest
    from scarabee.dossiers.selectors.dossiers import counts_of

    listed = list(dossiers)
    counts = counts_of(dossier.pk for dossier in listed)
    return [
        {
            "name": dossier.name,
            **asdict(counts[dossier.pk]),
            "digest": dossier_digest(dossier),
            "archived": dossier.is_archived,
        }
        for dossier in listed
    ]
