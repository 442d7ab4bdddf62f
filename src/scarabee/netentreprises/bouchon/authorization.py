"""Who calls a business service: the header `Authorization: DSNLogin …` (api-dsn §3)."""

import base64
import binascii
from dataclasses import dataclass

from scarabee.netentreprises.bouchon.accounts import Account
from scarabee.netentreprises.bouchon.realms import EXPIRED_TOKEN, INVALID_TOKEN, NOT_ENROLLED
from scarabee.netentreprises.bouchon.state import State
from scarabee.netentreprises.bouchon.tokens import Issued
from scarabee.netentreprises.bouchon.wire import Call, empty

TOKEN = frozenset({"jeton"})
ON_BEHALF = frozenset({"concentrateur", "declarant"})
OPERATOR = frozenset({"concentrateur"})

GENERAL_POINT, AGRICOLE_POINT = "01", "02"
_CONCENTRATEUR = "98"
_GENERAL, _AGRICOLE = ("25", "97"), ("26", "94")
_IDENTITY_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who calls. `point` is the point de dépôt: 01 régime général, 02 régime agricole, "" for a concentrateur alone.

    `operator` is the concentrateur's identity when one calls, alone or for a déclarant.
    """

    account: Account
    point: str
    operator: tuple[str, str, str] | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What tells two visitors apart."""
        return (*self.account.identity, self.point, *(self.operator or ()))


def authorized(state: State, call: Call, *forms: frozenset[str]) -> Visitor:
    """The visitor, when the header has one of these forms; 401 otherwise, with the realm that says why."""
    pairs = _pairs(call.header("Authorization"))
    if frozenset(pairs) not in forms:
        raise _invalid()
    if "jeton" in pairs:
        issued = _issued(state, pairs["jeton"], concentrateur=False)
        _check_life(state, call, issued)
        return Visitor(_enrolled(state, issued), _point((issued.service,)))
    issued = _issued(state, pairs["concentrateur"], concentrateur=True)
    declared = _declarant(pairs["declarant"]) if "declarant" in pairs else None
    _check_life(state, call, issued)
    operator = _enrolled(state, issued)
    if declared is None:
        return Visitor(operator, "", operator.identity)
    account = state.accounts.get(declared)
    if account is None or not (point := _point(account.service)):
        raise empty(401, www_authenticate=NOT_ENROLLED)
    return Visitor(account, point, operator.identity)


def _pairs(header: str) -> dict[str, str]:
    """name → value; nothing at all from a header that is not well made. A value may hold '='."""
    scheme, _, rest = header.partition(" ")
    pairs: dict[str, str] = {}
    if scheme.lower() != "dsnlogin":
        return pairs
    for part in rest.split(","):
        name, _, value = part.partition("=")
        if name.strip() in pairs:
            return {}
        pairs[name.strip()] = value.strip()
    return pairs


def _issued(state: State, text: str, *, concentrateur: bool) -> Issued:
    issued = state.tokens.find(text)
    if issued is None or (issued.service == _CONCENTRATEUR) is not concentrateur:
        raise _invalid()
    return issued


def _check_life(state: State, call: Call, issued: Issued) -> None:
    """401 for a token that is no longer good, by its age or by the incident `jeton-expire`."""
    used = state.tokens.use(issued)
    worn = issued.worn or (used > 0 and state.incidents.on("jeton-expire"))
    if worn or call.at >= issued.expires_at:
        raise empty(401, www_authenticate=EXPIRED_TOKEN)


def _enrolled(state: State, issued: Issued) -> Account:
    """The account, still there and still enrolled for the service of its token."""
    account = state.accounts.get(issued.identity)
    if account is None or issued.service not in account.service or state.incidents.on("non-inscrit-au-depot"):
        raise empty(401, www_authenticate=NOT_ENROLLED)
    return account


def _declarant(text: str) -> tuple[str, str, str]:
    """siret, nom, prenom of base64("SIRET;NOM;PRENOM")."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid() from None
    try:
        parts = data.decode("utf-8").split(";")
    except UnicodeDecodeError:
        parts = data.decode("latin-1").split(";")
    if len(parts) != _IDENTITY_FIELDS or not all(parts):
        raise _invalid()
    return (parts[0], parts[1], parts[2])


def _point(services: tuple[str, ...]) -> str:
    if any(code in _GENERAL for code in services):
        return GENERAL_POINT
    return AGRICOLE_POINT if any(code in _AGRICOLE for code in services) else ""


def _invalid() -> Exception:
    return empty(401, www_authenticate=INVALID_TOKEN)
