"""What a device must be able to do. Drivers implement these; stations use nothing else.

Every call that waits takes `timeout_s` and raises `DeviceUnavailable` when the device is away,
late, or says that it can't. Calls are plain blocking functions: whoever hosts a driver runs it in a
thread of its own, so a driver that hangs never stops a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


class PaperState(StrEnum):
    OK = "ok"
    LOW = "low"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """How a device is.

    Attributes:
        ready: it can do its work now.
        reason: if not ready, why, as one English sentence (a key for translation).
        paper: printers only.
        facts: anything worth showing on a device page: model, serial number, counters.
    """

    ready: bool
    reason: str = ""
    paper: PaperState = PaperState.UNKNOWN
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raster:
    """A black and white picture, one bit a printer dot.

    Attributes:
        width_dots: multiple of 8.
        height_dots: rows.
        bits: width/8 * height bytes, rows from the top, most significant bit left, 1 is black.
    """

    width_dots: int
    height_dots: int
    bits: bytes


class PrintOutcome(StrEnum):
    """PRINTED only on the printer's own word; DOUBTFUL when bytes left but no word came."""

    PRINTED = "printed"
    DOUBTFUL = "doubtful"


@runtime_checkable
class Device(Protocol):
    """What all devices share."""

    name: str

    def open(self, timeout_s: float) -> None:
        """Reach the device. May be called again after `close` or a failure."""

    def close(self) -> None:
        """Let go of it. Never raises."""

    def health(self, timeout_s: float) -> DeviceHealth:
        """Ask how it is. An absent device is `ready=False`, not an exception."""


@runtime_checkable
class Printer(Device, Protocol):
    paper_width_dots: int

    def print_raster(self, raster: Raster, timeout_s: float) -> PrintOutcome:
        """Print one piece of paper and cut it.

        Raises:
            DeviceUnavailable: nothing was printed (absent, no paper, cover open).
        """


@runtime_checkable
class Scanner(Device, Protocol):
    def listen(self, on_code: Callable[[str], None]) -> None:
        """Call `on_code` with each code that is read, from a thread of the driver's own, until
        `close`.

        Codes are hostile text: at most 512 characters, control characters removed.
        """


@dataclass(frozen=True, slots=True)
class CardEvent:
    """A card came (`uid` hexadecimal, upper case) or went (`uid` empty)."""

    uid: str
    atr: str = ""


@runtime_checkable
class CardReader(Device, Protocol):
    def listen(self, on_card: Callable[[CardEvent], None]) -> None:
        """Call `on_card` at each insertion and removal, until `close`."""


class Passage(StrEnum):
    PASSED = "passed"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"  # the gate has no sensor, or it was lost on the way


@runtime_checkable
class Gate(Device, Protocol):
    def unlock(self, pulse_s: float, timeout_s: float) -> None:
        """Release one passage: the relay is on for `pulse_s`. Returns once the relay is on."""

    def wait_passage(self, timeout_s: float) -> Passage:
        """Wait until one person went through, or the time is over."""

    def hold_open(self, is_open: bool, timeout_s: float) -> None:
        """Emergency: open and stay open, or return to normal."""


class PaymentState(StrEnum):
    WAITING = "waiting"  # the payer has not acted
    PAID = "paid"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # ask again; never repeat the charge


@runtime_checkable
class QrPayments(Device, Protocol):
    """A payment provider that shows one code for the payer's phone."""

    def create(self, reference: str, amount_minor: int, currency: str, timeout_s: float) -> str:
        """Ask for a code. The same `reference` gives the same code. Returns its text."""

    def query(self, reference: str, timeout_s: float) -> PaymentState:
        """How the payment stands."""

    def cancel(self, reference: str, timeout_s: float) -> PaymentState:
        """Void it if it is not paid. Returns the final state, PAID if the payer was faster."""


@dataclass(frozen=True, slots=True)
class DriverInfo:
    """What an entry point of group `venue_suite.devices` points at.

    Attributes:
        name: the entry point's name, for example `escpos_tcp`.
        kind: `printer`, `scanner`, `card_reader`, `gate`, `qr_payments` ...
        summary: one line for people.
        settings: setting name -> (type, default or `REQUIRED`, one line of help).
        make: (device name, settings) -> a device, not yet opened.
        simulated: True for a simulated twin.
    """

    name: str
    kind: str
    summary: str
    settings: Mapping[str, tuple[type, object, str]]
    make: Callable[[str, Mapping[str, Any]], Device]
    simulated: bool = False


REQUIRED = object()  # marks a setting of a driver that has no default
