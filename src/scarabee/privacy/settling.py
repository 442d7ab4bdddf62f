"""What an erasure leaves to do once it is committed: contents that an import kept, and pages that are not empty yet.

SQLite overwrites what it deletes (`secure_delete`) in its log first: the log is written into the database and cut.
PostgreSQL keeps old rows until they are vacuumed. What cannot be done now is done by the next worker.
"""

import logging

from django.db import DatabaseError, connection, transaction

from scarabee.dossiers.services.packages import pack_ids, unpack_ids
from scarabee.dossiers.services.sweep import remove_now
from scarabee.maintenance.clock import now
from scarabee.privacy.models import Erasure

_TABLES = (
    "dossiers_employee", "dossiers_identifier", "dossiers_contract", "dossiers_employeemonth", "dossiers_content",
    "dossiers_act", "dossiers_before", "dossiers_importfile", "dossiers_deletedpackage", "filings_filingfindings",
    "filings_proof", "returns_anomaly", "returns_pasrate", "returns_rateline", "returns_returnversion",
)  # fmt: skip
logger = logging.getLogger(__name__)


def settle(*, at_leisure: bool = False) -> int:
    """Finish the erasures that are not; how many are now. Harmless at any time, by any number of workers.

    `at_leisure`: nobody waits at a screen, large tables of PostgreSQL may be vacuumed.
    """
    waiting = list(Erasure.objects.filter(settled_at=None).order_by("pk").values_list("pk", flat=True))
    done = [pk for pk in waiting if _remove(pk)]
    may_scour = (at_leisure or connection.vendor == "sqlite") and not connection.in_atomic_block
    if done and may_scour and _scour():
        return Erasure.objects.filter(pk__in=done, settled_at=None).update(settled_at=now())
    return 0


def _remove(number: int) -> bool:
    """Remove the contents that were kept by an import; whether none is left."""
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update(of=("self",), no_key=True).get(pk=number)
        left = unpack_ids(bytes(erasure.waiting)).tolist()
        if left:
            left = remove_now(left)
            erasure.waiting = pack_ids(left)
            erasure.save(update_fields=["waiting"])
    return not left


def _scour() -> bool:
    """Let nothing of deleted rows stay in the files of the database; whether it could be done now."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = cursor.fetchone()
                return not busy
            cursor.execute(f"VACUUM {', '.join(_TABLES)}")
    except DatabaseError as error:
        logger.warning("scouring put off: %s", type(error).__name__)
        return False
    return True
