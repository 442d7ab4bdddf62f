"""The growth curves of `benchmarks.scale`: `python -m benchmarks.scale_chart [FIGURES.json] [CHART.svg]`.

Both axes are logarithmic: a cost that does not depend on the number of dossiers is level, one that grows with it rises.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 420, 70, 50, 50
RIGHT = 180
CURVES = (
    ("page d’un dossier", "#1f5fa8", lambda one: one["pages_ms"]["dossier"]),
    ("page d’un employeur", "#5b9bd5", lambda one: one["pages_ms"]["employeur"]),
    ("recherche d’un nom", "#2e7d32", lambda one: one["search_ms"]),
    ("import d’un mois de 100 salariés", "#b26a00", lambda one: one["import_s"] * 1000),
    ("transfert de 10 000 salariés", "#8e24aa", lambda one: one["transfer_s"] * 1000),
    ("base, en Mo", "#616161", lambda one: one["database_mb"]),
)


def draw(figures: dict[str, Any]) -> str:
    """The chart as SVG, of {number of dossiers: figures}."""
    sizes = sorted(map(int, figures))
    values = [curve(figures[str(size)]) for _, _, curve in CURVES for size in sizes]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    widest = math.log10(max(sizes)) or 1

    def x(size: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(size) / widest

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log10(value)) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        "<title>Ce que coûtent les gestes selon le nombre de dossiers de 10 000 salariés</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" font-size="15">PostgreSQL 15 : millisecondes (Mo pour la base), par nombre de ',
        "dossiers de 10 000 salariés</text>",
    ]
    for power in range(low, high + 1):
        line, label = y(10**power), f"{10**power:,}".replace(",", "\u202f")
        parts.append(f'<path d="M{LEFT} {line:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{line + 4:.1f}" text-anchor="end">{label}</text>')
    for size in sizes:
        parts.append(f'<text x="{x(size):.1f}" y="{HEIGHT - 20}" text-anchor="middle">{size}</text>')
    labels: list[float] = []
    for name, colour, curve in sorted(CURVES, key=lambda one: -one[2](figures[str(sizes[-1])])):
        points = [(x(size), y(curve(figures[str(size)]))) for size in sizes]
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3" fill="{colour}"/>' for across, down in points]
        labels.append(max(points[-1][1] + 4, (labels[-1] + 15) if labels else 0))
        parts.append(f'<text x="{points[-1][0] + 8:.1f}" y="{labels[-1]:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])


def main() -> None:
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images/croissance.json")
    target = Path(sys.argv[2] if len(sys.argv) > 2 else "docs/images/croissance.svg")
    target.write_text(draw(json.loads(source.read_text())["postgresql"]), encoding="utf-8")


if __name__ == "__main__":
    main()
