"""What comes back: returns and all their versions, anomalies to work on, PAS rates (design §6).

Returns hang on no employer row: they stay as received. Anomalies and rates belong to an employer or a person, travel
with them through the registry of `dossiers`, and carry the act that brought them. Texts are empty, never NULL.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from scarabee.accounts.models import PortalIdentity
from scarabee.dossiers.models import Act, Content, Dossier, Employee, Employer
from scarabee.dossiers.querysets import TenantQuerySet
from scarabee.filings.models import Filing
from scarabee.maintenance.clock import now
from scarabee.returns.enums import AnomalyState, FetchState, LineKind, Origin, RateState


class Return(models.Model):
    """One return, whatever its versions. Its id is the number users see.

    What names it is (portal, idflux, nature, ops, délégataire) and, when a flux has several alike, `rank` (api-dsn
    §6.5). The columns from `family` on tell what its newest version says.
    """

    portal = models.CharField(max_length=200)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.PORTAL)
    idflux = models.CharField(max_length=50, blank=True)
    nature = models.CharField(max_length=8, blank=True)
    ops = models.CharField(max_length=40, blank=True)
    delegataire = models.CharField(max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)
    identity = models.ForeignKey(PortalIdentity, null=True, on_delete=models.SET_NULL, related_name="+")
    """The account of the portal that reads it."""
    regime = models.CharField(max_length=8, blank=True)
    filing = models.ForeignKey(Filing, null=True, on_delete=models.SET_NULL, related_name="returns")
    fetch = models.CharField(max_length=12, choices=FetchState, default=FetchState.TO_FETCH)
    next_at = models.DateTimeField(null=True)
    """When to ask for its document again; None: nothing to fetch."""
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)
    """Why it could not be fetched or read, in French."""
    return_id = models.CharField(max_length=40, blank=True)
    url = models.CharField(max_length=500, blank=True)
    statut = models.CharField(max_length=12, blank=True)
    published_at = models.DateTimeField(null=True)
    produced_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(default=now)

    family = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=4, blank=True)
    """OK, ANO, KO or empty."""
    is_real = models.BooleanField(null=True)
    """None when neither the document nor the filing says."""
    siret = models.CharField(max_length=14, blank=True)
    """The first employer it is about; all of them: `abouts`."""
    month = models.CharField(max_length=7, blank=True)
    crm = models.CharField(max_length=40, blank=True)
    """Identifier of the CRM."""
    people = models.PositiveIntegerField(default=0)
    anomalies = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=150, blank=True)
    treated_at = models.DateTimeField(null=True)
    """When anomalies and rates of its newest version were drawn from it."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["portal", "idflux", "nature", "ops", "delegataire", "rank"],
                condition=~Q(idflux=""),
                name="return_once",
            ),
        ]
        indexes = [
            models.Index(fields=["siret", "-id"], name="return_by_siret"),
            models.Index(fields=["next_at"], name="return_due"),
            models.Index(fields=["idflux"], name="return_by_idflux"),
        ]

    def __str__(self) -> str:
        return f"retour n° {self.pk}"


class ReturnAbout(models.Model):
    """An employer that a return is about."""

    item = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="abouts")
    siret = models.CharField(max_length=14)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "siret"], name="about_once")]
        indexes = [models.Index(fields=["siret"], name="about_by_siret")]


class ReturnVersion(models.Model):
    """One version of a return, as received: a body may overwrite what it said (api-dsn §6.5)."""

    item = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="versions")
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    media_type = models.CharField(max_length=100, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    statut = models.CharField(max_length=12, blank=True)
    return_id = models.CharField(max_length=40, blank=True)
    published_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["item", "sha256"], name="version_once")]
        indexes = [models.Index(fields=["sha256"], name="version_by_hash")]

    @property
    def lacks_somebody(self) -> bool:
        """Whether it is kept without somebody who was erased; asked of rows that tell `kept_hash`, of the content."""
        return bytes(getattr(self, "kept_hash", b"")).hex() not in ("", self.sha256)


