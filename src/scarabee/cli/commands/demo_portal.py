"""The demonstration's own portal: a bouchon beside it, and identifiers that this bouchon accepts."""

import json
from pathlib import Path

from scarabee.accounts.portal.binding import bind_demonstration
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import identifiers_of, save_identifiers
from scarabee.accounts.services.users import ensure_administrator
from scarabee.cli.commands.demo_bureau import invented
from scarabee.cli.launcher import Child, address, free_port
from scarabee.filings.models import Filing
from scarabee.maintenance.journal import Actor

FIRST_PORT = 8700
ACCOUNTS_FILE = "comptes-du-bouchon.json"
PASSWORD = "Corail.2026-Dune"
"""Of the invented account on the invented portal: the bouchon shows it on its own page."""
SERVICES = ["25", "26"]


def bind_first() -> None:
    """Bind a folder that is about to be filled to the bouchon, at the address where it usually comes up."""
    bind_demonstration(address(FIRST_PORT, ""))


def beside(actor: Actor, folder: Path) -> tuple[Child, str]:
    """The process of the bouchon and its address; the folder is bound to it, Administrateur has its identifiers.

    What was prepared for it goes to it, wherever it comes up this time.
    """
    port = free_port(FIRST_PORT)
    base = address(port, "")
    accounts = _write_accounts(folder)
    bind_demonstration(base)
    Filing.objects.exclude(portal=base).update(portal=base)
    user = ensure_administrator(actor=actor)
    if identifiers_of(user) is None:
        save_identifiers(actor=actor, user=user, entry=_entry())
    arguments = ["bouchon", "--port", str(port), "--comptes", str(accounts)]
    return Child("bouchon", arguments, quiet=True), base


def _entry() -> Entry:
    sender = invented().sender
    prenom, nom = sender.contact.split(" ", 1)
    return Entry(f"{sender.siren}{sender.nic}", nom.upper(), prenom, PASSWORD)


def _write_accounts(folder: Path) -> Path:
    """The account that the bouchon knows, made once: what is changed there by hand stays."""
    path = folder / ACCOUNTS_FILE
    if not path.exists():
        entry = _entry()
        account = {
            "siret": entry.siret,
            "nom": entry.nom,
            "prenom": entry.prenom,
            "motdepasse": entry.motdepasse,
            "service": SERVICES,
        }
        draft = path.with_suffix(".nouveau")  # the bouchon would refuse a file cut short, for ever
        draft.write_text(json.dumps([account], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        draft.replace(path)
    return path
