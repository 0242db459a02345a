"""One measured figure, and a table of them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its goal.

    Attributes:
        area: which part of the suite: server, kiosk, gate, set-up ...
        name: what was measured.
        value: what came out, in `unit`.
        goal: what the figure should be at most (`better` is "lower") or at least ("higher").
    """

    area: str
    name: str
    value: float
    unit: str
    goal: float
    better: str = "lower"

    @property
    def holds(self) -> bool:
        return self.value <= self.goal if self.better == "lower" else self.value >= self.goal

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"holds": self.holds}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def show_table(rows: Iterable[Row]) -> str:
    """The rows as people read them."""
    lines = [f"{'area':10} {'figure':52} {'value':>10} {'goal':>10} unit  holds"]
    for row in rows:
        sign = "≤" if row.better == "lower" else "≥"
        lines.append(
            f"{row.area:10} {row.name:52} {row.value:10.1f} {sign}{row.goal:9.1f} "
            f"{row.unit:5} {'yes' if row.holds else 'NO'}"
        )
    return "\n".join(lines)


def write_json(rows: Iterable[Row], file: Path) -> None:
    """Keep the rows as a JSON list."""
    text = json.dumps([row.as_json() for row in rows], indent=2, ensure_ascii=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n")
