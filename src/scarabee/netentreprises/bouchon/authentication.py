"""Signing in: `/authentifier/1.0/` with the account of net-entreprises, `/authentifier/2.0` with that of the MSA."""

from lxml import etree

from scarabee.netentreprises.bouchon.accounts import LONGEST, SIRET_LENGTH, Account
from scarabee.netentreprises.bouchon.realms import BASIC, BASIC_MSA, EXPIRED_PASSWORD, NOT_ENROLLED
from scarabee.netentreprises.bouchon.state import Authentication, State
from scarabee.netentreprises.bouchon.wire import (
    XML,
    Answer,
    Call,
    Stop,
    empty,
    http_date,
    inflated,
    refuse_without_gzip,
)

LOCKED_AFTER = 3
"""Refusals in a row that lock an account while the incident `verrouillage` is on."""
AGRICOLE = ("26", "94")
_BODY_BYTES = 64 * 1024
_SERVICE_LENGTH = 2


def authenticate_declarant(state: State, call: Call) -> Answer:
    """A token for siret, nom, prenom, motdepasse and service (api-dsn §4.1; order of checks §9)."""
    fields = _fields(call, ("siret", "nom", "prenom", "motdepasse", "service"))
    if len(fields["siret"]) != SIRET_LENGTH or len(fields["service"]) > _SERVICE_LENGTH:
        raise empty(422)
    identity = (fields["siret"], fields["nom"], fields["prenom"])
    return _recorded(state, call, identity, fields["service"], fields["motdepasse"], state.accounts.get(identity))


def authenticate_msa(state: State, call: Call) -> Answer:
    """A token of the régime agricole for identifiant and motdepasse (api-dsn §4.2)."""
    fields = _fields(call, ("identifiant", "motdepasse"))
    name = fields["identifiant"]
    found = next((one for one in list(state.accounts.values()) if one.identifiant == name), None)
    service = next((code for code in AGRICOLE if found and code in found.service), "")
    return _recorded(state, call, ("", name, ""), service, fields["motdepasse"], found, realm=BASIC_MSA)


def _fields(call: Call, names: tuple[str, ...]) -> dict[str, str]:
    """The fields of the body, all there and none too long; else 415, 406 or 422, in that order."""
    if call.media_type() != XML:
        raise empty(415)
    refuse_without_gzip(call)
    texts = _texts(_body(call))
    if any(not texts.get(name) or len(texts[name]) > LONGEST.get(name, len(texts[name])) for name in names):
        raise empty(422)
    return {name: texts[name] for name in names}


def _body(call: Call) -> bytes:
    """The body, compressed or not: gzip is tolerated, not required (api-dsn §4.2)."""
    if call.header("Content-Encoding").lower() != "gzip":
        data = call.body.read(_BODY_BYTES + 1)
        if len(data) > _BODY_BYTES:
            raise empty(413)
        return data
    try:
        return inflated(call.body, _BODY_BYTES)
    except OverflowError:
        raise empty(413) from None
    except ValueError:
        raise empty(422) from None


def _texts(body: bytes) -> dict[str, str]:
    """The text of each child of `identifiants`; nothing at all from what is not such a document."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return {}
    if root.getroottree().docinfo.internalDTD is not None or etree.QName(root).localname != "identifiants":
        return {}
    children = [one for one in root if isinstance(one.tag, str)]
    return {etree.QName(one).localname: "".join(map(str, one.itertext())) for one in reversed(children)}


def _recorded(
    state: State,
    call: Call,
    identity: tuple[str, str, str],
    service: str,
    password: str,
    account: Account | None,
    *,
    realm: str = BASIC,
) -> Answer:
    """The token, or the refusal; either way the attempt is written down, without its password."""
    with state.lock:
        try:
            answer = _judged(state, call, service, password, account, realm)
        except Stop as stop:
            answer = stop.answer
        state.authentications.append(Authentication(call.at, *identity, service, answer.status))
        return answer


def _judged(state: State, call: Call, service: str, password: str, account: Account | None, realm: str) -> Answer:
    on = state.incidents.on
    if on("identifiants-mal-formes"):
        raise empty(422)
    if account is None:
        raise empty(401, www_authenticate=realm)
    if on("compte-bloque") or state.store.is_locked(account.identity):
        raise empty(403)
    if account.motdepasse != password:
        state.store.count_refusal(account.identity, LOCKED_AFTER if on("verrouillage") else None)
        raise empty(401, www_authenticate=realm)
    if on("mot-de-passe-expire"):
        raise empty(401, www_authenticate=EXPIRED_PASSWORD)
    if on("non-inscrit"):
        raise empty(401, www_authenticate=NOT_ENROLLED)
    if service not in account.service:
        raise empty(401, www_authenticate=realm)
    state.store.forget_refusals(account.identity)
    text, issued = state.tokens.issue(account.identity, service, call.at)
    headers = {"Cache-Control": "no-store", "Expires": http_date(issued.expires_at)}
    return Answer(200, text.encode("ascii"), "application/octet-stream", headers, gzip=False)
