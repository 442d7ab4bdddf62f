"""What the pages of the accounts list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OrderBy, Q, QuerySet

from scarabee.accounts import lock_out
from scarabee.accounts.enums import Role
from scarabee.accounts.models import Membership, Session, User, username_key
from scarabee.accounts.portal import health
from scarabee.accounts.portal.health import Health
from scarabee.accounts.services.second_factor import is_enrolled
from scarabee.accounts.sessions import idle_since
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.search_keys import search_key
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

USERS_PER_PAGE = 50
DOSSIERS_PER_PAGE = 50
SORTS = {
    "nom": "username_key",
    "role": "is_administrator",
    "connexion": "last_login",
    "succes": "portal_identifiers__identity__last_success_at",
    "echec": "portal_identifiers__identity__last_failure_at",
}
"""?tri= of the list of accounts; a dash before it turns the order round. What is missing comes last."""
STATES = {"actifs": "Actifs", "desactives": "Désactivés", "tous": "Tous"}


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account in the list. `health` is None while it holds no identifiers of the portal."""

    user: User
    role: str
    is_locked: bool
    has_second_factor: bool
    health: Health | None


@dataclass(frozen=True, slots=True)
class DossierRight:
    """A dossier, and the role the account has in it ("" for none)."""

    dossier: Dossier
    role: str


def users_found(*, text: str = "", state: str = "actifs", sort: str = "nom") -> QuerySet[User]:
    """Accounts whose name holds the text, in the order asked for."""
    users = User.objects.get_queryset().select_related("portal_identifiers__identity")
    if text:
        users = users.filter(username_key__contains=username_key(text))
    if state != "tous":
        users = users.filter(is_active=state != "desactives")
    return users.order_by(_order(sort), "username_key")


def user_page(*, actor: Actor, text: str, state: str, sort: str, page: str | None) -> Page[Any]:
    """A page of `UserRow`."""
    found: Page[Any] = Paginator(users_found(text=text, state=state, sort=sort), USERS_PER_PAGE).get_page(page)
    found.object_list = user_rows(actor, list(found.object_list))
    return found


def user_rows(actor: Actor, users: Sequence[User]) -> list[UserRow]:
    """What the list says of these accounts; three queries, however many they are."""
    locked = lock_out.locked_keys([user.username for user in users])
    words = role_words(users)
    healths = health.rows(actor)
    return [
        UserRow(
            user=user,
            role=words[user.pk],
            is_locked=lock_out.account_key(user.username) in locked,
            has_second_factor=is_enrolled(user),
            health=healths.get(user.pk),
        )
        for user in users
    ]


def session_count(user: User) -> int:
    """How many browsers are signed in to this account."""
    return Session.objects.filter(user_id=user.pk, expire_date__gt=now(), seen_at__gt=idle_since()).count()


def role_words(users: Iterable[User]) -> dict[int, str]:
    """« Administrateur » or « Gestionnaire de 3 dossiers, Lecture de 1 », by number of account."""
    listed = list(users)
    counted = (
        Membership.objects.filter(user__in=[user.pk for user in listed if not user.is_administrator])
        .order_by()
        .values("user_id")
        .annotate(
            gestionnaire=Count("pk", filter=Q(role=Role.GESTIONNAIRE)), lecture=Count("pk", filter=Q(role=Role.LECTURE))
        )
    )
    figures = {row["user_id"]: (row["gestionnaire"], row["lecture"]) for row in counted}
    return {
        user.pk: "Administrateur" if user.is_administrator else _roles(*figures.get(user.pk, (0, 0))) for user in listed
    }


def rights_page(*, actor: Actor, user: User, text: str, only_given: bool, page: str | None) -> Page[Any]:
    """A page of `DossierRight`: the dossiers whose name holds the text, the archived ones last."""
    dossiers = Dossier.objects.visible_to(actor).order_by(F("archived_at").asc(nulls_first=True), "name_key", "pk")
    if key := search_key(text):
        dossiers = dossiers.filter(name_key__contains=key)
    if only_given:
        dossiers = dossiers.filter(memberships__user=user)
    found: Page[Any] = Paginator(dossiers, DOSSIERS_PER_PAGE).get_page(page)
    shown = list(found.object_list)
    roles = dict(Membership.objects.filter(user=user, dossier__in=shown).values_list("dossier_id", "role"))
    found.object_list = [DossierRight(dossier, roles.get(dossier.pk, "")) for dossier in shown]
    return found


def _order(sort: str) -> OrderBy:
    field = F(SORTS.get(sort.removeprefix("-"), "username_key"))
    return field.desc(nulls_last=True) if sort.startswith("-") else field.asc(nulls_last=True)


def _roles(gestionnaire: int, lecture: int) -> str:
    parts = [
        f"{role} de {count} dossier{'s' if count > 1 else ''}"
        for role, count in ((Role.GESTIONNAIRE.label, gestionnaire), (Role.LECTURE.label, lecture))
        if count
    ]
    return ", ".join(parts) or "aucun droit"
