"""Taking a dossier, some of its employers or one employee out of an archive: the part of `restaurer` that does it."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.backups.pulling import Pulled
    from scarabee.backups.received_parts import Here, Look
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from scarabee.cli.commands import designation

    parser.add_argument(
        "--dossier", metavar="NOM", nargs="?", const="",
        help="reprendre ce dossier de l’archive, dans un nouveau dossier à côté des autres ; sans NOM, le seul qu’elle "
        "contient",
    )  # fmt: skip
    designation.add_part_arguments(parser)
    parser.add_argument("--vers", metavar="NOM", default="", help="le nom du nouveau dossier")


def is_asked(args: argparse.Namespace) -> bool:
    """Whether a part is wanted, rather than the whole installation."""
    return args.dossier is not None or bool(args.employeur or args.salarie or args.vers)


def run(args: argparse.Namespace, actor: "Actor", out: "Output", identities: Sequence[str]) -> int:
    """Say what the archive holds, or take the part out of it."""
    from scarabee.backups import pulling, received_parts
    from scarabee.maintenance import gate, window

    dossier = args.dossier or ""
    if args.apercu:
        found = received_parts.look(actor=actor, path=args.file, identities=identities, dossier=dossier)
        _tell(out, found)
        if out.json_wanted:
            out.json(_look_json(found))
        return 0
    with gate.together() as comes_in:
        if not comes_in:
            raise window.refusal(window.current())
        done = pulling.pull(
            actor=actor, path=args.file, identities=identities, dossier=dossier, sirets=args.employeur,
            person=(args.salarie.siret, args.salarie.identifier) if args.salarie else None, name=args.vers,
            tell=out.info,
        )  # fmt: skip
    if out.json_wanted:
        out.json(_json(done))
    _tell_done(out, done)
    return 0


def _tell(out: "Output", found: "Look") -> None:
    from django.utils.timezone import localtime

    from scarabee.web.templatetags.scarabee import counted

    out.info(f"Archive du {localtime(found.made_at):%d/%m/%Y %H:%M}, faite par {found.made_by} : {found.what}.")
    if found.foreign:
        out.info("Elle vient d’un autre portail : ses taux et ses anomalies ne seraient pas repris.")
    for dossier in found.dossiers:
        out.info(f"« {dossier.name} » : {counted(dossier.employers, 'employeur')}.")
        for one in dossier.listed:
            held = f"{counted(one.employees, 'salarié')}, {counted(one.declarations, 'déclaration')}"
            out.info(f"  {one.siret} {one.name} : {held} ; {' ; '.join(map(_here, one.here)) or 'pas ici'}.")


def _here(one: "Here") -> str:
    from scarabee.web.templatetags.scarabee import counted

    if not one.only_there and not one.only_here:
        return f"les mêmes dans « {one.dossier} »"
    return (
        f"dans « {one.dossier} », {counted(one.only_there, 'manque,manquent')}, "
        f"{counted(one.only_here, 'de plus,de plus')}"
    )


def _tell_done(out: "Output", done: "Pulled") -> None:
    from scarabee.backups.wording import PART_KINDS
    from scarabee.web.templatetags.scarabee import counted

    told = ", ".join(counted(done.rows[kind], words) for kind, words in PART_KINDS.items() if done.rows.get(kind))
    out.info(f"Repris dans le nouveau dossier « {done.dossier.name} », relu et comparé à l’archive : {told}.")
    if done.left_out:
        out.info("L’archive vient d’un autre portail : ses taux et ses anomalies n’ont pas été repris.")
    for one in done.takeovers:
        out.info(f"{one.siret} n’avait plus de dossier déclarant : {one.where} le déclare désormais.")
    out.info(
        "Aucun autre dossier n’a changé, rien n’est déposé. « scarabee transferer » copie ce que vous voulez dans un "
        f"autre dossier ; « scarabee annuler-import {done.act.pk} » retire tout ce qui vient d’arriver."
    )


def _look_json(found: "Look") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(found)


def _json(done: "Pulled") -> dict[str, Any]:
    return {
        "act": done.act.pk,
        "dossier": done.dossier.name,
        "rows": done.rows,
        "left_out": done.left_out,
        "takeovers": [{"siret": one.siret, "dossier": one.dossier_name} for one in done.takeovers],
    }
