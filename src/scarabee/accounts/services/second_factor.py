"""The second factor: codes of six figures that change every thirty seconds (TOTP, RFC 6238).

The seed is sealed in the account. `second_factor_step` is the last step used; while an enrolment waits for its first
code it holds, below zero, the moment it began (Unix seconds).
"""

import hmac
from dataclasses import dataclass, field

import pyotp
import segno
from django.db import transaction
from django.utils.safestring import SafeString, mark_safe

from scarabee.accounts import vault
from scarabee.accounts.models import User
from scarabee.accounts.services import authority
from scarabee.accounts.services.sessions import drop_sessions
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor

PURPOSE = "second-facteur"
STEP_SECONDS = 30
ENROLMENT_MINUTES = 30
_ISSUER = "Scarabée"
_FIGURES = 6
_FIELDS = ["second_factor_sealed", "second_factor_step"]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator needs: `uri` behind the QR code `qr_svg`, `secret_shown` in groups of four to type."""

    uri: str = field(repr=False)
    secret_shown: str = field(repr=False)
    qr_svg: SafeString = field(repr=False)


class SecondFactorUnreadable(Refusal):
    """The vault does not open the seed. Nobody enters without a code."""

    def __init__(self, *, closed: bool = False) -> None:
        cause = "dans le trousseau du système, qui est fermé" if closed else "introuvable, ou ne l’ouvre plus"
        first = "Déverrouillez le trousseau puis recommencez. Sinon, demandez" if closed else "Demandez"
        super().__init__(
            f"Le second facteur de ce compte ne peut pas être vérifié : la clé qui le protège est {cause}.",
            safe="Personne n’entre sans lui, et aucune donnée n’est perdue.",
            remedy=f"{first} à un Administrateur de réinitialiser ce compte, ou lancez sur la machine "
            "« scarabee utilisateurs reinitialiser NOM ».",
        )


def is_enrolled(user: User) -> bool:
    """Whether signing in asks for a code."""
    return bool(user.second_factor_sealed) and user.second_factor_step >= 0


@transaction.atomic
def begin(*, actor: Actor, user: User) -> Enrolment:
    """A seed to put into an authenticator; nothing changes at the sign-in until `confirm`.

    The same seed is given again for half an hour. Only the person does it: nobody else may see the seed.
    Raises `NotAllowed` for somebody else, `Refusal` when codes are asked for already.
    """
    user = _mine(actor, user)
    if is_enrolled(user):
        raise Refusal("Le second facteur est déjà en place.", remedy="Retirez-le d’abord pour en mettre un autre.")
    seed = _pending_seed(user)
    if not seed:
        seed = pyotp.random_base32()
        user.second_factor_sealed = vault.seal(PURPOSE, str(user.pk), seed).text
        user.second_factor_step = -int(now().timestamp())
        user.save(update_fields=_FIELDS)
    return _enrolment(user, seed)


@transaction.atomic
def confirm(*, actor: Actor, user: User, code: str, but_key: str = "") -> User:
    """Ask for codes from now on, once a first right one proves that the authenticator works.

    Ends the sessions that were opened without one, but that of `but_key`. Raises `Refusal` when the code is wrong or
    nothing was begun in the last half hour.
    """
    user = _mine(actor, user)
    seed = "" if is_enrolled(user) else _pending_seed(user)
    if not seed:
        raise Refusal(
            "L’installation du second facteur a expiré, ou elle est déjà terminée.",
            remedy="Rouvrez la page du code QR.",
        )
    step = _matching_step(seed, code)
    if step is None:
        raise Refusal(
            "Ce code n’est pas celui attendu.",
            remedy="Tapez les six chiffres affichés en ce moment ; vérifiez aussi l’heure du téléphone.",
        )
    user.second_factor_step = step
    user.save(update_fields=["second_factor_step"])
    drop_sessions(user, but_key=but_key)
    journal.record(actor, "second_facteur.active", user_id=user.pk, username=user.username)
    return user


def accepts(user: User, code: str) -> bool:
    """Whether this is the code of the moment, one step before or after; each is good once.

    Raises `SecondFactorUnreadable` when the vault cannot open the seed.
    """
    user = authority.current(user)
    if not is_enrolled(user):
        return False
    try:
        seed = vault.unseal(PURPOSE, str(user.pk), user.second_factor_sealed)
    except (vault.KeyMissing, vault.SealBroken) as error:
        raise SecondFactorUnreadable(closed=isinstance(error, vault.KeyringClosed)) from None
    step = _matching_step(seed, code)
    if step is None:
        return False
    unused = User.objects.filter(
        pk=user.pk, second_factor_sealed=user.second_factor_sealed, second_factor_step__lt=step
    )
    return unused.update(second_factor_step=step) == 1


@transaction.atomic
def remove(*, actor: Actor, user: User, but_key: str = "") -> User:
    """Ask for no code any more. One's own, or an Administrateur's act on another. Ends sessions as `confirm` does."""
    authority.take_turn()
    authority.require_self_or_administrator(actor, user)
    user = authority.current(user)
    was_enrolled = is_enrolled(user)
    user.second_factor_sealed, user.second_factor_step = "", 0
    user.save(update_fields=_FIELDS)
    if was_enrolled:
        drop_sessions(user, but_key=but_key)
        journal.record(actor, "second_facteur.retire", user_id=user.pk, username=user.username)
    return user


def _mine(actor: Actor, user: User) -> User:
    authority.take_turn()
    if not authority.is_self(actor, user):
        raise NotAllowed("Chacun met en place son second facteur lui-même.", remedy="Connectez-vous à ce compte.")
    return authority.current(user)


def _pending_seed(user: User) -> str:
    """The seed of an enrolment begun in the last half hour; empty when there is none, or it cannot be opened."""
    age = now().timestamp() + user.second_factor_step
    if not user.second_factor_sealed or age > ENROLMENT_MINUTES * 60:
        return ""
    try:
        return vault.unseal(PURPOSE, str(user.pk), user.second_factor_sealed)
    except (vault.KeyMissing, vault.SealBroken):
        return ""


def _matching_step(seed: str, code: str) -> int | None:
    """The step whose code this is, of the present one and its two neighbours; None when it is none of them."""
    typed = "".join(code.split())
    if len(typed) != _FIGURES or not typed.isascii() or not typed.isdigit():
        return None
    present = int(now().timestamp()) // STEP_SECONDS
    codes = pyotp.TOTP(seed, digits=_FIGURES, interval=STEP_SECONDS)
    steps = [step for step in (present - 1, present, present + 1) if _same(codes.generate_otp(step), typed)]
    return steps[-1] if steps else None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _enrolment(user: User, seed: str) -> Enrolment:
    uri = pyotp.TOTP(seed).provisioning_uri(name=user.username, issuer_name=_ISSUER)
    drawn = segno.make(uri, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", title="Code QR à photographier avec l’application"
    )
    groups = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
    return Enrolment(uri, groups, mark_safe(drawn))  # noqa: S308  segno escapes the title and draws only paths
