"""What is wrong, odd or likely in identifiers of the portal: read from the entry and from what is known, never asked.

`remarks` looks at the entry before anything is sent. `probable` says, once the portal has refused without saying why,
what it was most likely about. Pure functions: no database, no network, and no text that quotes a password.
"""

from scarabee.accounts.portal.diagnosis.entry_remarks import remarks
from scarabee.accounts.portal.diagnosis.findings import Evidence, Identifiers, Kept, Probable, Remark
from scarabee.accounts.portal.diagnosis.reasons import probable

__all__ = ["Evidence", "Identifiers", "Kept", "Probable", "Remark", "probable", "remarks"]
