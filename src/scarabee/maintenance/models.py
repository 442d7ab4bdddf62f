"""What maintenance keeps: the journal and the stamp of the schema."""

from typing import Any, NoReturn

from django.db import models


class AppendOnly(models.QuerySet["JournalEntry"]):
    """Rows that are added and read, never changed or removed."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The journal is append-only.")

    def delete(self) -> NoReturn:
        raise TypeError("The journal is append-only.")


class JournalEntry(models.Model):
    """Who did what, when, on which dossier. `hash` covers every other field and `previous_hash`."""

    sequence = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor_name = models.CharField(max_length=150)
    actor_user_id = models.BigIntegerField(null=True)
    via = models.CharField(max_length=10)
    system_account = models.CharField(max_length=150)
    code = models.CharField(max_length=60)
    dossier_uuid = models.UUIDField(null=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["dossier_uuid", "-sequence"], name="journal_by_dossier"),
            models.Index(fields=["code", "-sequence"], name="journal_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.code}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The journal is append-only.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The journal is append-only.")


class SchemaStamp(models.Model):
    """One row: the stamp of the migrations this database has received (see folder.prepare_folder)."""

    stamp = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.stamp
