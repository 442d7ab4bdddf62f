"""What maintenance keeps: the journal, the stamp of the schema, the maintenance window, who is where, who works."""

from typing import Any, NoReturn

from django.db import models

from scarabee.maintenance.clock import now


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
    """One row: the stamp of the migrations this database has received, and the newest version that works on it
    (see folder.prepare_folder).
    """

    stamp = models.CharField(max_length=64)
    version = models.CharField(max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return self.stamp


class Window(models.Model):
    """One row while Scarabée is closed, or about to be: who closed it, why, when (see maintenance.window).

    Opened by hand, it ends at `ends_at`. Opened by a process (`pid` of `machine`), `ends_at` is NULL: it lasts as long
    as that process holds the lock of its opener. It is no data of the bureau: a restore leaves it alone.
    """

    token = models.CharField(max_length=32)
    reason = models.CharField(max_length=200)
    actor_name = models.CharField(max_length=150)
    actor_user_id = models.BigIntegerField(null=True)
    via = models.CharField(max_length=10)
    machine = models.CharField(max_length=150)
    pid = models.PositiveBigIntegerField(default=0)
    opened_at = models.DateTimeField(default=now)
    closes_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.reason

    @property
    def is_closed(self) -> bool:
        """Whether the notice is over: nobody but the opener gets in."""
        return self.closes_at <= now()

    @property
    def is_by_hand(self) -> bool:
        return self.ends_at is not None

    @property
    def seconds_left(self) -> int:
        """Until it closes; 0 once it has."""
        return max(0, round((self.closes_at - now()).total_seconds()))


class Presence(models.Model):
    """Who was last seen in a dossier, and since when (see maintenance.presence). No data of the bureau either."""

    dossier_uuid = models.UUIDField()
    user_id = models.BigIntegerField()
    user_name = models.CharField(max_length=150)
    opened_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier_uuid", "user_id"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.dossier_uuid}"


class Heartbeat(models.Model):
    """A worker or a clock, and its last round (see maintenance.health.beating). No data of the bureau either."""

    kind = models.CharField(max_length=10)
    machine = models.CharField(max_length=150)
    pid = models.PositiveBigIntegerField()
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    beaten_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "machine", "pid"], name="heartbeat_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.machine} {self.pid}"
