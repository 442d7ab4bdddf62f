"""A copy of the database as it is, of whatever version: made before its schema changes, for who must go back.

It asks the engine, not the models, which know the new schema only. SQLite: a file made by its backup interface.
PostgreSQL: the custom format of pg_dump. It lies in the data folder, as little encrypted as the database itself.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.health.places import database_bytes
from scarabee.maintenance.lasting import publish

FOLDER = "avant-mise-a-jour"
KEPT = 3
_DEBIAN = Path("/usr/lib/postgresql")
_DUMP_SECONDS = 6 * 3600


def make() -> Path:
    """Copy the whole database; the path of the copy, whole and read again. The three newest copies are kept.

    Raises Refusal when there is no room, no pg_dump, or the copy is not right; OSError.
    """
    folder = Path(settings.DATA_FOLDER) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    is_sqlite = connection.vendor == "sqlite"
    path = folder / f"scarabee-{now():%Y%m%d-%H%M%S}.{'sqlite3' if is_sqlite else 'dump'}"
    draft = path.with_suffix(f"{path.suffix}.partiel")
    os.close(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    try:
        if is_sqlite:
            _copy_sqlite(draft)
        else:
            _dump(draft)
        publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    for old in sorted(folder.glob("scarabee-*"))[:-KEPT]:
        old.unlink()
    return path


def put_back(path: Path) -> None:
    """Put a copy of SQLite back over the database, in one transaction of its own."""
    with closing(sqlite3.connect(path)) as copy:
        connection.ensure_connection()
        copy.backup(connection.connection)


def way_back(path: Path) -> str:
    """What a person types to put a copy of PostgreSQL back, new tables gone; no password is in it."""
    arguments, _ = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    where = " ".join([*arguments[1:-1], "-d", arguments[-1]])
    return f"psql {where} -c 'DROP OWNED BY CURRENT_USER CASCADE' && pg_restore --single-transaction {where} {path}"


def _copy_sqlite(draft: Path) -> None:
    if shutil.disk_usage(draft.parent).free < database_bytes() * 1.1:
        raise _failed("il n’y a pas la place de copier la base", "Libérez de la place, puis recommencez.")
    connection.ensure_connection()
    with closing(sqlite3.connect(draft)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself
        if copy.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise _failed("la copie de la base est abîmée", "Restaurez la dernière sauvegarde sur un autre disque.")


def _dump(draft: Path) -> None:
    """pg_dump, and pg_restore to read its table of contents again."""
    arguments, secrets = DatabaseClient.settings_to_cmd_args_env(
        connection.settings_dict, ["--format=custom", "--no-password", f"--file={draft}"]
    )
    _run([_tool("pg_dump"), *arguments[1:]], secrets or {})
    _run([_tool("pg_restore"), "--list", "--file=/dev/null", str(draft)], {})


def _run(command: list[str], secrets: dict[str, str]) -> None:
    environment = {**os.environ, "LC_ALL": "C", **secrets}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_DUMP_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _failed("pg_dump ne finit pas", "Regardez ce qui tient la base occupée.") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["?"])[0][:200]
        raise _failed(
            f"{Path(command[0]).name} a échoué ({said})",
            "Corrigez ce qu’il dit ; il doit être au moins de la version du serveur (apt install postgresql-client).",
        )


def _tool(name: str) -> str:
    """The program, on the path or where Debian keeps the newest."""
    installed = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if found := shutil.which(name) or (str(installed[-1]) if installed else ""):
        return found
    raise _failed(
        f"le programme {name} n’est pas installé ici",
        "Installez-le (apt install postgresql-client), ou faites une copie vous-même et ajoutez --sans-copie.",
    )


def _failed(why: str, remedy: str) -> Refusal:
    return Refusal(
        f"La copie de sûreté n’a pas pu se faire : {why}.", safe="La base n’a pas été touchée.", remedy=remedy
    )
