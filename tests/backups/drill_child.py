"""The bureau of the drill of the README: `python -m tests.backups.drill_child ACT …`, on its data folder."""

# ruff: noqa: E402 - Django is set up before its models are imported

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from tests.backups import bureau

from scarabee.accounts.models import PortalIdentifiers, User
from scarabee.accounts.portal.identifiers import kept_entry
from scarabee.backups import keys, writing
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Dossier
from scarabee.filings.models import Filing
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry


def fill(where: str) -> dict[str, Any]:
    """A bureau, saved outside of its folder; what must be there again, and the trousse."""
    bureau.fill()
    writing.back_up(actor=Actor.owner(), reason="essai", folder=Path(where), name="archive.tar.zst.age")
    return {"stand": stand(), "kit": keys.writing_identity()}


def stand() -> dict[str, Any]:
    """Users and their passwords, seals, dossiers, deposits, the first entries of the journal."""
    administrator = User.objects.get(username="Administrateur")
    return {
        "users": sorted(User.objects.values_list("username", flat=True)),
        "signs_in": administrator.check_password(bureau.PASSWORD),
        "opens": kept_entry(PortalIdentifiers.objects.get()).motdepasse == bureau.PORTAL_PASSWORD,
        "dossiers": {one.name: dossier_digest(one) for one in Dossier.objects.order_by("pk")},
        "filings": list(Filing.objects.order_by("pk").values_list("siret", "sha256")),
        "journal": list(JournalEntry.objects.order_by("sequence").values_list("hash", flat=True)[:5]),
    }


if __name__ == "__main__":
    prepare_folder()
    name, *arguments = sys.argv[1:]
    print(json.dumps(globals()[name](*arguments)))
