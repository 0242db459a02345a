"""What the deck keeps and shows: a screen, whatever it is framed with."""

from __future__ import annotations

from venue_kiosk.look import STAGE_WIDTH_U
from venue_kiosk.widgets.pane import Pane

Spot = tuple[str, float, float, float, float]
"""Name, x, y, width, height of a touchable place in window pixels, from the lower left."""


class BareScreen(Pane):
    """One screen. Subclasses draw themselves in `compose`; the deck keeps and reuses them.

    Attributes:
        name: stable name, for tests and the inspection port.
    """

    name = ""

    def reload(self) -> None:
        """Draw anew from what is true now."""
        self.resize(STAGE_WIDTH_U, self.look.height_u)
        self.empty()
        self.compose()

    def compose(self) -> None:
        """Put everything in place. Called on an empty screen of the stage's size."""
        raise NotImplementedError

    def tick(self) -> None:
        """Once a second while it is shown: move countdowns."""

    def tell_time(self) -> None:
        """The clock moved on by a minute."""

    def describe(self) -> dict[str, object]:
        """Facts for the inspection port that are not words on the screen."""
        return {}

    def extra_targets(self) -> list[Spot]:
        """Places that can be touched and are no `Target` of their own (seats of a plan)."""
        return []
