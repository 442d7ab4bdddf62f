"""What other apps hold on SIRETs and dossiers, and what follows when a SIRET changes hands (design §2, §3).

Dossiers know nothing of deposits: an app that has something under way says here why it must not be moved from under it,
and takes its own rows along. It adds its functions in `AppConfig.ready()`, as to `undo_reasons.GUARDS`.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from scarabee.dossiers.models import Dossier
from scarabee.maintenance.errors import Refusal


class Hold(NamedTuple):
    """Why not now. `reason` ends a sentence (« le dépôt n° 12 est en cours d’envoi »), `remedy` is one."""

    reason: str
    remedy: str


class Copy(NamedTuple):
    """A SIRET in one dossier."""

    dossier_id: int
    siret: str


class Handover(NamedTuple):
    """A SIRET that another dossier declares from now on."""

    siret: str
    former_id: int
    dossier_id: int


Held = Callable[[Collection[Copy]], Mapping[Copy, Hold]]

UNDER_WAY: list[Held] = []
"""The copies that may now neither be deleted nor lose their SIRET to another dossier."""
LAST_COPIES: list[Held] = []
"""The copies, last ones of their SIRET, that may not be deleted now, though nothing is under way."""
ARCHIVING: list[Callable[[int], Hold | None]] = []
"""Why the dossier of that id may not be archived now."""
DELETING: list[Callable[[int], Hold | None]] = []
"""Why the dossier of that id may not be deleted now, though it is empty."""
FOLLOWERS: list[Callable[[Collection[Handover]], None]] = []
"""What to do after SIRETs changed hands, in the same transaction; a `Refusal` takes all of it back."""
DECLARED: list[Callable[[Collection[str]], None]] = []
"""What to do once SIRETs are declared by a dossier that did not declare them, in the same transaction."""
JOINED: list[Callable[[int, int], None]] = []
"""What to do before two people of an employer become one, in the same transaction: who is kept, who goes. Of rows of
one key, those of the latter go with him."""
PEOPLED: list[Callable[[Collection[str]], None]] = []
"""What to do once people came under employers of these SIRETs, in the same transaction."""


def under_way(copies: Collection[Copy]) -> dict[Copy, Hold]:
    """Those of the copies that are held where they are, each with one reason."""
    return _held(UNDER_WAY, copies)


def require_movable(copy: Copy) -> None:
    """Raise `Refusal` while something keeps a SIRET from being declared by another dossier."""
    if hold := under_way([copy]).get(copy):
        raise immovable(copy.siret, hold)


def immovable(siret: str, hold: Hold) -> Refusal:
    """That a SIRET cannot change hands now, in words that name no dossier."""
    message = f"L’employeur {siret} ne peut pas changer de dossier déclarant maintenant : {hold.reason}."
    return Refusal(message, remedy=hold.remedy)


def require_deletable(copy: Copy) -> None:
    """Raise `Refusal` while something keeps the copy of an employer from being deleted."""
    if hold := _held([*UNDER_WAY, *LAST_COPIES], [copy]).get(copy):
        message = f"L’employeur {copy.siret} ne peut pas être supprimé maintenant : {hold.reason}."
        raise Refusal(message, remedy=hold.remedy)


def require_archivable(dossier: Dossier) -> None:
    """Raise `Refusal` while something keeps a dossier from being archived."""
    hold = _first(ARCHIVING, dossier.pk)
    if hold:
        message = f"Le dossier « {dossier.name} » ne peut pas être archivé maintenant : {hold.reason}."
        raise Refusal(message, remedy=hold.remedy)


def why_not_deletable(dossier: Dossier) -> Refusal | None:
    """What keeps an empty dossier from being deleted."""
    hold = _first(DELETING, dossier.pk)
    if hold is None:
        return None
    message = f"Le dossier « {dossier.name} » ne peut pas être supprimé maintenant : {hold.reason}."
    return Refusal(message, remedy=hold.remedy)


def follow(handovers: Collection[Handover]) -> None:
    """Let the other apps take along what goes with SIRETs that changed hands."""
    if handovers:
        for take_along in FOLLOWERS:
            take_along(handovers)


def tell_declared(sirets: Collection[str]) -> None:
    """Let the other apps take up what waited for SIRETs to be declared where they are from now on."""
    if sirets:
        for take_up in DECLARED:
            take_up(sirets)


def tell_joined(kept_id: int, dropped_id: int) -> None:
    """Let the other apps say what would go with a person who becomes another."""
    for tell in JOINED:
        tell(kept_id, dropped_id)


def tell_peopled(sirets: Collection[str]) -> None:
    """Let the other apps take up what waited for people of these employers."""
    if sirets:
        for take_up in PEOPLED:
            take_up(sirets)


def _held(told: list[Held], copies: Collection[Copy]) -> dict[Copy, Hold]:
    held: dict[Copy, Hold] = {}
    for why in told:
        held = {**why(copies), **held}
    return held


def _first(told: list[Callable[[int], Hold | None]], dossier_id: int) -> Hold | None:
    return next((hold for hold in (why(dossier_id) for why in told) if hold), None)
