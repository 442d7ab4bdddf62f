"""A collector to be killed: `python -m tests.returns.portal.killed_child ACT …`."""

# ruff: noqa: E402 - Django is set up before its models are imported

import json
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from tests.filings.factories import holder, planned, small_files

from scarabee.accounts.models import PortalBinding
from scarabee.filings.models import PortalQueue
from scarabee.filings.services import sending
from scarabee.maintenance.clock import now
from scarabee.maintenance.folder import prepare_folder
from scarabee.returns.models import Cursor, Return
from scarabee.returns.services import collecting, cursors


def prepare(portal: str) -> int:
    PortalBinding.objects.update_or_create(id=1, defaults={"portal": portal})
    planned(next(small_files(real=True)), holder("Lucie"))
    sending.run_due()
    cursors.begin_missing()
    return Cursor.objects.update(until=now())


def collect() -> dict[str, Any]:
    print("READY", flush=True)
    return {"fetched": collecting.run_due(), **rows()}


def after() -> dict[str, Any]:
    """What another does once the lease of the dead is over, and what it planned is due."""
    busy = collecting.run_due()
    PortalQueue.objects.update(busy_until=None)
    Cursor.objects.update(next_at=now())
    return {"while_busy": busy, "fetched": collecting.run_due(), **rows()}


def rows() -> dict[str, Any]:
    return {
        "returns": list(Return.objects.order_by("nature", "ops").values_list("nature", "ops", "fetch", "rank")),
        "versions": sum(one.versions.count() for one in Return.objects.all()),
        "problems": list(Cursor.objects.values_list("problem", flat=True)),
    }


if __name__ == "__main__":
    prepare_folder()
    name, *arguments = sys.argv[1:]
    print(json.dumps(globals()[name](*arguments)))
