"""How the identifiers of each user are doing: for the list of users, the home page and the banner."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.db.models import F, QuerySet

from scarabee.accounts import vault
from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity
from scarabee.accounts.portal.causes import cause_words
from scarabee.accounts.portal.held import Held, HeldBack
from scarabee.accounts.portal.refusals import FREEZING
from scarabee.accounts.portal.sharing import may_know_of_others, newer_holder
from scarabee.accounts.portal.signs import stopped, with_readability
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.errors import ERRORS

OLD_DAYS = 40
"""Identifiers that were not proved for so long may have expired on the portal without anybody knowing."""
_REFUSALS = frozenset(error.code for error in FREEZING)
_USUAL_REMEDY = "Vérifiez les identifiants avec la boule bleue, corrigez-les et enregistrez."
Level = Literal["success", "warning", "error", "info"]


@dataclass(frozen=True, slots=True)
class Health:
    """The identifiers of one user. `age_days`: since they were last proved. `same_as`: who shares the portal account.

    `newer_password_from`: a user whose password for the same account was proved after this one's was saved.
    """

    identity_id: int
    state: str
    level: Level
    last_success_at: datetime | None
    last_failure_at: datetime | None
    cause: str = ""
    age_days: int | None = None
    same_as: list[str] = field(default_factory=list)
    newer_password_from: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a person must mend: shown on every page until it is."""

    text: str
    remedy: str
    user_id: int


def rows(actor: Actor) -> dict[int, Health]:
    """The health of the identifiers the actor may see, by number of user. Two queries."""
    held = list(_visible(actor))
    sharing: dict[int, list[PortalIdentifiers]] = {}
    for one in _active().filter(identity__in={one.identity_id for one in held}):
        sharing.setdefault(one.identity_id, []).append(one)
    keys = vault.key_ids() if held else None
    return {one.user_id: _health(actor, one, sharing[one.identity_id], keys) for one in held}


def alerts(actor: Actor) -> list[Alert]:
    """One for each portal account that is refused or cannot be read, for whoever may mend it. One query.

    It leads to a holder whose own set was never proved, where there is one: that is the likelier one to mend.
    """
    found: dict[int, Alert] = {}
    for one in stopped(_visible(actor)).order_by(F("proved_at").asc(nulls_first=True), "user__username_key"):
        found.setdefault(one.identity_id, _alert(one))
    return list(found.values())


def _alert(one: PortalIdentifiers) -> Alert:
    what_follows = "aucun dépôt ni aucune récupération automatique ne part."
    if one.identity.state == IdentityState.FROZEN:
        cause = one.identity.frozen_cause
        account = f"{one.prenom} {one.nom}".strip()
        if cause == Held.BROUGHT_BACK:
            text = f"Le compte Net-Entreprises de « {account} » revient d’une sauvegarde : {what_follows}"
            return Alert(text, HeldBack(Held.BROUGHT_BACK).remedy, one.user_id)
        text = (
            f"Net-Entreprises a refusé un essai avec le compte de « {account} » ({cause_words(cause)}) : {what_follows}"
        )
        known = ERRORS.get(cause)
        return Alert(text, known.remedy if known else _USUAL_REMEDY, one.user_id)
    text = f"La clé du coffre n’ouvre plus le mot de passe Net-Entreprises de « {one.user.username} » : {what_follows}"
    return Alert(text, "Retapez-le et enregistrez, ou remettez la clé.", one.user_id)


def _visible(actor: Actor) -> QuerySet[PortalIdentifiers]:
    """Identifiers of active accounts: all for an Administrateur, else one's own."""
    held = _active()
    return held if actor.is_administrator else held.filter(user_id=actor.user_id or 0)


def _active() -> QuerySet[PortalIdentifiers]:
    held = PortalIdentifiers.objects.select_related("identity", "user").filter(user__is_active=True)
    return with_readability(held).order_by("user__username_key")


def _health(
    actor: Actor, one: PortalIdentifiers, sharing: list[PortalIdentifiers], keys: frozenset[str] | None
) -> Health:
    state, level = _state(one, keys)
    newer = newer_holder(actor, one, sharing)
    identity = one.identity
    frozen = identity.state == IdentityState.FROZEN
    return Health(
        identity_id=identity.pk,
        state=state,
        level=level,
        last_success_at=identity.last_success_at,
        last_failure_at=identity.last_failure_at,
        cause=cause_words(identity.frozen_cause if frozen else identity.last_failure_cause),
        age_days=(now() - one.proved_at).days if one.proved_at else None,
        same_as=[other.user.username for other in sharing if other.pk != one.pk and may_know_of_others(actor, one)],
        newer_password_from=newer.user.username if newer else "",
    )


def _state(one: PortalIdentifiers, keys: frozenset[str] | None) -> tuple[str, Level]:
    """`keys`: those that the vault has, None when it cannot say."""
    if one.identity.state == IdentityState.FROZEN:
        if one.identity.frozen_cause == Held.BROUGHT_BACK:
            return "À vérifier après le retour à une sauvegarde", "warning"
        return "Arrêtés après un refus du portail", "error"
    if getattr(one, "is_unreadable", False) or (keys is not None and one.key_id not in keys):
        return "Mot de passe illisible", "warning"
    if one.proved_at is None:
        return "Pas vérifiés", "warning"
    if _was_anything_refused_since(one.identity, one.proved_at):
        return "À vérifier de nouveau", "warning"
    if (now() - one.proved_at).days >= OLD_DAYS:
        return "Vérifiés il y a longtemps", "warning"
    return "Vérifiés", "success"


def _was_anything_refused_since(identity: PortalIdentity, moment: datetime) -> bool:
    """Whether the portal refused this account later, with this password or another: what it accepts is not known."""
    failed_at = identity.last_failure_at
    return failed_at is not None and failed_at > moment and identity.last_failure_cause in _REFUSALS
