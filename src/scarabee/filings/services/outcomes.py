"""What the portal answered to a sending, written down in one transaction: state, receipt, journal.

An answer may come after somebody took its sending for lost: it is not thrown away then, it settles what was unknown.
"""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from scarabee.filings.enums import STANDS, FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services import proofs
from scarabee.filings.services.claims import Claimed
from scarabee.filings.services.duplicates import same_key
from scarabee.filings.services.moves import Overtaken, move
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.errors import PortalError
from scarabee.netentreprises.receipts import Receipt

FIRST_LOOK = timedelta(minutes=2)
"""How long after a deposit its returns are first asked for (api-dsn §6.3)."""
UNKNOWN_WORDS = (
    "Le fichier est peut-être arrivé. Scarabée le cherche sur le portail et ne l’envoie pas une seconde fois. "
    "Ne le redéposez pas."
)
_NOT_AGAIN = "Scarabée ne l’envoie pas de nouveau de lui-même : corrigez la cause, puis ordonnez le dépôt."
_LATE = "Réponse du portail arrivée en retard."
_TAKEN = "Le portail a donné un identifiant de dépôt (idflux) qui est déjà celui d’un autre."
_S = FilingState
_AWAITED = frozenset({_S.SENDING, _S.UNKNOWN, _S.NOT_DEPOSITED})
_MAY_STILL_GO = frozenset({_S.PLANNED, _S.HELD, _S.CHECKED})


def answered(actor: Actor, claimed: Claimed, receipt: Receipt) -> None:
    """Settle a sending by its AEE or its ARE."""
    filing = claimed.filing
    try:
        with transaction.atomic():
            _settle(actor, filing, receipt)
    except Overtaken:
        with transaction.atomic():
            _settle_late(actor, Filing.objects.get(pk=filing.pk), filing.attempt_token, receipt)
    except IntegrityError:
        unknown(actor, claimed, _TAKEN)


def unknown(actor: Actor, claimed: Claimed, what_happened: str) -> None:
    """Nobody knows whether it arrived: it is looked for, never sent again by a machine (api-dsn §8.1)."""
    _end(actor, claimed, FilingState.UNKNOWN, why=what_happened, problem=f"{what_happened} {UNKNOWN_WORDS}")


def refused_unread(actor: Actor, claimed: Claimed, error: PortalError) -> None:
    """The portal surely kept nothing, and would not tomorrow: a person decides."""
    words = f"{error.message} {error.remedy} {_NOT_AGAIN}"
    _end(actor, claimed, FilingState.NOT_DEPOSITED, why=error.message, problem=words, next_at=None)


def _end(actor: Actor, claimed: Claimed, state: FilingState, **changes: Any) -> None:
    """Harmless when somebody took it for lost meanwhile: it is unknown then, and is looked for."""
    filing = claimed.filing
    changes.setdefault("next_at", now())
    try:
        move(filing, state, actor=actor, automatic=True, attempt_token=filing.attempt_token, **changes)
    except Overtaken:
        return


def _settle(actor: Actor, filing: Filing, receipt: Receipt, why: str = "") -> None:
    state, changes = _SETTLED[receipt.is_recorded](receipt)
    if state == FilingState.REFUSED:
        proofs.hold_dossiers(filing)
    words = f"{changes.pop('why')} {why}".strip()
    move(filing, state, actor=actor, automatic=True, attempt_token=filing.attempt_token, why=words, **changes)
    proofs.keep_receipt(filing, receipt)
    if state == FilingState.REFUSED:
        proofs.tell_dossier(filing, refused=True)


def _recorded(receipt: Receipt) -> tuple[FilingState, dict[str, Any]]:
    moment = now()
    return FilingState.ACCEPTED, {
        "why": "Le portail l’a enregistrée (AEE).", "idflux": receipt.idflux, "sent_at": moment,
        "next_at": moment + FIRST_LOOK, "problem": "", "candidates": [],
    }  # fmt: skip


def _rejected(receipt: Receipt) -> tuple[FilingState, dict[str, Any]]:
    return FilingState.REFUSED, {
        "why": "Le portail l’a rejetée (ARE).", "idflux": receipt.idflux, "sent_at": now(), "next_at": None,
        "problem": reasons_of(receipt), "candidates": [],
    }  # fmt: skip


_SETTLED = {True: _recorded, False: _rejected}


def reasons_of(receipt: Receipt) -> str:
    """Why the portal rejects a file, in its own words."""
    told = [" ".join(f"{one.code} {one.message}".split()) for one in receipt.anomalies]
    return " ".join(["Le portail a rejeté ce fichier.", *told])[:2000]


def _settle_late(actor: Actor, filing: Filing, attempt_token: str, receipt: Receipt) -> None:
    """The row has gone on without this answer. What is deposited must not go a second time, whatever was decided."""
    stands = Filing.objects.filter(same_key(filing), state__in=STANDS, exempt=False).exists()
    if not receipt.is_recorded:
        proofs.hold_dossiers(filing)
    Filing.objects.filter(pk=filing.pk, exempt=False).update(exempt=stands)  # what is deposited is, rule or no rule
    if filing.attempt_token == attempt_token and filing.state in _AWAITED:
        _settle(actor, filing, receipt, _LATE)
        return
    proofs.keep_receipt(filing, receipt)
    if not receipt.is_recorded or Filing.objects.filter(idflux=receipt.idflux).exists():
        return
    if filing.state in _MAY_STILL_GO:
        move(
            filing, FilingState.RECORDED_BY_HAND, actor=actor, automatic=True, why=f"{_LATE} Elle est déjà déposée.",
            idflux=receipt.idflux, sent_at=now(), next_at=now(), planned_at=None, release_at=None, problem="",
        )  # fmt: skip
    elif filing.state == FilingState.RECORDED_BY_HAND and not filing.idflux:
        Filing.objects.filter(pk=filing.pk).update(idflux=receipt.idflux, next_at=now())
