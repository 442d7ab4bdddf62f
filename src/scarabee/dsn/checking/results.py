"""What a check gives back, and the collecting of findings in little memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from scarabee.dsn.checking.rules import Blemish, Rule
from scarabee.dsn.findings import Finding, Severity

DISCLAIMER = (
    "Ce contrôle n’est pas DSN-Val, l’outil officiel de Net-Entreprises : un fichier sans anomalie ici peut encore "
    "être refusé par le portail ou par un organisme."
)
MAX_FINDINGS_PER_RULE = 200

_GRAVITY = {Severity.INFO: 0, Severity.WARNING: 1, Severity.BLOCKING: 2}


@dataclass(frozen=True, slots=True)
class CheckedDeclaration:
    """One S20 of the file: its rank from 0, its first line from 1, its identity, and how much was found in it.

    `month` AAAA-MM; values are empty where the file does not tell them. `blocking`, `certain` and `warnings` count
    all that was found in it, also what `Checked.findings` left out; findings of the envoi are not among them.
    """

    rank: int
    line: int
    siret: str
    nature: str
    type: str
    month: str
    fraction: str
    order: str
    champ: str
    is_real: bool
    norm: str
    depot: str
    people: int
    blocking: int
    certain: int
    warnings: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings by line, the first `MAX_FINDINGS_PER_RULE` of each rule, then one that counts the others of it.

    `unchecked`: French sentences, what was left out and why.
    """

    findings: list[Finding]
    declarations: list[CheckedDeclaration]
    unchecked: list[str]

    @property
    def is_blocked(self) -> bool:
        """Whether something blocks, certain or not."""
        return any(finding.severity is Severity.BLOCKING for finding in self.findings)

    @property
    def is_surely_refused(self) -> bool:
        """Whether the portal would surely refuse it: nobody may pass that."""
        return any(finding.certain for finding in self.findings)


@dataclass(slots=True)
class _Left:
    """The findings of one rule that are only counted."""

    count: int
    worst: Blemish
    line: int
    certain: bool


@dataclass(slots=True)
class Collector:
    """Keeps findings; `rank` is the declaration being checked, -1 outside any."""

    rank: int = -1
    blocking: int = 0
    certain: int = 0
    warnings: int = 0
    _kept: list[Finding] = field(default_factory=list)
    _counts: dict[Rule, int] = field(default_factory=dict)
    _left: dict[Rule, _Left] = field(default_factory=dict)

    def open_declaration(self, rank: int) -> None:
        """What follows is found in this declaration; its counts start at zero."""
        self.rank, self.blocking, self.certain, self.warnings = rank, 0, 0, 0

    def close_declaration(self) -> None:
        self.rank = -1

    def add(self, blemish: Blemish, line: int, value: str = "") -> None:
        self.blocking += blemish.severity is Severity.BLOCKING
        self.warnings += blemish.severity is Severity.WARNING
        self.certain += blemish.certain
        count = self._counts[blemish.rule] = self._counts.get(blemish.rule, 0) + 1
        if count > MAX_FINDINGS_PER_RULE:
            self._leave(blemish, line)
            return
        self._kept.append(
            Finding(
                severity=blemish.severity,
                rule=blemish.rule.value,
                line=line,
                rubrique=blemish.rubrique,
                value=value,
                message=blemish.message,
                remedy=blemish.remedy,
                certain=blemish.certain,
                declaration=self.rank,
            )
        )

    def findings(self) -> list[Finding]:
        """All that is kept, by line, then what was only counted."""
        return [*sorted(self._kept, key=lambda finding: finding.line), *self._summed()]

    def _leave(self, blemish: Blemish, line: int) -> None:
        left = self._left.get(blemish.rule)
        if left is None:
            self._left[blemish.rule] = _Left(1, blemish, line, blemish.certain)
            return
        left.count += 1
        left.certain = left.certain or blemish.certain
        if _GRAVITY[blemish.severity] > _GRAVITY[left.worst.severity]:
            left.worst = blemish

    def _summed(self) -> Iterable[Finding]:
        for rule, left in self._left.items():
            others = f"{left.count} autre{'s' if left.count > 1 else ''}"
            yield Finding(
                severity=left.worst.severity,
                rule=rule.value,
                line=left.line,
                rubrique=left.worst.rubrique,
                value="",
                message=f"{others} de la même sorte ({rule.heading}) à partir de cette ligne.",
                remedy=left.worst.remedy,
                certain=left.certain,
            )
