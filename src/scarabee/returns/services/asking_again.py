"""A document that the portal refused, or did not have, and is asked for no more: a person has it asked for again."""

from typing import Any, cast

from django.db import transaction

from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Return
from scarabee.returns.services.seeing import get_return


def is_given_up(item: Return) -> bool:
    """Whether its document is not here, and the portal, which listed it, is not asked for it any more."""
    is_away = item.fetch in (FetchState.TO_FETCH, FetchState.GONE)
    return is_away and item.next_at is None and bool(item.url or item.return_id) and item.identity_id is not None


@transaction.atomic
def ask_again(*, actor: Actor, number: int) -> Return:
    """Have a document asked for at the next round.

    Raises `NotVisible`, `NotAllowed` as for marking it as read, `Refusal` when it is here or asked for already.
    """
    item: Any = get_return(actor, number)
    if not item.may_mark:
        raise NotAllowed("Vous pouvez lire ce retour ; un Gestionnaire de son dossier le fait redemander.")
    if not is_given_up(item):
        raise Refusal("Ce retour n’est pas à redemander.", remedy="Il est là, ou Scarabée le redemande de lui-même.")
    Return.objects.filter(pk=item.pk).update(fetch=FetchState.TO_FETCH, next_at=now(), attempts=0, problem="")
    journal.record(actor, "retours.redemande", item=item.pk)
    return cast(Return, item)
