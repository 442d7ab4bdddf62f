"""What only a person knows: how an unknown deposit ended, and a deposit made by hand on the portal (design §5)."""

import re
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from scarabee.accounts.portal.binding import current_portal
from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.importing import require_writable
from scarabee.filings.enums import STANDS, FilingState, Source
from scarabee.filings.models import Batch, Filing
from scarabee.filings.services import proofs, sight
from scarabee.filings.services.duplicates import same_key
from scarabee.filings.services.moves import move
from scarabee.filings.services.orders import written
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

OUTCOMES = frozenset({FilingState.ACCEPTED, FilingState.REFUSED, FilingState.NOT_DEPOSITED})
BY_HAND = frozenset(
    {
        FilingState.CHECKED, FilingState.REJECTED_LOCALLY, FilingState.HELD, FilingState.PLANNED, FilingState.UNKNOWN,
        FilingState.NOT_DEPOSITED, FilingState.RECORDED_BY_HAND,
    }
)  # fmt: skip
_IDFLUX = re.compile(r"[A-Za-z0-9._-]{20,50}")
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")


@transaction.atomic
def settle_unknown(*, actor: Actor, filing: Filing, outcome: FilingState, idflux: str = "", reason: str = "") -> Filing:
    """Say how an unknown deposit ended, after a look at net-entreprises.fr; `idflux` when it is there.

    Raises `Refusal` when it is not unknown, the outcome is none, the idflux is wrong or taken, or without a reason.
    """
    sight.writable(actor, filing)
    filing = Filing.objects.select_for_update(of=("self",), no_key=True).get(pk=filing.pk)
    if filing.state != FilingState.UNKNOWN or outcome not in OUTCOMES:
        raise Refusal(
            f"Le dépôt n° {filing.pk} est à l’état « {FilingState(filing.state).label} » : rien n’est à décider.",
            remedy="Rechargez la page pour voir où il en est.",
        )
    why = written(reason)
    idflux = _checked_idflux(idflux) if idflux.strip() and outcome != FilingState.NOT_DEPOSITED else ""
    if outcome == FilingState.ACCEPTED and not idflux:
        raise Refusal(
            "Sans l’identifiant du dépôt (idflux), ses retours ne pourraient pas être suivis.",
            remedy="Recopiez-le du tableau de bord DSN de net-entreprises.fr.",
        )
    follow = now() if outcome == FilingState.ACCEPTED else None
    sent_at = filing.started_at if outcome != FilingState.NOT_DEPOSITED else None
    settled = _moved(
        filing, outcome, actor, why, idflux=idflux, next_at=follow, sent_at=sent_at, candidates=[], problem=""
    )
    if outcome == FilingState.REFUSED:
        proofs.tell_dossier(settled, refused=True)
    return settled


@transaction.atomic
def record_by_hand(
    *,
    actor: Actor,
    filing: Filing | None = None,
    dossier: Dossier | None = None,
    siret: str = "",
    month: str = "",
    nature: str = "01",
    fraction: str = "11",
    champ: str = "01",
    idflux: str = "",
    day: date | None = None,
    reason: str = "",
) -> Filing:
    """Record a deposit that somebody made by hand on the portal: of a filing known here, or of a SIRET and month.

    With its `idflux` its returns are followed at once; with its `day` alone the portal is searched for it first.
    Raises `Refusal` when neither is given, when one is wrong, when it is recorded already, or when another dossier
    declares the SIRET: what is recorded keeps that dossier from depositing.
    """
    idflux = _checked_idflux(idflux) if idflux.strip() else ""
    if not idflux and day is None:
        raise Refusal(
            "Il manque l’identifiant du dépôt (idflux), ou à défaut le jour du dépôt.",
            remedy="L’un ou l’autre se lit sur le tableau de bord DSN de net-entreprises.fr.",
        )
    if day is not None and day > localdate(now()):
        raise Refusal("Le jour du dépôt est dans l’avenir.", remedy="Corrigez-le.")
    if filing is None:
        filing = _unseen(actor, dossier, siret, month, nature, fraction, champ)
    else:
        sight.writable(actor, filing)
        filing = Filing.objects.select_for_update(of=("self",), no_key=True).get(pk=filing.pk)
        if filing.state not in BY_HAND:
            raise Refusal(
                f"Le dépôt n° {filing.pk} est à l’état « {FilingState(filing.state).label} » : il est déjà connu.",
                remedy="Rechargez la page pour voir où il en est.",
            )
    if filing.state not in STANDS:
        _require_declared_here(actor, filing)
    others = Filing.objects.filter(same_key(filing), state__in=_STANDING)
    exempt = filing.exempt or others.exists()
    why = reason.strip() or "Déposée à la main sur net-entreprises.fr."
    return _moved(
        filing, FilingState.RECORDED_BY_HAND, actor, why, idflux=idflux, by_hand_on=day, next_at=now(), planned_at=None,
        release_at=None, problem="", exempt=exempt, candidates=[], ordered_by=actor.name, ordered_at=now(),
    )  # fmt: skip


