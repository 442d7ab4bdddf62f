"""What a user is for Net-Entreprises: identifiers, the identity they name, and what the portal answered.

Passwords stand here sealed (accounts.vault) or, once refused, as a slow salted hash. Never in clear.
"""

import uuid
from datetime import time

from django.db import models

from scarabee.accounts.enums import IdentityState
from scarabee.accounts.models.users import User
from scarabee.maintenance.clock import now

DEFAULT_MORNING_TIME = time(7, 0)


class PortalBinding(models.Model):
    """One row: the portal this data folder works with (production, test, or the base address of a bouchon)."""

    portal = models.CharField(max_length=200)
    bound_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.portal


class PortalIdentity(models.Model):
    """One account of the portal (SIRET + nom + prénom, without case or accents), whoever holds its identifiers.

    It owns what must not be done five times by five users: the freeze after a refusal, the count of refusals, the
    memory of refused passwords, the turn to authenticate (`busy_until`), the morning test and the queue of deposits.
    """

    key = models.CharField(max_length=400, unique=True)
    state = models.CharField(max_length=12, choices=IdentityState, default=IdentityState.UNTRIED)
    frozen_at = models.DateTimeField(null=True)
    frozen_cause = models.CharField(max_length=40, blank=True, default="")
    refusals = models.PositiveSmallIntegerField(default=0)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_failure_cause = models.CharField(max_length=40, blank=True, default="")
    busy_until = models.DateTimeField(null=True)
    busy_token = models.CharField(max_length=32, blank=True, default="")
    morning_time = models.TimeField(null=True, default=DEFAULT_MORNING_TIME)

    def __str__(self) -> str:
        return f"identité {self.pk}"


class PortalIdentifiers(models.Model):
    """The identifiers of one user, exactly as typed. `sealed` holds the password, `key_id` names the key that opens it.

    `proved_at` is when the portal last accepted exactly these.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="portal_identifiers")
    identity = models.ForeignKey(PortalIdentity, on_delete=models.PROTECT, related_name="holders")
    siret = models.CharField(max_length=200)
    nom = models.CharField(max_length=200)
    prenom = models.CharField(max_length=200)
    sealed = models.TextField()
    key_id = models.CharField(max_length=16)
    general = models.BooleanField(default=True)
    agricole = models.BooleanField(default=False)
    saved_at = models.DateTimeField(default=now)
    saved_by = models.CharField(max_length=150)
    proved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"identifiants {self.pk}"


class RefusedIdentifiers(models.Model):
    """Identifiers the portal refused, as a slow salted hash: never sent again by a machine.

    A person's statement that the account was unlocked, renewed or enrolled lets the same go once more.
    """

    identity = models.ForeignKey(PortalIdentity, on_delete=models.CASCADE, related_name="refused")
    fingerprint = models.CharField(max_length=200)
    cause = models.CharField(max_length=40)
    refused_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"refus {self.pk}"


class PortalAttempt(models.Model):
    """One authentication sent, written before its first byte leaves; `outcome` is empty until it is known."""

    identity = models.ForeignKey(PortalIdentity, on_delete=models.CASCADE, related_name="attempts")
    user_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150)
    automatic = models.BooleanField()
    service = models.CharField(max_length=2)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["identity", "-started_at"], name="attempts_by_identity")]

    def __str__(self) -> str:
        return f"essai {self.pk}"


class ConnectionTest(models.Model):
    """A run of the blue ball: its checks so far, and what it tests, sealed. Forgotten after an hour.

    `checks`: list of {name, regime, ok, cause, probable, message, remedy}; `done` once no check is left.
    `sealed` holds the identifiers under test and the tokens obtained on the way. `from_form`: not saved yet.
    """

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    actor_user_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=now)
    from_form = models.BooleanField()
    statement = models.CharField(max_length=12, blank=True, default="")
    sealed = models.TextField()
    checks = models.JSONField(default=list)
    running_until = models.DateTimeField(null=True)
    done = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"vérification {self.uuid}"


class MorningCheck(models.Model):
    """The morning test of one identity on one day: the row is the claim, so that it runs once."""

    identity = models.ForeignKey(PortalIdentity, on_delete=models.CASCADE, related_name="mornings")
    day = models.DateField()
    claimed_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "day"], name="morning_once_a_day")]

    def __str__(self) -> str:
        return f"{self.identity_id} {self.day}"
