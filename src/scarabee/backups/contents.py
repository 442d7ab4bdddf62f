"""What an archive holds: the names of its members, in order, and what the first pages say.

LISEZMOI.txt     what this file is and how to open it without Scarabée
manifeste.json   what was saved, by which version, of which schema
base.sqlite3     the rows, as a whole SQLite database; or, from PostgreSQL, tables/NAME.copy, one for each table
fichiers/…       the files that wait in the data folder
cles/cle-coffre  the keys of the vault
preuve.json      size and SHA-256 of each member, rows by table, digest by dossier, last entry of the journal
"""

import re
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

FORMAT = 1
SUFFIX = ".tar.zst.age"
READ_ME = "LISEZMOI.txt"
MANIFEST = "manifeste.json"
DATABASE = "base.sqlite3"
VAULT_KEYS = "cles/cle-coffre"
PROOF = "preuve.json"

_NAMES = re.compile(r"base\.sqlite3|tables/[a-z0-9_]+\.copy|cles/cle-coffre|fichiers(?:/[^/\\:\0-\37]+)+")


def table_member(table: str) -> str:
    """The name of the member that holds a table of PostgreSQL."""
    return f"tables/{table}.copy"


def table_of(name: str) -> str | None:
    """The table that a member holds; None for another member."""
    return name.removeprefix("tables/").removesuffix(".copy") if name.startswith("tables/") else None


def is_allowed(name: str) -> bool:
    """Whether a member between the manifest and the proof may be called so: below its folder, and nowhere else."""
    return bool(_NAMES.fullmatch(name)) and not {".", ".."} & set(name.split("/"))


def archive_name(moment: datetime, what: str) -> str:
    """`scarabee-20261112-183000-installation.tar.zst.age`, by the clock on the wall; `what` is plain ASCII."""
    return f"scarabee-{localtime(moment):%Y%m%d-%H%M%S}-{what}{SUFFIX}"


def read_me(manifest: dict[str, Any]) -> str:
    """The page that whoever opens the archive by hand finds first."""
    is_part = manifest.get("kind", "installation") != "installation"
    keys = "" if is_part else ", et les clés des mots de passe enregistrés"
    back = "scarabee restaurer FICHIER --dossier NOM" if is_part else "scarabee restaurer FICHIER"
    return f"""\
Sauvegarde de Scarabée
======================

Faite le {manifest.get("made_at", "")} par {manifest.get("made_by", "")}, version {manifest.get("version", "")} :
{manifest.get("what", "")}.

Elle contient de vrais noms, numéros de sécurité sociale et salaires{keys}.
Ne la laissez pas ouverte, effacez ce que vous en tirez.

Avec Scarabée, rien n’est à ouvrir à la main : scarabee verifier-sauvegarde FICHIER, puis {back}.

Sans Scarabée, il faut trois outils libres et la trousse (la ligne AGE-SECRET-KEY-1…, dans un fichier) :

    age --decrypt --identity TROUSSE FICHIER{SUFFIX} | zstd --decompress | tar --extract

manifeste.json    ce qui a été sauvegardé, quand, par qui, avec quelle version
base.sqlite3      toutes les lignes : une base SQLite entière, que l’outil sqlite3 ouvre
tables/*.copy     ou bien, venues de PostgreSQL, les lignes de chaque table, comme COPY les écrit ; le manifeste
                  donne l’ordre des colonnes :  \\copy TABLE (COLONNES) from TABLE.copy
fichiers/         les fichiers qui attendaient dans le dossier des données
cles/cle-coffre   les clés qui ouvrent les mots de passe Net-Entreprises
preuve.json       la taille et l’empreinte SHA-256 de chaque fichier, les lignes de chaque table, l’empreinte de chaque
                  dossier, la dernière écriture du journal
"""
