"""Downloading a return: `/telecharger-retour/1.0/{idflux}/{idretour}` (api-dsn §7; order of checks §9)."""

from scarabee.netentreprises.bouchon.authorization import OPERATOR, TOKEN, authorized
from scarabee.netentreprises.bouchon.kept import ID_LENGTH
from scarabee.netentreprises.bouchon.listings import IDFLUX_LONGEST, deposit_read_by
from scarabee.netentreprises.bouchon.state import State
from scarabee.netentreprises.bouchon.wire import Answer, Call, empty, fresh_headers, refuse_without_gzip

_PARTS = 2


def download_return(state: State, call: Call, parts: list[str]) -> Answer:
    """The document, to the byte. Order: 406, 404 for a missing part, 422, 401, then 403, 404, 200."""
    refuse_without_gzip(call)
    if len(parts) != _PARTS:
        raise empty(404)
    idflux, identifier = parts
    if len(idflux) > IDFLUX_LONGEST or len(identifier) > ID_LENGTH:
        raise empty(422)
    visitor = authorized(state, call, TOKEN, OPERATOR)
    deposit = deposit_read_by(state, visitor, idflux)
    found = next((one for one in deposit.returns if one.id == identifier), None)
    if found is None or not found.is_downloadable(call.at):
        raise empty(404)
    return Answer(200, state.store.file(deposit, found.file), found.media_type, fresh_headers(call.at))
