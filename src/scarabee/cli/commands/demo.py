"""Start Scarabée on invented data, in a data folder of its own that is filled once."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

HELP = "démarrer une démonstration : un bureau fictif, dans un dossier de données à part"
FOR_ADMINISTRATOR = True
GATED = False
MARK = "demonstration"
"""A file of the data folder, made before anything is invented. It says whether the bureau is complete."""
_STARTED, _COMPLETE = "en cours", "complète"
_LOCK = "demonstration.verrou"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from scarabee.cli.launcher import add_address_arguments

    add_address_arguments(parser)
    parser.add_argument(
        "--reinitialiser", action="store_true", help="refaire le bureau fictif (fermez d’abord la démonstration)"
    )


def choose_folder(asked: str | None) -> None:
    """Point SCARABEE_DONNEES at the folder asked for, else at the demonstration's own: never at real data.

    The demonstration never uses the database server that DATABASE_URL names, nor a key of the vault or of backups that
    serves real data: its own stand in its folder, and the keyring of the system is left alone. It writes to nobody.
    """
    from platformdirs import user_data_dir

    folder = asked or user_data_dir("scarabee-demo", appauthor=False)
    os.environ["SCARABEE_DONNEES"] = folder
    os.environ["SCARABEE_CLE_COFFRE"] = os.path.join(folder, "cle-coffre")
    os.environ["SCARABEE_CLE_SAUVEGARDE"] = os.path.join(folder, "cle-sauvegarde")
    for name in ("DATABASE_URL", "SCARABEE_SMTP", "SCARABEE_COURRIEL_DE", "SCARABEE_COURRIEL_A"):
        os.environ.pop(name, None)


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Fill the folder if need be, then serve until Ctrl-C; prints the address and a one-time sign-in link."""
    from django.conf import settings
    from django.urls import reverse

    from scarabee.accounts.services.sign_in import create_sign_in_link
    from scarabee.accounts.services.users import ensure_administrator
    from scarabee.cli import launcher
    from scarabee.cli.commands import demo_bureau, demo_portal

    folder = Path(settings.DATA_FOLDER)
    _fill(folder, args.reinitialiser, actor, out)
    port = launcher.free_port(args.port)
    bouchon, portal = demo_portal.beside(actor, folder)
    administrator = ensure_administrator(actor=actor)
    token = create_sign_in_link(administrator)
    link = launcher.address(port, reverse("accounts:sign_in_link", args=[token]))
    lines = [
        "Scarabée, démonstration : tout est inventé, associations, personnes et numéros.",
        f"Adresse : {launcher.address(port)}",
        f"Données : {folder}",
        f"Faux portail Net-Entreprises (bouchon), pour s’entraîner : {portal}/",
        "",
        "Ouvrez cette adresse pour entrer (valable quinze minutes, une seule fois ; relancer en donne une autre) :",
        f"  {link}",
    ]
    if administrator.check_password(demo_bureau.PASSWORD):  # until somebody changes it
        lines += [f"Ensuite : compte {administrator.username}, mot de passe « {demo_bureau.PASSWORD} »."]
    lines += ["", "Ctrl-C pour arrêter."]
    return launcher.supervise(port, lines, open_url="" if args.sans_navigateur else link, beside=[bouchon])


def _fill(folder: Path, anew: bool, actor: "Actor", out: "Output") -> None:
    """Invent the bureau unless it is there; one that was cut short, or is no longer wanted, is wiped first.

    Raises `Refusal` for a folder that holds anything else than a demonstration.
    """
    from scarabee.cli.commands import demo_bureau, demo_portal
    from scarabee.maintenance.errors import Refusal
    from scarabee.maintenance.locks import exclusive_lock

    with exclusive_lock(folder / _LOCK):
        state = _read(folder / MARK)
        if state == _COMPLETE and not anew:
            return
        if not state and _in_use():
            raise Refusal(
                f"Le dossier {folder} contient de vraies données : la démonstration ne s’y installe pas.",
                remedy="Choisissez-en un autre avec --donnees, ou aucun.",
            )
        _write(folder / MARK, _STARTED)
        if state:
            _wipe(folder)
        demo_portal.bind_first()  # deposits are made for a portal, though none is sent yet
        out.info("Invention d’un bureau fictif, une fois pour toutes (moins d’une minute)…")
        demo_bureau.build(actor, out)
        _write(folder / MARK, _COMPLETE)


def _in_use() -> bool:
    from scarabee.accounts.models import User
    from scarabee.dossiers.models import Act, Dossier

    return Dossier.objects.exists() or Act.objects.exists() or User.objects.exists()


def _wipe(folder: Path) -> None:
    """Remove the database of a demonstration, and make an empty one."""
    from django.db import connection

    from scarabee.maintenance.folder import DATABASE_NAME, prepare_folder

    connection.close()
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{DATABASE_NAME}{suffix}").unlink(missing_ok=True)
    prepare_folder()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _write(path: Path, state: str) -> None:
    """Change the mark at one stroke, and make it last."""
    from scarabee.maintenance.lasting import replace_file

    replace_file(path, state.encode())
