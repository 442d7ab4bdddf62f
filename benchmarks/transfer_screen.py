"""The transfer screen of a large dossier against that of a small one: `python -m benchmarks.transfer_screen`.

Each dossier has a data folder and a process of its own; both show a full page of employers, one of them opened on a
page of its employees. The answer is the whole page, as Django gives it to the server.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REQUESTS = 40
SIZES = {"small": (100, 2), "large": (100_000, 100)}


def measure(folder: Path, size: str) -> dict[str, float]:
    """Milliseconds (median) and SQL queries of one screen."""
    from benchmarks import transfer

    transfer.prepare(folder)
    employees, per = SIZES[size]
    source_id = transfer.fill(employees, per=per)
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance.journal import Actor
    from scarabee.transfers.services.drafts import start_draft

    settings.ALLOWED_HOSTS = ["testserver"]
    user = get_user_model()(username="Administrateur", is_administrator=True)
    user.set_password("une phrase de passe assez longue")
    user.save()
    draft = start_draft(actor=Actor.of(user), source=Dossier.objects.get(pk=source_id))
    client = Client()
    client.force_login(user)
    address = reverse("transfers:screen", args=[draft.pk])
    for _ in range(3):
        assert client.get(address).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address)
        count = len(queries)
    times = []
    for _ in range(REQUESTS):
        start = time.perf_counter()
        client.get(address)
        times.append(time.perf_counter() - start)
    return {"milliseconds": statistics.median(times) * 1000, "queries": count}


def main() -> None:
    if len(sys.argv) == 3:
        print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2])))
        return
    answers = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="scarabee-bench-") as folder:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.transfer_screen", folder, size],
                capture_output=True, text=True, env=dict(os.environ), check=False,
            )  # fmt: skip
            if done.returncode:
                sys.exit(done.stderr)
            answers[size] = json.loads(done.stdout.splitlines()[-1])
            took, queries = answers[size]["milliseconds"], answers[size]["queries"]
            print(f"{SIZES[size][0]:>7} employees: {took:.1f} ms, {queries} SQL queries")
    print(f"screen ratio: {answers['large']['milliseconds'] / answers['small']['milliseconds']:.2f}")


if __name__ == "__main__":
    main()
