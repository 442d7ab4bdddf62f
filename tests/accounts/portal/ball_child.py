"""Five users press the blue ball at the same moment, on a database in a file: `ball_child PORTAL PASSWORD`."""

import json
import os
import sys
import threading

NAMES = ("Lucie", "Paul", "Zoé", "Ali", "Rose")


def main(portal: str, password: str) -> None:
    import django

    django.setup()
    from dataclasses import replace

    from django.db import connection
    from tests.accounts.portal.conftest import RIGHT

    from scarabee.accounts.models import ConnectionTest, PortalBinding
    from scarabee.accounts.portal.connection_tests import run_all, start_test
    from scarabee.accounts.portal.identifiers import save_identifiers
    from scarabee.accounts.services.users import create_user
    from scarabee.maintenance.folder import prepare_folder
    from scarabee.maintenance.journal import Actor

    prepare_folder()
    PortalBinding.objects.create(id=1, portal=portal)
    owner = Actor.owner()
    started = []
    for name in NAMES:
        user = create_user(actor=owner, username=name)
        save_identifiers(actor=owner, user=user, entry=replace(RIGHT, motdepasse=password))
        started.append(start_test(actor=owner, user=user, entry=None))
    ready = threading.Barrier(len(NAMES))

    def press(test: ConnectionTest) -> None:
        try:
            ready.wait(30)
            run_all(actor=owner, test=test)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(test,)) for test in started]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    red = [check["cause"] for test in ConnectionTest.objects.all() for check in test.checks if check["ok"] is False]
    print(json.dumps(red))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")
    main(*sys.argv[1:])
