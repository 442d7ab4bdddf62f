"""With whose identifiers a deposit that was made is read again: the account of the portal that made it."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db.models import F

from scarabee.accounts.models import PortalIdentifiers
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services.holders import Holders, regime_of
from scarabee.filings.services.sessions import Job
from scarabee.maintenance.clock import now
from scarabee.netentreprises.credentials import Regime

_NOBODY = (
    "Aucun compte actif n’a plus les identifiants Net-Entreprises de ce dépôt : ce que le portail en dit ne peut pas "
    "être lu. Enregistrez-les pour un compte."
)


def jobs_of(filings: Iterable[Filing]) -> list[Job]:
    """A job for each filing that somebody's identifiers can read; the others say what is missing, and wait.

    Of the holders of the account: who deposited, else the one whose identifiers were proved last. A deposit made by
    hand is looked for with the identifiers that would deposit it.
    """
    rows = list(filings)
    if not rows:
        return []
    held = _by_identity({one.identity_id for one in rows if one.identity_id is not None})
    holders = Holders() if any(one.identity_id is None for one in rows) else None
    jobs: list[Job] = []
    uncovered: dict[timedelta | None, list[int]] = {}
    for filing in rows:
        regime = regime_of(filing.depot)
        found = _collector(held.get(filing.identity_id or 0, []), regime, filing.holder_id)
        if filing.identity_id is None and holders is not None:
            found = holders.cover(filer_id=filing.user_id, dossier_id=filing.dossier_id, depot=filing.depot).held
        if found is None:
            uncovered.setdefault(_again(filing), []).append(filing.pk)
        else:
            jobs.append(Job(filing, found, regime))
    for again, group in uncovered.items():
        _put_off(group, again)
    return jobs


def _again(filing: Filing) -> timedelta | None:
    """How long to wait for identifiers; None for a deposit whose answer is known: what overwrites it is collected."""
    if filing.state in (FilingState.CONFORM, FilingState.ANOMALIES):
        return None
    return timedelta(hours=1) if filing.state == FilingState.UNKNOWN else timedelta(days=1)


def _put_off(filings: Collection[int], again: timedelta | None) -> None:
    """Say once that nobody can read them, and when to look for somebody again."""
    rows = Filing.objects.filter(pk__in=filings)
    if again is not None:
        rows.exclude(problem=_NOBODY).update(problem=_NOBODY)
    rows.update(next_at=None if again is None else now() + again)


def _by_identity(identities: set[int]) -> dict[int, list[PortalIdentifiers]]:
    rows = PortalIdentifiers.objects.select_related("user", "identity").filter(
        identity__in=identities, user__is_active=True
    )
    found: dict[int, list[PortalIdentifiers]] = {}
    for one in rows.order_by(F("proved_at").desc(nulls_last=True), "pk"):
        found.setdefault(one.identity_id, []).append(one)
    return found


def _collector(held: list[PortalIdentifiers], regime: Regime, preferred: int | None) -> PortalIdentifiers | None:
    able = [one for one in held if (one.agricole if regime is Regime.AGRICOLE else one.general)]
    return next((one for one in able if one.user_id == preferred), None) or next(iter(able), None)
