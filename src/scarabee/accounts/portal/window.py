"""A run of the blue ball as its window, its page and the command draw it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from scarabee.accounts.enums import Statement
from scarabee.accounts.models import ConnectionTest
from scarabee.accounts.portal import under_test
from scarabee.accounts.portal.checks import LABELS, Result, Step, steps_for
from scarabee.netentreprises.credentials import Regime

State = Literal["ok", "red", "waiting", "skipped"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the window. `state`: ok, red, waiting (to be run), skipped (a line above is red)."""

    name: str
    label: str
    regime: str
    state: State
    cause: str = ""
    message: str = ""
    remedy: str = ""
    probable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """A run as drawn. `statements`: what a person may declare for the same identifiers to go once more."""

    lines: list[Line]
    done: bool
    ok: bool
    statements: list[Statement]


def shown(test: ConnectionTest) -> Shown:
    """The run as a window draws it. Raises what the vault raises when what it tests cannot be opened any more."""
    steps = steps_for(under_test.opened(test).entry.regimes)
    two_regimes = len({step.regime for step in steps if step.regime}) > 1
    results = [Result(**_result_of(check)) for check in test.checks]
    lines = [
        _line(step, results[index] if index < len(results) else None, two_regimes) for index, step in enumerate(steps)
    ]
    statements = [Statement(value) for result in results for value in result.statements]
    return Shown(lines, test.done, test.done and all(line.state == "ok" for line in lines), statements)


def _result_of(check: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in check.items() if name not in {"name", "regime"}}


def _line(step: Step, result: Result | None, two_regimes: bool) -> Line:
    label = LABELS[step.check]
    regime = step.regime.value if step.regime else ""
    if two_regimes and step.regime:
        label = f"{label} (régime {'général' if step.regime == Regime.GENERAL else 'agricole'})"
    if result is None:
        return Line(step.check, label, regime, "waiting")
    state: State = "skipped" if result.ok is None else ("ok" if result.ok else "red")
    return Line(step.check, label, regime, state, result.cause, result.message, result.remedy, result.probable)
