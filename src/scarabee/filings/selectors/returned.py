"""How it stands after a return to a backup: what rests, what the portal said, what waits for a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.dateparse import parse_datetime

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentifiers
from scarabee.accounts.portal.held import Held
from scarabee.dossiers.models import Act
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import after_restore
from scarabee.netentreprises.credentials import Regime

PAGE_LENGTH, SHOWN = 50, 20


@dataclass(frozen=True, slots=True)
class Asked:
    """An account of the portal and a régime: how far its deposits are listed, or why they are not."""

    account: str
    regime: str
    until: datetime | None
    is_done: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Told:
    """A deposit that the portal knows and that was not here. `filing`: the number of the filing that it is."""

    idflux: str
    date: str
    siret: str
    month: str
    filing: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Returned:
    """`orders`: standing orders that rest, None when none is to be confirmed. `unproved`: accounts without blue ball.

    `waiting`: the first filings that a person must look at, of `waiting_count`.
    """

    act: Act
    made_at: datetime
    is_asking: bool
    orders: int | None
    unproved: list[PortalIdentifiers]
    asked: list[Asked]
    found: Page[Told]
    waiting: list[Filing]
    waiting_count: int


def returned(page: str | None) -> Returned | None:
    """The last return to a backup; None when there was none. Six queries, seven when many wait."""
    act = after_restore.last_act()
    if act is None:
        return None
    held = list(PortalIdentifiers.objects.select_related("identity", "user").filter(user__is_active=True))
    waiting = Filing.objects.filter(
        Q(state=FilingState.UNKNOWN) | Q(state=FilingState.HELD, problem__startswith=after_restore.SINCE)
    )
    first = list(waiting.select_related("dossier").order_by("pk")[: SHOWN + 1])
    return Returned(
        act=act,
        made_at=after_restore.made_at_of(act),
        is_asking=after_restore.open_acts().exists(),
        orders=after_restore.resting_orders(),
        unproved=list(_unproved(held)),
        asked=list(_asked(act, held)),
        found=Paginator(list(_told(act)), PAGE_LENGTH).get_page(page),
        waiting=first[:SHOWN],
        waiting_count=len(first) if len(first) <= SHOWN else waiting.count(),
    )


def _unproved(held: list[PortalIdentifiers]) -> Iterator[PortalIdentifiers]:
    """One holder of each account that came back and that nobody tried yet."""
    seen = set()
    for one in held:
        identity = one.identity
        if identity.state == IdentityState.FROZEN and identity.frozen_cause == Held.BROUGHT_BACK.value:
            if identity.pk not in seen:
                yield one
            seen.add(identity.pk)


def _asked(act: Act, held: list[PortalIdentifiers]) -> Iterator[Asked]:
    names = {one.identity_id: f"{one.prenom} {one.nom}".strip() for one in held}
    for key, look in act.receipt["looks"].items():
        identity, _, regime = key.partition(" ")
        yield Asked(
            account=names.get(int(identity), "un compte qui n’est plus d’ici"),
            regime="agricole" if regime == Regime.AGRICOLE.value else "général",
            until=parse_datetime(look.get("until", "")),
            is_done=bool(look.get("done")),
            problem=look.get("problem", ""),
        )


def _told(act: Act) -> Iterator[Told]:
    for idflux, one in act.receipt["found"].items():
        yield Told(idflux, one["date"], one["siret"], one["month"], one["filing"], _words(one))


def _words(one: dict[str, Any]) -> str:
    if not one["clear"]:
        return "à préciser : le portail n’a pas encore tout dit de lui"
    if one["filing"]:
        return ""
    if not one["siret"]:
        return "rejeté par le portail, ou sans accusé lisible : il ne compte pas"
    return "pas d’une déclaration d’ici : il n’est que montré"
