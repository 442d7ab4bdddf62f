"""Dossiers themselves: made, renamed, archived, deleted when empty."""

import unicodedata
from typing import cast

from django.db import IntegrityError, transaction
from django.db.models import F

from scarabee.dossiers.models import Dossier, Envoi
from scarabee.dossiers.services import holds
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.services.locking import lock_dossiers
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor

NAME_LENGTH = 120
KEEPER = "gestionnaire"
_SAME = str.maketrans({"’": "'", "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l"})


def name_key(name: str) -> str:
    """What two names must not share: the name without case, accents nor repeated spaces."""
    folded = name.casefold().translate(_SAME)
    plain = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return " ".join(plain.split())


@transaction.atomic
def create_dossier(*, actor: Actor, name: str) -> Dossier:
    """A new, empty dossier; a creator who is no administrator becomes its Gestionnaire.

    Raises `Refusal` when the name will not do, `NotAllowed` unless the actor is Administrateur or Gestionnaire.
    """
    dossier = open_dossier(actor=actor, name=name)
    journal_creation(actor, dossier)
    return dossier


@transaction.atomic
def open_dossier(*, actor: Actor, name: str) -> Dossier:
    """As `create_dossier`, for who goes on working in it: `journal_creation` comes last: all wait for its turn."""
    require_may_create(actor)
    name, key = _free_name(name)
    dossier = Dossier(name=name, name_key=key, created_at=now())
    _save_under_its_name(dossier)
    if not actor.is_administrator and actor.user_id is not None:
        dossier.memberships.create(user_id=actor.user_id, role=KEEPER)
    return dossier


def journal_creation(actor: Actor, dossier: Dossier) -> None:
    """Note in the journal that a dossier was created, in the same transaction."""
    journal.record(actor, "dossier.created", dossier_uuid=dossier.uuid, name=dossier.name)


@transaction.atomic
def get_or_create(*, actor: Actor, name: str) -> Dossier:
    """The dossier of that name that the actor may see, else a new one. Refuses as `create_dossier` does."""
    found = Dossier.objects.visible_to(actor).filter(name_key=name_key(name)).first()
    return cast(Dossier, found) if found else create_dossier(actor=actor, name=name)


def dossier_by_name(*, actor: Actor, name: str) -> Dossier:
    """The dossier of that name. Raises `NotVisible` when there is none for this actor."""
    found = Dossier.objects.visible_to(actor).filter(name_key=name_key(name)).first()
    if found is None:
        raise NotVisible(
            f"Le dossier « {name.strip()} » n’existe pas, ou vous n’y avez pas accès.",
            remedy="Vérifiez son nom dans la liste des dossiers.",
        )
    return cast(Dossier, found)


@transaction.atomic
def rename_dossier(*, actor: Actor, dossier: Dossier, name: str) -> Dossier:
    """Give a dossier another name. Raises `Refusal` when it is taken or will not do."""
    dossier = lock_writable(actor, dossier)
    old = dossier.name
    dossier.name, dossier.name_key = _free_name(name, besides=dossier)
    if dossier.name == old:
        return dossier
    _save_under_its_name(dossier)
    touch(dossier)
    journal.record(actor, "dossier.renamed", dossier_uuid=dossier.uuid, old_name=old, name=dossier.name)
    return dossier


@transaction.atomic
def archive_dossier(*, actor: Actor, dossier: Dossier) -> Dossier:
    """Make a dossier read-only and take it out of the lists of destinations, reversibly.

    Raises `Refusal` while something is planned or under way in it (design §2).
    """
    dossier = _lock_kept(actor, dossier)
    if dossier.archived_at is None:
        holds.require_archivable(dossier)
        dossier.archived_at = now()
        dossier.save(update_fields=["archived_at"])
        touch(dossier)
        journal.record(actor, "dossier.archived", dossier_uuid=dossier.uuid, name=dossier.name)
    return dossier


@transaction.atomic
def unarchive_dossier(*, actor: Actor, dossier: Dossier) -> Dossier:
    """Open an archived dossier again."""
    dossier = _lock_kept(actor, dossier)
    if dossier.archived_at is not None:
        dossier.archived_at = None
        dossier.save(update_fields=["archived_at"])
        touch(dossier)
        journal.record(actor, "dossier.unarchived", dossier_uuid=dossier.uuid, name=dossier.name)
    return dossier


