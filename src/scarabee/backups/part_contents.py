"""What an archive of a part would hold, counted before it is written."""

from collections.abc import Sequence

from django.db import connection

from scarabee.backups.selecting import Selection
from scarabee.dossiers import registry
from scarabee.dossiers.models import Dossier, Employer


def counted(dossier: Dossier, employers: Sequence[Employer] = ()) -> dict[str, int]:
    """{kind of the registry: how many rows}, of the whole dossier or of these employers. One query."""
    chosen = Selection(dossier.pk, tuple(one.pk for one in employers) or None)
    kinds = registry.kinds()
    counts = ", ".join(
        f'(SELECT COUNT(*) FROM "{one.model._meta.db_table}" WHERE {chosen.where(one)})' for one in kinds
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}")
        return dict(zip((one.name for one in kinds), cursor.fetchone(), strict=True))
