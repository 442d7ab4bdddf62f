"""Taking a filing for sending: the last look, and the row that says so, committed before the first byte leaves."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

import zstandard
from django.db import IntegrityError, transaction

from scarabee.dossiers import contents
from scarabee.dsn.fields import read_envoi
from scarabee.filings.enums import STANDS, FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services.agenda import is_due
from scarabee.filings.services.duplicates import same_key, twins, words_of
from scarabee.filings.services.lease import LEASE_SECONDS
from scarabee.filings.services.moves import Overtaken, move
from scarabee.filings.services.orders import undeclared
from scarabee.filings.services.sessions import Job, Session
from scarabee.maintenance.clock import now

_FIRST_S20 = b"\nS20.G00.05."
_DAMAGED = (
    "Le fichier gardé n’est plus celui qui a été reçu : il n’a pas été envoyé. Déposez de nouveau le fichier d’origine."
)
_NOT_WHAT_IT_SAYS = (
    "Le fichier gardé ne dit pas la même chose que sa fiche (essai ou réel) : il n’a pas été envoyé. Déposez de "
    "nouveau le fichier d’origine."
)
_DOUBLE = "Une autre déclaration de la même clé vient de partir : une déclaration réelle ne se dépose pas deux fois."


@dataclass(frozen=True, slots=True)
class Claimed:
    """A filing that is ours to send now, and the bytes to send."""

    filing: Filing
    data: bytes = field(repr=False)


def claim(session: Session, job: Job, seen: list[str]) -> Claimed | None:
    """Take a planned filing for sending; None when it is not to go: it is then held, with the reason.

    `seen`: the idflux the portal lists before. Commits SENDING with the hash of the content, the token of this attempt
    and `seen`. Raises `LeaseLost`: who has lost the lease takes nothing.
    """
    with transaction.atomic():
        session.lease.renew()
        filing = (
            Filing.objects.select_for_update(of=("self",), no_key=True)
            .select_related("dossier", "content")
            .get(pk=job.filing.pk)
        )
        if not is_due(filing, now()):
            return None
        data = _bytes_of(filing)
        why = undeclared(filing) or words_of(filing, twins(filing)) or _why_not(filing, data)
        if not why:
            try:
                return Claimed(_sending(session, job, filing, seen), data)
            except IntegrityError:
                why = words_of(filing, _standing(filing)) or _DOUBLE
        _hold(session, filing, why)
    return None


def back(session: Session, claimed: Claimed, why: str) -> bool:
    """Plan again what certainly did not leave; False when somebody took it for lost meanwhile."""
    try:
        move(
            claimed.filing, FilingState.PLANNED, actor=session.caller.actor, automatic=True, why=why, problem=why,
            attempt_token=claimed.filing.attempt_token, next_at=now(), started_at=None,
        )  # fmt: skip
    except Overtaken:
        return False
    return True


def _sending(session: Session, job: Job, filing: Filing, seen: list[str]) -> Filing:
    moment = now()  # and by the clock of the portal, which dates the deposits that may have to be looked for:
    return move(
        filing, FilingState.SENDING, actor=session.caller.actor, automatic=True, attempt_token=secrets.token_hex(16),
        started_at=moment + session.behind, seen=seen, attempts=filing.attempts + 1, identity=session.identity,
        holder_id=job.held.user_id, next_at=moment + timedelta(seconds=LEASE_SECONDS), problem="", candidates=[],
    )  # fmt: skip


def _hold(session: Session, filing: Filing, why: str) -> None:
    move(
        filing, FilingState.HELD, actor=session.caller.actor, automatic=True, why=why, problem=why, next_at=None,
        release_at=None,
    )  # fmt: skip


def _bytes_of(filing: Filing) -> bytes:
    """The bytes to send, empty when they are no longer what was received."""
    if filing.content is None:
        return b""
    kept = filing.content
    try:
        data = contents.decompress(bytes(kept.compressed), dictionary=kept.dictionary, size=kept.size)
    except zstandard.ZstdError:
        return b""
    return data if hashlib.sha256(data).hexdigest() == filing.sha256 else b""


def _why_not(filing: Filing, data: bytes) -> str:
    """What these very bytes have against them, in French: S10.G00.00.005 is read in them, just before they go."""
    if not data:
        return _DAMAGED
    return "" if read_envoi(data.partition(_FIRST_S20)[0]).is_real is filing.is_real else _NOT_WHAT_IT_SAYS


def _standing(filing: Filing) -> list[Filing]:
    return list(Filing.objects.filter(same_key(filing), state__in=STANDS, exempt=False).order_by("pk"))
