"""How a dossier and its employers file: whose identifiers, exchange folder, hold, due day, standing orders."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from scarabee.accounts.models import Membership, User
from scarabee.accounts.services import authority
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.importing import require_writable
from scarabee.filings.models import DossierFiling, EmployerFiling
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotAllowed, Refusal
from scarabee.maintenance.journal import Actor

DUE_DAYS = (5, 15)
MOST_HOLD_MINUTES = 7 * 24 * 60
INSIDE = "echange"
"""The one folder below the data folder in which exchange folders may stand: the demonstration's."""


@transaction.atomic
def set_dossier_filing(
    *, actor: Actor, dossier: Dossier, holder: User | None, folder: str, hold_minutes: int
) -> DossierFiling:
    """Say whose identifiers serve this dossier by default, where its exchange folder is, how long orders are held.

    The folder, read by the service's own account, is an Administrateur's to choose; empty: none. Whoever is none
    chooses among the people of the dossier. Raises `NotAllowed` or `NotVisible` otherwise, `Refusal` when the folder
    cannot be read or serves another dossier.
    """
    require_writable(actor, dossier)
    current: DossierFiling = DossierFiling.objects.select_for_update(no_key=True).get_or_create(dossier=dossier)[0]
    if holder is not None and holder.pk != current.holder_id:
        _require_of_the_dossier(actor, dossier, holder)
    folder = folder.strip()
    if folder != current.folder:
        authority.require_administrator(actor)
        _require_folder(dossier, folder)
    if not 0 <= hold_minutes <= MOST_HOLD_MINUTES:
        raise Refusal("La durée de retenue va de 0 minute à sept jours.", remedy="Corrigez-la.")
    if (current.holder_id, current.folder, current.hold_minutes) == (
        holder.pk if holder else None, folder, hold_minutes,
    ):  # fmt: skip
        return current
    current.holder, current.folder, current.hold_minutes = holder, folder, hold_minutes
    current.folder_problem, current.revision = "", current.revision + 1
    current.save()
    journal.record(
        actor, "depot.reglages", dossier_uuid=dossier.uuid, username=holder.username if holder else None,
        has_folder=bool(folder), hold_minutes=hold_minutes,
    )  # fmt: skip
    return current


@transaction.atomic
def set_employer_filing(*, actor: Actor, dossier: Dossier, siret: str, due_day: int, standing: bool) -> EmployerFiling:
    """Say when an employer's DSN is due, and whether it goes off by itself (for an Administrateur).

    Raises `NotAllowed`, `Refusal` when the dossier does not declare the SIRET or the day is neither 5 nor 15.
    """
    require_writable(actor, dossier)
    if due_day not in DUE_DAYS:
        raise Refusal("L’échéance est le 5 (50 salariés et plus) ou le 15.", remedy="Choisissez l’une des deux.")
    if not Employer.objects.filter(dossier=dossier, siret=siret, declaring=True).exists():
        raise Refusal(
            f"Le dossier « {dossier.name} » ne déclare pas l’employeur {siret}.",
            remedy="Réglez-le depuis le dossier déclarant.",
        )
    current, _ = EmployerFiling.objects.select_for_update(no_key=True).get_or_create(siret=siret)
    had = current.standing_dossier_id == dossier.pk
    if standing != had and not authority.is_administrator(actor):
        raise NotAllowed(
            "Seul un Administrateur peut donner ou retirer un ordre permanent.",
            remedy="Demandez-le-lui. Pour qu’une DSN ne parte pas ce mois-ci, retenez-la."
            if had
            else "Demandez-le-lui, ou déposez ces DSN d’un clic chaque mois.",
        )
    if (current.due_day, had) == (due_day, standing):
        return current
    current.due_day = due_day
    if standing != had:
        current.standing_dossier = dossier if standing else None
        current.standing_by, current.standing_at = (actor.name, now()) if standing else ("", None)
    current.save()
    journal.record(actor, "depot.employeur", dossier_uuid=dossier.uuid, siret=siret, due_day=due_day, standing=standing)
    return current


def _require_of_the_dossier(actor: Actor, dossier: Dossier, holder: User) -> None:
    people = Membership.objects.filter(user=holder, dossier=dossier)
    if not authority.is_administrator(actor) and not people.exists():
        raise authority.not_visible(holder.username)


def _require_folder(dossier: Dossier, folder: str) -> None:
    if not folder:
        return
    path = Path(folder)
    if not path.is_absolute() or "\0" in folder:
        raise Refusal("Le dossier d’échange se donne par son chemin complet.", remedy="Recopiez-le en entier.")
    if not path.is_dir():
        raise Refusal(
            "Ce dossier d’échange n’existe pas, ou Scarabée n’y a pas accès.",
            remedy="Créez-le, donnez à Scarabée le droit d’y lire et d’y écrire, puis recommencez.",
        )
    real, data = path.resolve(), Path(settings.DATA_FOLDER).resolve()
    if real == data or real in data.parents or (data in real.parents and data / INSIDE not in real.parents):
        raise Refusal(
            "Ce dossier d’échange contient les données de Scarabée, ou en fait partie : elles seraient déplacées.",
            remedy="Choisissez-en un qui ne serve qu’aux DSN.",
        )
    for other in DossierFiling.objects.exclude(folder="").exclude(dossier=dossier).select_related("dossier"):
        known = Path(other.folder).resolve()
        if real == known or real in known.parents or known in real.parents:
            raise Refusal(
                "Ce dossier d’échange est celui d’un autre dossier, ou le contient : leurs DSN se mélangeraient.",
                remedy="Choisissez-en un autre.",
            )
