"""A post of its own: reads an order per line on its standard input, answers one line of JSON to each."""

import json
import sys
from contextlib import ExitStack
from typing import Any

import django


def main() -> None:
    """Obey until the input ends."""
    django.setup()
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder
    from django.test import Client
    from django.urls import reverse
    from tests.conftest import PASSWORD
    from tests.sent_forms import form_of

    from scarabee.accounts.models import User
    from scarabee.accounts.services.users import create_user
    from scarabee.dossiers.models import Dossier
    from scarabee.dossiers.services.dossiers import create_dossier
    from scarabee.maintenance import gate, watch, window, work
    from scarabee.maintenance.errors import Refusal
    from scarabee.maintenance.journal import Actor
    from scarabee.maintenance.models import SchemaStamp

    held, owner, browser = ExitStack(), Actor.owner(), Client()
    sent: dict[str, Any] = {}

    def obey(order: str) -> object:
        match order.split(" ", 1):
            case ["close", reason]:
                row = held.enter_context(window.closed(actor=owner, reason=reason, patience_seconds=0.5))
                return row.reason
            case ["begin", reason]:
                return window.begin(actor=owner, reason=reason).reason
            case ["end"]:
                window.end(actor=owner)
            case ["hold"]:
                window.hold()
            case ["work"]:
                return held.enter_context(work.unit())
            case ["gate"]:
                return held.enter_context(gate.together())
            case ["leave"]:
                held.close()
            case ["look"]:
                seen = watch.look(fresh=True).window
                return seen.reason if seen else None
            case ["get"]:
                return Client().get("/connexion/").status_code
            case ["post"]:
                return Client().post("/connexion/", {"username": "x", "password": "y"}).status_code
            case ["transaction"]:  # as a restore does: the database is being replaced in one go
                with connection.cursor() as cursor:
                    cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
                    cursor.execute("DELETE FROM accounts_user")
            case ["dossier", name]:
                return reverse("dossiers:rename", args=[create_dossier(actor=owner, name=name).uuid])
            case ["account", name]:
                create_user(actor=owner, username=name, password=PASSWORD, is_administrator=True)
            case ["enter", name]:
                browser.force_login(User.objects.get(username=name))
            case ["open", page]:
                sent.update(page=page, form=form_of(browser.get(page), "name"))
            case ["save", name]:
                return browser.post(sent["page"], {**sent["form"], "name": name}).status_code
            case ["version", version]:
                SchemaStamp.objects.update(version=version)
            case ["migrated", name]:
                MigrationRecorder(connection).record_applied("maintenance", name)
                SchemaStamp.objects.update(stamp="of the version that has this migration")
            case ["stamp"]:
                return list(SchemaStamp.objects.values_list("stamp", "version"))
            case ["name"]:
                return Dossier.objects.get().name
            case ["commit"]:
                with connection.cursor() as cursor:
                    cursor.execute("COMMIT")
        return None

    for line in sys.stdin:
        try:
            answer = obey(line.strip())
        except Refusal as refusal:
            answer = {"refused": refusal.message}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
