"""The returns that name a person: the document is kept without them, under the hash of what was received."""

import hashlib
from collections.abc import Sequence

from django.db.models import Q

from scarabee.dossiers import contents
from scarabee.dossiers.bulk import chunks
from scarabee.privacy.masking import Sought, without
from scarabee.privacy.people import Person
from scarabee.returns.models import Anomaly, RateLine, Return, ReturnVersion


def documents_of(person: Person, sought: Sought) -> list[int]:
    """The ids of the versions of returns about the person's employers that name them."""
    found = []
    about = Q(abouts__siret__in=person.sirets) | Q(siret__in=person.sirets) | Q(filing__siret__in=person.sirets)
    items = Return.objects.filter(about).order_by().values("pk")
    for pk, content_id in ReturnVersion.objects.filter(item__in=items).order_by("pk").values_list("pk", "content_id"):
        if sought.may_be_in(contents.load([content_id])[content_id]):
            found.append(pk)
    return found


def mask_documents(versions: Sequence[int], sought: Sought) -> tuple[int, set[int]]:
    """Keep these documents without the person; how many changed, and the ids of the contents that are let go.

    A version keeps the hash and the size of what was received: that of its content then differs, and pages say so.
    """
    freed, count = set[int](), 0
    for pk in versions:
        version = ReturnVersion.objects.get(pk=pk)
        data = contents.load([version.content_id])[version.content_id]
        masked = without(data, sought)
        if masked == data:
            continue
        (content_id,) = contents.store([masked], [hashlib.sha256(masked).digest()])
        freed.add(version.content_id)
        ReturnVersion.objects.filter(pk=pk).update(content_id=content_id)
        count += 1
    return count, freed


def loose_rows(person: Person, sought: Sought) -> tuple[list[int], list[int]]:
    """Rows that speak of the person and hang on no row of theirs: (lines of CRM, anomalies)."""
    lines = RateLine.objects.filter(item__in=Return.objects.filter(_lines_about(person))).order_by("pk")
    told = [
        pk
        for pk, number, matricule, proposed in lines.values_list("pk", "number", "matricule", "proposed")
        if sought.is_number(number) or proposed in person.ids or (not number and _matricule(matricule, person))
    ]
    rows = Anomaly.objects.filter(employer__siret__in=person.sirets, employee=None).order_by("pk")
    texts = ("person", "title", "message", "action", "declared", "expected", "note")
    loose = [
        pk for pk, *said in rows.values_list("pk", *texts)
        if any(sought.may_be_in(one.encode()) for one in said)
    ]  # fmt: skip
    return told, loose


def remove_loose(lines: Sequence[int], anomalies: Sequence[int]) -> None:
    """Delete these lines of CRM and these anomalies."""
    for some in chunks(list(lines)):
        RateLine.objects.filter(pk__in=some).delete()
    for some in chunks(list(anomalies)):
        Anomaly.objects.filter(pk__in=some)._raw_delete("default")


def _lines_about(person: Person) -> Q:
    return Q(lines__siret__in=person.sirets)


def _matricule(matricule: str, person: Person) -> bool:
    return bool(matricule) and matricule in {one.matricule for one in person.places}
