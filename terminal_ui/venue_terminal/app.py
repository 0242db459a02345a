"""The console program: finds the venue, keeps the link, shows places, takes keys to them."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, cast

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.events import Key
from textual.screen import Screen

from venue_suite.client import VenueClient
from venue_suite.config import Config
from venue_suite.device_host import DeviceSettings
from venue_suite.domain.errors import NotSignedIn, VenueError
from venue_suite.station_access import StationAccess
from venue_suite.texts import N_, Texts
from venue_suite.wire import Me
from venue_terminal.canvas import PLAIN_GLYPHS
from venue_terminal.console import Console
from venue_terminal.declarations import ScreenDeclaration
from venue_terminal.journal import Journal, JournalUnusable
from venue_terminal.keys import KeyReader
from venue_terminal.linked import ClientFactory, LinkedApp
from venue_terminal.palette import PaletteApp, PlacesProvider
from venue_terminal.plugins import Plugins
from venue_terminal.printing import Paper
from venue_terminal.probe import shows_frames_in_one_cell
from venue_terminal.roles import THEME
from venue_terminal.screens.boards import BOARDS, BoardsScreen
from venue_terminal.screens.help import HelpScreen
from venue_terminal.screens.place import PlacesApp, PlaceScreen
from venue_terminal.screens.sign_in import SignInScreen
from venue_terminal.screens.staff import STAFF, StaffScreen
from venue_terminal.screens.stations import stations_place
from venue_terminal.table_palette import TablesApp, TablesProvider, table_places


class ConsoleApp(LinkedApp):
    """The console.

    Args:
        client_factory: finds the server and gives a client for it; called again until it succeeds.
        language: of the screens, `zh` or `en`.
        station: the console's name at the venue.
        state_dir: where an unfinished change is kept over a crash.
        plugins: already loaded; None loads what is installed.
        paper: the printer at this console; None takes the first of `devices`.
        devices: configurations of the devices that are plugged in here, by name.
    """

    TITLE = "Venue Suite"
    COMMANDS: ClassVar = {PlacesProvider, TablesProvider}
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Leave", show=False, priority=True),
        Binding("ctrl+l", "lock", "Lock", show=False, priority=True),
    ]

    CSS = "SearchIcon { display: none; }"

    def __init__(
        self,
        client_factory: ClientFactory,
        language: str,
        *,
        station: str = "",
        state_dir: Path,
        plugins: Plugins | None = None,
        paper: Paper | None = None,
        devices: Mapping[str, DeviceSettings] | None = None,
    ) -> None:
        if plugins is None:
            plugins = Plugins()
            plugins.load_entry_points()
        console = Console(
            plugins=plugins,
            texts=Texts.load("venue_terminal", *plugins.register_texts()),
            language=language,
            station=station,
            journal=Journal(state_dir),
            paper=paper,
        )
        boards = ScreenDeclaration(
            name=BOARDS,
            title=N_("Boards: how the venue does"),
            label=N_("Boards"),
            key=9,
            permission="",
            make=lambda: BoardsScreen(console, BOARDS),
            codes=("bo",),
        )
        people = ScreenDeclaration(
            name=STAFF,
            title=N_("Staff: accounts, roles, PINs"),
            label=N_("Staff"),
            key=0,
            permission="staff.view",
            make=lambda: StaffScreen(console, STAFF),
            codes=("sf",),
        )
        console.screens += [boards, stations_place(console), people, *table_places(console)]
        super().__init__(console, client_factory, devices or {})
        self.keys = KeyReader()
        self.typed_ahead: deque[str] = deque()
        self.glyphs: Mapping[int, int] | None = None

    # --- people ------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.register_theme(THEME)
        self.theme = THEME.name

    def signed_in(self, me: Me) -> None:
        """Somebody proved who they are: open their first place, or what was not finished."""
        console = self.venue_console
        console.me = me
        self.follow()
        places = [place.name for place in console.places()]
        busy = [name for name in places if self._is_busy(name)]
        trouble = [
            console.say("The plugin {name} failed and is left out.", name=name)
            for name in console.plugins.failed
        ]
        try:
            entry = None if busy else console.journal.adopt()
        except JournalUnusable as error:
            entry = None
            trouble.append(console.explain(error))
        if busy:
            self.go(busy[0])
        elif entry is not None and entry.kind in places:
            self.go(entry.kind)
            self.place(entry.kind).resume(entry)
        elif places:
            self.go(places[0])
        else:
            self._tell(console.say("There is nothing here that you may do. Ask a manager."))
        trouble += [
            console.say("A damaged journal was put aside: {path}", path=path)
            for path in console.journal.damaged
        ]
        for words in trouble:
            self._tell(words)

    def _is_busy(self, name: str) -> bool:
        """Whether a place waits for an answer that nothing else may hide."""
        return self.is_screen_installed(name) and not self.place(name).may_leave()

    def action_lock(self) -> None:
        """Ask for number and PIN again; all work stays as it is."""
        if self.venue_console.me is not None:
            self.stop_following()
            self.run_worker(self.sign_out(), group="sign out")
            self.venue_console.me = None
            self.push_screen(SignInScreen(self.venue_console))

    def check_session(self, error: VenueError) -> None:
        """After a refusal: a session that has ended must be opened again."""
        if error.code == NotSignedIn.code:
            self.action_lock()

    # --- places ----------------------------------------------------------------------------

    def go(self, name: str) -> None:
        """Bring a place to the front; it is as it was left."""
        place = next((one for one in self.venue_console.places() if one.name == name), None)
        if place is None:
            return
        for screen in self.screen_stack:
            if isinstance(screen, PlaceScreen) and screen.place != name:
                screen.leave()
        self.place(name)
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(name)

    def place(self, name: str) -> PlaceScreen:
        """The screen of a place, made if it was never opened."""
        if not self.is_screen_installed(name):
            place = next(one for one in self.venue_console.screens if one.name == name)
            self.install_screen(place.make(), name)
        return cast(PlaceScreen, self.get_screen(name))

    def press_function(self, number: int) -> None:
        """F1 to F10, and the palette as 0."""
        front = self.front()
        if front is None:
            return
        if number == 0:
            self.action_command_palette()
        elif isinstance(front, HelpScreen):
            front.dismiss()
        elif number == 10:
            front.confirm()
        elif self.venue_console.me is not None and front.may_leave():
            self._open_number(number, front)

    def _open_number(self, number: int, front: PlaceScreen) -> None:
        if number == 1:
            title = self.venue_console.say("Help")
            self.push_screen(HelpScreen(self.venue_console, title, front.help_rows))
            return
        names = [place.name for place in self.venue_console.places() if place.key == number]
        if names:
            # Places that share a key take turns.
            after = names.index(front.place) + 1 if front.place in names else 0
            self.go(names[after % len(names)])

    def open_scan(self, code: str) -> None:
        """A code was scanned where nobody expects one: show what it is."""
        for place in self.venue_console.places():
            if place.opens_scans:
                self.go(place.name)
                self.place(place.name).scan(code)
                return

    def go_on(self) -> None:
        """Use the Enters that were typed ahead, as far as answers are there."""
        while (front := self.front()) and self.typed_ahead and not front.asked:
            front.submit(self.typed_ahead.popleft())

    def action_command_palette(self) -> None:
        """Ctrl+P: every place by name. Only for those who are signed in."""
        front = self.front()
        if self.venue_console.me is not None and front is not None and front.may_leave():
            placeholder = self.venue_console.say("Which screen? Its name or its first letters")
            self.push_screen(CommandPalette(placeholder=placeholder, id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """No commands of the toolkit in the palette: only places."""
        return ()

    # --- small things ----------------------------------------------------------------------

    def key_time_s(self, event: Key) -> float:
        """When a key arrived, in monotonic seconds."""
        return event.time

    def _tell(self, text: str) -> None:
        if front := self.front():
            front.tell(text, "wrong")


# Screens and palette know the app by these alone; here the type checker compares them with it.
_KNOWN_AS: tuple[type[PlacesApp], type[PaletteApp], type[TablesApp]] = (
    ConsoleApp,
    ConsoleApp,
    ConsoleApp,
)


def run(config: Config) -> int:
    """Run the console until it is left. Returns the exit status."""
    access = StationAccess(config)
    folder = state_dir(os.environ)
    _log_to_file(folder / "console.log")

    async def find() -> VenueClient:
        return await access.open(await access.find())

    app = ConsoleApp(
        find,
        choose_language(config.language, os.environ),
        station=access.station_name() or "console",
        state_dir=folder,
        devices=config.devices,
    )
    if not shows_frames_in_one_cell():
        app.glyphs = PLAIN_GLYPHS
    return app.run() or 0


def _log_to_file(path: Path) -> None:
    """Logs would run over the screen; they go to a file while it is in use."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handlers = logging.getLogger().handlers
    handler.setFormatter(handlers[0].formatter if handlers else None)
    logging.getLogger().handlers[:] = [handler]


def choose_language(configured: str, environment: Mapping[str, str]) -> str:
    """The configured language; where there is none, that of the terminal."""
    if configured:
        return configured
    return "zh" if environment.get("LANG", "").startswith("zh") else "en"


def state_dir(environment: Mapping[str, str]) -> Path:
    """Where unfinished changes of this user's consoles are kept."""
    home = environment.get("XDG_STATE_HOME", "") or str(Path.home() / ".local" / "state")
    return Path(home) / "venue-suite" / "console"
