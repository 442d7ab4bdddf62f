"""What nobody needs any more: contents that nothing points at, packages past their time (design §2, Content).

Both run in small transactions, so that neither a person nor an import waits for them.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Q

from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Act, Content, DeletedPackage
from scarabee.dossiers.services.packages import unpack_ids
from scarabee.maintenance.clock import now

REST = timedelta(hours=24)
CHUNK = 20_000


def sweep_packages() -> int:
    """Delete the packages past their time; returns how many. Their acts stay."""
    with transaction.atomic():
        count, _ = DeletedPackage.objects.filter(keep_until__lte=now()).delete()
    return count


def sweep_contents() -> int:
    """Delete contents stored more than a day ago that no row and no package points at; returns how many.

    A first look, without a lock, finds the few that may go; each chunk of them is looked at again and deleted
    in one transaction that holds the write lock. Nothing goes while an import runs: it may have met contents
    that stand unused, and the rows that will point at them are still to come.
    """
    before = now() - REST
    used = _Marks()
    _mark(used, 0, None)
    old = Content.objects.filter(stored_at__lt=before).order_by("pk").values_list("pk", flat=True)
    waiting = [pk for pk in old.iterator(chunk_size=10_000) if pk not in used]
    return sum(_remove_unused(chunk) for chunk in chunks(waiting, CHUNK))


def remove_now(ids: Collection[int]) -> list[int]:
    """Delete these few contents where no row and no package points at them; those that an import keeps from going.

    Without the rest of a day that others have: for an erasure. The caller holds the transaction.
    """
    _lock_contents()
    if _import_is_running():
        return sorted(ids)
    packed = [unpack_ids(bytes(one)) for one in DeletedPackage.objects.values_list("contents", flat=True).iterator()]
    for chunk in chunks(sorted(ids)):
        used = {pk for contents in packed for pk in set(contents).intersection(chunk)}
        for model, column in pointers():
            used.update(model._default_manager.filter(**{f"{column}__in": chunk}).values_list(column, flat=True))
        rows = Content.objects.filter(pk__in=set(chunk) - used)
        rows._raw_delete(rows.db)
    return []


def _remove_unused(ids: Sequence[int]) -> int:
    with transaction.atomic():
        _lock_contents()
        if _import_is_running():
            return 0
        used = _Marks()
        _mark(used, ids[0], ids[-1])
        unused = [pk for pk in ids if pk not in used]
        for chunk in chunks(unused):
            rows = Content.objects.filter(pk__in=chunk)
            rows._raw_delete(rows.db)  # the pointers have no constraint: Django would look for them one by one
    return len(unused)


class _Marks:
    """A set of ids, one bit each."""

    def __init__(self) -> None:
        self.bits = bytearray()

    def add(self, pk: int) -> None:
        if pk >> 3 >= len(self.bits):
            self.bits.extend(bytes((pk >> 3) + 4096 - len(self.bits)))
        self.bits[pk >> 3] |= 1 << (pk & 7)

    def __contains__(self, pk: int) -> bool:
        return pk >> 3 < len(self.bits) and bool(self.bits[pk >> 3] >> (pk & 7) & 1)


def _mark(used: _Marks, first: int, last: int | None) -> None:
    """Mark the contents from `first` to `last` that a row or a package points at."""
    for model, column in pointers():
        rows = model._default_manager.filter(**{f"{column}__gte": first}).order_by()
        if last is not None:
            rows = rows.filter(**{f"{column}__lte": last})
        for pk in rows.values_list(column, flat=True).iterator(chunk_size=10_000):
            used.add(pk)
    for packed in DeletedPackage.objects.values_list("contents", flat=True).iterator(chunk_size=20):
        for pk in unpack_ids(bytes(packed)):
            if first <= pk and (last is None or pk <= last):
                used.add(pk)


def _import_is_running() -> bool:
    """Whether an import reads a file now. One that gave no sign for a day was killed."""
    running = Act.objects.filter(kind=Act.Kind.IMPORT, state=Act.State.RUNNING)
    return running.filter(Q(created_at__gt=now() - REST) | Q(heartbeat__gt=now() - REST)).exists()


def _lock_contents() -> None:
    # SQLite's IMMEDIATE transactions hold the write lock already. Who reads need not wait: `contents.store`, which may
    # meet what is going, takes a lock that this one keeps out.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{Content._meta.db_table}" IN EXCLUSIVE MODE')


def pointers() -> list[tuple[type[models.Model], str]]:
    """Every model and column that points at contents, of every app."""
    return [
        (model, column.attname)
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        if column.related_model is Content
    ]
