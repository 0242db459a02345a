"""Simulated twin of `pcsc`: a card reader in memory. `tap` puts a card on it, `lift` takes it away.

To test the real driver with the real card service use `venue_devices.simulated.vpcd`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from venue_devices import reasons
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import CardEvent, DeviceHealth, DriverInfo


class SimulatedCardReader:
    """A `venue_suite.ports.CardReader` without hardware."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.name = name
        self._lock = threading.RLock()
        self._is_plugged_in = True
        self._is_open = False
        self._on_card: Callable[[CardEvent], None] | None = None
        self._card: CardEvent | None = None

    def open(self, timeout_s: float) -> None:
        if not self._is_plugged_in:
            raise DeviceUnavailable(device=self.name, reason=reasons.NO_CARD_READER)
        self._is_open = True

    def close(self) -> None:
        with self._lock:
            self._is_open = False
            self._on_card = None

    def health(self, timeout_s: float) -> DeviceHealth:
        if not self._is_plugged_in:
            return DeviceHealth(ready=False, reason=reasons.NO_CARD_READER)
        reason = "" if self._is_open else reasons.CLOSED
        return DeviceHealth(ready=self._is_open, reason=reason)

    def listen(self, on_card: Callable[[CardEvent], None]) -> None:
        """See `venue_suite.ports.CardReader`. Called from the thread of who taps."""
        with self._lock:
            if not self._is_open or self._on_card is not None:
                raise DeviceUnavailable(device=self.name, reason=reasons.CLOSED)
            self._on_card = on_card
            if self._card is not None:
                on_card(self._card)

    def tap(self, uid: str, atr: str = "") -> None:
        """Put a card on the reader, after taking away one that lies there."""
        with self._lock:
            self.lift()
            self._card = CardEvent(uid=uid.upper(), atr=atr.upper())
            self._tell(self._card)

    def lift(self) -> None:
        """Take the card away."""
        with self._lock:
            if self._card is not None:
                self._card = None
                self._tell(CardEvent(uid=""))

    def unplug(self) -> None:
        """Make it absent until `plug_in`."""
        with self._lock:
            self.lift()
            self._is_plugged_in = False
            self.close()

    def plug_in(self) -> None:
        self._is_plugged_in = True

    def _tell(self, event: CardEvent) -> None:
        if self._on_card is not None:
            self._on_card(event)


driver = DriverInfo(
    name="simulated_card_reader",
    kind="card_reader",
    summary="Simulated card reader: cards are put on it by a call",
    settings={},
    make=SimulatedCardReader,
    simulated=True,
)
