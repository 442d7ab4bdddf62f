"""The identifiers each user holds: kept to the letter, sealed, copied to others without being shown."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import time, timedelta

from django.db import transaction

from scarabee.accounts import vault
from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity, User
from scarabee.accounts.portal import refusals
from scarabee.accounts.portal.binding import current_portal
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identities import identity_of, unfreeze
from scarabee.accounts.portal.sharing import PURPOSE, may_know_of_others, newer_holder
from scarabee.accounts.portal.under_test import accepted_since
from scarabee.accounts.services import authority
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.credentials import Credentials, Regime
from scarabee.netentreprises.errors import LockedAccount

MAX_LENGTH = 200
PROOF_MINUTES = 60
_NAMES = {
    "siret": "SIRET",
    "nom": "nom",
    "prenom": "prénom",
    "motdepasse": "mot de passe",
    "general": "régime général",
    "agricole": "régime agricole",
}


def identifiers_of(user: User) -> PortalIdentifiers | None:
    """What this user holds, password sealed; None when nothing was ever saved."""
    return PortalIdentifiers.objects.select_related("identity", "user").filter(user=user).first()


def kept_entry(held: PortalIdentifiers) -> Entry:
    """The identifiers as kept, password opened. Raises `vault.KeyMissing` or `vault.SealBroken`."""
    motdepasse = vault.unseal(PURPOSE, str(held.user_id), held.sealed)
    return Entry(held.siret, held.nom, held.prenom, motdepasse, held.general, held.agricole)


def completed(user: User, entry: Entry) -> Entry:
    """The entry, the kept password in place of an empty one. Raises what `kept_entry` raises."""
    if entry.motdepasse:
        return entry
    held = identifiers_of(user)
    motdepasse = kept_entry(held).motdepasse if held is not None else ""
    return Entry(entry.siret, entry.nom, entry.prenom, motdepasse, entry.general, entry.agricole)


def require_possible(entry: Entry) -> None:
    """Raise `Refusal` when a value is longer than any portal would take, or is no text at all."""
    for value in (entry.siret, entry.nom, entry.prenom, entry.motdepasse):
        if len(value) > MAX_LENGTH:
            raise Refusal(f"Une valeur dépasse {MAX_LENGTH} caractères.", remedy="Recopiez-la du portail.")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise Refusal("Une valeur n’est pas du texte (UTF-8).", remedy="Retapez-la au clavier.")


@transaction.atomic
def save_identifiers(*, actor: Actor, user: User, entry: Entry) -> PortalIdentifiers:
    """Keep these identifiers for this user, exactly as typed, right or wrong; they serve from the next job on.

    An empty password keeps the one there is. A freeze ends when what is saved was not refused before, unless the
    account is locked or was refused several times in a row.
    Raises `NotVisible`, and what `require_possible` raises.
    """
    authority.require_self_or_administrator(actor, user)
    require_possible(entry)
    before = PortalIdentifiers.objects.select_for_update(of=("self",), no_key=True).filter(user=user).first()
    entry, changed = _changes(user, before, entry)
    if before is not None and not changed:
        return before
    kept = _store(actor, user, entry)
    _let_go_on(actor, kept.identity, entry)
    journal.record(actor, "identifiants.enregistres", user_id=user.pk, username=user.username, changed=changed)
    return kept


@transaction.atomic
def copy_identifiers(*, actor: Actor, source: User, targets: Sequence[User]) -> int:
    """Give each target a set of its own, equal to the source's; how many. For an Administrateur.

    Raises `NotAllowed`, `Refusal` when the source has none, and what `kept_entry` raises.
    """
    authority.require_administrator(actor)
    held = identifiers_of(source)
    if held is None:
        raise Refusal(
            f"Le compte « {source.username} » n’a pas d’identifiants Net-Entreprises.",
            remedy="Enregistrez-les d’abord pour lui.",
        )
    return _copy(actor, held, [user for user in targets if user.pk != source.pk])


@transaction.atomic
def take_over(*, actor: Actor, user: User) -> User:
    """Give this user the newer password that another one proved for the same account of the portal; who that was.

    The régimes stay as this user ticked them.

    Raises `NotVisible`, `Refusal` when there is none (see `sharing.newer_holder`), and what `kept_entry` raises.
    """
    authority.require_self_or_administrator(actor, user)
    held = identifiers_of(user)
    sharing = PortalIdentifiers.objects.select_related("user").filter(user__is_active=True)
    newer = newer_holder(actor, held, sharing.filter(identity=held.identity)) if held is not None else None
    if newer is None:
        raise Refusal("Aucun mot de passe plus récent n’est connu pour ce compte Net-Entreprises.")
    entry = kept_entry(newer)
    assert held is not None
    taken = replace(entry, general=held.general, agricole=held.agricole)
    copy = _store(actor, user, taken)
    copy.proved_at = newer.proved_at if set(taken.regimes) <= set(entry.regimes) else None
    copy.save(update_fields=["proved_at"])
    journal.record(actor, "identifiants.copies", username=newer.user.username, users=[user.username])
    return newer.user


@transaction.atomic
def forget_identifiers(*, actor: Actor, user: User) -> None:
    """Remove what this user holds; the identity and what is known of it stay."""
    authority.require_self_or_administrator(actor, user)
    if PortalIdentifiers.objects.filter(user=user).delete()[0]:
        journal.record(actor, "identifiants.effaces", user_id=user.pk, username=user.username)


@transaction.atomic
def set_morning_time(*, actor: Actor, user: User, value: time | None) -> None:
    """When the identity of this user is tested every morning (Paris time); None: never. For all who hold it.

    Raises `NotAllowed` where others hold it and this user's own set was never proved, unless for an Administrateur.
    """
    authority.require_self_or_administrator(actor, user)
    held = identifiers_of(user)
    if held is None or held.identity.morning_time == value:
        return
    if not may_know_of_others(actor, held) and held.identity.holders.exclude(pk=held.pk).exists():
        raise NotAllowed(
            "L’heure de la vérification du matin vaut pour d’autres comptes : la changer demande que vos propres "
            "identifiants aient été acceptés par Net-Entreprises.",
            remedy="Laissez l’heure comme elle était, vérifiez vos identifiants avec la boule bleue, ou demandez à un "
            "Administrateur.",
        )
    PortalIdentity.objects.filter(pk=held.identity_id).update(morning_time=value)
    journal.record(
        actor, "identifiants.heure", user_id=user.pk, username=user.username, time=f"{value:%H:%M}" if value else None
    )


def mark_proved(identity: PortalIdentity, credentials: Credentials, accepted: Collection[Regime]) -> None:
    """The portal accepted exactly these for these régimes: whoever holds them, for no other régime, is told so.

    What was saved since it was read here is another seal, and is left alone.
    """
    for held in PortalIdentifiers.objects.filter(identity=identity):
        entry = _opened(held)
        if entry is None or entry.credentials != credentials:
            continue
        if entry.regimes and set(entry.regimes) <= set(accepted):
            PortalIdentifiers.objects.filter(pk=held.pk, sealed=held.sealed).update(proved_at=now())


def _copy(actor: Actor, held: PortalIdentifiers, targets: Sequence[User]) -> int:
    """Give each target a set equal to this one, as proved as it is; how many."""
    entry = kept_entry(held)
    for user in targets:
        copy = _store(actor, user, entry)
        copy.proved_at = held.proved_at
        copy.save(update_fields=["proved_at"])
    if targets:
        names = [user.username for user in targets]
        journal.record(actor, "identifiants.copies", username=held.user.username, users=names)
    return len(targets)


def _changes(user: User, before: PortalIdentifiers | None, entry: Entry) -> tuple[Entry, list[str]]:
    """The entry to keep, and the names of what differs from before, in French."""
    if before is None:
        return entry, list(_NAMES.values())
    if not entry.motdepasse:
        entry = completed(user, entry)
    old = _opened(before)
    return entry, [word for name, word in _NAMES.items() if getattr(old, name, None) != getattr(entry, name)]


def _opened(held: PortalIdentifiers) -> Entry | None:
    try:
        return kept_entry(held)
    except (vault.KeyMissing, vault.SealBroken):
        return None


def _store(actor: Actor, user: User, entry: Entry) -> PortalIdentifiers:
    sealed = vault.seal(PURPOSE, str(user.pk), entry.motdepasse)
    kept, _ = PortalIdentifiers.objects.update_or_create(
        user=user,
        defaults={
            "identity": identity_of(entry),
            "siret": entry.siret,
            "nom": entry.nom,
            "prenom": entry.prenom,
            "sealed": sealed.text,
            "key_id": sealed.key_id,
            "general": entry.general,
            "agricole": entry.agricole,
            "saved_at": now(),
            "saved_by": actor.name,
            "proved_at": accepted_since(user, entry, now() - timedelta(minutes=PROOF_MINUTES)),
        },
    )
    return kept


def _let_go_on(actor: Actor, identity: PortalIdentity, entry: Entry) -> None:
    """End the freeze when what was just saved has not been refused: the next automatic job may use it."""
    identity = PortalIdentity.objects.select_for_update(no_key=True).get(
        pk=identity.pk
    )  # a refusal that is coming in comes last
    if identity.state != IdentityState.FROZEN or identity.frozen_cause == LockedAccount.code:
        return
    if identity.refusals >= refusals.REFUSALS_WITHOUT_STATEMENT:  # nothing goes without a person's statement
        return
    portal = current_portal()
    services = [portal.service_code(regime) for regime in entry.regimes]
    if any(refusals.remembered(identity, entry.credentials, service) for service in services):
        return
    unfreeze(identity, IdentityState.UNTRIED)
    journal.record(actor, "portail.degele", identity=identity.pk, automatic=False)
