"""The pages that people read: what the bouchon is, its accounts, its deposits, its incidents."""

from scarabee.netentreprises.bouchon.pages.maintenance import MAINTENANCE_PATH, maintenance_page
from scarabee.netentreprises.bouchon.state import State
from scarabee.netentreprises.bouchon.wire import HTML, Answer, Call


def answer(state: State, call: Call) -> Answer:
    """The page at this path."""
    if call.path == MAINTENANCE_PATH:
        return Answer(200, maintenance_page(), f"{HTML}; charset=utf-8")
    return Answer(404)
