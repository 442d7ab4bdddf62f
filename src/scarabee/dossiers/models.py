"""The stored objects of design §2. Business rules live in the services, never here.

Three conventions hold for every table:
- `act` names the Act (import, transfer, entry by hand…) that created the row: undo removes exactly these rows.
- `lines` holds blocs of a DSN verbatim (bytes, with their line ends): screens read them, nothing rewrites them.
- text keys are empty strings, never NULL, when a DSN does not say.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from scarabee.dossiers.querysets import DossierQuerySet, TenantQuerySet


class Dossier(models.Model):
    """A self-contained set of employers."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("nom", max_length=120)
    name_key = models.CharField(max_length=120, unique=True, editable=False)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveBigIntegerField(default=0)
    """Grows with every act that writes into the dossier: a preview knows that it is out of date."""

    objects = DossierQuerySet.as_manager()

    class Meta:
        ordering = ["name_key"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class Act(models.Model):
    """Something done that created rows, that can be shown, and mostly undone. Its id is the number users see."""

    class Kind(models.TextChoices):
        IMPORT = "import", "Import"
        TRANSFER = "transfer", "Transfert"
        ENTRY = "entry", "Saisie"
        DELETION = "deletion", "Suppression"
        RESTORATION = "restoration", "Reprise"
        RETURN = "return", "Retours"

    class State(models.TextChoices):
        PREPARED = "prepared", "à confirmer"
        QUEUED = "queued", "en attente"
        RUNNING = "running", "en cours"
        DONE = "done", "terminé"
        REFUSED = "refused", "refusé"
        INTERRUPTED = "interrupted", "interrompu"
        UNDONE = "undone", "annulé"

    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.PREPARED)
    dossier = models.ForeignKey(Dossier, null=True, on_delete=models.SET_NULL, related_name="acts")
    dossier_name = models.CharField(max_length=120, blank=True)
    actor_name = models.CharField(max_length=150)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    progress = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(default=0)
    message = models.TextField(blank=True)
    receipt = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} n° {self.pk}"


class Content(models.Model):
    """Immutable bytes, addressed by their SHA-256, compressed with a numbered dictionary."""

    sha256 = models.BinaryField(unique=True, max_length=32)
    size = models.PositiveIntegerField()
    dictionary = models.PositiveSmallIntegerField()
    compressed = models.BinaryField()
    stored_at = models.DateTimeField()


class Employer(models.Model):
    """An établissement (SIRET) of one dossier."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="employers")
    siret = models.CharField(max_length=14)
    name = models.CharField("nom", max_length=200, blank=True)
    """Typed by a person: a DSN holds none."""
    search_key = models.CharField(max_length=255, blank=True)
    town = models.CharField(max_length=60, blank=True)
    lines = models.BinaryField(default=b"")
    """Blocs S21.G00.06 and S21.G00.11 of the newest declaration in force."""
    freshness = models.CharField(max_length=120, blank=True)
    typed = models.JSONField(default=dict)
    """{rubrique: {"value", "by", "at"}}: what a person typed; shown instead of the DSN's value."""
    declaring = models.BooleanField(default=False)
    successor_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="successors")
    successor_from = models.CharField(max_length=7, blank=True)
    revision = models.PositiveIntegerField(default=0)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["search_key", "siret"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "siret"], name="employer_once_per_dossier"),
            models.UniqueConstraint(
                fields=["siret"], condition=Q(declaring=True), name="one_declaring_dossier_per_siret"
            ),
        ]
        indexes = [
            models.Index(fields=["dossier", "search_key"], name="employer_by_name"),
            models.Index(fields=["siret"], name="employer_by_siret"),
        ]

    def __str__(self) -> str:
        return self.name or self.siret

    @property
    def siren(self) -> str:
        return self.siret[:9]


class Employee(models.Model):
    """A person within one employer. Identified by the rows of Identifier."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="employees")
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="employees")
    nir = models.CharField(max_length=20, blank=True)
    ntt = models.CharField(max_length=40, blank=True)
    matricule = models.CharField(max_length=40, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    given_names = models.CharField(max_length=100, blank=True)
    birth_date = models.CharField(max_length=10, blank=True)
    """JJMMAAAA as declared, unknown parts 99."""
    search_key = models.CharField(max_length=320, blank=True)
    freshness = models.CharField(max_length=120, blank=True)
    """Of the newest declaration in force that speaks of the person: where the columns above come from."""
    typed = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["search_key", "id"]
        indexes = [
            models.Index(fields=["employer", "search_key", "id"], name="employee_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.family_name} {self.given_names}".strip()


class Identifier(models.Model):
    """A NIR or NTT ever seen for a person; `civil` (names, birth date, matricule) for those who have neither."""

    class Kind(models.TextChoices):
        NIR = "nir", "NIR"
        NTT = "ntt", "NTT"
        CIVIL = "civil", "état civil"

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+", db_index=False)
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=5, choices=Kind)
    value = models.CharField(max_length=300)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["employer", "kind", "value"], name="identifier_once_per_employer"),
        ]
        indexes = [models.Index(fields=["value"], name="identifier_by_value")]


class Contract(models.Model):
    """A contract of a person: (number, start date) as declared."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="contracts", db_index=False)
    number = models.CharField(max_length=40, blank=True)
    start = models.CharField(max_length=10, blank=True)
    end = models.CharField(max_length=10, blank=True)
    end_reason = models.CharField(max_length=5, blank=True)
    former_number = models.CharField(max_length=40, blank=True)
    former_start = models.CharField(max_length=10, blank=True)
    former_siret = models.CharField(max_length=14, blank=True)
    nature = models.CharField(max_length=4, blank=True)
    job = models.CharField(max_length=120, blank=True)
    expected_end = models.CharField(max_length=10, blank=True)
    freshness = models.CharField(max_length=120, blank=True)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["employee", "number", "start"], name="contract_once_per_employee"),
        ]


