"""How Scarabée grows with the number of dossiers: `python -m benchmarks.scale 1 10 100 [--vers FIGURES.json]`.

Each dossier holds 10,000 employees with twelve months (one is filled, the others are whole transfers of it). At each
size it measures the median of pages and of a search, a transfer of a whole dossier, an import of one month of 100
people, and the size of the database; the figures go into the JSON after each size, which `benchmarks.scale_chart`
draws. What stands in the JSON is not measured again. With DATABASE_URL on that PostgreSQL, in a database
`bench_scale` that stays: a run that was stopped goes on where it was (`--donnees` names its data folder).
"""

import argparse
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import postgres

EMPLOYEES = 10_000
ROUNDS = 15


def prepare(folder: Path) -> None:
    os.environ["SCARABEE_DONNEES"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "scarabee.settings.desktop"
    os.environ["SCARABEE_CLE_COFFRE"] = str(folder / "cle-coffre")
    if postgres.SERVER:
        os.environ["DATABASE_URL"] = postgres.kept_database("bench_scale")
    import django

    django.setup()
    from django.conf import settings

    from scarabee.maintenance.folder import prepare_folder

    settings.ALLOWED_HOSTS = ["*"]
    prepare_folder()


def grow(size: int) -> float:
    """Bring the number of dossiers up to `size`; seconds of the last transfer, 0 when nothing was missing."""
    from benchmarks.transfer import fill
    from scarabee.dossiers.models import Dossier

    if not Dossier.objects.exists():
        fill(EMPLOYEES)
    seconds = 0.0
    for number in range(Dossier.objects.count(), size):
        seconds = one_more()
        if number == 1:
            analyze()
    return seconds


def one_more() -> float:
    """Seconds to make one more dossier."""
    from scarabee.dossiers.models import Dossier

    return transfer(f"Dossier {Dossier.objects.count() + 1:03}")


def transfer(name: str) -> float:
    """Seconds to transfer the whole first dossier into a new one."""
    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance.journal import Actor
    from scarabee.transfers.selection import Mode, Selection, Ticked
    from scarabee.transfers.services.execution import transfer_now

    source = Dossier.objects.order_by("pk")[0]
    ticked = {pk: Ticked(Mode.WHOLE) for pk in source.employers.values_list("pk", flat=True)}
    start = time.perf_counter()
    transfer_now(
        actor=Actor.owner(), source=source, destination=None, destination_name=name, selection=Selection(ticked)
    )
    return time.perf_counter() - start


def analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(size: int) -> dict[str, Any]:
    """The figures of a size, in milliseconds, seconds and megabytes."""
    from scarabee.dossiers.models import Employee, EmployeeMonth

    analyze()
    client = signed_in()
    pages = {name: median(lambda path=path: read(client, path)) for name, path in addresses().items()}
    return {
        "dossiers": size,
        "employees": Employee.objects.count(),
        "employee_months": EmployeeMonth.objects.count(),
        "pages_ms": pages,
        "search_ms": median(lambda: read(client, "/dossiers/rechercher/", "NOM 00")),
        "nir_ms": median(lambda: read(client, "/dossiers/rechercher/", "1000000004242")),
        "import_s": round(statistics.median(bring_in(number) for number in range(3)), 3),
        "database_mb": round(database_mb()),
    }


def addresses() -> dict[str, str]:
    """Pages of everyday work; the employer and the person are of the newest dossier."""
    from scarabee.dossiers.models import Dossier

    dossier = Dossier.objects.order_by("-pk")[0]
    employer = dossier.employers.order_by("pk")[5]
    person = employer.employees.order_by("pk")[7]
    return {
        "accueil": "/",
        "dossiers": "/dossiers/",
        "dossier": f"/dossiers/{dossier.uuid}/",
        "employeur": f"/dossiers/employeur/{employer.pk}/",
        "salarie": f"/dossiers/salarie/{person.pk}/",
    }


def signed_in() -> Any:
    from django.test import Client

    from scarabee.accounts.models import User
    from scarabee.accounts.services.users import create_user
    from scarabee.maintenance.journal import Actor

    user = User.objects.filter(username="Mesure").first() or create_user(
        actor=Actor.owner(), username="Mesure", password="corail dune sextant 47", is_administrator=True
    )
    client = Client()
    client.force_login(user)
    return client


def read(client: Any, path: str, text: str = "") -> None:
    answer = client.post(path, {"texte": text}, follow=True) if text else client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)


def bring_in(number: int) -> float:
    """Seconds to import one month of an employer of 100 people, new each time, into the newest dossier."""
    from scarabee.dossiers.models import Act, Dossier
    from scarabee.dossiers.services.importing import import_file, open_import
    from scarabee.dsn.invention import invent_bureau, month_file
    from scarabee.maintenance.journal import Actor

    dossier = Dossier.objects.order_by("-pk")[0]
    bureau = invent_bureau(dossier.pk * 10 + number, employers=1, employees_per_employer=(100, 100), months=3)
    data = month_file(bureau, bureau.all_months[-1])
    act = open_import(actor=Actor.owner(), dossier=dossier)
    start = time.perf_counter()
    row = import_file(actor=Actor.owner(), act=act, stream=io.BytesIO(data), name="mois.dsn")
    seconds = time.perf_counter() - start
    assert row.status == "imported", row.report
    Act.objects.filter(pk=act.pk).update(state=Act.State.DONE)
    return seconds


def database_mb() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return float(cursor.fetchone()[0]) / 1e6


def median(deed: Callable[[], None]) -> float:
    """Milliseconds, of some rounds after one that is not counted."""
    deed()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        deed()
        seconds.append(time.perf_counter() - start)
    return round(statistics.median(seconds) * 1000, 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[1, 10, 100])
    parser.add_argument("--vers", type=Path, default=Path("docs/images/croissance.json"))
    parser.add_argument("--donnees", type=Path)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.donnees or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scarabee-scale-")))
        prepare(folder)
        engine = "postgresql" if postgres.SERVER else "sqlite"
        figures = json.loads(asked.vers.read_text()) if asked.vers.exists() else {}
        for size in sorted(asked.sizes):
            if str(size) in figures.get(engine, {}):
                continue
            seconds = grow(size)
            found = measure(size)
            found["transfer_s"] = round(seconds or one_more(), 2)
            print(json.dumps(found), flush=True)
            figures.setdefault(engine, {})[str(size)] = found
            asked.vers.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
