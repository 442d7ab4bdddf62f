"""Deposits against a bare loop of the same calls to the bouchon: `python -m benchmarks.filing [FILINGS] [ACCOUNTS]`.

The bare loop authenticates, lists and deposits the same files with the same `Client`, account after account, and keeps
nothing. The product claims each filing, looks at it once more, deposits it, and writes down state, receipt, history and
journal, on SQLite that loses nothing on a power cut; it serves several accounts at once. Both speak to one bouchon, in
a process of its own.
"""

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.accounts.models import User
    from scarabee.netentreprises.addresses import Portal
    from scarabee.netentreprises.credentials import Credentials

ROUNDS = 3
SECONDS_TO_START = 30


def prepare(folder: Path) -> None:
    os.environ["SCARABEE_DONNEES"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "scarabee.settings.desktop"
    os.environ["SCARABEE_CLE_COFFRE"] = str(folder / "cle-coffre")
    import django

    django.setup()
    from scarabee.maintenance.folder import prepare_folder

    prepare_folder()


def start_bouchon(folder: Path, accounts: Path) -> tuple[subprocess.Popen[str], str]:
    """A bouchon in a process of its own, and its address."""
    command = [sys.executable, "-m", "scarabee.cli.main", "--donnees", str(folder), "bouchon", "--port", _free_port()]
    command += ["--comptes", str(accounts)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Adresse : "):
            return process, line.split()[2].rstrip("/")
    raise SystemExit("the bouchon did not start")


def _free_port() -> str:
    from scarabee.cli.launcher import free_port

    return str(free_port(8710))


def files(count: int, round_number: int) -> list[bytes]:
    """Files of one S20, of a few people each; those of another round differ by the name of their software."""
    from scarabee.dsn.invention import invent_bureau, month_file

    bureau = invent_bureau(9, employers=50, employees_per_employer=(1, 3), months=12)
    found: list[bytes] = []
    for month in bureau.all_months:
        for employer in bureau.employers:
            if len(found) < count and employer.declares(month) and bureau.employed(employer, month):
                data = month_file(bureau, month, employers=[employer.siret])
                found.append(data.replace(b"invention'", b"essai %d'" % round_number, 1))
    return found


def holders(address: str, accounts: Path) -> "list[User]":
    """A user for each account of the portal."""
    from scarabee.accounts.models import PortalBinding
    from scarabee.accounts.portal.entry import Entry
    from scarabee.accounts.portal.identifiers import save_identifiers
    from scarabee.accounts.services.users import create_user
    from scarabee.maintenance.journal import Actor

    PortalBinding.objects.create(id=1, portal=address)
    users = []
    for one in json.loads(accounts.read_text()):
        user = create_user(actor=Actor.owner(), username=f"Banc {one['siret']}")
        entry = Entry(one["siret"], one["nom"], one["prenom"], one["motdepasse"])
        save_identifiers(actor=Actor.owner(), user=user, entry=entry)
        users.append(user)
    return users


def plan(data: list[bytes], users: "list[User]") -> None:
    """The filings of these files, due now, dealt out to the accounts."""
    from tests.filings.factories import planned

    for rank, one in enumerate(data):
        planned(one, users[rank % len(users)])


def product(expected: int) -> float:
    """Seconds to deposit what is planned, by the function that the worker calls."""
    from scarabee.filings.enums import FilingState
    from scarabee.filings.models import Filing
    from scarabee.filings.services import sending

    start = time.perf_counter()
    sent = sending.run_due()
    seconds = time.perf_counter() - start
    assert sent == expected, sent
    assert not Filing.objects.exclude(state=FilingState.ACCEPTED).exists()
    return seconds


def bare_loop(portal: "Portal", data: list[bytes], users: "list[User]") -> float:
    """Seconds of the same calls and of nothing else."""
    from scarabee.accounts.portal.identifiers import identifiers_of, kept_entry

    held = [identifiers_of(user) for user in users]
    credentials = [kept_entry(one).credentials for one in held if one is not None]
    start = time.perf_counter()
    for rank, one in enumerate(credentials):
        _deposit_all(portal, one, data[rank :: len(credentials)])
    return time.perf_counter() - start


def _deposit_all(portal: "Portal", credentials: "Credentials", data: list[bytes]) -> None:
    from scarabee.filings.services.deposits_listed import CLOCK_DOUBT, ZONE_DOUBT
    from scarabee.netentreprises.client import Client
    from scarabee.netentreprises.credentials import Regime
    from scarabee.netentreprises.transport import now_utc

    with Client(portal) as client:
        token = client.authenticate(credentials, Regime.GENERAL)
        until = now_utc()
        since = until - ZONE_DOUBT - CLOCK_DOUBT
        while since < until:
            client.list_deposits(token, since, min(until, since + timedelta(minutes=59)))
            since += timedelta(minutes=59)
        for one in data:
            assert client.deposit(token, one).is_recorded


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    account_count = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    with tempfile.TemporaryDirectory(prefix="scarabee-bench-") as name:
        prepare(Path(name) / "donnees")
        from scarabee.netentreprises.addresses import portal_named

        accounts = Path(name) / "comptes.json"
        accounts.write_text(json.dumps([_account(number) for number in range(account_count)]))
        process, address = start_bouchon(Path(name) / "bouchon", accounts)
        try:
            portal, users, ratios = portal_named(address), holders(address, accounts), []
            for number in range(ROUNDS):
                data = files(count, number)
                assert len({hashlib.sha256(one).digest() for one in data}) == count, "not enough different files"
                plan(data, users)
                bare = bare_loop(portal, files(count, number + ROUNDS), users)
                seconds = product(count)
                ratios.append(bare / seconds)
                rates = f"bare loop {count / bare:.0f}/s, product {count / seconds:.0f}/s, {ratios[-1]:.0%}"
                print(f"{count} deposits for {account_count} accounts: {rates}")
            print(f"deposits against the bare loop (median of {ROUNDS}): {statistics.median(ratios):.0%}")
        finally:
            process.terminate()
            process.communicate(timeout=SECONDS_TO_START)


def _account(number: int) -> dict[str, object]:
    return {
        "siret": f"4676655350{number:04d}", "nom": "MARTIN", "prenom": "Alice", "motdepasse": "Scarabee-2026",
        "service": ["25"],
    }  # fmt: skip


if __name__ == "__main__":
    main()
