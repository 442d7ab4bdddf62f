"""Searches: lister-depots, lister-retours-declarant, -concentrateur, -flux (api-dsn §6; order of checks §9)."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from scarabee.netentreprises.bouchon.authorization import ON_BEHALF, OPERATOR, TOKEN, Visitor, authorized
from scarabee.netentreprises.bouchon.kept import Deposit, Return
from scarabee.netentreprises.bouchon.overwriting import overwrite_listed
from scarabee.netentreprises.bouchon.rendering import Tree, as_json, as_xml
from scarabee.netentreprises.bouchon.spans import (
    DAY_MINUTES,
    DECLARANT_MINUTES,
    OPERATOR_MINUTES,
    Span,
    allowed_minutes,
    read_span,
    refuse_too_wide,
)
from scarabee.netentreprises.bouchon.state import State, local_digits
from scarabee.netentreprises.bouchon.wire import (
    JSON,
    XML,
    Answer,
    Call,
    empty,
    fresh_headers,
    refuse_without_gzip,
)

IDFLUX_LONGEST = 50
_UNKNOWN_NATURE = "987"


def list_deposits(state: State, call: Call, version: str, parts: list[str]) -> Answer:
    """The deposits of a déclarant. Order: dates 422, 406, 401, 429, 200."""
    span = read_span(parts, call.at)
    refuse_without_gzip(call)
    visitor = authorized(state, call, TOKEN, ON_BEHALF)
    usual = DAY_MINUTES if state.incidents.on("plage-24-heures") else DECLARANT_MINUTES
    minutes = allowed_minutes(state, OPERATOR_MINUTES if visitor.operator else usual)
    _refuse_width(state, call, visitor, span, minutes, usual)
    refuse_too_soon(state, call, visitor, minutes)
    found = [one for one in state.store.deposits() if is_of(one, visitor) and span.holds(one.at)]
    rows = [{"idflux": one.idflux, "date": local_digits(one.at), "statut": one.statut} for one in found]
    siret, nom, prenom = visitor.account.identity
    tree = {"declarant": {"siret": siret, "nom": nom, "prenom": prenom, "depot": rows}}
    return _answer(state, call, version, "depots", tree, minutes)


def list_returns_of_declarant(state: State, call: Call, version: str, parts: list[str]) -> Answer:
    """The returns published for a déclarant. Order: dates 422, 406, 401, 429, 200."""
    span = read_span(parts, call.at)
    refuse_without_gzip(call)
    visitor = authorized(state, call, TOKEN, ON_BEHALF)
    minutes = allowed_minutes(state, DECLARANT_MINUTES)
    _refuse_width(state, call, visitor, span, minutes, DECLARANT_MINUTES)
    return _published(state, call, version, visitor, span, minutes)


def list_returns_of_operator(state: State, call: Call, version: str, parts: list[str]) -> Answer:
    """The returns of what a concentrateur deposited. Order: dates 422, 429, 406, 401, 200."""
    span = read_span(parts, call.at)
    minutes = allowed_minutes(state, OPERATOR_MINUTES)
    refuse_too_wide(span, minutes)
    refuse_without_gzip(call)
    visitor = authorized(state, call, OPERATOR)
    return _published(state, call, version, visitor, span, minutes)


def list_returns_of_deposit(state: State, call: Call, version: str, parts: list[str]) -> Answer:
    """The returns of one deposit. Order: idflux 422, 406, 401, then 403 for another's, 404 unknown, 200."""
    idflux = _only(parts)
    refuse_without_gzip(call)
    visitor = authorized(state, call, TOKEN, OPERATOR)
    deposit = deposit_read_by(state, visitor, idflux)
    refuse_too_soon(state, call, visitor)
    with state.lock:
        shown = _flux(state, deposit, deposit.published(call.at))
        overwrite_listed(state, [deposit], call.at)
    # No return yet: an empty list of flux, as for a search that finds nothing.
    tree = {"flux": [shown] if shown["retour"] else []}
    return _answer(state, call, version, "retours", tree, None)


