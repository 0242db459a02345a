"""What all screens of one console share: who is at work, at which venue, in which language."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from venue_suite.client import VenueClient
from venue_suite.domain.errors import VenueError
from venue_suite.domain.facts import Fact
from venue_suite.domain.localized import localized
from venue_suite.domain.money import Currency
from venue_suite.seams import Seams
from venue_suite.texts import Texts
from venue_suite.wire import Me, Venue
from venue_suite.wording import relative_day
from venue_terminal.declarations import BoardDeclaration, Note, ScreenDeclaration
from venue_terminal.facts import kernel_note
from venue_terminal.journal import Journal
from venue_terminal.link import Link
from venue_terminal.printing import Paper

LANGUAGES = ("zh", "en")
NOTES_KEPT = 50


class PluginAnswers(Protocol):
    """What a console asks of its plugins. `failed`: name -> why it is left out."""

    failed: dict[str, str]

    def register_screens(self, console: Console) -> list[ScreenDeclaration]:
        """All screens, by function key and then by name."""

    def register_boards(self, console: Console) -> list[BoardDeclaration]:
        """All parts of the boards screen, in their order."""

    def resolve_fact(self, console: Console, fact: Fact) -> Note | None:
        """A fact in words; None if nobody has words for it."""


class Console:
    """The state of one console.

    Attributes:
        client: the connection to the venue; set once the server was found.
        venue, me: as the server says; None before.
        station: this console's name at the venue.
        language: of the screens.
        paper: the printer at this console, None without one.
        journal: keeps the one change that must survive a crash.
        link: how the connection is.
        notes: the latest facts in words, newest first, with their time.
        screens: all places, of the shell and of the plugins.
        listeners: called with each fact of the feed, in the screens' own loop.
    """

    def __init__(
        self,
        *,
        plugins: PluginAnswers,
        texts: Texts,
        language: str,
        station: str,
        journal: Journal,
        paper: Paper | None = None,
        seams: Seams | None = None,
    ) -> None:
        self.plugins = plugins
        self.texts = texts
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self.station = station
        self.journal = journal
        self.paper = paper
        self.seams = seams or Seams()
        self.client: VenueClient = VenueClient("")
        self.venue: Venue | None = None
        self.me: Me | None = None
        self.link = Link()
        self.notes: deque[tuple[datetime, Note]] = deque(maxlen=NOTES_KEPT)
        self.listeners: list[Callable[[Fact], None]] = []
        self.screens: list[ScreenDeclaration] = plugins.register_screens(self)
        self._offset = timedelta()

    # --- words -----------------------------------------------------------------------------

    def say(self, sentence: str, /, **params: object) -> str:
        """The sentence in the console's language, its braces filled."""
        return self.texts.say(sentence, self.language, **params)

    def say_count(self, singular: str, plural: str, count: int, /, **params: object) -> str:
        """A sentence about a number of things; `{count}` is among its places."""
        return self.texts.say_count(singular, plural, count, self.language, **params)

    def name(self, names: Mapping[str, str]) -> str:
        """What something is called in the console's language."""
        return localized(names, self.language)

    def explain(self, error: VenueError) -> str:
        """A refusal in words; names in it are put into the console's language."""
        params = {
            key: self.name(value) if isinstance(value, Mapping) else value
            for key, value in error.params.items()
        }
        return self.texts.say_refusal(error.template, params, self.language)

    @property
    def money(self) -> Currency:
        return Currency(self.venue.currency if self.venue else "CNY")

    # --- time ------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The server's present, as an aware UTC time: held seats end by its clock, not by ours."""
        return self.seams.now() + self._offset

    def now_s(self) -> float:
        return self.seams.time_s()

    def local(self, at: datetime) -> datetime:
        """A time in the venue's zone."""
        return at.astimezone(ZoneInfo(self.venue.time_zone) if self.venue else UTC)

    def day_words(self, at: datetime) -> str:
        """`Tonight`, `Tomorrow`, `Sat 28 Nov`: the day of a time as seen from now."""
        zone = ZoneInfo(self.venue.time_zone) if self.venue else UTC
        return relative_day(at, self.now(), zone, self.language)

    def today(self) -> date:
        """The business day: after midnight it is still yesterday until the cut-off hour."""
        cut_off = self.venue.day_cut_off_hour if self.venue else 0
        return (self.local(self.now()) - timedelta(hours=cut_off)).date()

    # --- the venue -------------------------------------------------------------------------

    def join(self, client: VenueClient, venue: Venue) -> None:
        """The server was found."""
        self.client = client
        self.venue = venue
        self._offset = venue.server_time - self.seams.now()
        self.link.open()

    def may(self, permission: str) -> bool:
        """Whether whoever is signed in has a permission; "" is everybody's."""
        if self.me is None:
            return False
        granted = self.me.permissions
        return not permission or permission in granted or "*" in granted

    def places(self) -> list[ScreenDeclaration]:
        """The places that whoever is signed in may open."""
        return [screen for screen in self.screens if self.may(screen.permission)]

    def hear(self, fact: Fact) -> None:
        """Take one fact of the feed to everybody whom it concerns."""
        note = kernel_note(self.say, fact) or self.plugins.resolve_fact(self, fact)
        if note is not None:
            self.notes.appendleft((datetime.fromtimestamp(fact.at, UTC), note))
        for listener in self.listeners:
            listener(fact)
