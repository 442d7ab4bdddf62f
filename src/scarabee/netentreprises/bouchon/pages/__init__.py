"""The pages that people read: what the bouchon is, its accounts, its deposits, its incidents."""

from collections.abc import Callable

from scarabee.netentreprises.bouchon.hosts import is_same_origin
from scarabee.netentreprises.bouchon.pages import acts, deposits, frame, overview
from scarabee.netentreprises.bouchon.pages.maintenance import MAINTENANCE_PATH, maintenance_page
from scarabee.netentreprises.bouchon.state import State
from scarabee.netentreprises.bouchon.wire import HTML, Answer, Call, Stop

Page = Callable[[State, Call], Answer]

_PAGES: dict[str, Page] = {
    "/": overview.home,
    "/comptes": overview.accounts,
    "/incidents": overview.incidents,
    "/requetes": overview.requests,
    "/depots": deposits.listed,
}
_ACTS: dict[str, Page] = {
    "/incidents": acts.switch_incident,
    "/comptes/debloquer": acts.unlock,
    "/comptes/mot-de-passe": acts.renew_password,
}


def answer(state: State, call: Call) -> Answer:
    """The page at this path, or what a form of it does."""
    try:
        found = _post(state, call) if call.method == "POST" else _get(state, call)
    except Stop as stop:
        found = stop.answer
    found.headers = {**frame.HEADERS, **found.headers}
    return found


def _get(state: State, call: Call) -> Answer:
    if call.method not in {"GET", "HEAD"}:
        return frame.problem(405, "Cette page ne se demande pas ainsi.")
    if call.path == MAINTENANCE_PATH:
        return Answer(200, maintenance_page(), f"{HTML}; charset=utf-8")
    if file := frame.static_file(call.path):
        return file
    if page := _PAGES.get(call.path.rstrip("/") or "/"):
        return page(state, call)
    if call.path.startswith("/depots/"):
        return deposits.one(state, call, call.path.strip("/").split("/")[1:])
    return frame.problem(404, "Il n’y a pas de page à cette adresse.")


def _post(state: State, call: Call) -> Answer:
    if not is_same_origin(call.headers):
        return frame.problem(403, "Cette demande ne vient pas d’une page du bouchon : elle est restée sans effet.")
    if act := _ACTS.get(call.path):
        return act(state, call)
    return frame.problem(404, "Il n’y a rien à faire à cette adresse.")
