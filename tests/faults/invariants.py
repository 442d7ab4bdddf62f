"""What must hold whatever happened: one state or the other, whole chains, no orphan, no content that differs.

Read by a process of its own, on the database as it stands.
"""

import hashlib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import ForeignKey

from scarabee.backups.models import Backup
from scarabee.dossiers import registry
from scarabee.dossiers.contents import decompress
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Content, Dossier, ImportFile
from scarabee.maintenance import journal
from scarabee.returns.models import PasRate

_NEVER_DONE = ("refused", "interrupted", "prepared", "undone")


def state(*, leaving_out: str) -> dict[str, str]:
    """{dossier: digest, "taux": digest of the rates and their states}: what is before a fault, or after, never between.

    `leaving_out`: the name of a dossier that other work fills meanwhile.
    """
    found = {one.name: dossier_digest(one) for one in Dossier.objects.exclude(name=leaving_out).order_by("name")}
    rates = PasRate.objects.exclude(dossier__name=leaving_out).order_by("employee__nir", "crm", "dossier__name")
    rows = rates.values_list("dossier__name", "employer__siret", "employee__nir", "crm", "rate", "state")
    return found | {"taux": hashlib.sha256(repr(list(rows)).encode()).hexdigest()}


def wrong() -> list[str]:
    """Everything that is amiss, in words; empty when all holds."""
    return [*_journal(), *_orphans(), *_strangers(), *_contents(), *_acts(), *_files(), *_archives()]


def _journal() -> list[str]:
    broken = journal.verify()
    return [f"journal rompu en {broken[:5]}"] if broken else []


def _orphans() -> list[str]:
    """Every foreign key of every table leads to a row."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, ForeignKey) and model._meta.managed:
                there = field.related_model._meta.db_table
                column, key = field.column, field.target_field.column
                sql = (
                    f'SELECT COUNT(*) FROM "{model._meta.db_table}" a '
                    f'LEFT JOIN "{there}" b ON a."{column}" = b."{key}" '
                    f'WHERE a."{column}" IS NOT NULL AND b."{key}" IS NULL'
                )
                if count := _number(sql):
                    found.append(f"{count} orphelins : {model._meta.label}.{field.name}")
    return found


def _strangers() -> list[str]:
    """What hangs on a row of the registry is of the same dossier."""
    found = []
    for kind in registry.kinds():
        for column, parent in kind.parents.items():
            child, above = kind.model._meta.db_table, registry.by_name(parent).model._meta.db_table
            sql = (
                f'SELECT COUNT(*) FROM "{child}" a JOIN "{above}" b ON a."{column}" = b.id '
                "WHERE a.dossier_id <> b.dossier_id"
            )
            if count := _number(sql):
                found.append(f"{count} lignes de {kind.name} dans un autre dossier que leur {parent}")
    return found


def _contents() -> list[str]:
    found = []
    for one in Content.objects.iterator(chunk_size=500):
        data = decompress(bytes(one.compressed), dictionary=one.dictionary, size=one.size)
        if hashlib.sha256(data).digest() != bytes(one.sha256):
            found.append(f"contenu {one.pk} différent de son empreinte")
    return found


def _acts() -> list[str]:
    """A transfer is there whole or not at all, and what was not done left nothing."""
    found = []
    for act in Act.objects.filter(kind=Act.Kind.TRANSFER, state=Act.State.DONE):
        if act.receipt.get("expected") != act.receipt.get("identical"):
            found.append(f"{act} : {act.receipt.get('identical')} identiques sur {act.receipt.get('expected')}")
    never = Act.objects.filter(kind=Act.Kind.TRANSFER, state__in=_NEVER_DONE).values("pk")
    for kind in registry.kinds():
        if count := kind.model._default_manager.filter(act_id__in=never).count():
            found.append(f"{count} lignes de {kind.name} d’un transfert qui n’a pas eu lieu")
    return found


def _files() -> list[str]:
    """What waits to be imported is in the data folder."""
    waiting = ImportFile.objects.filter(status=ImportFile.Status.WAITING, act__state__in=["queued", "running"])
    paths = waiting.exclude(path="").values_list("path", flat=True)
    return [f"fichier reçu perdu : {path}" for path in paths if not (Path(settings.DATA_FOLDER) / path).exists()]


def _archives() -> list[str]:
    """An archive that is said to be proved stands, whole."""
    found = []
    for one in Backup.objects.proved().filter(deleted_at=None):
        path = Path(one.path)
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() != one.sha256:
            found.append(f"archive vérifiée puis changée : {path.name}")
    return found


def _number(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
