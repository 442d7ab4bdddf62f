"""Many people at once over real HTTP, beside one alone: `python -m benchmarks.load [--minutes 1] [--personnes N]`.

Real processes: two web, two workers, a clock and a bouchon; on the PostgreSQL that DATABASE_URL names with twenty
people, else on SQLite with three. First one person alone reads for a fifth of the time, then all browse, search,
import, correct, transfer and deposit: a click every 2.5 seconds, without a rest. Then what was begun must end, and
nothing be lost: no error, no answer of 500, every import and transfer over, every accepted correction counted, one
declaring dossier per SIRET, an unbroken journal. The bar: of what is read, the 95th percentile under load is at most
three times that of one person alone.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import postgres
from benchmarks.filing import _account, start_bouchon
from benchmarks.load_people import Person, Place, Told

EMPLOYEES = 2_000
DOSSIERS = 6
SETTLE_SECONDS = 300
SECONDS_TO_START = 90


def prepare(folder: Path) -> None:
    os.environ["SCARABEE_DONNEES"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "scarabee.settings.desktop"
    os.environ["SCARABEE_CLE_COFFRE"] = str(folder / "cle-coffre")
    if postgres.SERVER:
        os.environ["DATABASE_URL"] = postgres.database("bench_load")
    import django

    django.setup()
    from scarabee.maintenance.folder import prepare_folder

    prepare_folder()


def furnish() -> Place:
    """Six dossiers, the first of them full, each of the others with a third of its employers."""
    from django.db import connection

    from benchmarks.filing import files
    from benchmarks.transfer import fill
    from scarabee.dossiers.models import Dossier, Employee, Employer
    from scarabee.dossiers.services.dossiers import create_dossier
    from scarabee.maintenance.journal import Actor
    from scarabee.transfers.selection import Mode, Selection, Ticked
    from scarabee.transfers.services.execution import transfer_now

    source = Dossier.objects.get(pk=fill(EMPLOYEES))
    employers = list(source.employers.order_by("pk").values_list("pk", flat=True))
    for number in range(1, DOSSIERS):
        transfer_now(
            actor=Actor.owner(), source=source, selection=Selection({pk: Ticked(Mode.WHOLE) for pk in employers[::3]}),
            destination=create_dossier(actor=Actor.owner(), name=f"Secteur {number}"),
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    everybody = Employee.objects.order_by("pk").values_list("pk", flat=True)
    return Place(
        dossiers=[(one.pk, str(one.uuid)) for one in Dossier.objects.order_by("pk")],
        employers=list(Employer.objects.order_by("pk").values_list("pk", flat=True)),
        employees=list(everybody[: EMPLOYEES // 2]),
        disputed=employers[1],
        files=[one for one in files(60, 0) if len(one) > 2000],
    )


def people(count: int, address: str, ports: list[int], place: Place) -> list[Person]:
    """Administrateurs who are signed in, each with identifiers of the portal, dealt out to the web processes."""
    from django.conf import settings
    from django.test import Client

    from scarabee.accounts.models import PortalBinding
    from scarabee.accounts.portal.entry import Entry
    from scarabee.accounts.portal.identifiers import save_identifiers
    from scarabee.accounts.services.users import create_user
    from scarabee.maintenance.journal import Actor

    PortalBinding.objects.get_or_create(id=1, defaults={"portal": address})
    found = []
    for number in range(count):
        user = create_user(
            actor=Actor.owner(), username=f"Poste {number}", password=f"corail dune {number} sextant",
            is_administrator=True,
        )  # fmt: skip
        one = _account(number)
        entry = Entry(str(one["siret"]), str(one["nom"]), str(one["prenom"]), str(one["motdepasse"]))
        save_identifiers(actor=Actor.owner(), user=user, entry=entry)
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        cookies = {name: client.cookies[name].value}
        found.append(Person(number, ports[number % len(ports)], place, cookies))
    return found


@contextmanager
def running(*commands: list[str]) -> Iterator[None]:
    """These commands of Scarabée, each a process of its own, until the block ends; their words go to a file each."""
    folder = Path(os.environ["SCARABEE_DONNEES"])
    processes = []
    try:
        for number, command in enumerate(commands):
            log = (folder / f"commande-{number}.log").open("w")
            whole = [sys.executable, "-m", "scarabee.cli.main", *command]
            processes.append(subprocess.Popen(whole, stdout=log, stderr=log))
        yield
        for process, command in zip(processes, commands, strict=True):
            assert process.poll() is None, f"{command} ended by itself"
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def all_at_work(crowd: list[Person], seconds: float, *, only_reading: bool = False) -> list[Told]:
    """What each of them met."""
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=one.work, args=[until], kwargs={"only_reading": only_reading}) for one in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [one.told for one in crowd]
    for one in crowd:
        one.told = one.browser.told = Told()
    return told


def settled() -> list[str]:
    """What is wrong once everything had time to end; empty when nothing was lost."""
    from django.db.models import Count, Q

    from scarabee.dossiers.models import Act, Employer
    from scarabee.filings.models import Filing
    from scarabee.maintenance import journal

    under_way = Act.objects.filter(state__in=(Act.State.QUEUED, Act.State.RUNNING))
    going = Filing.objects.filter(state__in=("received", "planned", "sending", "unknown"))
    until = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until and (under_way.exists() or going.exists()):
        time.sleep(2)
    wrong = [f"not over: {act} {act.state} {act.message}" for act in under_way]
    wrong += [f"not over: deposit {one.pk} {one.state} {one.problem}" for one in going[:5]]
    refused = Act.objects.filter(state=Act.State.REFUSED).exclude(message__contains="ont changé")
    wrong += [f"refused: {act} {act.message}" for act in refused.exclude(kind=Act.Kind.IMPORT)[:5]]
    declaring = Employer.objects.values("siret").annotate(held=Count("pk", filter=Q(declaring=True)))
    wrong += [f"declared {one['held']} times: {one['siret']}" for one in declaring.exclude(held=1)[:5]]
    return wrong + [f"journal broken at {one}" for one in journal.verify()[:5]]


def percentile(values: list[float]) -> float:
    """The 95th, in seconds."""
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else sum(values)


def report(alone: list[Told], crowd: list[Told], corrected: int) -> dict[str, object]:
    """The figures of a run, printed and returned."""
    single = [seconds for told in alone for _, seconds in told.reads]
    loaded = [seconds for told in crowd for _, seconds in told.reads]
    writes = [seconds for told in crowd for _, seconds in told.writes]
    done = sum((told.done for told in crowd), Counter[str]())
    again = sum((told.again for told in crowd), Counter[str]())
    errors = [one for told in (*alone, *crowd) for one in told.errors]
    ratio = percentile(loaded) / percentile(single)
    print(f"one alone: {len(single)} pages, p95 {percentile(single) * 1000:.0f} ms")
    print(
        f"{len(crowd)} people: {len(loaded)} pages, p95 {percentile(loaded) * 1000:.0f} ms (×{ratio:.2f}); "
        f"{len(writes)} forms, p95 {percentile(writes) * 1000:.0f} ms"
    )
    for what in sorted({what for told in crowd for what, _ in told.reads}):
        one = [seconds for told in alone for name, seconds in told.reads if name == what]
        many = [seconds for told in crowd for name, seconds in told.reads if name == what]
        beside = f"{percentile(one) * 1000:5.0f} ms alone, " if one else ""
        print(f"  {what:22} {len(many):6} × {beside}{percentile(many) * 1000:5.0f} ms")
    print(f"deeds: {dict(done)}; begun again: {dict(again)}; corrections: {corrected}; errors: {len(errors)}")
    for error, times in Counter(errors).most_common(12):
        print(f"  {times} × {error[:300]}")
    return {"ratio": ratio, "pages": len(loaded), "errors": len(errors), "done": dict(done)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--personnes", type=int, default=20 if postgres.SERVER else 3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scarabee-load-") as name, ExitStack() as stack:
        folder = Path(name)
        prepare(folder / "donnees")
        from scarabee.cli.launcher import free_port
        from scarabee.dossiers.models import Employer

        accounts = folder / "comptes.json"
        accounts.write_text(json.dumps([_account(number) for number in range(asked.personnes)]))
        bouchon, address = start_bouchon(folder / "bouchon", accounts)
        stack.callback(bouchon.wait, 30)
        stack.callback(bouchon.terminate)
        os.environ["SCARABEE_PORTAIL"] = address
        place = furnish()
        ports = [free_port(8800), free_port(8850)]
        crowd = people(asked.personnes, address, ports, place)
        before = Employer.objects.get(pk=place.disputed).revision
        web = [["web", "--port", str(port)] for port in ports]
        stack.enter_context(running(*web, ["worker"], ["worker"], ["horloge"]))
        for port in ports:
            wait_for(port)
        all_at_work(crowd[:2], 5, only_reading=True)  # both processes are warm
        alone = all_at_work(crowd[:1], max(15, asked.minutes * 12), only_reading=True)
        told = all_at_work(crowd, asked.minutes * 60)
        corrected = sum(one.corrected for one in crowd)
        figures = report(alone, told, corrected)
        wrong = settled()
        kept = Employer.objects.get(pk=place.disputed).revision - before
        if kept != corrected:
            wrong.append(f"{corrected} corrections were accepted, {kept} stand")
        print("\n".join(wrong) or "everything ended, nothing was lost")
        ratio = figures["ratio"]
        assert isinstance(ratio, float)
        sys.exit(1 if wrong or figures["errors"] or ratio > 3 else 0)


def wait_for(port: int) -> None:
    """Until a web process answers."""
    import http.client

    until = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/sante")
            connection.getresponse().read()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


if __name__ == "__main__":
    main()
