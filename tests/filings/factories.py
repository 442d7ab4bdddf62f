"""Filings that are planned, made of invented files by the splitter of the intake, without waiting for the intake."""

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from scarabee.accounts.models import User
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.accounts.services.users import create_user
from scarabee.dossiers import contents
from scarabee.dossiers.models import Act, Dossier, Employer
from scarabee.dossiers.services.dossiers import get_or_create
from scarabee.dsn.invention import Bureau, invent_bureau, month_file
from scarabee.filings.enums import FilingState, Source
from scarabee.filings.models import Batch, Filing
from scarabee.filings.services.duplicates import REPLACING_TYPES
from scarabee.filings.services.splitting import split
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

RIGHT = Entry("73282932000074", "D'HERVAULT", "Noémie", "Corail.2026-Dune", agricole=True)
"""Good identifiers, for both régimes."""


@cache
def bureau(employers: int = 12) -> Bureau:
    """So many employers of a few people each, over twelve months."""
    return invent_bureau(26, employers=employers, employees_per_employer=(1, 2), months=12)


def small_files(*, real: bool = False, champ: str = "01", employers: int = 12) -> Iterator[bytes]:
    """Files of one S20 each, all of another employer or month."""
    invented = bureau(employers)
    for month in invented.all_months:
        for employer in invented.employers:
            if employer.declares(month) and invented.employed(employer, month):
                yield month_file(invented, month, employers=[employer.siret], real=real, champ=champ)


def holder(name: str, entry: Entry = RIGHT) -> User:
    """A user who holds these identifiers."""
    owner = Actor.owner()
    user = create_user(actor=owner, username=name)
    save_identifiers(actor=owner, user=user, entry=entry)
    return user


def planned(
    data: bytes, user: User | None, *, dossier: Dossier | None = None, sent: bytes = b"", **columns: Any
) -> Filing:
    """A filing of this file of one S20, due now, in the dossier that declares its SIRET.

    `sent`: other bytes to deposit than those of the file.
    """
    (part,) = split(io.BytesIO(data))
    sent = sent or part.sent
    dossier = dossier or get_or_create(actor=Actor.owner(), name="Associations")
    declare(dossier, part.siret)
    batch = Batch.objects.create(
        dossier=dossier, dossier_name=dossier.name, source=Source.UPLOAD, user=user, actor_name="Essai"
    )
    digest = hashlib.sha256(sent)
    read, moment = part.read, now()
    said = {
        "siret": part.siret, "is_real": part.envoi.is_real, "nature": read.nature, "type": read.type,
        "month": read.month, "champ": read.champ, "fraction": read.fraction, "order_number": read.order_number,
        "order_rank": read.order_rank, "made_on": read.made_on, "job_id": part.job_id, "norm": part.envoi.norm,
        "depot": part.envoi.depot, "sender": part.envoi.sender, "people": part.people, "whole_hash": part.whole_hash,
        "exempt": read.type in REPLACING_TYPES, "slot": "" if read.month else read.order_number,
        "content_id": contents.store([sent], [digest.digest()])[0], "sha256": digest.hexdigest(),
        "state": FilingState.PLANNED, "planned_at": moment, "next_at": moment,
    }  # fmt: skip
    return Filing.objects.create(
        dossier=dossier, dossier_name=dossier.name, batch=batch, portal="bouchon", user=user, actor_name="Essai",
        **(said | columns),
    )  # fmt: skip


def declare(dossier: Dossier, siret: str) -> Employer:
    """Make this dossier the one that declares a SIRET, when none does."""
    act, _ = Act.objects.get_or_create(
        dossier=dossier,
        kind=Act.Kind.IMPORT,
        defaults={"state": Act.State.DONE, "actor_name": "Essai", "created_at": now()},
    )
    is_free = not Employer.objects.filter(siret=siret, declaring=True).exists()
    employer, _ = Employer.objects.get_or_create(
        dossier=dossier, siret=siret,
        defaults={"search_key": siret, "act": act, "declaring": is_free},
    )  # fmt: skip
    return employer


def order_again(filing: Filing) -> None:
    """What a person does who orders a filing that was not deposited."""
    from scarabee.filings.services.orders import order

    ordered = order(actor=Actor.owner(), filings=[filing], real_confirmed=True)
    assert not ordered.refused, ordered.refused


def later(**amount: float) -> Any:
    """A moment after now."""
    return now() + timedelta(**amount)
