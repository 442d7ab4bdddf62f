"""The table of what was applied and what it led to, from the lines that long runs left: into docs/reliability.md."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.child_processes import ROOT
from tests.faults.deeds import DEEDS
from tests.faults.jobs import JOBS

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- tables: python -m tests.faults --rapport -->", "<!-- end of tables -->"
_SPOILED = "page du fichier SQLite abîmée (octets inversés)"
_COLUMNS = ("comme avant", "menée à bien")


def write(lines: Iterable[Path]) -> None:
    """Put the tables of these runs in their place in the page."""
    told = [json.loads(line) for path in lines for line in path.read_text().splitlines()]
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{tables(told)}\n{END}{after}")


def tables(told: list[dict[str, Any]]) -> str:
    """Two tables in Markdown: by what broke, and by the work that it struck."""
    by_deed = _table("Ce qui casse", told, lambda one: DEEDS[one["deed"]].words if one["deed"] in DEEDS else _SPOILED)
    by_job = _table("Travail frappé", told, lambda one: JOBS[one["job"]].words)
    points = {(one["job"], one["point"], one["when"]) for one in told if one["role"]}
    engines = Counter(one["engine"] for one in told)
    counts = ", ".join(f"{count} sur {engine}" for engine, count in sorted(engines.items()))
    deaths, decided = sum(one["deaths"] for one in told), sum(one["decided"] for one in told)
    return (
        f"{len(told)} fautes : {counts} ; {len(points)} points d’enregistrement distincts (travail, fonction, avant ou "
        f"après) ; {deaths} processus de fond sont morts d’eux-mêmes et ont été relancés ; {decided} issues inconnues "
        f"de dépôt ont été décidées par une personne.\n\n{by_deed}\n\n{by_job}"
    )


def _table(title: str, told: list[dict[str, Any]], named: Any) -> str:
    return "\n".join(_lines(title, told, named))


def _lines(title: str, told: list[dict[str, Any]], named: Any) -> Iterator[str]:
    yield f"| {title} | Fautes | Comme avant | Menée à bien | Autre | Invariant rompu |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    rows: dict[str, Counter[str]] = {}
    for one in told:
        rows.setdefault(named(one), Counter())["rompu" if one["wrong"] else one["ended"]] += 1
    for name, counts in sorted(rows.items(), key=lambda row: -row[1].total()):
        known = [counts[column] for column in _COLUMNS]
        other = counts.total() - sum(known) - counts["rompu"]
        yield f"| {name} | {counts.total()} | {known[0]} | {known[1]} | {other} | {counts['rompu']} |"
