"""Rules of the reports."""

from __future__ import annotations


def share(amount_minor: int, total_minor: int) -> float:
    """Per cent of the total, one decimal; 0 of nothing."""
    return round(amount_minor * 100 / total_minor, 1) if total_minor else 0.0
