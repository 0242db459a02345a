"""What a plugin puts on the kiosk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from venue_kiosk.bare_screen import BareScreen
from venue_kiosk.service import Service
from venue_kiosk.shell import Shell

__all__ = ["Journey", "Service"]


@dataclass(slots=True)
class Journey:
    """A plugin's screens and how the shell speaks to it. Callbacks run on the screen's thread.

    Attributes:
        name: the plugin's.
        texts: packages with a `locale` folder for the words of its screens.
        screens: screen name -> what makes it; made once and kept.
        services: tiles.
        home: name of the screen that is shown while nobody is there; empty if it has none.
        on_start: the shell stands; show the first screen.
        on_tick: called once a second with the seconds since the last time.
        on_end: Home or End was touched in the rail.
        on_time_out: nobody is there any more: give back, forget, go home.
        on_call_staff: Call staff was touched; returns how often in this session.
        on_language: the visitor's language is another one now.
        may_idle_out: the idle sheet may appear now.
        holds: places would go back if the session ended.
    """

    name: str
    screens: Mapping[str, Callable[[Shell], BareScreen]]
    texts: Sequence[str] = ()
    services: Sequence[Service] = ()
    home: str = ""
    on_start: Callable[[], None] = lambda: None
    on_tick: Callable[[float], None] = lambda _passed_s: None
    on_end: Callable[[], None] = lambda: None
    on_time_out: Callable[[], None] = lambda: None
    on_call_staff: Callable[[], int] = lambda: 1
    on_language: Callable[[str], None] = lambda _language: None
    may_idle_out: Callable[[], bool] = lambda: True
    holds: Callable[[], bool] = lambda: False
