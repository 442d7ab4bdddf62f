"""Play the portal on this machine, for training: nothing that is deposited there goes anywhere."""

import argparse
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from scarabee.netentreprises.bouchon.incidents import GROUPS, check_names

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.netentreprises.bouchon.accounts import Account
    from scarabee.netentreprises.bouchon.server import Bouchon

HELP = "jouer le portail Net-Entreprises sur ce poste, pour s’entraîner : rien n’est transmis"
FOR_ADMINISTRATOR = True
WITHOUT_DATABASE = True
GATED = False
DEFAULT_PORT = 8700
FOLDER = "bouchon"
"""Where it keeps its deposits, within the data folder."""
_LIST = "?"
_LAST_PORT = 65_535
_POLL_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        metavar="PORT",
        help=f"port de l’adresse locale ({DEFAULT_PORT} sinon)",
    )
    parser.add_argument(
        "--comptes",
        type=Path,
        metavar="FICHIER.json",
        help="les comptes qui peuvent y entrer (un seul compte inventé sinon, montré au démarrage)",
    )
    parser.add_argument(
        "--incident",
        type=_incident,
        action="extend",
        nargs="+",
        default=[],
        metavar="NOM",
        help="une panne ou un refus à jouer dès le départ (répétable) ; « ? » montre ceux qu’il y a",
    )


def choose_folder(asked: str | None) -> None:
    """The data folder asked for, or the usual one; playing the portal binds it to none."""
    if asked:
        os.environ["SCARABEE_DONNEES"] = asked


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Serve until Ctrl-C or SIGTERM, and return 0; with `--incident ?`, print the incidents."""
    from django.conf import settings

    from scarabee.maintenance.errors import Refusal
    from scarabee.netentreprises.bouchon.accounts import default_accounts, read_accounts
    from scarabee.netentreprises.bouchon.errors import BouchonRefusal
    from scarabee.netentreprises.bouchon.server import Bouchon

    if _LIST in args.incident:
        _list_incidents()
        return 0
    folder = Path(settings.DATA_FOLDER) / FOLDER
    try:
        accounts = read_accounts(args.comptes) if args.comptes else default_accounts()
        bouchon = Bouchon(folder=folder, accounts=accounts, incidents=args.incident, port=args.port)
        with _stop_asked() as stopping, bouchon:
            _announce(bouchon, folder, [] if args.comptes else accounts, args.incident)
            while not stopping.wait(_POLL_SECONDS):
                pass
    except BouchonRefusal as refusal:
        raise Refusal(refusal.message, safe="Rien n’a été ouvert.", remedy=refusal.remedy) from None
    out.info("Le bouchon est arrêté. Ses dépôts sont gardés.")
    return 0


def _announce(bouchon: "Bouchon", folder: Path, invented: "list[Account]", incidents: list[str]) -> None:
    lines = [
        "BOUCHON : faux portail, rien n’est transmis.",
        f"Adresse : {bouchon.address}/ (ouvrez-la pour voir comptes, dépôts et incidents)",
        f"Dépôts gardés dans : {folder}",
    ]
    for one in invented:
        lines.append(
            f"Compte inventé : siret {one.siret}, nom {one.nom}, prénom {one.prenom}, mot de passe {one.motdepasse}"
        )
    if incidents:
        lines.append(f"Incidents joués : {', '.join(dict.fromkeys(incidents))}")
    lines += [f"Pour que Scarabée s’en serve : SCARABEE_PORTAIL={bouchon.address}", "", "Ctrl-C pour arrêter."]
    print("\n".join(lines), flush=True)


@contextmanager
def _stop_asked() -> Iterator[threading.Event]:
    """Within it, Ctrl-C and SIGTERM set the event instead of interrupting."""
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _list_incidents() -> None:
    for title, incidents in GROUPS.items():
        print(title)
        for name, text in incidents.items():
            print(f"  {name:30}{text}")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"un port entre 1 et {_LAST_PORT} est attendu, pas « {text} »")
    return int(text)


def _incident(text: str) -> str:
    if text != _LIST:
        try:
            check_names([text])
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
    return text
