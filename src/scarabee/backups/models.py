"""What is known of each backup: where its archive is, and whether it was proved."""

from django.db import models
from django.db.models import F


class Backup(models.Model):
    """One archive, or one that was not finished.

    Written: `made_at`. Reopened, decrypted, hashed and counted: `proved_at`. `problem`: why it failed, or what it
    lacks, in French. `path` is a path of the computer `machine`. `counts`: rows by table. `reason` is in French, shown
    as is.
    """

    class Kind(models.TextChoices):
        INSTALLATION = "installation", "toute l’installation"
        DOSSIER = "dossier", "un dossier"
        EMPLOYER = "employeur", "un employeur"
        EMPLOYEE = "salarie", "un salarié"

    kind = models.CharField(max_length=20, choices=Kind)
    what = models.CharField(max_length=255, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    script = models.CharField(max_length=100, blank=True)
    actor_name = models.CharField(max_length=150)
    machine = models.CharField(max_length=255)
    path = models.CharField(max_length=1000)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)
    counts = models.JSONField(default=dict)
    copied_to = models.CharField(max_length=1000, blank=True)
    copied_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [
            models.Index(fields=["script", "-started_at"], name="backup_by_script"),
            models.Index(F("proved_at").desc(), name="backup_by_proof"),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def is_running(self) -> bool:
        """Being written; or it was killed, and the next sweep will say so."""
        return self.made_at is None and not self.problem
