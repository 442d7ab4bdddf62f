"""Depositing: `/deposer-dsn/1.0/` (XML) and `/2.0/` (JSON) (api-dsn §5; order of checks §5, §9)."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from lxml import etree

from scarabee.netentreprises.bouchon.authorization import ON_BEHALF, TOKEN, Visitor, authorized
from scarabee.netentreprises.bouchon.kept import Deposit, Extra
from scarabee.netentreprises.bouchon.returns.planning import OBJECT, planned_extras, planned_returns, scheduled
from scarabee.netentreprises.bouchon.returns.reading import read_envoi
from scarabee.netentreprises.bouchon.returns.reports import Flow, receipt
from scarabee.netentreprises.bouchon.state import State
from scarabee.netentreprises.bouchon.wire import (
    HTML,
    JSON,
    TEXT,
    XML,
    Answer,
    Call,
    Cut,
    Stop,
    empty,
    inflated,
    refuse_without_gzip,
)

_FIRST_BYTES = b"S10"
_UNREADABLE = '<!DOCTYPE html><html lang="fr"><title>Requête illisible</title><p>Requête illisible.</p></html>'


def deposit(state: State, call: Call, version: str) -> Answer:
    """200 and the AEE, or 422 and the ARE. Order: 415, 415, 406, 400, 401, content.

    Raises Cut for the two incidents that close the connection, before or after the deposit was kept.
    """
    if call.media_type() != TEXT or call.header("Content-Encoding").lower() != "gzip":
        raise empty(415)
    refuse_without_gzip(call)
    if not call.body.read(1):
        raise _unreadable()
    call.body.seek(0)
    visitor = authorized(state, call, TOKEN, ON_BEHALF)
    with state.one_deposit:
        content = _content(state, call)
        if state.incidents.on("coupure-avant-enregistrement"):
            raise Cut
        accepted, document = _keep(state, call, visitor, content)
    if state.incidents.on("coupure-apres-enregistrement"):
        raise Cut
    status = 200 if accepted else 422
    if version == "1.0":
        return Answer(status, document, XML, gzip=True)
    body = document if state.incidents.on("aee-xml-en-2.0") else as_json(document)
    return Answer(status, body, JSON, gzip=True)


def as_json(document: bytes) -> bytes:
    """A receipt as JSON: attributes and children alike become keys. The real form is unknown (api-dsn §5.1)."""
    root = etree.fromstring(document)
    return json.dumps({"rapport": _plain(root)}, ensure_ascii=False).encode("utf-8")


def _content(state: State, call: Call) -> bytes:
    try:
        return inflated(call.body, state.content_bytes)
    except OverflowError:
        raise empty(413) from None
    except ValueError:
        raise _unreadable() from None


def _keep(state: State, call: Call, visitor: Visitor, content: bytes) -> tuple[bool, bytes]:
    """Keep the deposit with all that will come back for it; whether it was accepted, and its receipt."""
    accepted = content.startswith(_FIRST_BYTES)
    store = state.store
    idflux = store.new_idflux(dotted=state.incidents.on("idflux-point"))
    at = call.at.replace(microsecond=0)
    envoi = read_envoi(content if accepted else b"")
    flow = Flow(store.next_number(), idflux, visitor.account.identity, visitor.point, at, len(content), envoi)
    document = receipt(flow, accepted=accepted)
    plan = planned_returns(flow, document, accepted=accepted)
    returns, documents = scheduled(flow, plan)
    extras: tuple[Extra, ...] = ()
    if any(one.nature == "11" and one.statut == "OK" for one in plan):
        extras, more = planned_extras(flow, len(plan) + 1, _known_sheets(state, visitor))
        documents |= more
    found = replace(_deposit(flow, visitor, content, accepted=accepted), returns=returns, extras=extras)
    store.add(found, content, documents)
    return accepted, document


def _deposit(flow: Flow, visitor: Visitor, content: bytes, *, accepted: bool) -> Deposit:
    """What is kept of a deposit, before anything came back for it."""
    envoi = flow.envoi
    return Deposit(
        number=flow.number,
        idflux=flow.idflux,
        owner=flow.declarant,
        operator=visitor.operator or (),
        point=flow.point,
        at=flow.at,
        statut="OK" if accepted else "KO",
        essai_reel=envoi.essai_reel,
        emetteur_siret=envoi.emetteur_siret,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        declared=tuple(dict.fromkeys(one.siret for one in envoi.declarations)),
    )


def _known_sheets(state: State, visitor: Visitor) -> frozenset[tuple[str, str]]:
    """(siret, organisme) of the fiches this déclarant already has."""
    return frozenset(
        (extra.siret, extra.porteur or extra.producteur)
        for one in state.store.deposits()
        if one.owner == visitor.account.identity
        for extra in one.extras
        if extra.kind == OBJECT
    )


def _plain(element: etree._Element) -> Any:
    found: dict[str, Any] = {str(name): str(value) for name, value in element.attrib.items()}
    for one in element:
        found[etree.QName(one).localname] = _plain(one)
    return found or (element.text or "")


def _unreadable() -> Stop:
    return Stop(Answer(400, _UNREADABLE.encode("utf-8"), f"{HTML}; charset=utf-8", gzip=False))
