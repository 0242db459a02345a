"""One thing that visitors can do at a kiosk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """One thing that visitors can do here: a tile on the attract screen.

    Attributes:
        name: stable name; its target is `service/<name>`.
        icon: name of the icon.
        label, note: English msgids.
        open: starts it.
    """

    name: str
    icon: str
    label: str
    note: str
    open: Callable[[], None]
