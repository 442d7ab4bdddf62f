"""Fiches de paramétrage and BPIJ: lister-objets-*, lister-bpij-*, and their downloads (api-dsn §6.4)."""

import re
from collections import defaultdict
from datetime import datetime

from scarabee.netentreprises.bouchon.authorization import ON_BEHALF, OPERATOR, TOKEN, Visitor, authorized
from scarabee.netentreprises.bouchon.kept import Deposit, Extra
from scarabee.netentreprises.bouchon.listings import is_of, refuse_too_soon
from scarabee.netentreprises.bouchon.rendering import Tree, as_xml
from scarabee.netentreprises.bouchon.returns.planning import LEAVES, OBJECT
from scarabee.netentreprises.bouchon.spans import (
    DECLARANT_MINUTES,
    OPERATOR_MINUTES,
    allowed_minutes,
    read_span,
    refuse_too_wide,
)
from scarabee.netentreprises.bouchon.state import PARIS, State, local_digits
from scarabee.netentreprises.bouchon.wire import XML, Answer, Call, empty, fresh_headers, refuse_without_gzip

PAGE_LENGTH = 50
"""Establishments on a page of lister-bpij: no source tells the portal's own."""
_DAY = re.compile(r"[0-9]{8}")
_SIREN_LENGTH = 9
_NONE = "Aucun BPIJ pour cette période."
_NOT_LINKED = "Le lien entre le déclarant et le déclaré n’est pas validé."


def list_objects(state: State, call: Call, parts: list[str], *, operator: bool) -> Answer:
    """The fiches published for a déclarant, or for a concentrateur. Order: dates 422, 429, 406, 401, 200."""
    span = read_span(parts, call.at)
    minutes = allowed_minutes(state, OPERATOR_MINUTES if operator else DECLARANT_MINUTES)
    refuse_too_wide(span, minutes)
    refuse_without_gzip(call)
    visitor = _visitor(state, call, operator=operator)
    refuse_too_soon(state, call, visitor)
    rows = [
        _object(state, extra)
        for deposit in _deposits(state, visitor)
        for extra in deposit.published_extras(OBJECT, call.at)
        if span.holds(extra.publication)
    ]
    siret, nom, prenom = visitor.account.identity
    tree = {"declarant": {"siret": siret, "nom": nom, "prenom": prenom, "objet": rows}}
    headers = {**fresh_headers(call.at), "Accept-Ranges": f"minutes=0-{minutes}"}
    return Answer(200, as_xml("objets", tree), XML, headers)


def list_leaves(state: State, call: Call, parts: list[str], *, operator: bool) -> Answer:
    """The BPIJ of a span of days, by establishment. Order: dates 422, 406, 401, 200; no limit on the span."""
    first, last = _days(parts, call.at)
    page = _page(call.query.get("page", "1"))
    refuse_without_gzip(call)
    visitor = _visitor(state, call, operator=operator)
    refuse_too_soon(state, call, visitor)
    found = _leaves(state, call, visitor, first, last)
    wanted = call.query.get("siret")
    sirets = sorted(found) if wanted is None else [wanted]
    total = max(1, -(-len(sirets) // PAGE_LENGTH))
    shown = sirets[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH]
    rows = [_establishment(state, siret, found.get(siret)) for siret in shown]
    tree = {
        "declarant": {"siret": visitor.account.siret, "declare": rows},
        "pageencours": str(page),
        "pagetotal": str(total),
    }
    return Answer(200, as_xml("retours", tree), XML, fresh_headers(call.at))


def download_extra(state: State, call: Call, kind: str, identifier: str) -> Answer:
    """A fiche or a BPIJ by its id. Order as for a return: 406, 401, then 403, 404, 200."""
    refuse_without_gzip(call)
    visitor = authorized(state, call, TOKEN, OPERATOR)
    for deposit in state.store.deposits():
        for extra in deposit.published_extras(kind, call.at):
            if extra.id != identifier:
                continue
            if state.incidents.on("depot-d-un-autre") or not is_of(deposit, visitor):
                raise empty(403)
            return Answer(200, state.store.file(deposit, extra.file), XML, fresh_headers(call.at))
    raise empty(404)


def _leaves(state: State, call: Call, visitor: Visitor, first: str, last: str) -> dict[str, list[Extra]]:
    """Declared SIRET → its BPIJ published between two days."""
    found: dict[str, list[Extra]] = defaultdict(list)
    for deposit in _deposits(state, visitor):
        for siret in deposit.declared:
            found[siret] += [
                extra
                for extra in deposit.published_extras(LEAVES, call.at)
                if extra.siret == siret and first <= _day(extra.publication) <= last
            ]
    return found


def _visitor(state: State, call: Call, *, operator: bool) -> Visitor:
    return authorized(state, call, OPERATOR) if operator else authorized(state, call, TOKEN, ON_BEHALF)


def _deposits(state: State, visitor: Visitor) -> list[Deposit]:
    return [one for one in state.store.deposits() if is_of(one, visitor)]


def _object(state: State, extra: Extra) -> Tree:
    moment = local_digits(extra.publication)
    row = {
        "id": extra.id,
        "siren": extra.siret[:_SIREN_LENGTH],
        "nic": extra.siret[_SIREN_LENGTH:],
        "nature": "FPOC",
        "publication": moment,
        "production": moment,
        "url": f"{state.address}/telecharger-objet/1.0/{extra.id}/xml",
        "producteur": extra.producteur,
    }
    return {**row, "porteur": extra.porteur} if extra.porteur else row


def _establishment(state: State, siret: str, extras: list[Extra] | None) -> Tree:
    """One `declare`: its BPIJ, or why there is none. `extras` None: never declared by this visitor."""
    if extras is None:
        return {"siret": siret, "statut": "KO", "message": _NOT_LINKED}
    if not extras:
        return {"siret": siret, "statut": "OK", "message": _NONE}
    rows = [
        {"publication": _day(one.publication), "url": f"{state.address}/telecharger-bpij/1.0/{one.id}"}
        for one in extras
    ]
    return {"siret": siret, "statut": "OK", "bpij": rows}


def _days(parts: list[str], at: datetime) -> tuple[str, str]:
    """First and last day, 8 digits each. 404 without the first, 422 for what is not a day."""
    if not parts:
        raise empty(404)
    for text in parts[:2]:
        try:
            if not _DAY.fullmatch(text):
                raise ValueError
            datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a day of the calendar
        except ValueError:
            raise empty(422) from None
    return parts[0], parts[1] if len(parts) > 1 else _day(at)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text)):
        raise empty(422)
    return int(text)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y%m%d}"
