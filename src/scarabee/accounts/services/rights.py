"""What each account may do: the role of Administrateur, and a role in each dossier."""

from collections.abc import Mapping

from django.db import transaction

from scarabee.accounts.enums import Role
from scarabee.accounts.models import Membership, User
from scarabee.accounts.services import authority
from scarabee.dossiers.models import Dossier
from scarabee.maintenance import journal
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

NO_ROLE = "aucun"


@transaction.atomic
def set_role(*, actor: Actor, user: User, dossier: Dossier, role: str | None) -> bool:
    """Give the account this role in the dossier; None, "" or "aucun" takes it away. True when something changed.

    Raises `NotAllowed` when the actor is no Administrateur, `Refusal` when the role does not exist.
    """
    return set_roles(actor=actor, user=user, roles={dossier.pk: role or ""}) == 1


@transaction.atomic
def set_roles(*, actor: Actor, user: User, roles: Mapping[int, str]) -> int:
    """Give these roles, by number of dossier; "" or "aucun" takes the role away; other dossiers stay as they are.

    Returns how many changed, each written into the journal. Raises as `set_role` does, and `NotVisible` for a dossier
    that is gone; nothing is changed then.
    """
    authority.take_turn()
    authority.require_administrator(actor)
    user = authority.current(user)
    wanted = {pk: _role(role) for pk, role in roles.items()}
    dossiers = Dossier.objects.in_bulk(wanted)
    if len(dossiers) < len(wanted):
        raise NotVisible("Un de ces dossiers n’existe plus.", remedy="Rouvrez la page, puis recommencez.")
    held = dict(Membership.objects.filter(user=user, dossier__in=wanted).values_list("dossier_id", "role"))
    changed = [pk for pk in sorted(wanted) if wanted[pk] != held.get(pk, "")]
    for pk in changed:
        _change(actor, user, dossiers[pk], wanted[pk], held.get(pk, ""))
    return len(changed)


@transaction.atomic
def set_administrator(*, actor: Actor, user: User, value: bool) -> User:
    """Make the account an Administrateur, or no longer one.

    Raises `NotAllowed` when the actor is none, `Refusal` for the last Administrateur able to sign in.
    """
    authority.take_turn()
    authority.require_administrator(actor)
    user = authority.current(user)
    if user.is_administrator == value:
        return user
    if not value:
        authority.require_another_administrator(user)
    user.is_administrator = value
    user.save(update_fields=["is_administrator"])
    code = "droit.administrateur_donne" if value else "droit.administrateur_retire"
    _record_administrator(actor, code, user)
    return user


def _record_administrator(actor: Actor, code: str, user: User) -> None:
    journal.record(actor, code, user_id=user.pk, username=user.username)


def _change(actor: Actor, user: User, dossier: Dossier, role: str, former: str) -> None:
    facts = {"user_id": user.pk, "username": user.username, "former_role": former, "role": role}
    if role:
        Membership.objects.update_or_create(user=user, dossier=dossier, defaults={"role": role})
        journal.record(actor, "droit.donne", dossier_uuid=dossier.uuid, **facts)
    else:
        Membership.objects.filter(user=user, dossier=dossier).delete()
        journal.record(actor, "droit.retire", dossier_uuid=dossier.uuid, **facts)


def _role(role: str) -> str:
    if role in {"", NO_ROLE}:
        return ""
    if role not in Role.values:
        raise Refusal(f"« {role} » n’est pas un rôle.", remedy="Choisissez Gestionnaire, Lecture ou aucun.")
    return role
