"""A worker to be killed while it deposits: `python -m tests.filings.portal.killed_child ACT …`."""

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
from scarabee.filings.models import Filing, PortalQueue
from scarabee.filings.services import sending, sweeping
from scarabee.maintenance.folder import prepare_folder


def prepare(portal: str, filings: str) -> int:
    PortalBinding.objects.update_or_create(id=1, defaults={"portal": portal})
    user = holder("Lucie")
    for data, _ in zip(small_files(), range(int(filings)), strict=False):
        planned(data, user)
    return int(filings)


def send() -> int:
    print("READY", flush=True)
    return sending.run_due()


def after() -> dict[str, Any]:
    """What others do after a worker was killed: nothing while its lease lasts, then they sweep, and send the rest."""
    return {
        "left": rows(), "sent_too_soon": sending.run_due(), "lease": PortalQueue.objects.update(busy_until=None),
        "swept": sweeping.sweep(), "sent": sending.run_due(), "at_last": rows(),
    }  # fmt: skip


def rows() -> list[dict[str, Any]]:
    return list(Filing.objects.order_by("pk").values("state", "sha256", "idflux", "attempts"))


if __name__ == "__main__":
    prepare_folder()
    name, *arguments = sys.argv[1:]
    print(json.dumps(globals()[name](*arguments)))
