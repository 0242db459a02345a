"""Paper at the console: the one place that knows how a sheet gets onto a printer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

PRINTED = "printed"
DOUBTFUL = "doubtful"
FAILED = "failed"


class Paper(Protocol):
    """A printer that sheets can be sent to."""

    async def check(self) -> str:
        """Ask how it is. Returns "" when it is ready, else why not, as an English sentence."""
        ...

    async def print_sheet(self, design: str, values: Mapping[str, object]) -> str:
        """Print one sheet. Returns PRINTED, DOUBTFUL or FAILED; never raises for the device's sake."""
        ...
