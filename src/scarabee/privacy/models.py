"""What is known of erasures once those they erased are gone, and how long each kind of data is kept.

An erasure names nobody: only marks (HMAC under a key that the vault seals) let it know again somebody who comes back.
"""

import uuid

from django.db import models

from scarabee.maintenance.clock import now


class RetentionRule(models.Model):
    """How many months one kind of data is kept, when an Administrateur chose another duration than ours."""

    kind = models.CharField(max_length=20, unique=True)
    months = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField(default=now)
    set_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} : {self.months} mois"


class MarkKey(models.Model):
    """The key of the marks, sealed by the vault: a copy of the database alone knows nobody again."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sealed = models.TextField()
    made_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"clé {self.pk}"


class Erasure(models.Model):
    """One person erased: when, by whom, why, and how much went. Its id is the number users see.

    `dossiers`: the uuids of those that held the person. `counts`: {what: how many}. `proofs`: the documents that stay
    as they are. `waiting`: ids, as `packages.pack_ids` writes them, of contents that are still to be removed: an import
    under way may keep them for a while. `settled_at`: when nothing was left to do.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.ForeignKey(MarkKey, on_delete=models.PROTECT, related_name="erasures")
    at = models.DateTimeField(default=now)
    actor_name = models.CharField(max_length=150)
    reason = models.CharField(max_length=300)
    dossiers = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    proofs = models.JSONField(default=list)
    waiting = models.BinaryField(default=b"")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"effacement n° {self.pk}"


class Mark(models.Model):
    """A number, or the civil status, of somebody who was erased: HMAC-SHA-256 of its kind and value."""

    erasure = models.ForeignKey(Erasure, on_delete=models.CASCADE, related_name="marks")
    mac = models.BinaryField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["mac"], name="mark_by_mac")]
