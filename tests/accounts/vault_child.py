# ruff: noqa: E402
"""A process of its own that seals and rotates, so that a test may kill it.

`python -m tests.accounts.vault_child ACT …`

The data folder is SCARABEE_DONNEES; the last line printed is one JSON document.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from django.db import transaction

from scarabee.accounts import vault
from scarabee.accounts.models import ConnectionTest, PortalIdentifiers, PortalIdentity, User
from scarabee.accounts.vault import keys, rotation, seals
from scarabee.maintenance import journal
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

PURPOSE = "essai"
SECRET = "S3cret de {}"
POINTS: dict[str, tuple[Any, str, int, bool]] = {
    "before the new key": (keys, "add_key", 1, False),
    "in the file": (os, "replace", 1, False),
    "after the new key": (keys, "add_key", 1, True),
    "after one row": (rotation, "_store", 1, True),
    "before the commit": (journal, "record", 1, True),
    "after the commit": (rotation, "_reseal_all", 1, True),
    "before the old key goes": (keys, "drop_keys", 1, False),
    "after the old key went": (keys, "drop_keys", 1, True),
}
"""Where a rotation may die: in which function, at which call, before or after what it does."""


def fill(users: str) -> dict[str, Any]:
    """Users with sealed identifiers, a second factor and a run of the blue ball."""
    for number in range(1, int(users) + 1):
        user = User.objects.create(username=f"Utilisateur {number}")
        identity = PortalIdentity.objects.create(key=str(number))
        PortalIdentifiers.objects.create(user=user, identity=identity, sealed="", key_id="", saved_by="essai")
        save(user)
        User.objects.filter(pk=user.pk).update(
            second_factor_sealed=vault.seal("facteur", str(user.pk), f"graine {user.pk}").text
        )
        test = ConnectionTest(user=user, from_form=True)
        test.sealed = vault.seal("boule", str(test.pk), "{}").text
        test.save()
    return state()


def save(user: User) -> None:
    """What saving identifiers does: seal within the transaction that stores."""
    with transaction.atomic():
        sealed = vault.seal(PURPOSE, str(user.pk), SECRET.format(user.pk))
        PortalIdentifiers.objects.filter(user=user).update(sealed=sealed.text, key_id=sealed.key_id)


def save_again_and_again(times: str) -> dict[str, Any]:
    """Save the identifiers of every user many times."""
    print("READY", flush=True)
    for _ in range(int(times)):
        for user in User.objects.all():
            save(user)
    return {}


def seal_first(signal_file: str) -> dict[str, Any]:
    """The first seal of a new folder, at the same moment as other processes: when this file appears."""
    print("READY", flush=True)
    while not Path(signal_file).exists():
        time.sleep(0.001)
    sealed = vault.seal(PURPOSE, "1", "valeur")
    return {"text": sealed.text, "key_id": sealed.key_id}


def rotate() -> dict[str, Any]:
    print("READY", flush=True)
    done = vault.rotate(actor=Actor.owner())
    return {"count": done.count, "unreadable": done.unreadable, "key_id": done.key_id}


def look_and_rotate() -> list[dict[str, Any]]:
    """What opens, a rotation, and what opens after it."""
    return [state(), rotate(), state()]


def rotate_and_die(point: str) -> None:
    """Rotate, and be killed at this point."""
    module, name, calls, after = POINTS[point]
    original: Callable[..., Any] = getattr(module, name)
    left = calls

    def dying(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = original(*arguments, **named)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(module, name, dying)
    vault.rotate(actor=Actor.owner())


def state() -> dict[str, Any]:
    """What opens, with which keys."""
    status = vault.status(actor=Actor.owner())
    held = PortalIdentifiers.objects.order_by("pk")
    return {
        "keys": [key.id for key in keys.read_keys()],
        "key_ids": sorted(set(held.values_list("key_id", flat=True))),
        "passwords": [vault.unseal(PURPOSE, str(one.user_id), one.sealed) for one in held],
        "factors": [vault.unseal("facteur", str(one.pk), one.second_factor_sealed) for one in User.objects.all()],
        "runs": [seals.opened(one.sealed)["value"] for one in ConnectionTest.objects.all()],
        "readable": status.readable,
        "unreadable": status.unreadable,
        "rotations": JournalEntry.objects.filter(code="coffre.renouvele").count(),
    }


if __name__ == "__main__":
    if sys.argv[1] != "seal_first":
        prepare_folder()
    act, *arguments = sys.argv[1:]
    print(json.dumps(globals()[act](*arguments)))
