"""How a dossier takes rates: by itself when nothing is odd, if an Administrateur says so (design §6)."""

from django.db import transaction

from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import lock_writable
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import RateOption


@transaction.atomic
def set_option(*, actor: Actor, dossier: Dossier, applies_alone: bool) -> RateOption:
    """Say whether rates that are not odd are applied by themselves. Raises `NotAllowed` unless an Administrateur."""
    if not actor.is_administrator:
        raise NotAllowed(
            "Seul un Administrateur décide si les taux s’appliquent d’eux-mêmes.",
            remedy="Demandez-le-lui, ou appliquez les taux à chaque CRM.",
        )
    dossier = lock_writable(actor, dossier)
    option, _ = RateOption.objects.update_or_create(
        dossier=dossier, defaults={"applies_alone": applies_alone, "set_by": actor.name, "set_at": now()}
    )
    journal.record(actor, "rates.option_set", dossier_uuid=dossier.uuid, applies_alone=applies_alone)
    return option
