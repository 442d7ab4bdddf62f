"""The returns still awaited under the identifiers of somebody who leaves, and until when they go on being collected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Count, Max, Window
from django.urls import reverse
from django.utils.timezone import localtime

from scarabee.accounts.leaving import Left
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity, User
from scarabee.filings.models import Filing
from scarabee.filings.selectors.naming import Named, employers_of
from scarabee.maintenance.clock import now
from scarabee.maintenance.editing import Written, last_written
from scarabee.maintenance.journal import Actor
from scarabee.returns.forms import KeepCollectingForm
from scarabee.returns.models import Cursor
from scarabee.returns.services.pending import AWAITED_FOR, LONGEST, keep_collecting, pending_deposits

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Awaited:
    """`deposits`: the latest ones with their employers, of `count` in all. `until`: the last day of collecting that a
    person chose, None when there is none any more."""

    count: int
    deposits: list[tuple[Filing, Named]]
    until: date | None

    @property
    def more(self) -> int:
        return self.count - len(self.deposits)


def awaited_of(actor: Actor, user: User) -> Awaited:
    """What is awaited once this user is inactive; three queries at most."""
    filings = pending_deposits(user).annotate(count=Window(Count("pk"))).defer("seen", "candidates", "whole_hash")
    latest = list(filings.order_by("-sent_at", "-pk")[:SHOWN])
    names = employers_of(actor, latest) if latest else {}
    count = latest[0].count if latest else 0
    return Awaited(count, [(one, names[one.pk]) for one in latest], collected_until(user))


def collected_until(user: User) -> date | None:
    """The last day on which the identifiers of this user serve for collecting only."""
    identity = PortalIdentifiers.objects.filter(user=user).values("identity")
    found: date | None = Cursor.objects.filter(identity__in=identity).aggregate(day=Max("collect_until"))["day"]
    return found if found is not None and found >= _today() else None


def left_by(actor: Actor, user: User, sent: Mapping[str, Any] | None = None) -> Left | None:
    """What the page that closes this account, and its own page afterwards, tell and offer."""
    awaited = awaited_of(actor, user)
    if not (awaited.count or awaited.until):
        return None
    until = awaited.until or _offered(awaited)
    form = KeepCollectingForm(
        sent, first=_today(), last=_today() + LONGEST, until=until, written=partial(_written, user)
    )
    address = reverse("returns:keep-collecting", args=[user.pk])
    return Left("returns/left.html", awaited, form, partial(_go_on, actor, user, form), address)


def _go_on(actor: Actor, user: User, form: KeepCollectingForm) -> None:
    """Write what the form says, unless it is so already."""
    until = form.cleaned_data["until"] if form.cleaned_data["keep"] else None
    if until != collected_until(user):
        keep_collecting(actor=actor, identity=PortalIdentity.objects.get(holders__user=user), until=until)


def _written(user: User) -> Written | None:
    """Who said last until when they are collected."""
    identity = PortalIdentity.objects.get(holders__user=user)
    return last_written("retours.prolongation", identity=identity.pk)


def _offered(awaited: Awaited) -> date:
    """When nothing more is awaited from the last deposit."""
    sent = [one.sent_at or one.state_at for one, _ in awaited.deposits]
    return localtime(max(sent) + AWAITED_FOR).date()


def _today() -> date:
    return localtime(now()).date()
