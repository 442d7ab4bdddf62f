"""Delete one employer, or one employee, of a dossier."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Dossier, Employee, Employer
    from scarabee.dossiers.services.deletion import DeletionPreview
    from scarabee.maintenance.journal import Actor

HELP = "supprimer un employeur ou un salarié d’un dossier (gardé quelque temps, voir « reprendre »)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from scarabee.cli.commands import designation

    parser.add_argument("--dossier", metavar="NOM", required=True)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--employeur", metavar="SIRET", type=designation.siret)
    what.add_argument("--salarie", metavar="SIRET:IDENTIFIANT", type=designation.person)
    parser.add_argument("--confirmer", action="store_true", help="sans elle, dit ce qui partirait et ne fait rien")
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Say what goes; delete it when that is confirmed."""
    from scarabee.cli.commands import lookup
    from scarabee.dossiers.services import deletion
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.maintenance.errors import Refusal

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    employer: Employer | None = None
    employee: Employee | None = None
    if args.salarie:
        employee = lookup.employee_of(dossier, args.salarie)
    else:
        employer = lookup.employer_of(dossier, args.employeur)
    preview = deletion.deletion_preview(actor=actor, employer=employer, employee=employee)
    _tell_who_is_in(out, dossier, actor)
    if not args.confirmer:
        _tell(out, preview)
        raise Refusal(
            "Rien n’est supprimé sans --confirmer.",
            safe="Rien n’a été modifié.",
            remedy="Relisez, puis ajoutez --confirmer.",
        )
    if employer is not None:
        done = deletion.delete_employer(actor=actor, employer=employer)
    else:
        assert employee is not None
        done = deletion.delete_employee(actor=actor, employee=employee)
    for takeover in done.takeovers:
        out.info(f"{takeover.siret} est désormais déclaré par {takeover.where}.")
    if out.json_wanted:
        out.json(_json(preview) | {"number": done.act.pk, "keep_until": done.package.keep_until})
    else:
        _tell(out, preview)
        out.info(
            f"Supprimé (n° {done.act.pk}). « scarabee reprendre {done.act.pk} » le fait revenir, "
            f"jusqu’au {done.package.keep_until:%d/%m/%Y}."
        )
    return 0


def _tell_who_is_in(out: "Output", dossier: "Dossier", actor: "Actor") -> None:
    from scarabee.dossiers.templatetags.dossiers import minutes_ago
    from scarabee.maintenance import presence

    for one in presence.others_in([dossier.uuid], besides=actor.user_id):
        out.info(f"{one.user_name} est dans ce dossier (vu {minutes_ago(one.seen_at)}) : prévenez avant de supprimer.")


def _json(preview: "DeletionPreview") -> dict[str, Any]:
    kinds = ("employers", "employees", "declarations", "employee_months")
    return {
        "label": preview.label,
        "removed": {kind: preview.counts.get(kind, 0) for kind in kinds},
        "elsewhere": [copy.dossier_name for copy in preview.elsewhere],
        "last_copy": preview.last_copy,
    }


def _tell(out: "Output", preview: "DeletionPreview") -> None:
    from scarabee.web.templatetags.scarabee import counted

    counts = _json(preview)["removed"]
    out.info(
        f"{preview.label} : {counted(counts['employees'], 'salarié')}, "
        f"{counted(counts['declarations'], 'déclaration')}, {counts['employee_months']} mois de salariés, "
        f"sur {preview.months} mois."
    )
    if preview.elsewhere:
        out.info(f"Aussi dans : {', '.join(copy.dossier_name for copy in preview.elsewhere)}.")
    if preview.last_copy:
        out.info("ATTENTION : c’est la dernière copie d’une partie au moins de ces données.")
