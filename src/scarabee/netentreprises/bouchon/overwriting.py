"""The incident `retour-ecrase`: what an organisme sent is replaced once it was listed (api-dsn §6.5, case E9)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from scarabee.netentreprises.bouchon.kept import Deposit, return_id
from scarabee.netentreprises.bouchon.spans import Span
from scarabee.netentreprises.bouchon.state import State

_OF_THE_PORTAL = frozenset({"10", "11"})
"""Natures that the point de dépôt and the SI DSN give: nobody overwrites these."""


def overwrite_listed(state: State, deposits: Iterable[Deposit], at: datetime, span: Span | None = None) -> None:
    """While the incident is on, replace the returns just listed, each once: new publication, statut and id.

    The old id is unknown from then on. Call it with the state's lock held, after the listing was written.
    """
    if not state.incidents.on("retour-ecrase"):
        return
    for deposit in deposits:
        rank = len(deposit.returns) + sum(bool(one.overwrites) for one in deposit.returns)
        returns = list(deposit.returns)
        for place, one in enumerate(returns):
            seen = one.is_published(at) and (span is None or span.holds(one.publication))
            if not seen or one.overwrites or one.nature in _OF_THE_PORTAL:
                continue
            rank += 1
            statut = "ANO" if one.statut == "OK" else "OK"
            fresh = return_id(deposit.number, rank)
            returns[place] = replace(one, id=fresh, overwrites=one.id, statut=statut, publication=at, production=at)
        if returns != list(deposit.returns):
            state.store.change(deposit.with_returns(tuple(returns)))
