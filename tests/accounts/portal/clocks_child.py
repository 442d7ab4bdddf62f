"""Four clocks tick at once, on a database in a file that holds three proved accounts: `clocks_child PORTAL`."""

import json
import os
import sys
import threading

CLOCKS = 4


def main(portal: str) -> None:
    import django

    django.setup()
    from dataclasses import replace
    from datetime import time

    from django.db import connection
    from django.utils.timezone import now
    from tests.accounts.portal.conftest import RIGHT

    from scarabee.accounts.models import PortalBinding, PortalIdentity
    from scarabee.accounts.portal.identifiers import save_identifiers
    from scarabee.accounts.portal.morning import run_due
    from scarabee.accounts.services.users import create_user
    from scarabee.maintenance.folder import prepare_folder
    from scarabee.maintenance.journal import Actor

    prepare_folder()
    PortalBinding.objects.create(id=1, portal=portal)
    owner = Actor.owner()
    for number in range(3):
        user = create_user(actor=owner, username=f"Personne {number}")
        entry = replace(RIGHT, siret=f"7328293200007{number}", nom="MARTIN", prenom="Alice")
        save_identifiers(actor=owner, user=user, entry=entry)
    PortalIdentity.objects.update(last_success_at=now(), morning_time=time(0))
    ready = threading.Barrier(CLOCKS)
    counts: list[int] = []

    def tick() -> None:
        try:
            ready.wait(30)
            counts.append(run_due())
        finally:
            connection.close()

    threads = [threading.Thread(target=tick) for _ in range(CLOCKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(counts))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")
    main(*sys.argv[1:])
