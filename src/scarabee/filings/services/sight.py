"""Which filings an actor may see and change.

Filings stay in the dossier where they were made; whoever sees the dossier that declares the SIRET, or one that holds
the same declaration whole, may read them: they tell what was declared for it (design §3). Only who may change the
dossier of a filing may change the filing.
"""

from collections.abc import Iterable
from typing import cast

from django.db.models import Exists, F, OuterRef, Q

from scarabee.dossiers.models import Declaration, Dossier, Employer
from scarabee.dossiers.querysets import TenantQuerySet
from scarabee.dossiers.services.declaring import HIDDEN
from scarabee.dossiers.services.importing import require_writable
from scarabee.filings.models import Filing
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor


def visible_filings(actor: Actor) -> TenantQuerySet:
    """The filings of the dossiers the actor may see, of the SIRETs these declare, and of what these hold whole.

    All for an administrator. A SIRET that a dossier merely holds shows nothing: whoever may import can name any, and a
    file tells of everybody in it. Their dossier may be one that the actor may not see: name it with `places` only.
    """
    if actor.is_administrator:
        return Filing.objects.all()
    dossiers = Dossier.objects.visible_to(actor).order_by().values("pk")
    declared = Employer.objects.filter(dossier__in=dossiers, declaring=True).order_by().values("siret")
    held_whole = Declaration.objects.filter(
        dossier__in=dossiers, employer__siret=OuterRef("siret"), whole_hash=OuterRef("whole_hash"), held=F("individus")
    )
    return Filing.objects.filter(Q(dossier__in=dossiers) | Q(siret__in=declared) | Exists(held_whole.order_by()))


def get_filing(actor: Actor, number: int) -> Filing:
    """The filing of that number, with its dossier. Raises `NotVisible`."""
    found = visible_filings(actor).select_related("dossier").filter(pk=number).first()
    if found is None:
        raise NotVisible(
            "Ce dépôt n’existe pas, ou vous n’y avez pas accès.", remedy="Revenez à la liste : elle est à jour."
        )
    return cast(Filing, found)


def writable(actor: Actor, filing: Filing) -> None:
    """Raise unless the actor may change the filing now, as `require_writable` does of its dossier.

    `NotVisible` when they may not even see it, `NotAllowed` when they may only read it, `Refusal` when its dossier is
    archived or gone.
    """
    current = get_filing(actor, filing.pk)
    if current.dossier is None:
        raise Refusal(
            f"Le dossier du dépôt n° {current.pk} n’existe plus : ce dépôt se lit encore, il ne se modifie plus.",
            remedy="Déposez de nouveau depuis le dossier qui déclare cet employeur, si c’est nécessaire.",
        )
    try:
        require_writable(actor, current.dossier)
    except NotVisible as hidden:
        raise NotAllowed(
            f"Le dépôt n° {current.pk} a été fait depuis {HIDDEN} : vous pouvez le lire, pas le modifier.",
            remedy="Demandez à un Administrateur le rôle Gestionnaire sur ce dossier.",
        ) from hidden


def places(actor: Actor, filings: Iterable[Filing]) -> dict[int, str]:
    """{number: name of its dossier} for filings the actor sees, without the names of dossiers they may not see."""
    told = list(filings)
    ids = {one.dossier_id for one in told if one.dossier_id}
    seen = set(Dossier.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
    named: dict[int, str] = {}
    for one in told:
        if one.dossier_id in seen or actor.is_administrator:
            named[one.pk] = one.dossier_name
        else:
            named[one.pk] = HIDDEN if one.dossier_id else "un dossier supprimé"
    return named
