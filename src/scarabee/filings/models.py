"""What is filed: batches of files, one filing for each declaration, its moves and the portal's answers (design §5).

Filings hang on a dossier, never on an employer's rows: they stay where they were made, and outlive what they declare.
Times are aware; texts are empty strings, never NULL.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from scarabee.accounts.models import PortalIdentity
from scarabee.dossiers.models import Act, Content, Dossier
from scarabee.dossiers.querysets import TenantQuerySet
from scarabee.filings.enums import STANDS, FileState, FilingState, ProofKind, Source
from scarabee.maintenance.clock import now

DEFAULT_HOLD_MINUTES = 120


class Batch(models.Model):
    """Files that came in together; its id is the number users see (lot n°)."""

    dossier = models.ForeignKey(Dossier, null=True, on_delete=models.SET_NULL, related_name="+")
    dossier_name = models.CharField(max_length=120)
    source = models.CharField(max_length=10, choices=Source)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who files: whose identifiers of the portal serve first."""
    actor_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=now)
    orders_essais = models.BooleanField(default=False)
    """Essai files without a blocking finding go off at once."""
    heartbeat = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    act = models.ForeignKey(Act, null=True, on_delete=models.SET_NULL, related_name="+")
    """The import that brought these files into the dossier."""

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"lot n° {self.pk}"


