"""Whose page it is: one's own account (`mon-compte/`), or, for an Administrateur, anybody's (`centre/comptes/`).

Whoever is no Administrateur gets the same 404 for every account that is not his own, whether it exists or not.
"""

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from scarabee.accounts.models import User
from scarabee.accounts.services.authority import not_visible
from scarabee.maintenance.journal import Actor

PORTAL_TAB = "net-entreprises"
_SHARED = ("show", "remarks", "test", "password", "sessions", "second_factor", "take_over", "forget")
_ADMINISTRATOR = ("rights", "copy")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The account that a page is about, who looks at it, and whether through `mon-compte/`."""

    user: User
    actor: Actor
    own_page: bool

    @property
    def is_self(self) -> bool:
        """Whether it is the account of whoever looks at it, through either address."""
        return self.user.pk == self.actor.user_id

    @property
    def by_administrator(self) -> bool:
        """Whether the page belongs to the list of all accounts."""
        return not self.own_page

    @property
    def addresses(self) -> dict[str, str]:
        """The address of each page of this account, by short name."""
        if self.own_page:
            return {name: reverse(f"accounts:own_{name}") for name in _SHARED}
        names = (*_SHARED, *_ADMINISTRATOR)
        return {name: reverse(f"accounts:user_{name}", args=[self.user.pk]) for name in names}

    @property
    def portal_tab(self) -> str:
        """The address of the tab *Net Entreprise*."""
        return f"{self.addresses['show']}?{urlencode({'onglet': PORTAL_TAB})}"


def chosen_account(request: HttpRequest, pk: int | None) -> Chosen:
    """One's own account when `pk` is None, else that account. Raises `NotVisible` unless for an Administrateur."""
    actor = Actor.of(request.user)
    if pk is None:
        return Chosen(cast(User, request.user), actor, own_page=True)
    user = User.objects.filter(pk=pk).first() if actor.is_administrator else None
    if user is None:
        raise not_visible()
    return Chosen(user, actor, own_page=False)


def ask_password(then: str) -> HttpResponseRedirect:
    """To the page that asks for the password, and leads to `then` afterwards."""
    return HttpResponseRedirect(f"{reverse('accounts:confirm')}?{urlencode({'suite': then})}")


def safe_path(request: HttpRequest, wanted: str) -> str:
    """The path, if it is one of this server; else that of one's own account."""
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None):
        return wanted
    return reverse("accounts:own_show")
