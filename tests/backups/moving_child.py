"""A monoposte that moves to PostgreSQL: `python -m tests.backups.moving_child URL`, on a data folder with SQLite.

Writes as JSON what it had, what stands there, and what it still has.
"""

import json
import sys
from typing import Any

OTHERS = {"dossiers_act", "filings_filing", "filings_filingmove", "filings_portalqueue", "maintenance_journalentry"}
"""Where the move itself writes, there."""


def main(url: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from tests.backups.bureau import fill

    from scarabee.backups import moving
    from scarabee.backups.connecting import connected
    from scarabee.maintenance.errors import Refusal
    from scarabee.maintenance.folder import prepare_folder
    from scarabee.maintenance.journal import Actor
    from scarabee.settings import database

    prepare_folder()
    fill()
    before = digests("default")
    with connected("half", database.from_url(url)) as half:  # a first attempt that was interrupted
        call_command("migrate", "accounts", "0001", database=half, verbosity=0)
    told: dict[str, Any] = {"refused": [], "rows": 0}
    for _ in range(2):
        try:
            done = moving.move_to(actor=Actor.owner(), url=url)
            told |= {"rows": done.rows, "held": done.held}
        except Refusal as refusal:
            told["refused"].append(refusal.message)
    with connected("there", database.from_url(url)) as there:
        told["same"] = {name: one for name, one in digests(there).items() if name not in OTHERS} == {
            name: one for name, one in before.items() if name not in OTHERS
        }
        told |= beyond(there)
    after = digests("default")
    told["untouched"] = {name for name, one in after.items() if before[name] != one} <= {"maintenance_journalentry"}
    json.dump(told, sys.stdout)


def digests(alias: str) -> dict[str, str]:
    from scarabee.backups import tables

    return {one.name: one.digest for one in (tables.table_of(alias, model) for model in tables.kept_models())}


def beyond(there: str) -> dict[str, Any]:
    """The journal, the deposits and the next numbers of the destination."""
    from scarabee.accounts.models import User
    from scarabee.filings.models import Filing
    from scarabee.maintenance import journal
    from scarabee.maintenance.models import JournalEntry

    return {
        "journal": journal.verify(there),
        "last": JournalEntry.objects.using(there).order_by("-sequence").values_list("code", flat=True)[0],
        "states": list(Filing.objects.using(there).values_list("state", flat=True)),
        "number": User.objects.using(there).create(username="Zoé").pk - User.objects.using(there).count(),
    }


if __name__ == "__main__":
    main(sys.argv[1])
