"""Any PC/SC card reader, through the operating system's card service (pcscd).

The driver watches with a loop of its own: it starts again when the service was restarted or the
reader was plugged in anew, which the watcher of the library does not survive.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from venue_devices import reasons
from venue_suite.domain.errors import DeviceUnavailable, ExtraMissing
from venue_suite.ports import CardEvent, DeviceHealth, DriverInfo

try:
    from smartcard import scard
except ImportError as error:
    raise ExtraMissing(program="pcsc", extra="cards", reason=error) from error

WAIT_MS = 300  # how long `close` may have to wait for the loop
RETRY_EVERY_S = 0.3
READ_TRIES = 4
READ_AGAIN_S = 0.05
GET_UID = [0xFF, 0xCA, 0x00, 0x00, 0x00]
_GONE = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE


class ServiceLost(Exception):
    """The card service or the reader went away. The argument is a sentence of `reasons`."""


class PcscReader:
    """A `venue_suite.ports.CardReader`.

    A card whose chip number can't be read (a contact card, or one that was too quick) gives no
    event; it is counted in the facts of `health`.
    """

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.name = name
        self._wanted: str = settings["reader"]
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._reason = reasons.CLOSED
        self._is_open = False
        self._readers: list[str] = []
        self._card_in = ""  # name of the reader whose card was reported
        self._counts = {"cards": 0, "unreadable": 0, "service_restarts": 0}

    def open(self, timeout_s: float) -> None:
        self.close()
        try:
            with _Service() as service:
                self._readers = self._find(service)
        except ServiceLost as lost:
            self._reason = str(lost)
            raise DeviceUnavailable(device=self.name, reason=str(lost)) from lost
        self._reason = ""
        self._is_open = True

    def close(self) -> None:
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(10 * WAIT_MS / 1000)
        self._is_open = False
        self._reason = reasons.CLOSED

    def health(self, timeout_s: float) -> DeviceHealth:
        if self._is_open and self._thread is None:
            try:
                with _Service() as service:
                    self._readers = self._find(service)
            except ServiceLost as lost:
                return DeviceHealth(ready=False, reason=str(lost))
        facts: dict[str, object] = {"readers": list(self._readers), **self._counts}
        return DeviceHealth(ready=not self._reason, reason=self._reason, facts=facts)

    def listen(self, on_card: Callable[[CardEvent], None]) -> None:
        """See `venue_suite.ports.CardReader`. A card that lies there already is an insertion.

        Raises:
            DeviceUnavailable: it is not open, or somebody listens already.
        """
        if not self._is_open or self._thread is not None:
            raise DeviceUnavailable(device=self.name, reason=reasons.CLOSED)
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(on_card, self._stop), name=f"cards-{self.name}", daemon=True
        )
        self._thread.start()

    def _run(self, on_card: Callable[[CardEvent], None], stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with _Service() as service:
                    self._readers = self._find(service)
                    self._reason = ""
                    self._follow(service, on_card, stop)
            except ServiceLost as lost:
                if not self._reason:
                    self._counts["service_restarts"] += 1
                self._reason = str(lost)
                self._lift(on_card)
                stop.wait(RETRY_EVERY_S)

    def _find(self, service: _Service) -> list[str]:
        """The wanted readers.

        Raises:
            ServiceLost: there is none.
        """
        found = [reader for reader in service.list_readers() if self._wanted in reader]
        if not found:
            raise ServiceLost(reasons.NO_CARD_READER)
        return found

    def _follow(
        self, service: _Service, on_card: Callable[[CardEvent], None], stop: threading.Event
    ) -> None:
        """Report changes until `stop`.

        Raises:
            ServiceLost: the service went away, or the last reader.
        """
        states = dict.fromkeys(self._readers, scard.SCARD_STATE_UNAWARE)
        while not stop.is_set():
            changes = service.wait_change(states)
            for reader, state, atr in changes:
                self._see(service, reader, states[reader], state, atr, on_card)
                states[reader] = state
            if not changes or any(state & _GONE for _, state, _ in changes):
                self._readers = self._find(service)
                states = {reader: states.get(reader, 0) & ~_GONE for reader in self._readers}
                if self._card_in not in states:
                    self._lift(on_card)

    def _see(
        self,
        service: _Service,
        reader: str,
        before: int,
        state: int,
        atr: list[int],
        on_card: Callable[[CardEvent], None],
    ) -> None:
        """Tell what the change of a reader's state from `before` to `state` means."""
        was_present = bool(before & scard.SCARD_STATE_PRESENT)
        is_present = bool(state & scard.SCARD_STATE_PRESENT)
        # The upper half counts insertions and removals: a card that was changed between two looks
        # shows there only.
        is_other_card = was_present and is_present and before >> 16 != state >> 16
        if self._card_in == reader and (is_other_card or not is_present):
            self._lift(on_card)
        if is_present and (is_other_card or not was_present):
            self._tap(service, reader, bytes(atr).hex().upper(), on_card)

    def _tap(
        self, service: _Service, reader: str, atr: str, on_card: Callable[[CardEvent], None]
    ) -> None:
        uid = service.read_uid(reader)
        if not uid:
            self._counts["unreadable"] += 1
            return
        self._lift(on_card)
        self._counts["cards"] += 1
        self._card_in = reader
        on_card(CardEvent(uid=uid, atr=atr))

    def _lift(self, on_card: Callable[[CardEvent], None]) -> None:
        if self._card_in:
            self._card_in = ""
            on_card(CardEvent(uid=""))


