"""The incident `retour-ecrase`: what an organisme sent is replaced once it was listed (api-dsn §6.5, case E9)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from lxml import etree

from scarabee.netentreprises.bouchon.kept import Deposit, return_id
from scarabee.netentreprises.bouchon.returns import markup
from scarabee.netentreprises.bouchon.returns.planning import EXTENSIONS
from scarabee.netentreprises.bouchon.spans import Span
from scarabee.netentreprises.bouchon.state import State
from scarabee.netentreprises.bouchon.wire import TEXT

_NOTICE = "Cette version remplace et complète la précédente."
_REPLACES = "02"
"""RO_B002_R004: cancels and replaces."""
_OF_THE_PORTAL = frozenset({"10", "11"})
"""Natures that the point de dépôt and the SI DSN give: nobody overwrites these."""


def overwrite_listed(state: State, deposits: Iterable[Deposit], at: datetime, span: Span | None = None) -> None:
    """While the incident is on, replace the returns just listed, each once: new publication, statut and id.

    The old id is unknown from then on. Call it with the state's lock held, after the listing was written.
    """
    if not state.incidents.on("retour-ecrase"):
        return
    for deposit in deposits:
        returns, documents = list(deposit.returns), {}
        rank = len(returns) + len(deposit.extras) + sum(bool(one.overwrites) for one in returns)
        for place, one in enumerate(returns):
            seen = one.is_published(at) and (span is None or span.holds(one.publication))
            if not seen or not one.file or one.overwrites or one.nature in _OF_THE_PORTAL:
                continue
            rank += 1
            fresh = return_id(deposit.number, rank)
            returns[place] = replace(
                one,
                id=fresh,
                overwrites=one.id,
                statut="ANO" if one.statut == "OK" else "OK",
                publication=at,
                production=at,
                file=f"{fresh}{EXTENSIONS[one.media_type]}",
            )
            documents[returns[place].file] = _enriched(state.store.file(deposit, one.file), one.media_type)
        if documents:
            state.store.change(deposit.with_returns(tuple(returns)), documents)


def _enriched(document: bytes, media_type: str) -> bytes:
    """The same document, saying that it replaces another."""
    if media_type == TEXT:
        return document + f"{_NOTICE}\n".encode()
    tree = etree.fromstring(document).getroottree()
    root = tree.getroot()
    if root.tag == "Fichier":
        root[0].set("ComplementRetourDecla", _NOTICE)
    elif etree.QName(root).localname == "rapport":
        root.set("message", _NOTICE)
    else:
        for element in root.iter("{*}RO_B002_R004"):
            element.text = _REPLACES
    return markup.document(root, tree.docinfo.encoding or "UTF-8")
