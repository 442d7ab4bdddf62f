"""One declaring dossier per SIRET (design §3): handing it over, taking over when the declaring copy goes.

A SIRET never lacks a declarant while a copy of it exists, and never has two: the database refuses it. What is under way
for a SIRET (`holds`) keeps it where it is; what is only planned goes along.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from django.db import transaction
from django.db.models import F

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services import holds
from scarabee.dossiers.services.holds import Copy, Handover
from scarabee.dossiers.services.importing import require_writable
from scarabee.dossiers.services.locking import lock_dossiers, lock_more, lock_sirets
from scarabee.maintenance import journal
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor

HIDDEN = "un dossier que vous ne voyez pas"


@dataclass(frozen=True, slots=True)
class Takeover:
    """A dossier that declares a SIRET from now on. `by_default`: several could have, nobody said which."""

    siret: str
    employer_id: int
    dossier_id: int
    dossier_name: str
    by_default: bool

    @property
    def where(self) -> str:
        """The dossier in words; `told_to` leaves out the name of one that the reader may not see."""
        return f"« {self.dossier_name} »" if self.dossier_name else HIDDEN


@transaction.atomic
def hand_over(*, actor: Actor, siret: str, dossier: Dossier) -> Employer:
    """Make a dossier the one that declares a SIRET. Returns its employer; harmless when it already does.

    Raises `Refusal` when the dossier does not hold the SIRET or something under way holds it back, `NotAllowed` unless
    the actor may change both dossiers, `Busy` while another work has one of them.
    """
    giving = Employer.objects.filter(siret=siret, declaring=True).values_list("dossier_id", flat=True)
    lock_dossiers([dossier.pk, *giving])
    require_writable(actor, dossier)
    taker = cast(Employer | None, Employer.objects.filter(dossier=dossier, siret=siret).first())
    if taker is None:
        raise Refusal(
            f"Le dossier « {dossier.name} » ne contient pas l’employeur {siret}.",
            remedy="Transférez-y d’abord cet employeur.",
        )
    giver = Employer.objects.filter(siret=siret, declaring=True).select_related("dossier").first()
    if giver is not None and giver.pk == taker.pk:
        return taker
    if giver is not None:
        lock_more([giver.dossier_id])
        _require_giver(actor, siret, giver.dossier)
        holds.require_movable(Copy(giver.dossier_id, siret))
    _move(siret, taker, giver)
    taker.declaring = True
    journal.record(
        actor, "employer.handed_over", dossier_uuid=dossier.uuid, siret=siret,
        former=giver.dossier.uuid if giver else None,
    )  # fmt: skip
    return taker


def heirs(employer_ids: Iterable[int]) -> dict[str, list[Employer]]:
    """{siret: copies that could declare it} for the declaring ones among employers that are to go.

    The one that takes over by itself comes first: the oldest copy, open dossiers before archived ones.
    """
    going = sorted(set(employer_ids))
    sirets: set[str] = set()
    for chunk in chunks(going):
        rows = Employer.objects.filter(pk__in=chunk, declaring=True)
        sirets.update(rows.values_list("siret", flat=True))
    return _copies(sirets, besides=set(going))


def release(employer_ids: Iterable[int], *, successors: Mapping[str, int] | None = None) -> list[Takeover]:
    """Let go of the SIRETs that some employers declare, before they are deleted; returns who takes over.

    `successors` ({siret: dossier id}) says which copy, where several are left; where it is silent the oldest
    copy does (`by_default`). The caller holds the transaction and the dossiers they are in. Raises `Refusal` when a
    successor has no copy, `Busy` while another work has its dossier.
    """
    going = sorted(set(employer_ids))
    _lock_sirets_of(going)
    waiting = heirs(going)
    former: dict[str, int] = {}
    for chunk in chunks(going):
        rows = Employer.objects.filter(pk__in=chunk, declaring=True)
        former.update(rows.values_list("siret", "dossier_id"))
        rows.update(declaring=False)
    taken = _take_over(waiting, successors or {})
    holds.follow([Handover(one.siret, former[one.siret], one.dossier_id) for one in taken])
    return taken


def ensure_declarants(sirets: Iterable[str]) -> list[Takeover]:
    """Give a declaring dossier to the SIRETs that have a copy and none, after rows came or went. Raises `Busy`."""
    wanted = sorted(set(sirets))
    lock_sirets(wanted)
    declared: set[str] = set()
    for chunk in chunks(wanted):
        rows = Employer.objects.filter(siret__in=chunk, declaring=True)
        declared.update(rows.values_list("siret", flat=True))
    return _take_over(_copies(set(wanted) - declared, besides=set()), {})


def told_to(actor: Actor, takeovers: Iterable[Takeover]) -> list[Takeover]:
    """The takeovers, without the names of dossiers that the actor may not see."""
    found = list(takeovers)
    seen = Dossier.objects.visible_to(actor).filter(pk__in=[one.dossier_id for one in found])
    visible = set(seen.values_list("pk", flat=True)) if found else set()
    return [one if one.dossier_id in visible else replace(one, dossier_name="") for one in found]


def _copies(sirets: set[str], *, besides: set[int]) -> dict[str, list[Employer]]:
    found: dict[str, list[Employer]] = {siret: [] for siret in sorted(sirets)}
    for chunk in chunks(list(found)):
        rows = Employer.objects.filter(siret__in=chunk).select_related("dossier")
        for row in sorted(rows, key=lambda one: (one.dossier.is_archived, one.pk)):
            if row.pk not in besides:
                found[row.siret].append(row)
    return found


def _take_over(waiting: Mapping[str, list[Employer]], successors: Mapping[str, int]) -> list[Takeover]:
    taken: list[Takeover] = []
    for siret, copies in waiting.items():
        if not copies:
            continue
        wanted = successors.get(siret)
        heir = next((copy for copy in copies if wanted in (None, copy.dossier_id)), None)
        if heir is None:
            raise Refusal(
                f"Le dossier choisi pour déclarer {siret} n’en contient pas de copie.",
                remedy="Choisissez-en un qui contient cet employeur.",
            )
        by_default = wanted is None and len(copies) > 1
        taken.append(Takeover(siret, heir.pk, heir.dossier_id, heir.dossier.name, by_default))
    lock_more({one.dossier_id for one in taken})
    for some in chunks(taken):
        Employer.objects.filter(pk__in=[one.employer_id for one in some]).update(declaring=True)
    _touch({one.dossier_id for one in taken})
    holds.tell_declared([one.siret for one in taken])
    return taken


def _lock_sirets_of(employer_ids: list[int]) -> None:
    """Keep copies from coming, unseen, while somebody looks for one that takes over."""
    declared: set[str] = set()
    for some in chunks(employer_ids):
        declared.update(Employer.objects.filter(pk__in=some, declaring=True).values_list("siret", flat=True))
    lock_sirets(declared)


def _move(siret: str, taker: Employer, giver: Employer | None) -> None:
    Employer.objects.filter(siret=siret, declaring=True).update(declaring=False)
    Employer.objects.filter(pk=taker.pk).update(declaring=True)
    _touch({taker.dossier_id} | ({giver.dossier_id} if giver else set()))
    if giver:
        holds.follow([Handover(siret, giver.dossier_id, taker.dossier_id)])
    holds.tell_declared([siret])


def _require_giver(actor: Actor, siret: str, dossier: Dossier) -> None:
    try:
        require_writable(actor, dossier)
    except NotVisible as hidden:
        raise NotAllowed(
            f"L’employeur {siret} est déclaré par {HIDDEN}.",
            remedy="Demandez à un Administrateur de changer le dossier déclarant.",
        ) from hidden


def _touch(dossier_ids: Iterable[int]) -> None:
    for chunk in chunks(sorted(set(dossier_ids))):
        Dossier.objects.filter(pk__in=chunk).update(revision=F("revision") + 1)
