"""One statement posted four times at the same moment, on a database in a file: `statement_child PORTAL PASSWORD`."""

import json
import os
import sys
import threading

CLICKS = 4


def main(portal: str, password: str) -> None:
    import django

    django.setup()
    from dataclasses import replace

    from django.db import connection
    from tests.accounts.portal.conftest import RIGHT

    from scarabee.accounts.models import PortalBinding
    from scarabee.accounts.portal.connection_tests import run_all, start_test, try_again
    from scarabee.accounts.portal.identifiers import save_identifiers
    from scarabee.accounts.services.users import create_user
    from scarabee.maintenance.errors import Refusal
    from scarabee.maintenance.folder import prepare_folder
    from scarabee.maintenance.journal import Actor

    prepare_folder()
    PortalBinding.objects.create(id=1, portal=portal)
    owner = Actor.owner()
    user = create_user(actor=owner, username="Lucie")
    save_identifiers(actor=owner, user=user, entry=replace(RIGHT, motdepasse=password))
    for _ in ("refused", "held back"):
        held = run_all(actor=owner, test=start_test(actor=owner, user=user, entry=None))
    ready = threading.Barrier(CLICKS)
    said: list[str] = []

    def click() -> None:
        try:
            ready.wait(30)
            again = try_again(actor=owner, test=held, statement="renouvele")
            run_all(actor=owner, test=again)
            said.append("started")
        except Refusal:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(CLICKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(sorted(said)))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")
    main(*sys.argv[1:])
