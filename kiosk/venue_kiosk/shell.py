"""The kiosk's shell as screens and plugins know it; `KioskShell` is the one behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from venue_kiosk.deck import Deck
from venue_kiosk.devices import Devices
from venue_kiosk.link import Link
from venue_kiosk.look import Look
from venue_kiosk.service import Service


@dataclass(frozen=True, slots=True)
class BannerWords:
    """A banner: two English msgids. `tone`: warn or ok."""

    title: str
    detail: str
    icon: str = "net"
    tone: str = "warn"


class Shell(Protocol):
    """What screens and plugins may ask of the shell. On the window's thread.

    Attributes:
        look: sizes, colours and words.
        link: the connection to the venue.
        devices: printers and readers.
        deck: the screens.
        data_path: folder for what plugins keep on this kiosk's disk.
        station_name: which kiosk this is, for staff.
        now: the present, aware UTC.
        banner: what is off, or None.
    """

    look: Look
    link: Link
    devices: Devices
    deck: Deck
    data_path: Path
    station_name: str
    now: Callable[[], datetime]
    banner: BannerWords | None

    @property
    def services(self) -> Sequence[Service]:
        """What visitors can do here, over all plugins."""

    # --- the rail --------------------------------------------------------------------------

    def end(self) -> None:
        """Home or End."""

    def switch_language(self) -> None:
        """To the other of two languages, or the sheet of many."""

    def open_access(self) -> None:
        """Open the sheet of large text, contrast and low controls."""

    def call_staff(self) -> None:
        """Tell staff, and say so."""

    def forget_visitor(self) -> None:
        """The next visitor finds the kiosk as if nobody had been here."""

    # --- words -----------------------------------------------------------------------------

    @property
    def zone(self) -> ZoneInfo:
        """The venue's time zone; UTC before the venue is known."""

    @property
    def currency(self) -> str:
        """The venue's currency, ISO 4217."""

    def say_now(self) -> tuple[str, str]:
        """Date and time, for the strip."""

    def venue_name(self) -> str:
        """In the visitor's language; empty before the venue is known."""
