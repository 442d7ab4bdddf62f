"""PAS rates: those in force, as CSV for the payroll software, and what a person decides. Thin doors to the services."""

import argparse
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarabee.cli.commands import taux_arguments

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance.journal import Actor
    from scarabee.returns.services.rate_exports import Outgoing

HELP = "montrer les taux PAS en vigueur, les donner au logiciel de paie, les appliquer"
_COLUMNS = (
    "siret", "nir", "ntt", "matricule", "rate", "type", "crm", "available_on", "valid_until", "future_rate",
    "future_from",
)  # fmt: skip
_HEADINGS = (
    "SIRET", "NIR", "NTT", "matricule", "taux", "type", "CRM", "disponible le", "valable jusqu’au", "taux à venir",
    "à partir du",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    taux_arguments.add_to(parser)


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """List without an action; 1 when something was refused."""
    from scarabee.cli.commands import taux_deeds, taux_lines

    deeds: dict[str, Any] = {
        "attente": taux_deeds.waiting,
        "manquants": taux_deeds.lacking,
        "appliquer": taux_deeds.apply,
        "ecarter": taux_deeds.set_aside,
        "annuler": taux_deeds.undo,
        "reglage": taux_deeds.option,
        "lignes": taux_lines.lines,
        "attribuer": taux_lines.settle,
        "dater": taux_lines.date_crm,
        "bareme": taux_lines.grid,
    }
    return int(deeds.get(args.deed or "", _list)(args, actor, out))


def _list(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from django.db import transaction

    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.maintenance.errors import Refusal
    from scarabee.returns.services import rate_exports

    if not args.dossier:
        raise Refusal(
            "De quel dossier s’agit-il ?", remedy="Ajoutez --dossier NOM ; « scarabee dossiers » donne les noms."
        )
    if args.changes and (args.employeur or args.salarie or args.le):
        raise Refusal(
            "--changes vaut pour tout le dossier, à ce jour.",
            safe="Rien n’a été exporté.",
            remedy="Donnez-le sans --employeur, --salarie ni --le.",
        )
    dossier = dossier_by_name(actor=actor, name=args.dossier)
    with transaction.atomic(), _target(args.csv) as stream:  # an export that could not be written is not remembered
        if args.changes:
            rows = rate_exports.export_changes(actor=actor, dossier=dossier)
        else:
            rows = _rows(args, actor, dossier)
        if stream is not None:
            stream.writelines(line.encode() for line in rate_exports.csv_lines(rows))
    _tell(args, rows, out)
    return 0


def _rows(args: argparse.Namespace, actor: "Actor", dossier: "Dossier") -> "list[Outgoing]":
    from scarabee.cli.commands import lookup
    from scarabee.returns.services import rate_exports

    on = args.le or today()
    if args.salarie:
        employee = lookup.employee_of(dossier, args.salarie)
        return rate_exports.outgoing(actor=actor, on=on, employee=employee)
    if args.employeur:
        return rate_exports.outgoing(actor=actor, on=on, employer=lookup.employer_of(dossier, args.employeur))
    return rate_exports.outgoing(actor=actor, on=on, dossier=dossier)


def today() -> date:
    """The day in Paris."""
    from scarabee.maintenance.clock import now
    from scarabee.netentreprises.moments import PARIS

    return now().astimezone(PARIS).date()


def _target(path: Path | None) -> Any:
    """The file to write, readable by its owner alone: it holds NIR. Nothing without a path; raises `Refusal`."""
    from contextlib import nullcontext

    from scarabee.cli.commands.local_files import new_file

    return nullcontext(None) if path is None else new_file(path.expanduser())


def _tell(args: argparse.Namespace, rows: "Iterable[Outgoing]", out: "Output") -> None:
    from scarabee.returns.services.rate_exports import as_json
    from scarabee.web.templatetags.scarabee import counted

    described = as_json(rows)
    if out.json_wanted:
        out.json(described)
    elif args.csv is None:
        out.table(_HEADINGS, [[row[name] or "" for name in _COLUMNS] for row in described], figures=(4, 9))
    if args.csv is not None:
        told = counted(len(described), "personne écrite,personnes écrites")
        out.info(f"{told} dans {args.csv}. Ce fichier contient des numéros de sécurité sociale : gardez-le à l’abri.")
    elif not described:
        out.info("Aucun taux en vigueur. « scarabee taux attente --dossier NOM » dit s’il y en a à valider.")
