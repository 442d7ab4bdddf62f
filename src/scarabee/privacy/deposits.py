"""The files of deposits that hold a person: what left is no longer kept, what it was is told by its hash.

Nothing is erased under a file that may still leave, or of which nobody knows whether it did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scarabee.dossiers import contents
from scarabee.dossiers.services.holds import Hold
from scarabee.filings.enums import OPEN, WAITING, FilingState, ProofKind
from scarabee.filings.models import Filing, FilingFindings, FilingMove, Proof
from scarabee.maintenance.clock import now
from scarabee.privacy.masking import Sought, text_without, without
from scarabee.privacy.people import Person

MAY_LEAVE = WAITING | OPEN | {FilingState.REJECTED_LOCALLY, FilingState.NOT_DEPOSITED}
KEPT_WHOLE = (ProofKind.AEE, ProofKind.CCO)
"""What proves that the employer declared: it stays as received, and names nobody."""
WHY = "Le fichier n’est plus gardé : une personne qu’il nommait a été effacée. Son empreinte reste."
_GONE = "Constat effacé avec la personne dont il parlait."


@dataclass(frozen=True, slots=True)
class Deposit:
    """A filing whose file holds the person, and the lines of the file that speak of them."""

    number: int
    siret: str
    month: str
    state: str
    content_id: int
    lines: tuple[range, ...]


def deposits_of(person: Person, sought: Sought) -> list[Deposit]:
    """The filings of the person's employers whose file holds them, whatever dossier they were made in."""
    found = []
    rows = Filing.objects.filter(siret__in=person.sirets).exclude(content=None).order_by("pk")
    for pk, siret, month, state, content_id in rows.values_list("pk", "siret", "month", "state", "content_id"):
        told = tuple(_lines(contents.load([content_id])[content_id], sought))
        if told:
            found.append(Deposit(pk, siret, month, state, content_id, told))
    return found


def holds(deposits: Sequence[Deposit]) -> list[Hold]:
    """Why the person cannot be erased now: files that may leave, or of which nobody knows whether they did."""
    return [
        Hold(
            f"le dépôt n° {one.number} ({FilingState(one.state).label}) contient cette personne",
            "Attendez sa réponse, ou abandonnez-le, puis recommencez.",
        )
        for one in deposits
        if one.state in MAY_LEAVE
    ]


def proofs_of(deposits: Sequence[Deposit]) -> list[dict[str, Any]]:
    """The proofs that stay as they are: [{filing, kind, sha256}]."""
    rows = Proof.objects.filter(filing__in=[one.number for one in deposits], kind__in=KEPT_WHOLE).order_by("pk")
    return [
        {"filing": number, "kind": kind, "sha256": sha256}
        for number, kind, sha256 in rows.values_list("filing_id", "kind", "sha256")
    ]


def forget_files(deposits: Sequence[Deposit], actor_name: str) -> set[int]:
    """Let go of the files that left; the ids of their contents. Each filing's history says so.

    Those that may still leave are left alone: `holds` told of them.
    """
    freed = set[int]()
    for one in deposits:
        if one.state in MAY_LEAVE:
            continue
        Filing.objects.filter(pk=one.number).update(content=None)
        FilingMove.objects.create(
            filing_id=one.number, former=one.state, state=one.state, at=now(), actor_name=actor_name, why=WHY
        )
        freed.add(one.content_id)
    return freed


def clean_findings(person: Person, sought: Sought, deposits: Sequence[Deposit]) -> int:
    """Take the person out of what the checks found: their own lines, and sentences of other files that name them."""
    spoken, changed = {one.number: one.lines for one in deposits}, []
    for row in FilingFindings.objects.filter(filing__siret__in=person.sirets).iterator(chunk_size=50):
        told = [_finding(one, spoken.get(row.filing_id, ()), sought) for one in row.findings]
        if told != row.findings:
            row.findings = told
            changed.append(row)
    FilingFindings.objects.bulk_update(changed, ["findings"], batch_size=50)
    return len(changed)


def mask_answers(person: Person, sought: Sought) -> int:
    """Take the person out of the portal's answers to deposits that may name them (ARE, BAN); how many changed."""
    count = 0
    rows = Proof.objects.filter(filing__siret__in=person.sirets).exclude(kind__in=KEPT_WHOLE)
    for pk in list(rows.values_list("pk", flat=True)):
        proof = Proof.objects.get(pk=pk)
        masked = without(bytes(proof.document), sought)
        if masked != bytes(proof.document):
            Proof.objects.filter(pk=pk).update(document=masked)
            count += 1
    return count


def _lines(data: bytes, sought: Sought) -> Iterator[range]:
    """The lines, from 1, of each person's part that names the person sought."""
    if not sought.may_be_in(data):
        return
    first, part = 1, list[bytes]()
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        begins = line.startswith(b"S21.G00.30.001") or (
            line.startswith(b"S21.G00.30.") and part and not part[-1].startswith(b"S21.G00.30.")
        )
        ends = not line.startswith(b"S21.") or line.startswith((b"S21.G00.06", b"S21.G00.11"))
        if begins or ends:
            if part and _names(part, sought):
                yield range(first, number)
            first, part = number, []
        if not ends:
            part.append(line)
    if part and _names(part, sought):
        yield range(first, first + len(part))


def _names(part: list[bytes], sought: Sought) -> bool:
    told = [line.decode("latin-1").partition(",'")[2].rstrip("\r\n").removesuffix("'") for line in part]
    if any(map(sought.is_number, told)):
        return True
    return not sought.writings and sought.may_be_in(b"".join(part))


def _finding(one: dict[str, Any], lines: Sequence[range], sought: Sought) -> dict[str, Any]:
    if any(one.get("line", 0) in some for some in lines):
        return {**one, "value": "", "message": _GONE, "remedy": ""}
    told = {name: text_without(text, sought) if isinstance(text, str) else text for name, text in one.items()}
    if isinstance(one.get("value"), str) and sought.is_number(one["value"]):
        told["value"] = ""
    if told != one and "before" in told:
        told["before"] = None
    return told
