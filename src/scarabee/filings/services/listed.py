"""What the portal lists for a deposit that is followed, told to other apps: they need not ask for it again.

Kept apart from `answers`, so that an app registers at its start without loading what speaks to the portal.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.filings.models import Filing
    from scarabee.netentreprises.listings import ListedFlux

LISTENERS: "list[Callable[[Filing, ListedFlux], None]]" = []
"""Called for each flux of a listing, before the filing's own answers are read."""
