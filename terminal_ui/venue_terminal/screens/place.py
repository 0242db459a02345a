"""A screen as the app keeps it: one of its places, that comes to the front and goes again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol, cast

from venue_suite.domain.errors import VenueError
from venue_suite.wire import Me
from venue_terminal.journal import Entry
from venue_terminal.screens.keyboard import KeyboardApp, KeyboardScreen


class PlacesApp(KeyboardApp, Protocol):
    """What a place asks of the app.

    Attributes:
        glyphs: characters to replace, for terminals that can't show frames in one cell.
    """

    glyphs: Mapping[int, int] | None

    def go(self, name: str) -> None:
        """Bring a place to the front; it is as it was left."""

    def place(self, name: str) -> PlaceScreen:
        """The screen of a place, made if it was never opened."""

    def go_on(self) -> None:
        """Use the Enters that were typed ahead, as far as answers are there."""

    def signed_in(self, me: Me) -> None:
        """Somebody proved who they are: open their first place, or what was not finished."""

    def check_session(self, error: VenueError) -> None:
        """After a refusal: a session that has ended must be opened again."""


class PlaceScreen(KeyboardScreen):
    """A place. Subclasses override what concerns them.

    Args:
        place: the name that it is declared with; empty for screens that are no place.
    """

    help_rows: ClassVar[Sequence[tuple[str, str]]] = ()  # key, English sentence

    def __init__(self, place: str = "") -> None:
        super().__init__()
        self.place = place

    @property
    def console_app(self) -> PlacesApp:
        return cast(PlacesApp, self.app)

    def confirm_label(self) -> str:
        """The word on F10; empty where F10 does nothing."""
        return ""

    def tick(self) -> None:
        """A second has passed while this screen was in front."""
        self.redraw()

    def arrive(self) -> None:
        """This screen came to the front."""

    def may_leave(self) -> bool:
        """Whether something else may be shown now."""
        return True

    def leave(self) -> None:
        """Another place comes to the front."""

    def resume(self, entry: Entry) -> None:
        """Go on with a change that was not finished."""

    def tell(self, text: str, role: str = "text") -> None:
        """Show an answer. `role` is a colour role."""
