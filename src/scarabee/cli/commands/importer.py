"""Import DSN files into a dossier, each all or nothing."""

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Act, Dossier, ImportFile
    from scarabee.maintenance.journal import Actor

HELP = "importer des fichiers DSN dans un dossier"
_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FICHIER", nargs="+", help="fichiers DSN")
    parser.add_argument("--dossier", metavar="NOM", required=True, help="dossier qui les reçoit")
    parser.add_argument("--creer", action="store_true", help="créer le dossier s’il n’existe pas")
    parser.add_argument(
        "--malgre-autre-dossier",
        action="store_true",
        help="garder aussi ici les employeurs qu’un autre dossier déclare",
    )
    parser.add_argument("--apercu", action="store_true", help="dire ce que les fichiers contiennent, sans importer")
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Import every file; 1 when one at least is refused, the others stay imported."""
    if args.apercu:
        from scarabee.cli.commands import importer_preview

        return importer_preview.run(args, actor, out)
    from scarabee.dossiers.models import Act, ImportFile
    from scarabee.dossiers.services import import_runs, importing
    from scarabee.web.templatetags.scarabee import counted

    import_runs.close_killed()
    dossier, created = _dossier(args, actor)
    act = importing.open_import(actor=actor, dossier=dossier)
    sizes = [_size(path) for path in args.files]
    receipt = {"created_dossier": True} if created else {}
    Act.objects.filter(pk=act.pk).update(progress_total=sum(sizes), receipt=receipt)
    rows: list[ImportFile] = []
    try:
        with progress_shown(sum(sizes), out) as show:
            done = 0
            for path, size in zip(args.files, sizes, strict=True):
                rows.append(_import(args, actor, act, path, done, show))
                done += size
    finally:
        if len(rows) < len(args.files):
            left = f"Interrompu après {counted(len(rows), 'fichier')} sur {len(args.files)}."
            Act.objects.filter(pk=act.pk).update(message=left)
        import_runs.finish(actor, act)
    if created and all(row.status == ImportFile.Status.REFUSED for row in rows):
        _remove(actor, dossier, out)
    return _tell(actor, out, act, args.files, rows)


def _dossier(args: argparse.Namespace, actor: "Actor") -> "tuple[Dossier, bool]":
    """The dossier that receives the files, and whether it was made for them."""
    from scarabee.dossiers.services import dossiers
    from scarabee.maintenance.errors import NotVisible

    try:
        return dossiers.dossier_by_name(actor=actor, name=args.dossier), False
    except NotVisible as error:
        if not args.creer:
            error.remedy = "Vérifiez son nom avec « scarabee dossiers », ou ajoutez --creer pour le créer."
            raise
    return dossiers.create_dossier(actor=actor, name=args.dossier), True


def _import(
    args: argparse.Namespace, actor: "Actor", act: "Act", path: str, done: int, show: Callable[[int], None]
) -> "ImportFile":
    from django.db import IntegrityError

    from scarabee.dossiers.models import Act, ImportFile
    from scarabee.dossiers.services import import_runs, importing
    from scarabee.dossiers.services.import_surveys import Heartbeat
    from scarabee.dossiers.services.uploads import shown_name

    beat = Heartbeat(act.pk, Act.State.RUNNING)

    def progress(read: int) -> None:
        show(done + read)
        beat.beat(done + read)

    name = shown_name(Path(path).name)
    refusal = why_unreadable(path)
    for last_try in () if refusal else (False, True):
        try:
            with open(path, "rb") as stream:
                return importing.import_file(
                    actor=actor, act=act, stream=stream, name=name, progress=progress,
                    allow_foreign=args.malgre_autre_dossier,
                )  # fmt: skip
        except OSError as error:
            refusal = unreadable(error)
            break
        except IntegrityError:  # two imports brought the same employer at the same moment
            if last_try:
                refusal = "Un autre import écrivait les mêmes lignes. Rien n’en a été gardé. Recommencez."
    return ImportFile.objects.create(
        act=act, name=name, status=ImportFile.Status.REFUSED, report=import_runs.refused_report(refusal)
    )


def why_unreadable(path: str) -> str:
    """Why a path is no file to read; empty when it is one."""
    if os.path.isdir(path):
        return "C’est un dossier de l’ordinateur, pas un fichier. Nommez les fichiers qu’il contient."
    if not os.path.exists(path):
        return "Ce fichier n’existe pas. Vérifiez le chemin."
    return ""


def unreadable(error: OSError) -> str:
    """The words for a file that the system will not open."""
    from scarabee.cli.refusals import system_words

    return f"Ce fichier ne peut pas être lu : {system_words(error)}."


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


@contextmanager
def progress_shown(total: int, out: "Output") -> Iterator[Callable[[int], None]]:
    """A bar on standard error while a person watches; the block is given what to call with the bytes read."""
    if not out.watched:
        yield lambda read: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Lecture", total=total or None)
        yield lambda read: bar.update(task, completed=read)


def _remove(actor: "Actor", dossier: "Dossier", out: "Output") -> None:
    """Take back the dossier made for files that were all refused."""
    from scarabee.dossiers.services.dossiers import delete_dossier
    from scarabee.maintenance.errors import Refusal

    try:
        delete_dossier(actor=actor, dossier=dossier)
    except Refusal:  # somebody else put something into it meanwhile
        return
    out.info(f"Le dossier « {dossier.name} » n’a pas été gardé : aucun fichier n’y est entré.")


def _tell(actor: "Actor", out: "Output", act: "Act", paths: list[str], rows: "list[ImportFile]") -> int:
    from scarabee.dossiers.models import ImportFile

    files = [_described(actor, path, row) for path, row in zip(paths, rows, strict=True)]
    tell_remarks(out, files)
    if out.json_wanted:
        out.json({"number": act.pk, "files": files})
    else:
        table(out, files, [row.get_status_display() for row in rows])
        brought = any(sum(row.report["counts"].values()) for row in rows)
        ending = f"« scarabee annuler-import {act.pk} » le défait." if brought else "Rien de nouveau n’est entré."
        out.info(f"Import n° {act.pk}. {ending}")
    return int(any(row.status == ImportFile.Status.REFUSED for row in rows))


def _described(actor: "Actor", path: str, row: "ImportFile") -> dict[str, Any]:
    from scarabee.dossiers.services.importing import errors_told_to

    report = row.report
    return {
        "file": path,
        "status": str(row.status),
        **report["counts"],
        "warnings": report["warnings"],
        "warning_count": report["warning_count"],
        "errors": errors_told_to(actor, report),
        "known_declarations": report.get("known_declarations", 0),
        "joined": report.get("joined", 0),
        "differences": report.get("differences", []),
    }


def tell_remarks(out: "Output", files: list[dict[str, Any]]) -> None:
    """Say on standard error why files are refused, and the first warnings of the others."""
    from scarabee.web.templatetags.scarabee import counted

    for one in files:
        for error in one["errors"]:
            out.info(f"{one['file']} : REFUSÉ. {_where(error)}")
        for warning in one["warnings"][:_SHOWN]:
            out.info(f"{one['file']} : attention. {_where(warning)}")
        more = one["warning_count"] - _SHOWN
        if more > 0:
            out.info(
                f"{one['file']} : et {counted(more, 'autre avertissement,autres avertissements')} (voir avec --json)."
            )


def _where(remark: dict[str, Any]) -> str:
    line = f"Ligne {remark['line']} : " if remark["line"] else ""
    rubrique = f"{remark['rubrique']} : " if remark["rubrique"] else ""
    told = f"{line}{rubrique}{remark['message']}"
    return told[:1].upper() + told[1:]


def table(out: "Output", files: list[dict[str, Any]], statuses: list[str]) -> None:
    """The files in rows, with counts."""
    counts = ("employers", "employees", "declarations", "employee_months", "warning_count")
    rows = [
        [Path(one["file"]).name, status, *(one[count] for count in counts)]
        for one, status in zip(files, statuses, strict=True)
    ]
    headings = ("fichier", "résultat", "employeurs", "salariés", "déclarations", "mois", "avertissements")
    out.table(headings, rows, figures=range(2, 7))
