"""What a return shows of one employer, as rows of the work list: the same anomaly is one, however often it comes."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scarabee.netentreprises.documents import Anomaly, Document, Identity, Person
from scarabee.returns.models import Return
from scarabee.returns.services import anomaly_words as words
from scarabee.returns.services.anomaly_kinds import Kind, Rhythm, is_work, kind_of

_PARTED_BY_BODY = "51"


@dataclass(frozen=True, slots=True)
class Finding:
    """One anomaly of an employer. `columns`: of the row that shows it. `person`: whom it is about."""

    fingerprint: str
    person: Person | None
    columns: dict[str, Any]


def findings_of(item: Return, document: Document, siret: str, others: Iterable[str]) -> list[Finding]:
    """What is to be done for an employer; `others`: the SIRETs of the return, whose own anomalies are left to them.

    Cases of one anomaly (several lines, several periods) are one finding that tells them all.
    """
    identities = {(one.code, one.declared): one for one in document.identities}
    elsewhere = frozenset(others) - {siret}
    cases: dict[str, list[Anomaly]] = {}
    for anomaly in document.anomalies:
        if anomaly.siret in elsewhere or not is_work(item.nature, document, anomaly, _identity(identities, anomaly)):
            continue
        cases.setdefault(fingerprint_of(item.nature, document, anomaly), []).append(anomaly)
    return [
        Finding(fingerprint, first.person, _columns(item, document, first, _identity(identities, first), again))
        for fingerprint, (first, *again) in cases.items()
    ]


def fingerprint_of(nature: str, document: Document, anomaly: Anomaly) -> str:
    """Names the anomaly within its employer whatever the month: a yearly one by its period too, one about an event by
    its words, since codes of those tell little."""
    kind = kind_of(nature)
    return _digest(32, [kind.group, *_what(kind, anomaly), *_who(anomaly), *_which(kind, document, anomaly)])


def years_of(document: Document) -> frozenset[str]:
    """The years that a yearly return is about."""
    return frozenset(text[:4] for text in (document.since, document.until) if text)


def _identity(known: dict[tuple[str, Person], Identity], anomaly: Anomaly) -> Identity | None:
    return known.get((anomaly.code, anomaly.person)) if anomaly.person else None


def _columns(
    item: Return, document: Document, anomaly: Anomaly, identity: Identity | None, again: list[Anomaly]
) -> dict[str, Any]:
    rubrique, declared, expected = words.values_of(anomaly, identity)
    return {
        "cause": _cause(item.nature, anomaly),
        "nature": item.nature,
        "code": anomaly.code[:60],
        "category": anomaly.category[:20],
        "title": words.title_of(item.nature, anomaly),
        "message": words.message_of(anomaly, identity, again),
        "action": words.action_of(item.nature, anomaly),
        "rubrique": rubrique,
        "declared": declared,
        "expected": expected,
        "month": _month(item, document, anomaly),
    }


def _month(item: Return, document: Document, anomaly: Anomaly) -> str:
    """The month declared; of a yearly reminder, the first of the period."""
    if kind_of(item.nature).rhythm is Rhythm.YEARLY:
        return (anomaly.since or document.since)[:7]
    return item.month


def _cause(nature: str, anomaly: Anomaly) -> str:
    """Names what has one cause, whoever the employer is."""
    kind = kind_of(nature)
    return _digest(16, [kind.group, anomaly.code or anomaly.title, anomaly.fault.rubrique])


def _what(kind: Kind, anomaly: Anomaly) -> Iterator[str]:
    yield anomaly.code
    yield anomaly.fault.rubrique
    yield anomaly.title if kind.rhythm is Rhythm.EVENT or not anomaly.code else ""


def _who(anomaly: Anomaly) -> Iterator[str]:
    person, contract = anomaly.person, anomaly.contract
    if person is not None:
        names = f"{person.family_name}|{person.given_names}|{person.birth_date}".casefold()
        yield person.nir or person.ntt or person.matricule or names
    if contract is not None:
        yield f"{contract.number}|{contract.since}"


def _which(kind: Kind, document: Document, anomaly: Anomaly) -> Iterator[str]:
    if kind.rhythm is Rhythm.YEARLY:
        yield f"{anomaly.since or document.since}|{anomaly.until or document.until}"
    if kind.group == _PARTED_BY_BODY:
        yield document.body


def _digest(size: int, parts: Iterable[str]) -> str:
    text = "\x1f".join(parts)
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
