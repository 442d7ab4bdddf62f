"""Rights in one place: every visible list starts from `visible_to`, every change from `writable_by`.

What is not granted is denied: without a membership nothing is there. `tests/consistency/test_rights_urls.py` walks
every address as every role, `test_rights_commands.py` every command; docs/admin/droits.md says the same in a table.
"""

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from scarabee.maintenance.journal import Actor


class DossierQuerySet(models.QuerySet[Any]):
    """Dossiers, by what an actor may see or change."""

    def visible_to(self, actor: "Actor") -> Self:
        """The dossiers the actor may read: all for an administrator, else those of a membership."""
        return self._with_membership(actor)

    def kept_by(self, actor: "Actor") -> Self:
        """The dossiers of which the actor is *Gestionnaire*, archived or not: to copy from, to open again."""
        return self._with_membership(actor, memberships__role="gestionnaire")

    def writable_by(self, actor: "Actor") -> Self:
        """The dossiers the actor may change: role *Gestionnaire*, not archived."""
        return self.kept_by(actor).filter(archived_at=None)

    def _with_membership(self, actor: "Actor", **role: str) -> Self:
        if actor.is_administrator:
            return self
        if actor.user_id is None:
            return self.none()
        return self.filter(memberships__user_id=actor.user_id, memberships__user__is_active=True, **role)


class TenantQuerySet(models.QuerySet[Any]):
    """Rows that carry their dossier."""

    def visible_to(self, actor: "Actor") -> Self:
        """The rows of the dossiers the actor may read."""
        if actor.is_administrator:
            return self
        if actor.user_id is None:
            return self.none()
        return self.filter(dossier__memberships__user_id=actor.user_id, dossier__memberships__user__is_active=True)
