"""What an Administrateur does to an account: each act has a page that says in words what goes, and asks once."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from scarabee.accounts.confirmation import is_confirmed
from scarabee.accounts.leaving import Left, left_by
from scarabee.accounts.models import User
from scarabee.accounts.services import passwords, rights, users
from scarabee.accounts.views.chosen import Chosen, ask_password, chosen_account
from scarabee.accounts.views.users import one_time_address
from scarabee.dossiers.refusals import refused_in
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor


@dataclass(frozen=True, slots=True)
class Act:
    """`what`: what goes and what stays, a sentence each. `run` gives the token of an address, or an empty text."""

    title: str
    what: tuple[str, ...]
    label: str
    done: str
    run: Callable[[Actor, User], str]
    danger: bool = False
    for_others_only: bool = False
    needs_password: bool = True
    closes: bool = False
    """It ends what the account may do: what is still under way in its name is told."""


def _deactivate(actor: Actor, user: User) -> str:
    users.deactivate_user(actor=actor, user=user)
    return ""


def _reactivate(actor: Actor, user: User) -> str:
    users.reactivate_user(actor=actor, user=user)
    return ""


def _unlock(actor: Actor, user: User) -> str:
    users.unlock_user(actor=actor, user=user)
    return ""


def _reset(actor: Actor, user: User) -> str:
    return passwords.reset_user(actor=actor, user=user)


def _promote(actor: Actor, user: User) -> str:
    rights.set_administrator(actor=actor, user=user, value=True)
    return ""


def _demote(actor: Actor, user: User) -> str:
    rights.set_administrator(actor=actor, user=user, value=False)
    return ""


ACTS: dict[str, Act] = {
    "desactiver": Act(
        "Désactiver le compte",
        (
            "La personne ne pourra plus se connecter, et ses sessions ouvertes se ferment aussitôt.",
            "Ses droits, ses identifiants Net-Entreprises et ce que le journal dit d’elle sont gardés.",
            "Un compte ne se supprime jamais : il pourra être réactivé, tel qu’il était.",
        ),
        "Désactiver ce compte",
        "est désactivé : plus personne ne s’y connecte.",
        _deactivate,
        danger=True,
        for_others_only=True,
        closes=True,
    ),
    "reactiver": Act(
        "Réactiver le compte",
        (
            "La personne pourra de nouveau se connecter, avec le mot de passe et les droits qu’elle avait.",
            "Si elle a oublié son mot de passe, réinitialisez ensuite le compte.",
        ),
        "Réactiver ce compte",
        "est de nouveau actif, avec les droits qu’il avait.",
        _reactivate,
    ),
    "debloquer": Act(
        "Débloquer le compte",
        (
            "Cinq mots de passe faux de suite ferment un compte pendant quinze minutes. Le débloquer permet d’y entrer "
            "tout de suite, avec le bon mot de passe.",
            "Vérifiez d’abord auprès de la personne que c’est bien elle qui s’est trompée.",
        ),
        "Débloquer ce compte",
        "n’est plus bloqué : on peut s’y connecter.",
        _unlock,
        needs_password=False,
    ),
    "reinitialiser": Act(
        "Réinitialiser le compte",
        (
            "Le mot de passe actuel ne vaudra plus rien, le deuxième facteur est retiré, le compte est débloqué et ses "
            "sessions se ferment.",
            "Une adresse à usage unique s’affichera une seule fois : donnez-la à la personne, qui y choisit son mot de "
            "passe.",
            "Ses droits et ses identifiants Net-Entreprises ne changent pas.",
        ),
        "Réinitialiser et afficher l’adresse",
        "est réinitialisé.",
        _reset,
        danger=True,
        for_others_only=True,
    ),
    "administrateur": Act(
        "Donner le rôle Administrateur",
        (
            "La personne pourra tout faire dans tous les dossiers : transférer, supprimer, gérer les comptes, et voir "
            "l’état des identifiants de chacun.",
            "Ses rôles par dossier sont gardés, et compteront de nouveau si ce rôle lui est retiré.",
        ),
        "Faire de ce compte un Administrateur",
        "est maintenant Administrateur.",
        _promote,
    ),
    "plus-administrateur": Act(
        "Retirer le rôle Administrateur",
        (
            "La personne ne verra plus que les dossiers où un rôle lui est donné, et plus aucun autre compte.",
            "Rien de ce qu’elle a fait n’est défait.",
        ),
        "Retirer le rôle Administrateur",
        "n’est plus Administrateur.",
        _demote,
        danger=True,
    ),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def user_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Say what an act does to an account, then do it; the password confirmed before, but to unlock."""
    chosen = chosen_account(request, pk)
    asked = ACTS[act]
    if asked.needs_password and not is_confirmed(request):
        return ask_password(request.path)
    sent = request.POST if request.method == "POST" else None
    left = left_by(chosen.actor, chosen.user, sent) if asked.closes else []
    if sent is not None and all(one.form.is_valid() for one in left):
        try:
            return _do(request, chosen, asked, left)
        except Refusal as refusal:
            if not left:
                raise
            refused_in(left[0].form, refusal)
    context = {"chosen": chosen, "account": chosen.user, "act": asked, "left": left}
    return render(request, "accounts/act.html", context, status=200 if sent is None else 400)


@sensitive_variables("token")
def _do(request: HttpRequest, chosen: Chosen, asked: Act, left: list[Left]) -> HttpResponse:
    with transaction.atomic():
        token = asked.run(chosen.actor, chosen.user)
        for one in left:
            one.go_on()
    if token:
        return one_time_address(request, chosen.user, token, is_new=False)
    messages.success(request, f"Le compte « {chosen.user.username} » {asked.done}")
    still_administrator = not (chosen.is_self and asked.run is _demote)
    return redirect(chosen.addresses["show"] if still_administrator else "accounts:own_show")


def offered(chosen: Chosen, *, is_locked: bool) -> list[tuple[str, Act]]:
    """The acts that make sense for this account now, as (name in the address, act)."""
    user = chosen.user
    sensible = {
        "debloquer": is_locked,
        "reinitialiser": user.is_active,
        "administrateur": user.is_active and not user.is_administrator,
        "plus-administrateur": user.is_administrator,
        "reactiver": not user.is_active,
        "desactiver": user.is_active,
    }
    return [
        (name, ACTS[name])
        for name, makes_sense in sensible.items()
        if makes_sense and not (chosen.is_self and ACTS[name].for_others_only)
    ]
