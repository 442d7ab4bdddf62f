"""What is wrong with a DSN file, found without the portal: syntax, order, presence, values, keys, links.

It is not DSN-VAL: `DISCLAIMER` says so to whoever reads the findings, and `Checked.unchecked` says what was left out.
"""

from scarabee.dsn.checking.checker import check
from scarabee.dsn.checking.results import DISCLAIMER, Checked, CheckedDeclaration
from scarabee.dsn.checking.rules import HEADINGS, Rule

__all__ = ["DISCLAIMER", "HEADINGS", "Checked", "CheckedDeclaration", "Rule", "check"]