class ReceivedFile(models.Model):
    """One file of a batch. `path`: where its bytes wait below the data folder, empty once read."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    path = models.CharField(max_length=400, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    """Of its bytes as received."""
    state = models.CharField(max_length=10, choices=FileState, default=FileState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    findings = models.JSONField(default=list)
    """Of the file as a whole, or why it was refused: [{severity, rule, line, rubrique, value, message, remedy}]."""
    unchecked = models.JSONField(default=list)
    """The checks that were left out, one French sentence each."""

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Filing(models.Model):
    """One S20, deposited alone: what is sent, its state, what is planned. Its id is the number users see."""

    dossier = models.ForeignKey(Dossier, null=True, on_delete=models.SET_NULL, related_name="+")
    dossier_name = models.CharField(max_length=120)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="filings")
    file = models.ForeignKey(ReceivedFile, null=True, on_delete=models.SET_NULL, related_name="filings")
    """None for a deposit made by hand of a file that never came here."""
    rank = models.PositiveIntegerField(default=0)
    """Of the S20 in its file, from 0."""
    portal = models.CharField(max_length=200)

    siret = models.CharField(max_length=14)
    is_real = models.BooleanField()
    nature = models.CharField(max_length=4, blank=True)
    type = models.CharField(max_length=4, blank=True)
    month = models.CharField(max_length=7, blank=True)
    """AAAA-MM; empty for signalements."""
    champ = models.CharField(max_length=4, blank=True)
    fraction = models.CharField(max_length=4, blank=True)
    order_number = models.CharField(max_length=20, blank=True)
    order_rank = models.BigIntegerField(default=-1)
    made_on = models.CharField(max_length=10, blank=True)
    job_id = models.CharField(max_length=20, blank=True)
    """S20.G00.05.009, identifiant métier."""
    slot = models.CharField(max_length=20, blank=True)
    """What tells two signalements of one nature apart, their order; empty for a monthly declaration."""
    norm = models.CharField(max_length=10, blank=True)
    depot = models.CharField(max_length=2, blank=True)
    """S10.G00.00.007: 01 Net-entreprises, 02 MSA."""
    sender = models.CharField(max_length=20, blank=True)
    people = models.PositiveIntegerField(default=0)
    first_line = models.PositiveIntegerField(default=1)
    """Line of the received file at which the S20 begins."""
    whole_hash = models.BinaryField(max_length=32, default=b"")
    """Of the S20: as dossiers.Declaration.whole_hash."""
    content = models.ForeignKey(Content, null=True, on_delete=models.PROTECT, related_name="+")
    """The bytes that are sent: S10, one S20, S90."""
    sha256 = models.CharField(max_length=64, blank=True)
    """Of these bytes: the same bytes twice are one filing."""

    state = models.CharField(max_length=20, choices=FilingState, default=FilingState.RECEIVED)
    state_at = models.DateTimeField(default=now)
    problem = models.TextField(blank=True)
    """Why it does not go on by itself, in French; empty when nothing is in the way."""
    blocking = models.PositiveIntegerField(default=0)
    certain = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    passed_by = models.CharField(max_length=150, blank=True)
    passed_at = models.DateTimeField(null=True)
    passed_reason = models.TextField(blank=True)
    again_by = models.CharField(max_length=150, blank=True)
    again_reason = models.TextField(blank=True)
    """The explicit decision to deposit a key a second time."""
    exempt = models.BooleanField(default=False)
    """Annule et remplace, annule, or an explicit decision: outside the rule of one réel deposit per key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who filed."""
    actor_name = models.CharField(max_length=150)
    standing = models.BooleanField(default=False)
    """Ordered by a standing order, not by a click."""
    ordered_by = models.CharField(max_length=150, blank=True)
    ordered_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField(null=True)
    release_at = models.DateTimeField(null=True)
    """When a hold ends by itself; None while a person retains it."""
    next_at = models.DateTimeField(null=True)
    """When the machine has something to do for it again: send, look for it, ask for its returns."""
    attempts = models.PositiveSmallIntegerField(default=0)
    identity = models.ForeignKey(PortalIdentity, null=True, on_delete=models.SET_NULL, related_name="+")
    """Through which account of the portal it goes or went."""
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    """Whose identifiers."""
    attempt_token = models.CharField(max_length=32, blank=True)
    started_at = models.DateTimeField(null=True)
    """When the sending began: committed, with `seen`, before its first byte leaves."""
    seen = models.JSONField(default=list)
    """The idflux that the portal listed before the sending."""
    candidates = models.JSONField(default=list)
    """For an unknown outcome: [{idflux, date, etat, siret, month}], deposits nobody here claims."""
    sent_at = models.DateTimeField(null=True)
    idflux = models.CharField(max_length=50, blank=True)
    by_hand_on = models.DateField(null=True)
    """The day of a deposit made by hand, when its idflux is not known."""

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["sha256"], condition=~Q(sha256=""), name="same_bytes_one_filing"),
            models.UniqueConstraint(fields=["idflux"], condition=~Q(idflux=""), name="one_filing_per_idflux"),
            models.UniqueConstraint(
                fields=["siret", "nature", "month", "champ", "fraction", "slot"],
                condition=Q(is_real=True, exempt=False, state__in=sorted(STANDS)),
                name="one_real_deposit_per_key",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_at"], name="filing_due"),
            models.Index(fields=["siret", "month"], name="filing_by_month"),
            models.Index(fields=["dossier", "-id"], name="filing_by_dossier"),
            models.Index(fields=["identity", "state"], name="filing_by_identity"),
        ]

    def __str__(self) -> str:
        return f"dépôt n° {self.pk}"

    @property
    def is_monthly(self) -> bool:
        return self.month != ""


class FilingFindings(models.Model):
    """What the checks found in one filing: [{severity, rule, line, rubrique, value, message, remedy, certain}]."""

    filing = models.OneToOneField(Filing, on_delete=models.CASCADE, related_name="found")
    findings = models.JSONField(default=list)


class FilingMove(models.Model):
    """One change of state: when, by whom, why."""

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="moves")
    former = models.CharField(max_length=20, choices=FilingState)
    state = models.CharField(max_length=20, choices=FilingState)
    at = models.DateTimeField(default=now)
    actor_name = models.CharField(max_length=150)
    automatic = models.BooleanField(default=False)
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]


class Proof(models.Model):
    """What the portal answered about a deposit, as received; every version is kept."""

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="proofs")
    kind = models.CharField(max_length=3, choices=ProofKind)
    statut = models.CharField(max_length=12, blank=True)
    return_id = models.CharField(max_length=40, blank=True)
    published_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=now)
    media_type = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64)
    document = models.BinaryField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["filing", "kind", "sha256"], name="proof_once")]


class DossierFiling(models.Model):
    """How a dossier files: whose identifiers when those of who filed will not do, its exchange folder, the hold."""

    dossier = models.OneToOneField(Dossier, on_delete=models.CASCADE, related_name="filing")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    folder = models.CharField(max_length=500, blank=True)
    folder_problem = models.TextField(blank=True)
    """Why the exchange folder was not read last time, in French."""
    folder_read_at = models.DateTimeField(null=True)
    hold_minutes = models.PositiveIntegerField(default=DEFAULT_HOLD_MINUTES)
    revision = models.PositiveIntegerField(default=0)

    objects = TenantQuerySet.as_manager()


class EmployerFiling(models.Model):
    """How one SIRET files: its due day, and its standing order, which holds for the dossier that gave it only."""

    siret = models.CharField(max_length=14, unique=True)
    due_day = models.PositiveSmallIntegerField(default=15)
    """5 or 15."""
    standing_dossier = models.ForeignKey(Dossier, null=True, on_delete=models.SET_NULL, related_name="+")
    standing_by = models.CharField(max_length=150, blank=True)
    standing_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(due_day__in=[5, 15]), name="due_on_the_5th_or_15th")]


class PortalQueue(models.Model):
    """The queue of one account of the portal: one deposit at a time, whoever's worker it is.

    `listed`: the idflux the portal listed last, `listed_at` when, so that no search is repeated before its time.
    """

    identity = models.OneToOneField(PortalIdentity, on_delete=models.CASCADE, related_name="queue")
    busy_until = models.DateTimeField(null=True)
    busy_token = models.CharField(max_length=32, blank=True)
    retry_at = models.DateTimeField(null=True)
    """Not before: the portal was away, or said to wait."""
    failures = models.PositiveSmallIntegerField(default=0)
    """Runs in a row that failed for want of the portal."""
    problem = models.TextField(blank=True)
    """Why the last run of this account could not go on, in French; empty once cured."""
    last_run_at = models.DateTimeField(null=True)
    listed_minutes = models.PositiveSmallIntegerField(default=60)
    """How wide a search of deposits may be, as the portal said last (api-dsn §6.2)."""


class Run(models.Model):
    """One visible result of background work: what the clock or a worker did, and what went wrong."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=40, blank=True)
    """What is done once only (the notice of a day), so that two clocks do no harm; empty for the rest."""
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], condition=~Q(key=""), name="run_once"),
        ]
