"""Shares of a total."""

from __future__ import annotations

import pytest
from venue_plugins.reports.domain import share


@pytest.mark.parametrize(
    ("amount_minor", "total_minor", "percent"),
    [(1, 3, 33.3), (2, 3, 66.7), (5, 5, 100.0), (0, 5, 0.0), (5, 0, 0.0), (-1, 4, -25.0)],
)
def test_share(amount_minor: int, total_minor: int, percent: float) -> None:
    assert share(amount_minor, total_minor) == percent
