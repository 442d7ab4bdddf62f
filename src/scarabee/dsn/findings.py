"""What a check finds in a DSN file: where, how grave, and what to do. It never pretends to be DSN-VAL."""

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is, as printed by the command line."""

    BLOCKING = "blocking"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `line` counts from 1 in the file that was checked (0: the file as a whole).

    `rule`: a stable code, such as `longueur`. `rubrique` and `value` may be empty. `message` says what is wrong, with
    the rubrique's label, `remedy` what to do. `certain`: the portal surely refuses it, nobody may pass it (design §5);
    only a blocking one is. `declaration`: rank from 0 of the S20 it belongs to, -1 for the envoi or the file.
    """

    severity: Severity
    rule: str
    line: int
    rubrique: str
    value: str = field(repr=False)  # it may be a NIR, which no log shows
    message: str
    remedy: str
    certain: bool = False
    declaration: int = -1
