"""Users, what each may do in which dossier, and one-time links."""

from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from scarabee.accounts.enums import LinkPurpose, Role
from scarabee.maintenance.clock import now


class UserQuerySet(models.QuerySet["User"]):
    def able_to_sign_in(self) -> Self:
        """Active accounts that have a password."""
        return self.filter(is_active=True).exclude(password="").exclude(password__startswith="!")


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Names are compared without regard to case."""
        return self.get(username_key=username_key(username or ""))


def username_key(username: str) -> str:
    """What two names must not share: the name without regard to case (databases fold ASCII only)."""
    return username.casefold()


class User(AbstractBaseUser):
    """A person who signs in. `is_administrator` is the global role; the others hang on Membership.

    `usual_role` is only what is proposed when a dossier is given to the account. `second_factor_sealed` holds the
    sealed seed of the TOTP codes (empty: no second factor), `second_factor_step` the last 30-second step used.
    """

    username = models.CharField("nom d’utilisateur", max_length=150)
    username_key = models.CharField(
        max_length=300,
        unique=True,
        editable=False,
        error_messages={"unique": "Un compte porte déjà ce nom."},
    )
    is_administrator = models.BooleanField("administrateur", default=False)
    usual_role = models.CharField("rôle habituel", max_length=12, choices=Role, blank=True, default="")
    is_active = models.BooleanField("actif", default=True)
    created_at = models.DateTimeField(default=now, editable=False)
    password_changed_at = models.DateTimeField(null=True, editable=False)
    second_factor_sealed = models.TextField(blank=True, default="", editable=False)
    second_factor_step = models.BigIntegerField(default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["username_key"]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.username_key = username_key(self.username)
        super().save(*args, **kwargs)


class Membership(models.Model):
    """The role of one user in one dossier; none means the user does not see the dossier."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    dossier = models.ForeignKey("dossiers.Dossier", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "dossier"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.dossier_id}"


class OneTimeLink(models.Model):
    """A link good once and for a short while. Only the SHA-256 of its token is kept."""

    purpose = models.CharField(max_length=20, choices=LinkPurpose)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"
