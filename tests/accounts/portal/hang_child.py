"""The blue ball in a process that will be killed while the portal keeps it waiting: `hang_child PORTAL PASSWORD`.

It says on its second line when everything but the answer is there, then sends, and waits. Given « after » too, it is
the next process: it says what the first one left, then presses twice more and lets two mornings pass.
"""

import json
import os
import sys
from datetime import timedelta
from unittest import mock


def main(portal: str, password: str, *, after: bool) -> None:
    import django

    django.setup()
    from scarabee.accounts.models import PortalBinding
    from scarabee.maintenance.folder import prepare_folder

    if after:
        print(json.dumps(look_and_go_on()))
        return
    prepare_folder()
    PortalBinding.objects.create(id=1, portal=portal)
    hang(password)


def hang(password: str) -> None:
    from dataclasses import replace

    from tests.accounts.portal.conftest import RIGHT

    from scarabee.accounts.portal.connection_tests import next_check, start_test
    from scarabee.accounts.portal.identifiers import save_identifiers
    from scarabee.accounts.services.users import create_user
    from scarabee.maintenance.journal import Actor

    owner = Actor.owner()
    user = create_user(actor=owner, username="Lucie")
    save_identifiers(actor=owner, user=user, entry=replace(RIGHT, motdepasse=password))
    test = start_test(actor=owner, user=user, entry=None)
    for _ in ("format", "reseau"):
        test = next_check(actor=owner, test=test)
    print("ready", flush=True)
    sys.stdin.readline()
    next_check(actor=owner, test=test)


def look_and_go_on() -> dict[str, object]:
    """What stands in the database after the kill, three minutes later."""
    from django.utils import timezone

    from scarabee.accounts.models import ConnectionTest, PortalAttempt, PortalIdentity, User
    from scarabee.accounts.portal.connection_tests import run_all, shown, start_test
    from scarabee.maintenance.journal import Actor

    owner, user = Actor.owner(), User.objects.get(username="Lucie")
    moment = timezone.now() + timedelta(minutes=3)
    left = list(PortalAttempt.objects.values_list("outcome", flat=True))
    with mock.patch.object(timezone, "now", return_value=moment):
        old = shown(run_all(actor=owner, test=ConnectionTest.objects.get()))
        sent_by_the_old = PortalAttempt.objects.count() - len(left)
        presses = [shown(run_all(actor=owner, test=start_test(actor=owner, user=user, entry=None))) for _ in range(2)]
    red = [[line.cause for line in one.lines if line.state == "red"] for one in (old, *presses)]
    identity = PortalIdentity.objects.get()
    return {"left": left, "sent_by_the_old": sent_by_the_old, "red": red, "refusals": identity.refusals}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")
    main(sys.argv[1], sys.argv[2], after="after" in sys.argv[3:])
