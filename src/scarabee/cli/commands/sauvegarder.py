"""Save the whole installation, or a part of it, into one encrypted archive, and prove it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.backups.models import Backup
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "sauvegarder l’installation, ou un dossier, dans une archive chiffrée, puis la relire"
REASON = "à la demande"
FOR_OTHERS = "pour un autre tiers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from scarabee.cli.commands import designation

    parser.add_argument("--dossier", metavar="NOM", help="ce dossier seulement")
    designation.add_part_arguments(parser)
    parser.add_argument(
        "--pour", metavar="CLE", action="append", default=[],
        help="la clé publique (age1…) d’un autre tiers, ou le fichier qui la contient : lui aussi ouvrira l’archive",
    )  # fmt: skip
    parser.add_argument(
        "--sortie",
        metavar="CHEMIN",
        type=Path,
        help="un dossier, fait s’il n’existe pas, où l’archive prend un nom daté ; ou, avec une extension, le nom du "
        "fichier à écrire (si rien n’est dit : « sauvegardes », dans le dossier des données)",
    )
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print the path of the archive once it was read again."""
    from scarabee.backups import keys, writing
    from scarabee.maintenance.errors import Refusal

    folder, name = _place(args.sortie)
    if args.dossier:
        backup = _save_part(args, actor, folder, name)
    elif args.employeur or args.salarie or args.pour:
        raise Refusal(
            "--employeur, --salarie et --pour vont avec --dossier.", remedy="Ajoutez --dossier NOM, puis recommencez."
        )
    else:
        backup = writing.back_up(actor=actor, reason=REASON, folder=folder, name=name)
    if out.json_wanted:
        out.json(describe(backup))
    else:
        out.line(backup.path)
    out.info(_words(backup))
    if not keys.is_put_away():
        out.info(
            "Sans la trousse de clés, personne ne rouvrira cette archive si cet ordinateur est perdu : "
            "« scarabee trousse » la montre ; imprimez-la ou gardez-la ailleurs, puis « scarabee trousse rangee »."
        )
    return 0


def _save_part(args: argparse.Namespace, actor: "Actor", folder: Path | None, name: str) -> "Backup":
    from scarabee.backups import parts
    from scarabee.cli.commands import lookup
    from scarabee.dossiers.services.dossiers import dossier_by_name

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    return parts.save(
        actor=actor,
        dossier=dossier,
        employers=list(lookup.employers_of(dossier, args.employeur).values()),
        employee=lookup.employee_of(dossier, args.salarie) if args.salarie else None,
        others=[Path(one).read_text(encoding="utf-8") if Path(one).is_file() else one for one in args.pour],
        reason=FOR_OTHERS if args.pour else REASON,
        folder=folder,
        name=name,
    )


def describe(backup: "Backup") -> dict[str, Any]:
    """The JSON of a backup: where it is, when it was made and proved, what is wrong with it."""
    return {
        "number": backup.pk,
        "kind": backup.kind,
        "what": backup.what,
        "reason": backup.reason,
        "actor": backup.actor_name,
        "machine": backup.machine,
        "path": backup.path,
        "size": backup.size,
        "sha256": backup.sha256,
        "started_at": backup.started_at,
        "made_at": backup.made_at,
        "proved_at": backup.proved_at,
        "problem": backup.problem,
        "rows": sum(backup.counts.values()),
        "deleted_at": backup.deleted_at,
    }


def _place(asked: Path | None) -> tuple[Path | None, str]:
    """The folder and, when a file was named, its name."""
    if asked is None or asked.is_dir() or not asked.suffix:
        return asked, ""
    return asked.parent, asked.name


def _words(backup: "Backup") -> str:
    from scarabee.dossiers.services.uploads import in_words
    from scarabee.web.templatetags.scarabee import counted

    rows = counted(sum(backup.counts.values()), "ligne,lignes")
    said = f"L’archive est écrite ({in_words(backup.size or 0)}), relue et vérifiée : {rows}."
    said = f"Elle contient : {backup.what}.\n{said}"
    return f"{said}\n{backup.problem}" if backup.problem else said