class Envoi(models.Model):
    """The S10 blocs that a declaration came with."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+", db_index=False)
    digest = models.BinaryField(max_length=32)
    lines = models.BinaryField()
    norm = models.CharField(max_length=10, blank=True)
    is_real = models.BooleanField()
    depot = models.CharField(max_length=2, blank=True)
    sender = models.CharField(max_length=20, blank=True)
    sender_name = models.CharField(max_length=80, blank=True)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "digest"], name="envoi_once_per_dossier")]


class Declaration(models.Model):
    """One S20: a version of what an employer declared. Every version is kept."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="declarations", db_index=False)
    envoi = models.ForeignKey(Envoi, on_delete=models.PROTECT, related_name="declarations")
    is_real = models.BooleanField()
    nature = models.CharField(max_length=4, blank=True)
    type = models.CharField(max_length=4, blank=True)
    month = models.CharField(max_length=7, blank=True)
    """AAAA-MM; empty for signalements."""
    champ = models.CharField(max_length=4, blank=True)
    fraction = models.CharField(max_length=4, blank=True)
    order_number = models.CharField(max_length=20, blank=True)
    order_rank = models.BigIntegerField(default=-1)
    """order_number as a number, -1 when it is none."""
    made_on = models.CharField(max_length=10, blank=True)
    """20.05.007 as AAAAMMJJ."""
    replaces = models.CharField(max_length=30, blank=True)
    freshness = models.CharField(max_length=120, blank=True)
    """Sorts declarations by what they speak of, never by when they arrived (design §2, Fields)."""
    whole_hash = models.BinaryField(max_length=32)
    """SHA-256 over the hash of its own part and the place and hash of every person: equal for equal bytes only."""
    own_content = models.ForeignKey(
        Content, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    digest = models.BinaryField(max_length=32)
    individus = models.PositiveIntegerField()
    """How many people the declaration holds, here or not."""
    held = models.PositiveIntegerField()
    """How many of them stand in this dossier: fewer than `individus` makes it partial."""
    in_force = models.BooleanField(default=True)
    set_aside = models.BooleanField(default=False)
    """A person preferred another dossier's version (transfer, *remplacer*): kept, but never in force."""
    refused = models.BooleanField(default=False, db_default=False)
    """The portal refused these bytes (ARE, BAN): kept, and in force only while a month has nothing better."""
    imported_at = models.DateTimeField()
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "employer", "month", "nature", "is_real", "champ", "fraction", "type", "order_number", "whole_hash",
                ],
                name="declaration_version_once",
            ),
        ]  # fmt: skip

    @property
    def is_partial(self) -> bool:
        return self.held < self.individus

    @property
    def is_monthly(self) -> bool:
        return self.month != ""


class EmployeeMonth(models.Model):
    """One person's part of one declaration: a pointer to its content."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="months", db_index=False)
    position = models.PositiveIntegerField()
    """Rank of the person in the declaration, from 0."""
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="months")
    content = models.ForeignKey(
        Content, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    insert_at = models.PositiveIntegerField()
    """Byte offset of the person's part in the declaration's own part."""
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+", db_constraint=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "position"], name="one_person_per_position"),
        ]


class Before(models.Model):
    """What an act changed in a row it did not create, as it was before: what undo puts back."""

    act = models.ForeignKey(Act, on_delete=models.CASCADE, related_name="befores")
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    values = models.JSONField()


class ImportFile(models.Model):
    """One file of an import, with its report."""

    class Status(models.TextChoices):
        WAITING = "waiting", "à importer"
        IMPORTED = "imported", "importé"
        CHANGED = "changed", "nouvelle version"
        KNOWN = "known", "déjà connu"
        REFUSED = "refused", "refusé"

    act = models.ForeignKey(Act, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=400, blank=True)
    """Where the uploaded bytes wait, below the data folder; empty once read."""
    sha256 = models.CharField(max_length=64, blank=True)
    """Of what it holds (envois and declarations, in order), not of its bytes."""
    size = models.PositiveBigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    routes = models.JSONField(default=dict)
    """{siret: dossier id or null to leave it out}: what goes where, as chosen on the preview."""
    survey = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    """Counts, warnings, errors, differences with what was typed."""

    class Meta:
        ordering = ["id"]


class DeletedPackage(models.Model):
    """What a deletion took away, kept for some days so that it can be brought back."""

    act = models.OneToOneField(Act, on_delete=models.PROTECT, related_name="package")
    dossier = models.ForeignKey(Dossier, null=True, on_delete=models.SET_NULL, related_name="+")
    label = models.CharField(max_length=255)
    rows = models.BinaryField()
    """Compressed JSON lines, one per row, in the order of the registry."""
    contents = models.BinaryField()
    """Ids of the contents they point at, as 8-byte integers: the sweep leaves these alone."""
    keep_until = models.DateTimeField()
    restored_at = models.DateTimeField(null=True)