def deposit_read_by(state: State, visitor: Visitor, idflux: str) -> Deposit:
    """The deposit, when it is the visitor's. 404 when nobody made it here, 403 when somebody else did."""
    deposit = state.store.deposit_named(idflux)
    if deposit is None or (visitor.point and deposit.point != visitor.point):
        raise empty(404)
    if state.incidents.on("depot-d-un-autre") or not is_of(deposit, visitor):
        raise empty(403)
    return deposit


def _only(parts: list[str]) -> str:
    if not parts:
        raise empty(404)
    if len(parts[0]) > IDFLUX_LONGEST:
        raise empty(422)
    return parts[0]


def is_of(deposit: Deposit, visitor: Visitor) -> bool:
    """A concentrateur alone reads what it deposited; a déclarant, alone or through one, what is in his name."""
    if not visitor.point:
        return deposit.operator == visitor.operator
    return deposit.owner == visitor.account.identity and deposit.point == visitor.point


def refuse_too_soon(state: State, call: Call, visitor: Visitor, minutes: int | None = None) -> None:
    """429 for the same search before its answer is stale, while `interrogation-trop-rapide` is on.

    `minutes`: how wide the answer says that a search may be.
    """
    who, path = _who(call, visitor), f"{call.path.rstrip('/')}?{urlencode(call.query)}".rstrip("?")
    if not state.rules.is_too_soon(who, path, call.at):
        state.rules.note_answer(who, path, call.at, allowed=minutes)
    elif state.incidents.on("interrogation-trop-rapide"):
        raise empty(429)


def _refuse_width(state: State, call: Call, visitor: Visitor, span: Span, minutes: int, usual: int) -> None:
    """429 for a search that is too wide now. `usual`: what a visitor knows who was told nothing yet."""
    who = _who(call, visitor)
    state.rules.note_width(who, call.path, call.at, minutes=span.minutes, usual=usual)
    if span.minutes > minutes:
        state.rules.note_refusal(who, call.at, minutes=span.minutes)
    refuse_too_wide(span, minutes)


def _who(call: Call, visitor: Visitor) -> tuple[str, ...]:
    return (*visitor.key, call.path.split("/")[1])


def _published(state: State, call: Call, version: str, visitor: Visitor, span: Span, minutes: int) -> Answer:
    refuse_too_soon(state, call, visitor, minutes)
    with state.lock:
        deposits = [one for one in state.store.deposits() if is_of(one, visitor)]
        shown = []
        met = []
        for deposit in deposits:
            returns = [one for one in deposit.published(call.at) if span.holds(one.publication)]
            if returns:
                shown.append(_flux(state, deposit, returns))
                met.append(deposit)
        overwrite_listed(state, met, call.at, span)
    return _answer(state, call, version, "retours", {"flux": shown}, minutes)


def _flux(state: State, deposit: Deposit, returns: Iterable[Return]) -> Tree:
    rows = [_row(state, deposit, one) for one in returns]
    if state.incidents.on("nature-inconnue") and rows:
        first = {key: rows[0][key] for key in ("publication", "production")}
        rows.append({**first, "nature": _UNKNOWN_NATURE, "statut": "OK"})
    return {"id": deposit.idflux, "retour": rows}


def _row(state: State, deposit: Deposit, one: Return) -> Tree:
    row = {"publication": local_digits(one.publication), "production": local_digits(one.production)}
    row |= {name: value for name, value in (("ops", one.ops), ("delegataire", one.delegataire)) if value}
    row |= {"nature": one.nature, "statut": one.statut}
    if one.file:
        if not state.incidents.on("retour-sans-id"):
            row["id"] = one.id
        if not state.incidents.on("retour-sans-url"):
            row["url"] = f"{state.address}/telecharger-retour/1.0/{quote(deposit.idflux, safe='')}/{one.id}"
    return row


def _answer(state: State, call: Call, version: str, root: str, tree: Tree, minutes: int | None) -> Answer:
    headers = fresh_headers(call.at)
    if minutes is not None:
        headers["Accept-Ranges"] = f"minutes=0-{minutes}"
    if version == "1.0":
        return Answer(200, as_xml(root, tree), XML, headers)
    return Answer(200, as_json(root, tree, state.incidents.on), JSON, headers)
