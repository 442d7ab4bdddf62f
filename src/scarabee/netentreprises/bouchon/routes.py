"""From a path to a service, and the incidents that spare no service."""

from collections.abc import Callable
from functools import partial
from urllib.parse import unquote

from scarabee.netentreprises.bouchon import authentication, deposit, download, extras, listings
from scarabee.netentreprises.bouchon.pages.maintenance import MAINTENANCE_PATH, maintenance_page
from scarabee.netentreprises.bouchon.returns.planning import LEAVES, OBJECT
from scarabee.netentreprises.bouchon.state import State
from scarabee.netentreprises.bouchon.wire import HTML, Answer, Call, Cut, Stop, empty

Service = Callable[[State, Call], Answer]
Listing = Callable[[State, Call, str, list[str]], Answer]

_VERSIONS = ("1.0", "2.0")
_LISTINGS: dict[tuple[str, str], Listing] = {
    (name, version): listing
    for name, listing in {
        "lister-depots": listings.list_deposits,
        "lister-retours-declarant": listings.list_returns_of_declarant,
        "lister-retours-concentrateur": listings.list_returns_of_operator,
        "lister-retours-flux": listings.list_returns_of_deposit,
    }.items()
    for version in _VERSIONS
}
_SIGN_IN: dict[str, Service] = {"1.0": authentication.authenticate_declarant, "2.0": authentication.authenticate_msa}
_PREFIXES = ("lister-", "telecharger-", "deposer-", "authentifier")


def is_of_a_service(path: str) -> bool:
    """Whether this path belongs to the portal's services, known or not, rather than to the pages people read."""
    return path.lstrip("/").startswith(_PREFIXES)


def answer(state: State, call: Call) -> Answer:
    """What the service says. Raises Cut when the connection is to be closed without a word."""
    try:
        _play_incidents(state, call)
        return _service(state, call)
    except Stop as stop:
        return stop.answer


def _play_incidents(state: State, call: Call) -> None:
    on = state.incidents.on
    if on("muet"):
        raise Cut
    for name, status in (("maintenance", 503), ("introuvable", 404), ("pare-feu", 407), ("erreur-interne", 500)):
        if on(name):
            raise empty(status)
    if on("redirection"):
        raise empty(302, location=f"{state.address}{MAINTENANCE_PATH}")
    if on("page-html"):
        raise Stop(Answer(200, maintenance_page(), f"{HTML}; charset=utf-8"))


def _service(state: State, call: Call) -> Answer:
    name, version, *parts = [unquote(part) for part in call.path.strip("/").split("/")] + [""] * 2
    parts = [part for part in parts if part]
    method = "POST" if name in {"authentifier", "deposer-dsn"} else "GET"
    if name not in _SERVICES:
        raise empty(404)
    if call.method != method:
        raise empty(405, allow=method)
    if name == "authentifier" and version in _SIGN_IN and not parts:
        return _SIGN_IN[version](state, call)
    if name == "deposer-dsn" and version in _VERSIONS and not parts:
        return deposit.deposit(state, call, version)
    if listing := _LISTINGS.get((name, version)):
        return listing(state, call, version, parts)
    if version == "1.0" and (only := _FIRST_VERSION_ONLY.get(name)):
        return only(state, call, parts)
    raise empty(404)


def _objet(state: State, call: Call, parts: list[str]) -> Answer:
    if len(parts) != 2 or parts[1] != "xml":
        raise empty(404)
    return extras.download_extra(state, call, OBJECT, parts[0])


def _bpij(state: State, call: Call, parts: list[str]) -> Answer:
    if len(parts) != 1:
        raise empty(404)
    return extras.download_extra(state, call, LEAVES, parts[0])


_FIRST_VERSION_ONLY: dict[str, Callable[[State, Call, list[str]], Answer]] = {
    "telecharger-retour": download.download_return,
    "telecharger-objet": _objet,
    "telecharger-bpij": _bpij,
    "lister-objets-declarant": partial(extras.list_objects, operator=False),
    "lister-objets-concentrateur": partial(extras.list_objects, operator=True),
    "lister-bpij-declarant": partial(extras.list_leaves, operator=False),
    "lister-bpij-concentrateur": partial(extras.list_leaves, operator=True),
}
_SERVICES = frozenset({"authentifier", "deposer-dsn", *_FIRST_VERSION_ONLY, *(name for name, _ in _LISTINGS)})
