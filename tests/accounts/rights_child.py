"""A process of its own that changes rights: `python -m tests.accounts.rights_child ACT …`.

The data folder is SCARABEE_DONNEES; what it prints is one JSON document. `rush` also says BEGIN when it is about to
open its transaction, which waits for as long as the test holds the database.
"""

# ruff: noqa: E402 - Django is set up before its models are imported

import json
import os
import sqlite3
import sys
import time
from contextlib import closing
from datetime import timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from django.db import connection
from django.test import Client

from scarabee.accounts.models import Session, User
from scarabee.accounts.services import rights, users
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor

PASSWORD = "corail dune sextant 47"
ACTS = {
    "demote": lambda actor, user: rights.set_administrator(actor=actor, user=user, value=False),
    "close": lambda actor, user: users.deactivate_user(actor=actor, user=user),
}


def prepare(*names: str) -> list[str]:
    """Administrateurs of these names."""
    prepare_folder()
    for name in names:
        users.create_user(actor=Actor.owner(), username=name, password=PASSWORD, is_administrator=True)
    return list(names)


def rush(act: str, actor_name: str, target_name: str) -> str:
    """What became of it: done or the refusal's words. Rights are read before the start, as those of a request are."""
    actor = Actor.of(User.objects.get_by_natural_key(actor_name))
    target = User.objects.get_by_natural_key(target_name)
    try:
        with connection.execute_wrapper(_announced):
            ACTS[act](actor, target)
    except Refusal as refusal:
        return refusal.message
    return "done"


def _announced(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.startswith("BEGIN"):
        print("BEGIN", flush=True)
    return execute(sql, params, many, context)


def guess(name: str, password: str, times: str) -> list[int]:
    """The codes that the sign-in page answers to as many tries."""
    browser = Client()
    fields = {"username": name, "password": password}
    return [browser.post("/connexion/", fields).status_code for _ in range(int(times))]


def use_while_busy(name: str) -> dict[str, Any]:
    """A page asked for while another connection holds the database, then once it is free: status, and use written."""
    browser = Client()
    browser.post("/connexion/", {"username": name, "password": PASSWORD})
    long_ago = now() - timedelta(minutes=20)
    Session.objects.update(seen_at=long_ago)
    told: dict[str, Any] = {}
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        told["busy"] = [browser.get("/").status_code, Session.objects.get().seen_at != long_ago]
        told["seconds"] = time.monotonic() - began
    told["free"] = [browser.get("/").status_code, Session.objects.get().seen_at != long_ago]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (told["timeout_ms"],) = cursor.fetchone()
    return told


def state() -> dict[str, Any]:
    able = User.objects.get_queryset().able_to_sign_in().filter(is_administrator=True)
    return {"able": [user.username for user in able], "broken": journal.verify()}


if __name__ == "__main__":
    act, *arguments = sys.argv[1:]
    acts = {"prepare": prepare, "rush": rush, "guess": guess, "use_while_busy": use_while_busy, "state": state}
    told = acts[act](*arguments)
    connection.close()
    print(json.dumps(told))