_STANDING = frozenset({FilingState.ACCEPTED, FilingState.CONFORM, FilingState.RECORDED_BY_HAND, FilingState.UNKNOWN})


def _moved(filing: Filing, state: FilingState, actor: Actor, why: str, **changes: Any) -> Filing:
    try:
        with transaction.atomic():
            return move(filing, state, actor=actor, why=why, **changes)
    except IntegrityError as error:
        raise Refusal(
            "Cet identifiant de dépôt (idflux) est déjà celui d’un autre dépôt, ou cette déclaration est déjà déposée.",
            remedy="Vérifiez-le sur net-entreprises.fr.",
        ) from error


def _require_declared_here(actor: Actor, filing: Filing) -> None:
    """Raise `Refusal` when another dossier declares the SIRET: only that one says what was deposited for it."""
    elsewhere = Employer.objects.filter(siret=filing.siret, declaring=True).exclude(dossier=filing.dossier_id)
    if elsewhere.exists():
        seen = elsewhere.visible_to(actor).values_list("dossier__name", flat=True).first()
        raise Refusal(
            f"{f'Le dossier « {seen} »' if seen else 'Un autre dossier'} déclare l’employeur {filing.siret} : ses "
            "dépôts ne s’enregistrent pas d’ici.",
            remedy="Enregistrez ce dépôt depuis le dossier déclarant.",
        )


def _unseen(
    actor: Actor, dossier: Dossier | None, siret: str, month: str, nature: str, fraction: str, champ: str
) -> Filing:
    """A filing for a deposit whose file never came here."""
    if dossier is None:
        raise ValueError("a filing, or a dossier")
    require_writable(actor, dossier)
    if not Employer.objects.filter(dossier=dossier, siret=siret).exists():
        raise NotVisible(f"L’employeur {siret} n’est pas dans le dossier « {dossier.name} ».")
    if nature == "01" and not _MONTH.fullmatch(month):
        raise Refusal("Le mois déclaré manque ou ne se lit pas.", remedy="Écrivez-le AAAA-MM.")
    batch = Batch.objects.create(
        dossier=dossier, dossier_name=dossier.name, source=Source.BY_HAND, user_id=actor.user_id,
        actor_name=actor.name, finished_at=now(),
    )  # fmt: skip
    journal.record(actor, "lot.recu", dossier_uuid=dossier.uuid, batch=batch.pk, files=0)
    return Filing.objects.create(
        dossier=dossier, dossier_name=dossier.name, batch=batch, portal=current_portal().name, siret=siret,
        is_real=True, nature=nature, month=month if nature == "01" else "", fraction=fraction, champ=champ, type="01",
        state=FilingState.CHECKED, actor_name=actor.name, user_id=actor.user_id,
    )  # fmt: skip


def _checked_idflux(value: str) -> str:
    value = value.strip()
    if not _IDFLUX.fullmatch(value):
        raise Refusal(
            "L’identifiant du dépôt (idflux) ne se lit pas : 23 caractères sont attendus (lettres, chiffres, . - _).",
            remedy="Recopiez-le de net-entreprises.fr, majuscules comprises et point final compris.",
        )
    return value
