"""A monoposte moves to PostgreSQL whole, once, and stays as it was."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.child_processes import ROOT, SERVER, environment_for

from scarabee.backups import moving
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor

needs_postgresql = pytest.mark.skipif(not SERVER, reason="moves to a PostgreSQL")


def new_database(**options: str) -> str:
    """The address of an empty database of the server of this run."""
    name = f"cible_{secrets.token_hex(6)}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 {options.get('more', '')}".encode())
    return urlsplit(SERVER)._replace(path=f"/{name}").geturl()


@pytest.mark.engines
@pytest.mark.slow
@needs_postgresql
def test_everything_arrives_is_compared_and_the_source_stays_as_it_was(tmp_path: Path) -> None:
    environment = environment_for(tmp_path)
    environment.pop("DATABASE_URL")
    command = [sys.executable, "-m", "tests.backups.moving_child", new_database()]
    ran = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["rows"] > 40 and told["same"] and told["untouched"]
    assert (told["journal"], told["last"]) == ([], moving.MOVED)
    assert (told["held"], told["states"]) == (1, ["held"])
    assert told["number"] >= 0
    assert len(told["refused"]) == 1 and "n’est pas vide" in told["refused"][0]


@pytest.mark.engines
@needs_postgresql
def test_what_is_already_on_postgresql_has_nowhere_to_move(db: None) -> None:
    with pytest.raises(Refusal, match="déjà sur PostgreSQL"):
        moving.move_to(actor=Actor.owner(), url="postgresql://x/y")


@pytest.mark.skipif(bool(SERVER), reason="is on SQLite")
@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql://x", "postgresql://127.0.0.1:1/base"])
def test_an_address_that_leads_nowhere_is_refused_in_words_without_its_password(db: None, url: str) -> None:
    with pytest.raises(Refusal) as refused:
        moving.move_to(actor=Actor.owner(), url=url.replace("://", "://moi:secret-tres-long@"))
    assert "secret" not in str(refused.value)
    assert refused.value.remedy


def test_only_an_administrateur_moves_the_installation(db: None) -> None:
    nobody = Actor(7, "Zoé", False, "commande", "zoe")
    with pytest.raises(NotAllowed):
        moving.move_to(actor=nobody, url="postgresql://x/y")


@pytest.mark.engines
@needs_postgresql
def test_a_database_in_another_encoding_is_refused(tmp_path: Path) -> None:
    environment = environment_for(tmp_path) | {
        "SCARABEE_DONNEES": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    environment.pop("DATABASE_URL")
    url = new_database(more="ENCODING 'LATIN9' LOCALE 'C' LOCALE_PROVIDER libc")
    command = [sys.executable, "-m", "scarabee.cli.main", "migrer-vers", "-"]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, input=f"{url}\n", capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1 and "UTF-8" in ran.stderr
