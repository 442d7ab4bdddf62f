"""What a return to a backup would change, or changed, as JSON: for the screens and the command alike."""

from typing import Any

from scarabee.backups.comparing import Comparison
from scarabee.backups.restoring import Restored


def described(found: Comparison) -> dict[str, Any]:
    """What an archive holds beside what is here. Moments are ISO 8601."""
    return {
        "made_at": found.made_at.isoformat(),
        "made_by": found.manifest["made_by"],
        "version": found.manifest["version"],
        "engine": found.manifest["engine"],
        "portal": found.manifest["portal"],
        "new": found.is_new,
        "dossiers": [
            {
                "name": one.name,
                "archive": one.there and one.there.counts,
                "here": one.here and one.here.counts,
                "lost": one.loses,
            }
            for one in found.dossiers
        ],
        "users_lost": found.users_lost,
        "users_back": found.users_back,
        "deposits_lost": found.deposits_lost,
        "journal_entries_lost": found.entries_lost,
    }


def done(found: Restored) -> dict[str, Any]:
    """What came back, and what now waits for a person."""
    return {
        "restored": True,
        "rows": sum(one.rows for one in found.tables),
        "safety": str(found.safety) if found.safety else None,
        "deposits_held": found.settled.held,
        "deposits_unknown": found.settled.unknown,
        "standing_orders": found.settled.orders,
    }
