"""Rights in one place: every visible list starts from `visible_to`."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from scarabee.maintenance.journal import Actor


class DossierQuerySet(models.QuerySet[Any]):
    """Dossiers, by what an actor may see or change."""

    def visible_to(self, actor: "Actor") -> Self:
        """The dossiers the actor may read: all for an administrator, else those of a membership."""
        if actor.is_administrator:
            return self
        return self.filter(memberships__user_id=actor.user_id, memberships__user__is_active=True)

    def writable_by(self, actor: "Actor") -> Self:
        """The dossiers the actor may change: role *Gestionnaire*, not archived."""
        mine = self.filter(archived_at=None)
        if actor.is_administrator:
            return mine
        return mine.filter(
            memberships__user_id=actor.user_id, memberships__user__is_active=True, memberships__role="gestionnaire"
        )


class TenantQuerySet(models.QuerySet[Any]):
    """Rows that carry their dossier."""

    def visible_to(self, actor: "Actor") -> Self:
        """The rows of the dossiers the actor may read."""
        if actor.is_administrator:
            return self
        return self.filter(dossier__memberships__user_id=actor.user_id, dossier__memberships__user__is_active=True)
