"""What the forms of the pages do. Each answers with a redirection to the page it came from (303)."""

from urllib.parse import parse_qs

from scarabee.netentreprises.bouchon.accounts import LONGEST
from scarabee.netentreprises.bouchon.incidents import INCIDENTS
from scarabee.netentreprises.bouchon.pages import frame
from scarabee.netentreprises.bouchon.state import State
from scarabee.netentreprises.bouchon.wire import Answer, Call, Stop

_FORM = "application/x-www-form-urlencoded"
_FORM_BYTES = 16 * 1024
_FORM_FIELDS = 10


def switch_incident(state: State, call: Call) -> Answer:
    """Start or end one incident."""
    form = _form(call)
    name = form.get("incident", "")
    if name not in INCIDENTS or form.get("action") not in {"jouer", "arreter"}:
        raise _refused("Cet incident n’existe pas.")
    if form["action"] == "jouer":
        state.start_incident(name)
    else:
        state.incidents.end(name)
    return _back(f"/incidents?fait={name}#{name}")


def unlock(state: State, call: Call) -> Answer:
    """Unlock an account, as its owner would on the real portal."""
    state.unlock(_identity(state, _form(call)))
    return _back("/comptes?fait=debloque")


def renew_password(state: State, call: Call) -> Answer:
    """Change the password of an account, as its owner would on the real portal."""
    form = _form(call)
    identity = _identity(state, form)
    password = form.get("motdepasse", "")
    if not 0 < len(password) <= LONGEST["motdepasse"] or not password.isprintable():
        raise _refused(f"Un mot de passe a de 1 à {LONGEST['motdepasse']} caractères.")
    state.set_password(identity, password)
    return _back("/comptes?fait=mot-de-passe")


def _identity(state: State, form: dict[str, str]) -> tuple[str, str, str]:
    identity = (form.get("siret", ""), form.get("nom", ""), form.get("prenom", ""))
    if identity not in state.accounts:
        raise _refused("Ce compte n’existe pas.")
    return identity


def _form(call: Call) -> dict[str, str]:
    """The fields of a form, each once."""
    data = call.body.read(_FORM_BYTES + 1)
    if call.media_type() != _FORM or len(data) > _FORM_BYTES:
        raise _refused("Ce formulaire ne se lit pas.")
    try:
        fields = parse_qs(
            data.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=_FORM_FIELDS
        )
    except ValueError:
        raise _refused("Ce formulaire ne se lit pas.") from None
    return {name: values[0] for name, values in fields.items()}


def _refused(text: str) -> Stop:
    return Stop(frame.problem(422, text))


def _back(path: str) -> Answer:
    return Answer(303, headers={"Location": path})
