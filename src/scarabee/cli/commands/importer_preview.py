"""`importer --apercu`: what the files hold and how it stands to the dossiers. Writes nothing."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarabee.cli.commands import importer
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services import importing
from scarabee.dossiers.services.dossiers import dossier_by_name, require_may_create
from scarabee.dossiers.services.importing import Survey, SurveyedEmployer
from scarabee.maintenance.errors import NotVisible

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print what each file holds per employer; 1 when one would be refused."""
    try:
        dossier = dossier_by_name(actor=actor, name=args.dossier)
        importing.require_writable(actor, dossier)
    except NotVisible as error:
        if not args.creer:
            error.remedy = "Vérifiez son nom avec « scarabee dossiers », ou ajoutez --creer pour le créer."
            raise
        require_may_create(actor)
        dossier = None
    files = [_surveyed(args, actor, dossier, path) for path in args.files]
    importer.tell_remarks(out, files)
    if out.json_wanted:
        out.json({"number": None, "files": files})
    else:
        words = {"imported": "à importer", "refused": "refusé"}
        importer.table(out, files, [words[one["status"]] for one in files])
        out.table(
            ("fichier", "siret", "nom", "salariés", "mois", "situation"),
            [
                [
                    Path(one["file"]).name,
                    row["siret"],
                    row["name"],
                    row["employees"],
                    len(row["months"]),
                    _standing(row),
                ]
                for one in files
                for row in one["holds"]
                if one["status"] == "imported" or row["declared_elsewhere"]
            ],
            figures=(3, 4),
        )
        out.info("Aperçu : rien n’a été importé.")
    return int(any(one["status"] == "refused" for one in files))


def _surveyed(args: argparse.Namespace, actor: "Actor", dossier: Dossier | None, path: str) -> dict[str, Any]:
    """The JSON of one file: counts of what it holds (employers: those new here), and per employer how it stands."""
    survey = _survey(actor, dossier, path)
    foreign = [one for one in survey.employers if one.declared_elsewhere and not one.known_here]
    if foreign and not survey.errors and not args.malgre_autre_dossier:
        named = ", ".join(map(_foreign, foreign))
        survey.errors.append(
            {
                "line": 0,
                "rubrique": "",
                "message": f"Un autre dossier déclare déjà : {named}. Ajoutez --malgre-autre-dossier "
                "pour en garder une copie ici.",
            }
        )
    return {
        "file": path,
        "status": "refused" if survey.errors else "imported",
        "employers": sum(not one.known_here for one in survey.employers),
        "employees": sum(one.people for one in survey.employers),
        "declarations": sum(one.declarations for one in survey.employers),
        "employee_months": sum(one.employee_months for one in survey.employers),
        "warnings": survey.warnings,
        "warning_count": survey.warning_count,
        "errors": survey.errors,
        "holds": [_employer(one) for one in survey.employers],
    }


def _foreign(one: SurveyedEmployer) -> str:
    return f"{one.siret} (dossier « {one.declared_by} »)" if one.declared_by else one.siret


def _survey(actor: "Actor", dossier: Dossier | None, path: str) -> Survey:
    refusal = importer.why_unreadable(path)
    if not refusal:
        try:
            with open(path, "rb") as stream:
                return importing.survey(actor=actor, dossier=dossier, stream=stream)
        except OSError as error:
            refusal = importer.unreadable(error)
    return Survey([], False, [], [], 0, [{"line": 0, "rubrique": "", "message": refusal}])


def _employer(one: SurveyedEmployer) -> dict[str, Any]:
    return {
        "siret": one.siret,
        "name": one.name or None,
        "employees": one.people,
        "declarations": one.declarations,
        "months": one.months,
        "known_here": one.known_here,
        "declared_elsewhere": one.declared_elsewhere,
        "declared_by": one.declared_by or None,
    }


def _standing(row: dict[str, Any]) -> str:
    here = "connu ici" if row["known_here"] else "nouveau ici"
    if not row["declared_elsewhere"]:
        return here
    by = f"« {row['declared_by']} »" if row["declared_by"] else "un dossier que vous ne voyez pas"
    return f"{here}, déclaré par {by}"
