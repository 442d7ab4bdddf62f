"""The state of a bouchon on disk: deposits with their exact bytes and returns, refusals and locks of accounts.

    verrou                        held while a bouchon runs on this folder
    comptes.json                  refusals in a row and locks, by account; never a password
    depots/0000001/depot.json     what is known of the deposit and of its returns
    depots/0000001/fichier.dsn    the bytes, as deposited
    depots/0000001/<id>.xml …     the documents of the returns

Folders bear numbers, not idflux, which differ by case and may end with a dot. Every write is whole or absent.
"""

import json
import os
import secrets
import string
from collections.abc import Mapping
from pathlib import Path
from threading import RLock
from typing import Any

from scarabee.netentreprises.bouchon.errors import BouchonRefusal
from scarabee.netentreprises.bouchon.files import lock_folder, remove_drafts, write_file, write_folder, write_json
from scarabee.netentreprises.bouchon.kept import Deposit

IDFLUX_LENGTH = 23
CONTENT = "fichier.dsn"
_RECORD = "depot.json"
_ACCOUNTS = "comptes.json"
_ALPHABET = string.ascii_letters + string.digits
_INNER = _ALPHABET + "-_."

Identity = tuple[str, str, str]


class Store:
    """One folder, held by one bouchon at a time. Raises BouchonRefusal when it is held or unreadable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = RLock()
        self._descriptor = lock_folder(folder)
        try:
            self._deposits_folder = folder / "depots"
            self._deposits_folder.mkdir(mode=0o700, exist_ok=True)
            remove_drafts(folder)
            remove_drafts(self._deposits_folder)
            self._deposits = self._read_deposits()
            self._by_idflux = {one.idflux: one.number for one in self._deposits.values()}
            self._refusals = self._read_refusals()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let the folder go; harmless twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def deposits(self) -> list[Deposit]:
        """Every deposit, the oldest first."""
        with self._lock:
            return [self._deposits[number] for number in sorted(self._deposits)]

    def count(self) -> int:
        """How many deposits there are."""
        return len(self._deposits)

    def deposit(self, number: int) -> Deposit | None:
        """The deposit of this number."""
        return self._deposits.get(number)

    def deposit_named(self, idflux: str) -> Deposit | None:
        """The deposit of this idflux, to the letter."""
        return self._deposits.get(self._by_idflux.get(idflux, 0))

    def next_number(self) -> int:
        """The number of the next deposit."""
        return max(self._deposits, default=0) + 1

    def new_idflux(self, *, dotted: bool) -> str:
        """An idflux nobody has: 23 letters, digits, '-', '_' and '.'; its last character a dot when `dotted`."""
        while True:
            inner = "".join(secrets.choice(_INNER) for _ in range(IDFLUX_LENGTH - 2))
            idflux = secrets.choice(_ALPHABET) + inner + ("." if dotted else secrets.choice(_ALPHABET))
            if idflux not in self._by_idflux and ".." not in idflux:
                return idflux

    def add(self, deposit: Deposit, content: bytes, documents: Mapping[str, bytes]) -> None:
        """Keep a new deposit, its bytes and the documents of its returns, all at once."""
        with self._lock:
            record = json.dumps(deposit.as_json(), ensure_ascii=False, indent=1).encode("utf-8")
            write_folder(self._path(deposit.number), {CONTENT: content, **documents, _RECORD: record})
            self._deposits[deposit.number] = deposit
            self._by_idflux[deposit.idflux] = deposit.number

    def change(self, deposit: Deposit, documents: Mapping[str, bytes] | None = None) -> None:
        """Keep what changed in the returns of a deposit, their new documents first."""
        with self._lock:
            for name, content in (documents or {}).items():
                write_file(self._path(deposit.number) / name, content)
            write_json(self._path(deposit.number) / _RECORD, deposit.as_json())
            self._deposits[deposit.number] = deposit

    def content(self, deposit: Deposit) -> bytes:
        """The bytes of a deposit, as they came."""
        return (self._path(deposit.number) / CONTENT).read_bytes()

    def file(self, deposit: Deposit, name: str) -> bytes:
        """One document of a deposit, by the name a Return or an Extra gives it."""
        return (self._path(deposit.number) / name).read_bytes()

    def is_locked(self, identity: Identity) -> bool:
        """Whether this account is locked."""
        return bool(self._refusals.get(identity, (0, False))[1])

    def refusals(self, identity: Identity) -> int:
        """How many refusals in a row this account has had."""
        return self._refusals.get(identity, (0, False))[0]

    def count_refusal(self, identity: Identity, locked_after: int | None) -> None:
        """One more refusal in a row; the account is locked at the number `locked_after`, never when None."""
        with self._lock:
            count = self.refusals(identity) + 1
            locked = locked_after is not None and count >= locked_after
            self._set_refusals(identity, (count, locked or self.is_locked(identity)))

    def forget_refusals(self, identity: Identity) -> None:
        """Nothing counts against this account any more, and it is not locked."""
        with self._lock:
            if identity in self._refusals:
                self._set_refusals(identity, None)

    def _set_refusals(self, identity: Identity, value: tuple[int, bool] | None) -> None:
        if value is None:
            self._refusals.pop(identity, None)
        else:
            self._refusals[identity] = value
        rows = [
            {"siret": siret, "nom": nom, "prenom": prenom, "refus": count, "bloque": locked}
            for (siret, nom, prenom), (count, locked) in self._refusals.items()
        ]
        write_json(self.folder / _ACCOUNTS, rows)

    def _path(self, number: int) -> Path:
        return self._deposits_folder / f"{number:07d}"

    def _read_deposits(self) -> dict[int, Deposit]:
        found = {}
        for path in sorted(self._deposits_folder.glob(f"[0-9]*/{_RECORD}")):
            value = _read(path)
            try:
                deposit = Deposit.from_json(value)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise _unreadable(path) from None
            found[deposit.number] = deposit
        return found

    def _read_refusals(self) -> dict[Identity, tuple[int, bool]]:
        path = self.folder / _ACCOUNTS
        if not path.exists():
            return {}
        try:
            return {
                (str(row["siret"]), str(row["nom"]), str(row["prenom"])): (int(row["refus"]), bool(row["bloque"]))
                for row in _read(path)
            }
        except (KeyError, TypeError, ValueError):
            raise _unreadable(path) from None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise _unreadable(path) from None


def _unreadable(path: Path) -> BouchonRefusal:
    return BouchonRefusal(
        f"Le bouchon ne peut pas relire « {path} ».",
        "Remettez ce fichier en place, ou supprimez-le : il ne tient que des dépôts d’entraînement.",
    )