@transaction.atomic
def delete_dossier(*, actor: Actor, dossier: Dossier) -> None:
    """Delete an empty dossier. Raises `Refusal` while an employer is in it, or something that was not finished."""
    dossier = _lock_kept(actor, dossier)
    count = dossier.employers.count()
    if count:
        held = "un employeur" if count == 1 else f"{count} employeurs"
        raise Refusal(
            f"Le dossier « {dossier.name} » n’est pas vide : il contient {held}.",
            remedy="Supprimez d’abord ses employeurs un par un, ou archivez le dossier.",
        )
    if unfinished := holds.why_not_deletable(dossier):
        raise unfinished
    uuid, name = dossier.uuid, dossier.name
    Envoi.objects.filter(dossier=dossier).delete()
    dossier.delete()
    journal.record(actor, "dossier.deleted", dossier_uuid=uuid, name=name)


def may_create(actor: Actor) -> bool:
    """Whether the actor may make dossiers: Administrateur, or Gestionnaire of one at least."""
    return actor.is_administrator or bool(Dossier.objects.kept_by(actor).exists())


def require_may_create(actor: Actor) -> None:
    """Raise `NotAllowed` unless the actor may make dossiers."""
    if not may_create(actor):
        raise NotAllowed(
            "Vous n’avez pas le droit de créer un dossier.",
            remedy="Demandez à un Administrateur de le créer, ou de vous donner le rôle Gestionnaire.",
        )


def lock_writable(actor: Actor, dossier: Dossier) -> Dossier:
    """The dossier as it is now, locked.

    Raises as `require_writable` unless the actor may change it, `Busy` while another work has it.
    """
    locked = lock_dossiers([dossier.pk]).get(dossier.pk)
    require_writable(actor, dossier)
    return cast(Dossier, locked)


def touch(dossier: Dossier) -> None:
    """Say that an act wrote into the dossier: previews made before are out of date."""
    Dossier.objects.filter(pk=dossier.pk).update(revision=F("revision") + 1)
    dossier.refresh_from_db(fields=["revision"])


def require_kept(actor: Actor, dossier: Dossier) -> None:
    """As `require_writable`, for what an archived dossier does not forbid."""
    if not Dossier.objects.kept_by(actor).filter(pk=dossier.pk).exists():
        require_writable(actor, dossier)


def _lock_kept(actor: Actor, dossier: Dossier) -> Dossier:
    """The dossier, locked, archived or not, when the actor may change it or could if it were not archived."""
    locked = lock_dossiers([dossier.pk]).get(dossier.pk)
    require_kept(actor, dossier)
    return cast(Dossier, locked)


def _free_name(name: str, besides: Dossier | None = None) -> tuple[str, str]:
    """The name as it will be shown, and its key. Refuses one that is empty, too long, odd or taken."""
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in name.strip()):
        raise Refusal("Le nom du dossier contient un caractère invisible.", remedy="Retapez-le.")
    name = " ".join(name.split())
    key = name_key(name)
    if not key:
        raise Refusal("Le nom du dossier est vide.", remedy="Donnez-lui un nom.")
    if max(len(name), len(key)) > NAME_LENGTH:
        raise Refusal(
            f"Le nom du dossier est trop long : {NAME_LENGTH} caractères au plus.", remedy="Raccourcissez-le."
        )
    others = Dossier.objects.filter(name_key=key)
    if (others.exclude(pk=besides.pk) if besides else others).exists():
        raise _taken(name)
    return name, key


def _save_under_its_name(dossier: Dossier) -> None:
    try:
        with transaction.atomic():
            dossier.save()
    except IntegrityError as error:  # another one took the name at the same moment
        raise _taken(dossier.name) from error


def _taken(name: str) -> Refusal:
    return Refusal(
        f"Un dossier s’appelle déjà « {name} » (sans tenir compte des majuscules ni des accents).",
        remedy="Choisissez un autre nom.",
    )
