"""What is odd in the identifiers as typed, sorted for the page that shows it under each field."""

from scarabee.accounts import vault
from scarabee.accounts.models import PortalIdentifiers
from scarabee.accounts.portal import diagnosis
from scarabee.accounts.portal.diagnosis import Remark
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.portal.identifiers import kept_entry
from scarabee.maintenance.errors import Refusal

TYPED = ("siret", "nom", "prenom", "motdepasse")
REGIME = "regime"


def by_field(entry: Entry) -> dict[str, list[Remark]]:
    """Remarks by name of field, "regime" among them; of fields still empty nothing is said."""
    found: dict[str, list[Remark]] = {name: [] for name in (*TYPED, REGIME)}
    is_blank = not any(getattr(entry, name) for name in TYPED)
    for remark in diagnosis.remarks(entry):
        if not is_blank and (remark.field == REGIME or getattr(entry, remark.field)):
            found[remark.field].append(remark)
    return found


def warning(entry: Entry, *, has_kept_password: bool) -> str:
    """What to say of identifiers that are kept although they look wrong; empty when nothing does."""
    kept = has_kept_password and not entry.motdepasse
    found = [remark for remark in diagnosis.remarks(entry) if not (kept and remark.field == "motdepasse")]
    if not found:
        return ""
    surely_wrong = any(remark.level == "error" for remark in found)
    what_follows = "Net-Entreprises ne les acceptera pas ainsi" if surely_wrong else "quelque chose y est inhabituel"
    return f"Enregistrés quand même, mais {what_follows} : {' '.join(remark.text for remark in found)}"


def why_unreadable(held: PortalIdentifiers | None) -> Refusal | None:
    """Why the kept password cannot be opened; None when it can, or nothing is kept."""
    if held is None:
        return None
    try:
        kept_entry(held)
    except (vault.KeyMissing, vault.SealBroken) as refusal:
        return refusal
    return None


def has_kept_password(held: PortalIdentifiers | None) -> bool:
    """Whether a password is kept: one that cannot be opened counts, an empty one does not."""
    if held is None:
        return False
    try:
        return bool(kept_entry(held).motdepasse)
    except (vault.KeyMissing, vault.SealBroken):
        return True