class _Service:
    """One connection to the card service. Every method raises `ServiceLost` when it is gone."""

    def __enter__(self) -> _Service:
        result, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        self._check(result)
        return self

    def __exit__(self, *_: object) -> None:
        scard.SCardReleaseContext(self._context)

    def list_readers(self) -> list[str]:
        result, readers = scard.SCardListReaders(self._context, [])
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        self._check(result)
        return list(readers)

    def wait_change(self, states: Mapping[str, int]) -> list[tuple[str, int, list[int]]]:
        """Reader, state and ATR of each that changed against `states`; empty after `WAIT_MS`."""
        known = list(states.items())
        result, found = scard.SCardGetStatusChange(self._context, WAIT_MS, known)
        if result == scard.SCARD_E_TIMEOUT:
            return []
        if result == scard.SCARD_E_UNKNOWN_READER:
            raise ServiceLost(reasons.NO_CARD_READER)
        self._check(result)
        return [
            (reader, state & ~scard.SCARD_STATE_CHANGED, atr)
            for reader, state, atr in found
            if state & scard.SCARD_STATE_CHANGED
        ]

    def read_uid(self, reader: str) -> str:
        """Upper-case hexadecimal chip number; empty if the card does not give one."""
        for _ in range(READ_TRIES):
            result, card, protocol = scard.SCardConnect(
                self._context,
                reader,
                scard.SCARD_SHARE_SHARED,
                scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
            )
            if result == scard.SCARD_S_SUCCESS:
                result, answer = scard.SCardTransmit(card, protocol, GET_UID)
                has_answered = result == scard.SCARD_S_SUCCESS
                # A card that was put there quickly may not have its power yet: start it anew.
                after = scard.SCARD_LEAVE_CARD if has_answered else scard.SCARD_RESET_CARD
                scard.SCardDisconnect(card, after)
                if has_answered:
                    is_told = answer[-2:] == [0x90, 0x00]
                    return bytes(answer[:-2]).hex().upper() if is_told else ""
            time.sleep(READ_AGAIN_S)
        return ""

    def _check(self, result: int) -> None:
        if result != scard.SCARD_S_SUCCESS:
            raise ServiceLost(reasons.NO_CARD_SERVICE)


driver = DriverInfo(
    name="pcsc",
    kind="card_reader",
    summary="IC card reader (PC/SC), contactless or contact",
    settings={"reader": (str, "", "part of the reader's name; empty takes every reader")},
    make=PcscReader,
)
