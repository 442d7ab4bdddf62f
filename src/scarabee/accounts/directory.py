"""Who there is, and what each may do: the accounts as the command line lists them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from scarabee.accounts import lock_out
from scarabee.accounts.enums import Role
from scarabee.accounts.models import Membership, User
from scarabee.accounts.services import authority
from scarabee.accounts.services.second_factor import is_enrolled
from scarabee.maintenance.journal import Actor

ADMINISTRATOR, NO_ROLE = "administrateur", "aucun"


@dataclass(frozen=True, slots=True)
class DossierRole:
    """A role in a dossier: "gestionnaire" or "lecture"."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account as lists show it.

    `role`: "administrateur", else the usual role, else the highest held in a dossier, else "aucun". `dossiers` holds
    what was really given, by name of dossier; an Administrateur sees every dossier without it.
    """

    user: User
    role: str
    locked: bool
    second_factor: bool
    last_login: datetime | None
    dossiers: list[DossierRole]


def users_visible_to(actor: Actor) -> QuerySet[User]:
    """Every account for an Administrateur, one's own otherwise; by name."""
    users = User.objects.all()
    return users if authority.is_administrator(actor) else users.filter(pk=actor.user_id or 0, is_active=True)


def accounts(users: Iterable[User]) -> list[Account]:
    """These accounts with their roles, lock and second factor; two queries however many they are."""
    listed = list(users)
    locked = lock_out.locked_keys(user.username for user in listed)
    given: dict[int, list[DossierRole]] = {user.pk: [] for user in listed}
    rows = Membership.objects.filter(user__in=given).order_by("dossier__name_key")
    for user_id, name, role in rows.values_list("user_id", "dossier__name", "role"):
        given[user_id].append(DossierRole(name, role))
    return [
        Account(
            user,
            _role(user, given[user.pk]),
            lock_out.account_key(user.username) in locked,
            is_enrolled(user),
            user.last_login,
            given[user.pk],
        )
        for user in listed
    ]


def account(user: User) -> Account:
    """One account, read again."""
    return accounts(User.objects.filter(pk=user.pk))[0]


def _role(user: User, given: list[DossierRole]) -> str:
    if user.is_administrator:
        return ADMINISTRATOR
    held = {one.role for one in given}
    return user.usual_role or next((role for role in Role.values if role in held), NO_ROLE)
