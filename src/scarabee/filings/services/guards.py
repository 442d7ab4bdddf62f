"""What deposits hold of the dossiers they come from (registered in `dossiers.services.holds` and `undo_reasons`).

Nothing is moved, deleted or undone under a deposit that is under way or whose outcome is unknown; what is only planned
follows the declaring dossier. What left stays where it was made, with its proofs.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from scarabee.dossiers.bulk import chunks, fetch_rows
from scarabee.dossiers.models import Act, Dossier, Employer
from scarabee.dossiers.services.holds import Copy, Handover, Hold, immovable
from scarabee.dossiers.services.in_force import Version
from scarabee.dossiers.services.undo_reasons import Reasons
from scarabee.dsn.readable import readable_month
from scarabee.filings.enums import OPEN, REFUSED_STATES, SENT, WAITING, FilingState
from scarabee.filings.models import Filing, FilingMove
from scarabee.filings.services.moves import move
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor

LEAVING = frozenset({FilingState.HELD, FilingState.PLANNED})
"""They go off by themselves, one that is held only while the end of its hold is set."""
MAY_GO = WAITING | {FilingState.REJECTED_LOCALLY, FilingState.NOT_DEPOSITED, FilingState.CANCELLED}
"""They may still be ordered to go, which only the declaring dossier does."""
ANSWERED = frozenset({FilingState.ACCEPTED, FilingState.CONFORM}) | REFUSED_STATES


def under_way(copies: Collection[Copy]) -> dict[Copy, Hold]:
    """The SIRETs of which a deposit of that dossier is under way or unknown."""
    return _told(copies, lambda filing: filing.state in OPEN)


def last_copies(copies: Collection[Copy]) -> dict[Copy, Hold]:
    """The SIRETs that stand in no other dossier, and of which a deposit is about to leave by itself."""
    shared: set[str] = set()
    for some in chunks(sorted({copy.siret for copy in copies})):
        held = Counter(Employer.objects.filter(siret__in=some).values_list("siret", flat=True))
        shared |= {siret for siret, dossiers in held.items() if dossiers > 1}
    return _told([copy for copy in copies if copy.siret not in shared], _leaves)


def before_archiving(dossier_id: int) -> Hold | None:
    """A dossier is not archived while something leaves or is under way: nobody would look after it."""
    found = Filing.objects.filter(dossier_id=dossier_id, state__in=OPEN | LEAVING).order_by("pk")
    waiting = [filing for filing in found if filing.state in OPEN or _leaves(filing)]
    return _hold(waiting) if waiting else None


def before_deleting(dossier_id: int) -> Hold | None:
    """A dossier is not deleted while one of its filings waits for somebody or for the portal."""
    found = list(Filing.objects.filter(dossier_id=dossier_id, state__in=OPEN | WAITING).order_by("pk"))
    return _hold(found) if found else None


def follow(handovers: Collection[Handover]) -> None:
    """Bring what may still go to the dossier that declares from now on. Raises `Refusal` when something is under way.

    A standing order holds for the dossier that gave it: what it had planned to send waits for a person.
    """
    places = {(one.siret, one.former_id): one.dossier_id for one in handovers}
    dossiers = Dossier.objects.in_bulk({one.dossier_id for one in handovers})
    for some in chunks(sorted({one.siret for one in handovers})):
        rows = Filing.objects.select_for_update(of=("self",), no_key=True).filter(
            siret__in=some, state__in=MAY_GO | OPEN
        )
        for filing in rows.order_by("pk"):
            target = places.get((filing.siret, filing.dossier_id or 0))
            if target is not None:
                _bring(filing, dossiers[target])


def deposited(act: Act) -> Reasons:
    """What undo leaves: declarations whose bytes left or leave from this dossier, their people and employer."""
    reasons: Reasons = {}
    gone = ", ".join(f"'{state}'" for state in sorted(SENT | {FilingState.PLANNED}))
    same = (
        "FROM dossiers_declaration d JOIN dossiers_employer e ON e.id = d.employer_id JOIN filings_filing f "
        "ON f.siret = e.siret AND f.month = d.month AND f.dossier_id = d.dossier_id AND f.whole_hash = d.whole_hash "
        f"AND f.is_real = d.is_real AND (f.state IN ({gone}) OR (f.state = 'held' AND f.release_at IS NOT NULL)) "
    )
    people = "JOIN dossiers_employeemonth m ON m.declaration_id = d.id"
    for kind, query in (
        ("declaration", f"SELECT d.id, f.id, f.state {same} WHERE d.act_id = %s ORDER BY f.id"),
        ("employee", f"SELECT DISTINCT m.employee_id, f.id, f.state {same} {people} WHERE m.act_id = %s ORDER BY f.id"),
    ):
        for pk, number, state in fetch_rows(query, (act.pk,)):
            reasons.setdefault((kind, pk), _left(kind, number, state))
    created = {Copy(row.dossier_id, row.siret): row.pk for row in Employer.objects.filter(act=act)}
    for copy, hold in (last_copies(created) | under_way(created)).items():
        reasons["employer", created[copy]] = hold.reason
    return reasons


def refused(sirets: Iterable[str], months: Iterable[str]) -> set[Version]:
    """The versions that the portal refused, by its last answer to these bytes."""
    answers: dict[Version, str] = {}
    rows = Filing.objects.filter(siret__in=list(sirets), month__in=list(months), state__in=ANSWERED)
    for siret, is_real, whole_hash, state in rows.order_by("state_at", "pk").values_list(
        "siret", "is_real", "whole_hash", "state"
    ):
        answers[Version(siret, is_real, bytes(whole_hash))] = state
    return {version for version, state in answers.items() if state in REFUSED_STATES and version.whole_hash}


def _told(copies: Collection[Copy], holds_it: Callable[[Filing], bool]) -> dict[Copy, Hold]:
    wanted, found = set(copies), dict[Copy, list[Filing]]()
    for some in chunks(sorted({copy.siret for copy in wanted})):
        for filing in Filing.objects.filter(siret__in=some, state__in=OPEN | LEAVING).order_by("pk"):
            copy = Copy(filing.dossier_id or 0, filing.siret)
            if copy in wanted and holds_it(filing):
                found.setdefault(copy, []).append(filing)
    return {copy: _hold(filings) for copy, filings in found.items()}


def _leaves(filing: Filing) -> bool:
    return filing.state == FilingState.PLANNED or (filing.state == FilingState.HELD and filing.release_at is not None)


def _bring(filing: Filing, dossier: Dossier) -> None:
    """Move one filing; what would leave by itself under an order that no longer holds goes back to a person."""
    if filing.state in OPEN:
        raise immovable(filing.siret, _hold([filing]))
    actor, former = Actor.owner("service"), FilingState(filing.state)
    Filing.objects.filter(pk=filing.pk).update(dossier=dossier, dossier_name=dossier.name)
    filing.refresh_from_db()
    FilingMove.objects.create(
        filing=filing, former=former, state=former, at=now(), actor_name=actor.name, automatic=True,
        why="L’employeur a changé de dossier déclarant : ce dépôt l’a suivi.",
    )  # fmt: skip
    problem = ""
    if dossier.is_archived and _leaves(filing):
        problem = "Le dossier qui déclare désormais cet employeur est archivé : rien n’en part."
    elif former is FilingState.HELD and filing.release_at is not None:
        problem = "L’ordre permanent ne valait que pour l’ancien dossier déclarant : ordonnez vous-même ce dépôt."
    if problem:
        move(
            filing, FilingState.HELD, actor=actor, automatic=True, why=problem, problem=problem, release_at=None,
            planned_at=None, next_at=None, standing=False,
        )  # fmt: skip


def _hold(filings: list[Filing]) -> Hold:
    """Why these keep something where it is, in words: the one that is hardest to get out of the way tells."""
    first = min(filings, key=lambda filing: (filing.state not in OPEN, filing.pk))
    when = readable_month(first.month[5:7] + first.month[:4])
    named = f"le dépôt n° {first.pk}{f' ({when})' if when else ''}"
    others = len(filings) - 1
    more = f", et {others} autre{'s' if others > 1 else ''} avec lui" if others else ""
    if first.state == FilingState.SENDING:
        return Hold(f"{named} est en cours d’envoi{more}", "Attendez la réponse du portail, puis recommencez.")
    if first.state == FilingState.UNKNOWN:
        return Hold(
            f"on ne sait pas si {named} est arrivé au portail{more}",
            "Attendez que Scarabée le retrouve, ou dites ce qu’il en est sur la page de ce dépôt, puis recommencez.",
        )
    if _leaves(first):
        return Hold(f"{named} est prévu{more}", "Attendez qu’il soit parti, ou abandonnez-le, puis recommencez.")
    return Hold(f"{named} attend encore qu’une personne décide{more}", "Abandonnez-le d’abord, puis recommencez.")


def _left(kind: str, number: int, state: str) -> str:
    where = "figure dans une déclaration " if kind == "employee" else ""
    if state in LEAVING:
        return f"{where}dont le dépôt n° {number} est prévu : abandonnez-le d’abord"
    return f"{where}déposée sur le portail (dépôt n° {number})"
