"""An employer that goes on under another SIRET: B is the successor of A from a month on (change of NIC)."""

import re
from typing import cast

from django.db import transaction

from scarabee.dossiers.models import Employer
from scarabee.dossiers.services.dossiers import touch
from scarabee.dossiers.services.entry import lock_employer
from scarabee.maintenance import journal
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])")


@transaction.atomic
def mark_successor(*, actor: Actor, employer: Employer, predecessor: Employer | None, month: str = "") -> Employer:
    """Mark an employer as the successor of another one of its dossier from `month` (AAAA-MM); None unmarks it.

    Raises `Refusal` when the two are not in one dossier, one would follow itself, the month is none, or the actor
    may not change the dossier.
    """
    dossier, employer = lock_employer(actor, employer, None)
    if predecessor is None:
        month = ""
    else:
        predecessor = cast(Employer | None, Employer.objects.filter(pk=predecessor.pk, dossier=dossier).first())
        if predecessor is None:
            raise NotVisible("L’employeur précédent n’est pas dans ce dossier.", remedy="Transférez-l’y d’abord.")
        if not _MONTH.fullmatch(month):
            raise Refusal("Le mois du changement manque ou ne se lit pas.", remedy="Écrivez-le AAAA-MM.")
        _refuse_circle(employer, predecessor)
    if (employer.successor_of_id, employer.successor_from) == (predecessor.pk if predecessor else None, month):
        return employer
    employer.successor_of, employer.successor_from = predecessor, month
    employer.revision += 1
    employer.save(update_fields=["successor_of", "successor_from", "revision"])
    touch(dossier)
    journal.record(
        actor, "employer.succession", dossier_uuid=dossier.uuid, siret=employer.siret,
        predecessor=predecessor.siret if predecessor else None, month=month,
    )  # fmt: skip
    return employer


def _refuse_circle(employer: Employer, predecessor: Employer) -> None:
    """An employer follows neither itself nor one that follows it."""
    seen: Employer | None = predecessor
    passed: set[int] = set()
    while seen is not None and seen.pk not in passed:
        if seen.pk == employer.pk:
            raise Refusal(
                "Un employeur ne peut pas se succéder à lui-même, même par un autre.",
                remedy="Vérifiez lequel des deux est le plus ancien.",
            )
        passed.add(seen.pk)
        seen = seen.successor_of
