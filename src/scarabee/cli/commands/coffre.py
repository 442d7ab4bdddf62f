"""The vault: where its key is and what it opens, and renewing that key."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.accounts.vault import Status
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "dire où est la clé qui scelle les mots de passe Net-Entreprises, ou la renouveler"
FOR_ADMINISTRATOR = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=["etat", "renouveler"],
        default="etat",
        help="dire où est la clé et ce qu’elle ouvre (par défaut), ou en faire une nouvelle et tout sceller avec elle",
    )
    parser.add_argument(
        "--dans-le-fichier",
        action="store_true",
        help="avec renouveler : la nouvelle clé va dans le fichier « cle-coffre » même s’il y a un trousseau, "
        "pour emporter le dossier des données sur une autre machine",
    )
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print the state of the vault; with `renouveler`, renew its key first."""
    from scarabee.accounts import vault

    if args.action == "renouveler":
        return _renew(actor, out, in_keyring=False if args.dans_le_fichier else None)
    status = vault.status(actor=actor)
    if out.json_wanted:
        out.json(_as_json(status))
        return 0
    for line in _lines(status):
        out.line(line)
    return 0


def _renew(actor: "Actor", out: "Output", *, in_keyring: bool | None) -> int:
    from scarabee.accounts import vault
    from scarabee.web.templatetags.scarabee import counted

    done = vault.rotate(actor=actor, in_keyring=in_keyring)
    if out.json_wanted:
        out.json(
            {
                "resealed": done.count,
                "unreadable": done.unreadable,
                "dropped_keys": done.dropped,
                "key_id": done.key_id,
            }
        )
    out.info(f"La clé du coffre est renouvelée : {counted(done.count, 'valeur scellée,valeurs scellées')} à nouveau.")
    if done.unreadable:
        out.info(
            f"{counted(done.unreadable, 'valeur reste illisible,valeurs restent illisibles')} "
            "parce que leur clé n’est plus là. « scarabee coffre » dit à qui il faut les redemander."
        )
    return 0


def _lines(status: "Status") -> list[str]:
    from django.utils.timezone import localtime

    from scarabee.web.templatetags.scarabee import counted

    last = f"{localtime(status.last_rotation):%d/%m/%Y %H:%M}" if status.last_rotation else "jamais"
    lines = [
        f"Clé : {_place(status)}",
        f"Valeurs scellées : {counted(status.readable, 'lisible,lisibles')}, "
        f"{counted(status.unreadable, 'illisible,illisibles')}",
        f"Dernier renouvellement : {last}",
    ]
    if status.unreadable_of:
        lines.append(f"Identifiants à saisir de nouveau pour : {', '.join(status.unreadable_of)}")
    if status.factors_of:
        lines.append(f"Second facteur à refaire pour : {', '.join(status.factors_of)}")
    if status.unreadable:
        lines.append(
            "Remettre l’ancien fichier de clé à sa place les rend lisibles aussitôt. Rien d’autre n’est perdu."
        )
    return lines


def _place(status: "Status") -> str:
    if status.place == "aucune":
        return "aucune encore ; elle sera faite au premier mot de passe enregistré"
    if status.place == "trousseau":
        return f"dans le trousseau du système ({status.ring or 'absent'}), n° {status.key_id}"
    return f"dans le fichier {status.path}, n° {status.key_id}"


def _as_json(status: "Status") -> dict[str, object]:
    return {
        "place": status.place,
        "path": str(status.path),
        "keyring": status.ring,
        "key_id": status.key_id,
        "keys": status.keys,
        "readable": status.readable,
        "unreadable": status.unreadable,
        "unreadable_of": status.unreadable_of,
        "second_factors_of": status.factors_of,
        "last_rotation": status.last_rotation,
    }