class Cursor(models.Model):
    """How far the returns of one account and régime were asked for (api-dsn §8.5); it moves on success only.

    `until` is by the clock of the portal; `width_minutes` how wide a search may be.
    """

    identity = models.ForeignKey(PortalIdentity, on_delete=models.CASCADE, related_name="cursors")
    regime = models.CharField(max_length=8)
    until = models.DateTimeField()
    since = models.DateTimeField()
    """Where the collecting began."""
    width_minutes = models.PositiveSmallIntegerField(default=60)
    next_at = models.DateTimeField(default=now)
    failures = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)
    last_success_at = models.DateTimeField(null=True)
    collect_until = models.DateField(null=True)
    """For an account nobody deposits with any more: the last day of collecting, chosen by a person."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "regime"], name="cursor_once")]


class Anomaly(models.Model):
    """One thing to look at in the work list: one control, for one person or the whole employer.

    `fingerprint` names it within its employer: kind of return, code, rubrique, person, period. `cause` groups what has
    one cause across employers. `shown_in` is the newest return that shows it, `closed_by` the one that no longer does.
    """

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="anomalies")
    employee = models.ForeignKey(Employee, null=True, on_delete=models.PROTECT, related_name="anomalies")
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    cause = models.CharField(max_length=64)
    nature = models.CharField(max_length=8)
    code = models.CharField(max_length=60, blank=True)
    category = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=300, blank=True)
    message = models.TextField(blank=True)
    action = models.TextField(blank=True)
    rubrique = models.CharField(max_length=14, blank=True)
    declared = models.CharField(max_length=300, blank=True)
    expected = models.CharField(max_length=300, blank=True)
    person = models.CharField(max_length=200, blank=True)
    """Names as the return writes them, for whom nobody here is recognised."""
    month = models.CharField(max_length=7, blank=True)
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=20, choices=AnomalyState, default=AnomalyState.TO_DO)
    corrected_in = models.CharField(max_length=7, blank=True)
    note = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    changed_by = models.CharField(max_length=150, blank=True)
    shown_in = models.ForeignKey(Return, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_by = models.ForeignKey(Return, null=True, on_delete=models.SET_NULL, related_name="+")
    revision = models.PositiveIntegerField(default=0)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["employer", "fingerprint"], name="anomaly_once")]
        indexes = [
            models.Index(fields=["dossier", "state"], name="anomaly_by_state"),
            models.Index(fields=["cause"], name="anomaly_by_cause"),
        ]


class PasRate(models.Model):
    """The PAS rate of a person by one CRM nominatif. `rate` in percent; None: the DGFiP gives none.

    Usable from `available_on` until `valid_until`, the end of the second month after the one in which it was made
    available for the last time (retours §5). The one in force is the applied one with the latest `available_on`.
    """

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+", db_index=False)
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="rates")
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")
    crm = models.CharField(max_length=40)
    rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    future_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    future_from = models.DateField(null=True)
    available_on = models.DateField()
    valid_until = models.DateField()
    state = models.CharField(max_length=12, choices=RateState, default=RateState.WAITING)
    why = models.CharField(max_length=300, blank=True)
    """Why it waits for a person, or was set aside."""
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    item = models.ForeignKey(Return, null=True, on_delete=models.SET_NULL, related_name="rates")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-available_on", "-id"]
        constraints = [models.UniqueConstraint(fields=["employee", "crm"], name="one_rate_per_crm")]
        indexes = [
            models.Index(fields=["employer", "state"], name="rate_by_employer"),
            models.Index(fields=["dossier", "state", "decided_at"], name="rate_by_decision"),
        ]


class RateLine(models.Model):
    """A line of a CRM nominatif that gave nobody a rate by itself: a person says whose it is, or that it is nobody's.

    `number`: the NIR, else the NTT, else the matricule of the line; `proposed`: the id of the
    employee it may be.
    """

    item = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    siret = models.CharField(max_length=14)
    number = models.CharField(max_length=40, blank=True)
    matricule = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=12, choices=LineKind)
    proposed = models.BigIntegerField(null=True)
    rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    future_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    future_from = models.DateField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["id"]


class RateExport(models.Model):
    """One export of rates for the payroll software: what changed since is told from `until`."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=now)
    actor_name = models.CharField(max_length=150)
    until = models.DateTimeField()
    rates = models.PositiveIntegerField(default=0)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]


class RateOption(models.Model):
    """How a dossier takes rates: by itself when nothing is odd, if an Administrateur says so."""

    dossier = models.OneToOneField(Dossier, on_delete=models.CASCADE, related_name="rate_option")
    applies_alone = models.BooleanField(default=False)
    set_by = models.CharField(max_length=150, blank=True)
    set_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()
