"""The data folder: whose it is, who can read it, and what room is left."""

import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import connection

from scarabee.maintenance.folder import KEY_NAME
from scarabee.maintenance.health.checks import Check, Found, error, ok, warning

LEAST_BYTES, LITTLE_BYTES = 1 << 30, 5 << 30
_GB = 1e9


def folder_rights() -> Found:
    """Nobody but its owner reads the data folder, and Scarabée can write there."""
    folder = Path(settings.DATA_FOLDER)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"essai")
    except OSError:
        return error(f"Scarabée ne peut pas écrire dans {folder}.", "Rendez-lui ce dossier (chown), ou ses droits.")
    if os.name == "nt":
        return ok(f"{folder} : Scarabée peut y écrire. Vérifiez que son compte est seul à pouvoir le lire.")
    keys = [folder / KEY_NAME, Path(settings.VAULT_KEY_FILE)]
    open_to_others = [path for path in (folder, *keys) if path.exists() and path.stat().st_mode & 0o077]
    if open_to_others:
        return error(
            f"D’autres comptes de cette machine peuvent lire {', '.join(map(str, open_to_others))}.",
            "Fermez-les : chmod 700 pour le dossier, 600 pour les fichiers.",
        )
    return ok(f"{folder} : réservé à son propriétaire.")


def room() -> Found:
    """There is room for a day’s work, and for a copy of the database."""
    free = shutil.disk_usage(settings.DATA_FOLDER).free
    size = database_bytes()
    told = f"{free / _GB:.1f} Go libres".replace(".", ",")
    if free < max(LEAST_BYTES, size):
        return error(f"{told} : un import ou une sauvegarde peut échouer.", "Libérez de la place.")
    if free < max(LITTLE_BYTES, 2 * size):
        return warning(f"{told}.", "Prévoyez de la place : il en faut deux fois la taille de la base.")
    return ok(f"{told}.")


def database_bytes() -> int:
    """How large the database file of the data folder is; 0 when it is elsewhere."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or not os.path.isfile(name):
        return 0
    return sum(os.path.getsize(name + end) for end in ("", "-wal") if os.path.exists(name + end))


CHECKS = (
    Check("donnees", "Dossier des données", folder_rights),
    Check("disque", "Place libre", room),
)
