"""A filing changes state here and nowhere else: one conditional UPDATE, one row that tells of it, one journal entry."""

from typing import Any

from django.db import transaction

from scarabee.filings.enums import MOVES, FilingState
from scarabee.filings.models import Filing, FilingMove
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


class Overtaken(Refusal):
    """The filing is no longer where the caller saw it: somebody or something else moved it first."""

    def __init__(self, filing: Filing, wanted: FilingState) -> None:
        current = FilingState(Filing.objects.values_list("state", flat=True).get(pk=filing.pk))
        super().__init__(
            f"Le dépôt n° {filing.pk} est à l’état « {current.label} » : il ne peut pas passer à « {wanted.label} ».",
            remedy="Rechargez la page pour voir où il en est.",
        )


@transaction.atomic
def move(
    filing: Filing,
    state: FilingState,
    *,
    actor: Actor,
    automatic: bool = False,
    why: str = "",
    attempt_token: str | None = None,
    **changes: Any,
) -> Filing:
    """Give a filing its next state and write `changes` (columns) with it; the instance has them then.

    Only from the state that the instance has, and only along `MOVES`. `attempt_token` names the sending that begins,
    for SENDING; for any other state, the filing moves only while that sending is the last one. Raises `Overtaken`
    otherwise, ValueError for a move that `MOVES` does not know.
    """
    former = FilingState(filing.state)
    if state not in MOVES[former]:
        if Filing.objects.filter(pk=filing.pk, state=former).exists() and not automatic:
            raise Overtaken(filing, state)
        raise ValueError(f"{former} does not become {state}")
    moment = now()
    rows = Filing.objects.filter(pk=filing.pk, state=former)
    changes |= {"state": state, "state_at": moment}
    if attempt_token is not None and state == FilingState.SENDING:
        changes["attempt_token"] = attempt_token
    elif attempt_token is not None:
        rows = rows.filter(attempt_token=attempt_token)
    if not rows.update(**changes):
        raise Overtaken(filing, state)
    for column, value in changes.items():
        setattr(filing, column, value)
    FilingMove.objects.create(
        filing=filing, former=former, state=state, at=moment, actor_name=actor.name, automatic=automatic, why=why
    )
    journal.record(
        actor, "depot.etat", dossier_uuid=filing.dossier.uuid if filing.dossier else None, filing=filing.pk,
        siret=filing.siret, state=state.value, sha256=filing.sha256, idflux=filing.idflux, automatic=automatic,
    )  # fmt: skip
    return filing
