"""A bureau with a réel deposit that is planned, and how it stands: `python -m tests.backups.deposit_child ACT …`."""

# ruff: noqa: E402 - Django is set up before its models are imported

import json
import os
import sys
from datetime import timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from django.utils import timezone
from tests.filings.factories import holder, planned, small_files

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalBinding, PortalIdentifiers
from scarabee.accounts.portal.connection_tests import run_all, start_test
from scarabee.backups import writing
from scarabee.cli.main import main
from scarabee.dossiers.models import Act
from scarabee.filings.models import Filing
from scarabee.filings.services import rounds
from scarabee.maintenance.clock import now
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor


def prepare(portal: str) -> str:
    """One réel deposited, one planned, one that a person orders after the backup; the path of that backup."""
    PortalBinding.objects.update_or_create(id=1, defaults={"portal": portal})
    user, files = holder("Lucie"), list(small_files(real=True))
    planned(files[0], user)
    while rounds.portal_round():
        pass
    planned(files[1], user)
    third = planned(files[2], user, state="checked", planned_at=None, next_at=None)
    archive = writing.back_up(actor=Actor.owner(), reason="essai").path
    Filing.objects.filter(pk=third.pk).update(state="planned", planned_at=now(), next_at=now())
    return archive


def later(minutes: str, *command: str) -> int:
    """A command of the product, so many minutes from now."""
    moment = timezone.now
    timezone.now = lambda: moment() + timedelta(minutes=int(minutes))
    return main(list(command))


def press() -> bool:
    """The blue ball for the one who holds identifiers: until then they are not used after a return to a backup."""
    test = start_test(actor=Actor.owner(), user=PortalIdentifiers.objects.get().user, entry=None)
    run_all(actor=Actor.owner(), test=test)
    return PortalIdentifiers.objects.get().identity.state == IdentityState.PROVED


def stand() -> dict[str, Any]:
    filings = Filing.objects.order_by("pk").values_list("state", "idflux")
    asked = Act.objects.filter(kind="restoration").values_list("receipt", flat=True)
    return {"filings": list(filings), "asked": [len(one["found"]) for one in asked]}


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    if name != "later":
        prepare_folder()
    print(json.dumps(globals()[name](*arguments)))
