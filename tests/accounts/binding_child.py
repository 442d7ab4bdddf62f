# ruff: noqa: E402
"""A process of its own that binds the data folder SCARABEE_DONNEES: `python -m tests.accounts.binding_child ACT …`."""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from scarabee.accounts.portal.binding import VARIABLE, bind_or_refuse
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.folder import prepare_folder


def prepare() -> None:
    """Make the database, bound to nothing."""
    prepare_folder()


def bind(wish: str, signal_file: str) -> None:
    """Bind to this portal as soon as the file appears, and print the portal, or refusé."""
    os.environ[VARIABLE] = wish
    prepare_folder()
    print("READY", flush=True)
    while not Path(signal_file).exists():
        time.sleep(0.001)
    try:
        print(bind_or_refuse())
    except Refusal:
        print("refusé")


if __name__ == "__main__":
    act, *arguments = sys.argv[1:]
    globals()[act](*arguments)
