# ruff: noqa: E402
"""One of a crowd that works in the same few dossiers: `python -m tests.transfers.crowd_child SEED DEEDS`.

Transfers with and without a change of declarant, imports, deletions, undos, handovers and CRMs, drawn by the seed. What
it prints is {"done": {deed: how many}, "refused": {deed: [words]}, "failed": [error]}.
"""

import io
import json
import os
import random
import sys
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarabee.settings.test")

import django

django.setup()

from tests.dossiers.small_files import ASSOCIATION, OTHER_ASSOCIATION, Someone, declaration, envoi
from tests.returns.rate_scenes import Told, crm, declared, landed

from scarabee.dossiers.models import Act, Dossier, Employer
from scarabee.dossiers.services.declaring import hand_over
from scarabee.dossiers.services.deletion import delete_employee, delete_employer
from scarabee.dossiers.services.dossiers import get_or_create
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.dossiers.services.undo import undo_act
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.folder import prepare_folder
from scarabee.maintenance.journal import Actor
from scarabee.transfers.enums import Declaring, IfExists
from scarabee.transfers.selection import Mode, Selection, Ticked
from scarabee.transfers.services.execution import transfer_now

OWNER = Actor.owner()
NAMES = "ABCD"
SIRETS = (ASSOCIATION, OTHER_ASSOCIATION, "55208131766522", "38012986646850")
PEOPLE = [Someone(f"1850575{number:06}", f"NOM {number}", matricule=f"M{number}") for number in range(1, 13)]


class Crowd:
    """Deeds drawn by a seed; each of them either is done, or is refused in words."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.seed = seed
        self.count = 0
        self.done: dict[str, int] = {}
        self.refused: dict[str, list[str]] = {}
        self.failed: list[str] = []

    def deed(self) -> None:
        """One of them."""
        self.count += 1
        deeds: list[Callable[[], object]] = [
            self.transfer, self.transfer, self.take, self.take, self.hand_over, self.delete_employer,
            self.delete_employee, self.undo, self.rates, self.rates,
        ]  # fmt: skip
        chosen = self.chance.choice(deeds)
        name = getattr(chosen, "__name__", "")
        try:
            chosen()
        except (Refusal, IndexError) as refusal:  # IndexError: nothing there to choose from
            self.refused.setdefault(name, []).append(str(refusal))
        except Exception as error:
            self.failed.append(f"{name}: {type(error).__name__}: {error}")
        else:
            self.done[name] = self.done.get(name, 0) + 1

    def dossier(self) -> Dossier:
        return get_or_create(actor=OWNER, name=self.chance.choice(NAMES))

    def transfer(self) -> None:
        source, destination = self.chance.sample(NAMES, 2)
        there = get_or_create(actor=OWNER, name=source)
        employers = list(there.employers.order_by("pk").values_list("pk", flat=True))
        self.chance.shuffle(employers)
        transfer_now(
            actor=OWNER, source=there, destination=get_or_create(actor=OWNER, name=destination),
            selection=Selection({pk: Ticked(Mode.WHOLE) for pk in employers[: self.chance.randint(1, 3)]}),
            if_exists=self.chance.choice([IfExists.COMPLETE, IfExists.REPLACE]),
            declaring=self.chance.choice(list(Declaring)),
        )  # fmt: skip

    def take(self) -> None:
        sirets = self.chance.sample(SIRETS, 2)
        month = f"2026-0{self.chance.randint(1, 6)}"
        held = [declaration(self.chance.sample(PEOPLE, 5), siret=siret, month=month) for siret in sirets]
        act = open_import(actor=OWNER, dossier=self.dossier())
        row = import_file(actor=OWNER, act=act, stream=io.BytesIO(envoi(*held)), name="foule.dsn")
        Act.objects.filter(pk=act.pk).update(state=Act.State.DONE)
        if row.status == "refused":
            raise Refusal(row.report["errors"][0]["message"])

    def hand_over(self) -> None:
        hand_over(actor=OWNER, siret=self.chance.choice(SIRETS), dossier=self.dossier())

    def delete_employer(self) -> None:
        delete_employer(actor=OWNER, employer=self.chance.choice(list(Employer.objects.order_by("pk"))))

    def delete_employee(self) -> None:
        employer = self.chance.choice(list(Employer.objects.order_by("pk")))
        delete_employee(actor=OWNER, employee=self.chance.choice(list(employer.employees.order_by("pk"))))

    def undo(self) -> None:
        acts = Act.objects.filter(state=Act.State.DONE, kind__in=(Act.Kind.IMPORT, Act.Kind.TRANSFER))
        undo_act(actor=OWNER, act=self.chance.choice(list(acts.order_by("-pk")[:10])))

    def rates(self) -> None:
        told = [Told(one.nir, f"{self.chance.randint(0, 20)}.50") for one in PEOPLE]
        parts = [declared(told, siret) for siret in self.chance.sample(SIRETS, 3)]
        item = landed(crm(parts=parts, identifier=f"{self.seed:09}{self.count:09}"), siret=SIRETS[0])
        if "défaut" in item.problem:
            raise RuntimeError(item.problem)

    def told(self) -> dict[str, Any]:
        return {"done": self.done, "refused": self.refused, "failed": self.failed}


if __name__ == "__main__":
    prepare_folder()
    crowd = Crowd(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        crowd.deed()
    print(json.dumps(crowd.told()))
