"""What is known of each backup, what makes them by itself, and the long work that is under way about them."""

from datetime import time

from django.db import models
from django.db.models import F, Q

from scarabee.maintenance.clock import now


class BackupQuerySet(models.QuerySet["Backup"]):
    """Archives, whatever became of them."""

    def proved(self) -> "BackupQuerySet":
        """Those of the whole installation that were proved and are still there."""
        return self.filter(kind=Backup.Kind.INSTALLATION, deleted_at=None).exclude(proved_at=None)


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

    objects = BackupQuerySet.as_manager()

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


class Script(models.Model):
    """What saves by itself: every so many days, weeks or months at an hour of Paris, or when somebody asks.

    Archives of it bear its name (`Backup.script`). `next_at`: when it is due, the only thing a clock looks at; None
    when it never is by itself. `folder`: empty for `sauvegardes` of the data folder.
    """

    class Unit(models.TextChoices):
        DAY = "jour", "jour(s)"
        WEEK = "semaine", "semaine(s)"
        MONTH = "mois", "mois"
        BY_HAND = "main", "à la main seulement"

    name = models.CharField(max_length=100, unique=True)
    unit = models.CharField(max_length=10, choices=Unit, default=Unit.DAY)
    every = models.PositiveSmallIntegerField(default=1)
    at = models.TimeField(default=time(12, 30))
    starts_on = models.DateField()
    """The first day; the others are counted from it."""
    folder = models.CharField(max_length=500, blank=True)
    second_folder = models.CharField(max_length=500, blank=True)
    on_other_disk = models.BooleanField(default=False)
    """The second folder was seen on another disk: on ours, it is the place of a key that is not plugged in."""
    is_on = models.BooleanField(default=True)
    next_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    """In a row."""
    copy_problem = models.TextField(blank=True)
    """Why the last archive is not in the second folder, in French; empty once cured."""
    copy_late_since = models.DateTimeField(null=True)
    copy_at = models.DateTimeField(null=True)
    """When the copy is tried again."""

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=Q(every__gte=1), name="every_one_at_least")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_by_hand(self) -> bool:
        return self.unit == self.Unit.BY_HAND


class Watch(models.Model):
    """One row, made at first start with the first script: after how many days without a proved backup to say so."""

    days = models.PositiveSmallIntegerField(default=7)
    since = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.days} jours"


class Job(models.Model):
    """Long work that a clock or a person asked for and a worker does: what the page of its progress shows.

    It points at rows by their number or name only: it is of this place, and a return to a backup leaves it alone.
    `key`: of what is done once only, so that any number of clocks do no harm. `path`: the archive it is about.
    """

    class Kind(models.TextChoices):
        SAVE = "sauvegarde", "Sauvegarde"
        COPY = "copie", "Copie vers le second dossier"
        DRILL = "exercice", "Exercice de restauration"
        LOOK = "apercu", "Lecture d’une archive"
        RESTORE = "retour", "Retour à une sauvegarde"
        PART_LOOK = "lecture", "Lecture d’une archive"
        PULL = "reprise", "Reprise dans un nouveau dossier"
        PART = "partie", "Sauvegarde d’un dossier à part"

    class State(models.TextChoices):
        WAITING = "attente", "en attente"
        RUNNING = "en_cours", "en cours"
        DONE = "fait", "fait"
        FAILED = "echec", "non fait"
        INTERRUPTED = "interrompu", "interrompu"

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    key = models.CharField(max_length=80, blank=True)
    script = models.CharField(max_length=100, blank=True)
    backup_number = models.BigIntegerField(null=True)
    path = models.CharField(max_length=1000, blank=True)
    received_as = models.CharField(max_length=255, blank=True)
    """The name of an archive that was sent by the browser: the file at `path` is ours, and goes after a few days."""
    actor_name = models.CharField(max_length=150)
    user_number = models.BigIntegerField(null=True)
    """None for the clock and the command line."""
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    step = models.CharField(max_length=255, blank=True)
    problem = models.TextField(blank=True)
    asked = models.JSONField(default=dict)
    """What of it, for a part (see `part_jobs`)."""
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="backup_job_once")]
        indexes = [models.Index(fields=["state"], name="backup_job_by_state")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} n° {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.WAITING, self.State.RUNNING}
