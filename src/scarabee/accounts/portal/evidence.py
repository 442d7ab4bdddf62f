"""What this data folder knows that may explain a refusal, gathered for the diagnosis."""

from scarabee.accounts import vault
from scarabee.accounts.models import PortalIdentifiers, PortalIdentity
from scarabee.accounts.portal.diagnosis import Evidence, Kept
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import kept_entry
from scarabee.accounts.portal.sharing import may_know_of_others
from scarabee.dossiers.models import Employer
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.credentials import Regime


def gather(
    *, actor: Actor, user_id: int, identity: PortalIdentity, entry: Entry, accepted: frozenset[Regime]
) -> Evidence:
    """The evidence about this entry of this user. An actor who is no Administrateur is told of other users only
    where he may know of them (see `sharing`), and of associations only where they are in a dossier of his.
    """
    held = PortalIdentifiers.objects.select_related("user").filter(user__is_active=True)
    own = held.filter(user_id=user_id).first()
    if not actor.is_administrator:
        is_known = own is not None and own.identity_id == identity.pk and may_know_of_others(actor, own)
        held = held.filter(identity=identity) if is_known else held.filter(user_id=user_id)
    kept = [_kept(one, user_id) for one in held]
    return Evidence(
        is_client_siret=lambda siret: Employer.objects.visible_to(actor).filter(siret=siret).exists(),
        kept=kept,
        accepted=accepted,
        saved_at=own.saved_at if own is not None and _opened(own) == entry else None,
    )


def _kept(held: PortalIdentifiers, user_id: int) -> Kept:
    opened = _opened(held)
    return Kept(
        username="" if held.user_id == user_id else held.user.username,
        siret=held.siret,
        nom=held.nom,
        prenom=held.prenom,
        motdepasse=opened.motdepasse if opened else "",
        proved_at=held.proved_at,
    )


def _opened(held: PortalIdentifiers) -> Entry | None:
    try:
        return kept_entry(held)
    except (vault.KeyMissing, vault.SealBroken):
        return None
