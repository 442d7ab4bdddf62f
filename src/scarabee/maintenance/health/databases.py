"""The database: does it answer, is it recent enough, does it keep what it was given, is it of this version?"""

import sqlite3

from django.conf import settings
from django.db import DatabaseError, connection

from scarabee.maintenance import folder
from scarabee.maintenance.health.checks import REACHABLE, SCHEMA, Check, Found, error, ok, warning

MINIMUM_POSTGRESQL, MINIMUM_SQLITE = 15, (3, 37)
_UNREACHABLE = "Vérifiez DATABASE_URL et que PostgreSQL tourne ; pour SQLite, les droits du dossier des données."
_REASONS = (
    ("authentication failed", "l’utilisateur ou le mot de passe est refusé"),
    ("pg_hba", "pg_hba.conf n’autorise pas cette connexion"),
    ("does not exist", "cette base, ou cet utilisateur, n’existe pas"),
    ("refused", "rien n’écoute à cette adresse"),
    ("resolve host", "cet hôte est inconnu"),
    ("timeout", "pas de réponse à temps"),
    ("certificate", "le certificat n’est pas accepté"),
    ("locked", "un autre travail la tient occupée"),
    ("malformed", "son fichier est abîmé"),
    ("not a database", "son fichier est abîmé"),
)
"""What the errors of the two engines say, which quote names and addresses, in words that quote nothing."""
_DURABLE = {"fsync": "on", "full_page_writes": "on"}
_UPGRADE = "Lancez « scarabee mettre-a-jour »."


def reachable() -> Found:
    """Does it answer?"""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as broken:
        why = next((words for said, words in _REASONS if said in str(broken)), type(broken).__name__)
        return error(f"La base de données ne répond pas : {why}.", _UNREACHABLE)
    return ok("La base de données répond.")


def version() -> Found:
    """PostgreSQL 15 or newer; SQLite 3.37 or newer."""
    if connection.vendor == "postgresql":
        number = _setting("server_version_num")
        told = f"PostgreSQL {_setting('server_version')}"
        if int(number) // 10_000 < MINIMUM_POSTGRESQL:
            return error(f"{told} est trop ancien.", f"Il faut PostgreSQL {MINIMUM_POSTGRESQL} ou plus récent.")
        return ok(f"{told}.")
    if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
        return error(f"SQLite {sqlite3.sqlite_version} est trop ancien.", "Mettez Python à jour.")
    if settings.SERVICE:
        return warning(
            f"SQLite {sqlite3.sqlite_version}, pour une installation en réseau : une seule machine, peu de monde.",
            "Au-delà de trois personnes, passez à PostgreSQL (DATABASE_URL).",
        )
    return ok(f"SQLite {sqlite3.sqlite_version}.")


def durability() -> Found:
    """Is what was recorded still there after a power cut?"""
    if connection.vendor == "postgresql":
        wrong = [name for name, value in _DURABLE.items() if _setting(name) != value]
        wrong += ["synchronous_commit"] if _setting("synchronous_commit") == "off" else []
        if wrong:
            return error(
                f"Une coupure de courant peut perdre ce qui vient d’être enregistré ({', '.join(wrong)}).",
                "Rétablissez ces réglages de postgresql.conf.",
            )
        return ok("Ce qui est enregistré résiste à une coupure (fsync).")
    journal, synchronous = _pragma("journal_mode"), int(_pragma("synchronous"))
    if journal not in {"wal", "memory"} or synchronous < 2:
        return error(
            f"SQLite est sans protection (journal {journal}, synchronous {synchronous}).", "Relancez Scarabée."
        )
    return ok("Ce qui est enregistré résiste à une coupure (WAL, FULL).")


def isolation() -> Found:
    """Do transactions see one another as the rules expect?"""
    if connection.vendor == "postgresql":
        level = _setting("default_transaction_isolation")
        encoding = _setting("server_encoding")
        if level != "read committed" or encoding != "UTF8":
            return error(
                f"La base est en « {level} » et en {encoding} : Scarabée attend « read committed » et UTF8.",
                "Rétablissez default_transaction_isolation, ou créez la base avec ENCODING 'UTF8'.",
            )
        return ok("Transactions « read committed », encodage UTF8.")
    return ok("Un seul écrit à la fois (BEGIN IMMEDIATE).")


def integrity() -> Found:
    """Is the file whole? PostgreSQL checks its own pages, if it was told to."""
    if connection.vendor == "postgresql":
        if _setting("data_checksums") != "on":
            return warning(
                "PostgreSQL n’a pas de sommes de contrôle : une page abîmée par un disque passerait inaperçue.",
                "À l’occasion, arrêtez PostgreSQL et lancez « pg_checksums --enable ».",
            )
        return ok("PostgreSQL vérifie chaque page qu’il lit (sommes de contrôle).")
    if (told := _pragma("quick_check")) != "ok":
        return error(
            f"Le fichier de la base est abîmé ({told[:80]}).",
            "Arrêtez Scarabée, ne supprimez rien, et restaurez la dernière sauvegarde.",
        )
    return ok("Le fichier de la base est intact (quick_check).")


def schema() -> Found:
    """Is it of the version that runs?"""
    stored = folder.database_stamp()
    if stored is None:
        return error("La base n’a pas encore de schéma, ou un très ancien.", _UPGRADE)
    if stored[0] != folder.migration_stamp():
        return error(f"La base est de la version {stored[1] or 'inconnue'}, pas de celle-ci.", _UPGRADE)
    return ok("Le schéma est celui de cette version.")


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def _pragma(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return str(cursor.fetchone()[0])


CHECKS = (
    Check(REACHABLE, "Base de données", reachable),
    Check("base.version", "Version de la base", version, needs=REACHABLE),
    Check("base.duree", "Résistance aux coupures", durability, needs=REACHABLE),
    Check("base.isolation", "Transactions", isolation, needs=REACHABLE),
    Check(SCHEMA, "Schéma", schema, needs=REACHABLE),
    Check("base.integrite", "Intégrité", integrity, needs=REACHABLE, thorough=True),
)
