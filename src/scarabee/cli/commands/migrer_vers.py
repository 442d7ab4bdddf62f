"""Move this installation to PostgreSQL: copied, proved, the source untouched."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "copier toute l’installation dans une base PostgreSQL vide, et dire comment la suite se règle"
FOR_ADMINISTRATOR = True
GATED = False
_OUT_OF_THE_RING = (
    "la clé du coffre est dans le trousseau de ce système : « scarabee coffre renouveler --dans-le-fichier » la met "
    "dans son fichier ; faites-le, puis recommencez ce déplacement dans une base neuve ;"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "url",
        metavar="URL",
        help="postgresql://utilisateur:motdepasse@hôte:5432/base ; « - » la lit sur l’entrée standard, où personne ne "
        "voit le mot de passe (on peut aussi l’omettre et le donner par PGPASSWORD)",
    )
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Copy, prove, say what to set."""
    from scarabee.backups import moving

    url = sys.stdin.readline().strip() if args.url == "-" else args.url
    done = moving.move_to(actor=actor, url=url, tell=lambda name, rows: out.info(f"  {name} : {rows} lignes"))
    if out.json_wanted:
        out.json(
            {
                "rows": done.rows,
                "tables": [{"name": one.name, "rows": one.rows, "sha256": one.digest} for one in done.tables],
                "deposits_held": done.held,
                "seconds": round(done.seconds, 1),
            }
        )
    out.info(f"Copié et relu : {done.rows} lignes de {len(done.tables)} tables, identiques des deux côtés.")
    for line in _what_next():
        out.info(line)
    if done.held:
        out.info(f"Dépôts prévus qui attendent là-bas qu’une personne les ordonne : {done.held}.")
    return 0


def _what_next() -> list[str]:
    from django.conf import settings

    from scarabee.accounts.vault import keys

    vault, backups, files = settings.VAULT_KEY_FILE, settings.BACKUP_KEY_FILE, settings.DATA_FOLDER / "fichiers"
    steps = [
        "arrêtez Scarabée ici, et ne le redémarrez plus sur ces données : deux installations enverraient deux fois ;",
        "sur le serveur, donnez cette adresse à DATABASE_URL ;",
        f"copiez-y, lisibles par Scarabée seul, {vault} et {backups} (SCARABEE_CLE_COFFRE et SCARABEE_CLE_SAUVEGARDE "
        f"peuvent nommer leur place), et le dossier {files} s’il existe ;",
        "démarrez-le, puis « scarabee journal verifier » et « scarabee coffre » : tout doit s’ouvrir.",
    ]
    if any(key.entry for key in keys.read_keys()):
        steps.insert(2, _OUT_OF_THE_RING)
    return ["Rien n’a changé ici. Pour travailler là-bas :", *(f"  {n}. {one}" for n, one in enumerate(steps, 1))]
