"""Folders that may hang: keys that are pulled out, shares that do not answer any more.

What touches one runs in a thread of its own that says at each step that it goes on; one that says nothing for a minute
is left alone, and nobody waits for it: the system may never give it back.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from scarabee.maintenance.errors import Refusal

PATIENCE_SECONDS = 60.0
_TRIAL = ".scarabee-essai"


class Abandoned(Exception):
    """Raised in the thread that nobody waits for any more."""


class FolderSilent(Refusal):
    """A folder did not answer."""


class Step:
    """What a watched function calls at each step. Raises `Abandoned` once nobody waits for it."""

    def __init__(self) -> None:
        self.at = time.monotonic()
        self.abandoned = False

    def __call__(self) -> None:
        if self.abandoned:
            raise Abandoned
        self.at = time.monotonic()


def watched[T](act: Callable[[Step], T], *, folder: Path, patience: float | None = None) -> T:
    """What `act` returns or raises; `FolderSilent` when it makes no step for so many seconds."""
    patience = PATIENCE_SECONDS if patience is None else patience
    step, ended = Step(), threading.Event()
    returned: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            returned.append(act(step))
        except BaseException as error:
            raised.append(error)
        finally:
            ended.set()

    threading.Thread(target=run, name="backup-folder", daemon=True).start()
    while not ended.wait(min(0.5, patience)):
        if time.monotonic() - step.at > patience:
            step.abandoned = True
            raise FolderSilent(
                f"Le dossier « {folder} » ne répond pas.",
                safe="Vos données et vos archives sont intactes.",
                remedy="Vérifiez le réseau ou le support, puis recommencez.",
            )
    if raised:
        raise raised[0]
    return returned[0]


def ready(folder: Path, *, patience: float | None = None) -> Path:
    """The folder, once a file could be written into it. Raises `Refusal`; it is never made: a missing key is told."""
    if not folder.is_absolute():
        raise Refusal(
            f"« {folder} » n’est pas un chemin complet.",
            remedy="Donnez-le en entier, par exemple D:\\Sauvegardes ou /media/cle/sauvegardes.",
        )
    try:
        watched(lambda step: _try(folder), folder=folder, patience=patience)
    except OSError as error:
        raise missing(folder, error) from None
    return folder


def missing(folder: Path, error: OSError) -> Refusal:
    """Why a folder cannot be used, in words."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        why = "n’existe pas, ou plus : déplacé, renommé, ou support débranché"
    elif isinstance(error, PermissionError):
        why = "n’est pas accessible : ce compte n’a pas le droit d’y écrire"
    else:
        why = f"n’est pas utilisable ({error.strerror or error})"
    return Refusal(
        f"Le dossier « {folder} » {why}.",
        safe="Vos données sont intactes.",
        remedy="Rebranchez le support, recréez le dossier ou donnez les droits ; sinon, choisissez-en un autre.",
    )


def _try(folder: Path) -> None:
    trial = folder / f"{_TRIAL}-{os.getpid()}-{threading.get_ident()}"
    try:
        with trial.open("xb") as file:
            file.write(b"scarabee")
    finally:
        trial.unlink(missing_ok=True)
