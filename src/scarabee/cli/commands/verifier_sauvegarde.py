"""Prove an archive: decrypt it, hash and count everything it holds."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.backups.proving import Proof
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "relire une archive jusqu’au bout et dire si elle est entière"
FOR_ADMINISTRATOR = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FICHIER", type=Path, help="l’archive")
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print what the archive holds; 1 with the reason when it cannot be trusted."""
    from scarabee.backups import proving

    proof = proving.verify(actor=actor, path=args.file)
    if out.json_wanted:
        out.json(_as_json(proof))
        return 0
    for line in _lines(proof):
        out.line(line)
    return 0


def _lines(proof: "Proof") -> list[str]:
    from scarabee.web.templatetags.scarabee import counted

    told = proof.manifest
    return [
        f"L’archive est entière : {counted(sum(proof.rows.values()), 'ligne,lignes')}, "
        f"{counted(len(proof.dossiers), 'dossier,dossiers')}, {counted(proof.members, 'fichier,fichiers')}.",
        f"Elle contient {told.get('what', '')}, de {told.get('portal', '')} ; faite le {_moment(told.get('made_at'))} "
        f"par {told.get('made_by', '')}, version {told.get('version', '')}.",
        f"Dernière écriture du journal : n° {proof.journal.get('sequence', 0)}, {proof.journal.get('hash', '')}",
        *(f"{one['digest']}  {one['name']}" for one in proof.dossiers),
    ]


def _moment(text: object) -> str:
    from datetime import datetime

    from django.utils.timezone import localtime

    try:
        return f"{localtime(datetime.fromisoformat(str(text))):%d/%m/%Y à %H:%M}"
    except ValueError:
        return str(text)


def _as_json(proof: "Proof") -> dict[str, object]:
    told = ("kind", "what", "reason", "made_at", "made_by", "version", "engine", "portal", "vault_keys")
    return {
        "ok": True,
        "path": str(proof.path),
        **{name: proof.manifest.get(name) for name in told},
        "members": proof.members,
        "rows": dict(proof.rows),
        "dossiers": [{"name": one["name"], "digest": one["digest"]} for one in proof.dossiers],
        "journal": dict(proof.journal),
    }
