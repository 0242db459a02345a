"""The seat plan close by: seats big enough for a finger, in straight rows, with their numbers.

`SeatZoom` is dragged or moved by its overview, never pinched; `SeatOverview` shows the whole plan
small with a frame around what the zoom shows. Both are one mesh each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kivy.graphics import (
    Color,
    PopMatrix,
    PushMatrix,
    Rectangle,
    RoundedRectangle,
    SmoothLine,
    StencilPop,
    StencilPush,
    StencilUnUse,
    StencilUse,
    Translate,
)
from kivy.graphics.texture import Texture

from venue_kiosk.look import Look
from venue_kiosk.widgets.quad_mesh import Placed, QuadMesh
from venue_kiosk.widgets.seat_plan import TAP_SLACK_U, SeatPane, draw_plan_card
from venue_kiosk.widgets.seat_plan_atlas import Atlas, Sprite
from venue_kiosk.widgets.seat_plan_geometry import (
    ROW_NAME_WIDTH_U,
    ZOOM_PITCH_U,
    ZOOM_ROW_U,
    PlanSeat,
    View,
    WholeLayout,
    ZoomLayout,
    centre_view,
    frame_around,
    lay_out_whole,
    lay_out_zoom,
    move_view,
    nearest_seat,
    rows_in_view,
    seats_in_view,
)
from venue_kiosk.widgets.seat_plan_words import atlas_texture, draw_words
from venue_kiosk.widgets.shapes import draw_box

BADGE_AT_U = (28, -28)  # a companion seat's sign, from the seat's centre
ROW_NAME_AT_U = 46


class SeatZoom(SeatPane):
    """Seats to choose from.

    Args:
        look: sizes, colours, language.
        on_seat: called with the id of a touched seat, whatever its state.
        on_view: called with (section code, first row, last row) when other rows are seen.
    """

    def __init__(
        self,
        look: Look,
        on_seat: Callable[[int], object] | None = None,
        on_view: Callable[[str, str, str], object] | None = None,
    ) -> None:
        super().__init__(look)
        self.on_seat, self.on_view = on_seat, on_view
        self.layout = ZoomLayout()
        self.view = View(0, 0, 0, 0)
        self.watchers: list[Callable[[], object]] = []
        self._mesh: QuadMesh | None = None
        self._sprites: dict[str, Sprite] = {}
        self._shifts: tuple[Any, Any] | None = None
        self._centre_on: int | None = None
        self._dragged = False

    # --- what it shows ---------------------------------------------------------------------

    def show_place(self, x_cm: float, y_cm: float) -> None:
        """Bring the seat nearest to a place of the plan into the middle."""
        places = {seat.id: (seat.x_cm, seat.y_cm) for seat in self.seats}
        found = nearest_seat(places, x_cm, y_cm)
        if found is not None:
            self.show_seat(found)

    def show_seat(self, seat_id: int) -> None:
        """Bring a seat into the middle."""
        self._centre_on = seat_id
        if seat_id in self.layout.points:
            self.move_to(centre_view(self.layout, self.view, self.layout.points[seat_id]))

    def set_chosen(self, seat_ids: Iterable[int], words: str = "") -> None:
        """Mark the visitor's seats with a tick. `words` are the whole plan's and not shown here."""
        before, self.chosen = set(self.chosen), tuple(seat_ids)
        self._patch(before ^ set(self.chosen))
        self._tell()

    def update_states(self, states: Any) -> None:
        super().update_states(states)
        self._tell()

    def seat_target_rect(self, seat_id: int) -> tuple[float, float, float, float] | None:
        """The 88 x 100 u touch area of a seat in pixels of the window: (x, y, width, height) from
        the lower left; None if it is not on the plan. `show_seat` brings it into the card."""
        if seat_id not in self.layout.points:
            return None
        x, y = self.layout.points[seat_id]
        return self.window_rect(x - self.view.x, y - self.view.y, ZOOM_PITCH_U, ZOOM_ROW_U)

    def seats_shown(self) -> list[int]:
        return seats_in_view(self.layout, self.view)

    def move_to(self, view: View) -> None:
        """Show another part of the plan."""
        before = rows_in_view(self.layout, self.view)
        self.view = view
        self._follow_view()
        seen = rows_in_view(self.layout, view)
        if self.on_view is not None and seen != before:
            self.on_view(*seen)
        self._tell()

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher()

    # --- touch -----------------------------------------------------------------------------

    def on_touch_down(self, touch: Any) -> bool:
        if not self.collide_point(*touch.pos):
            return False
        touch.grab(self)
        self._dragged = False
        touch.ud["view"] = self.view
        return True

    def on_touch_move(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return False
        across, up = touch.x - touch.ox, touch.y - touch.oy
        if max(abs(across), abs(up)) > TAP_SLACK_U * self.look.u:
            self._dragged = True
        if self._dragged:
            start: View = touch.ud["view"]
            u = self.look.u
            self.move_to(move_view(self.layout, start, start.x - across / u, start.y + up / u))
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        if self._dragged or not self.collide_point(*touch.pos):
            return True
        u = self.look.u
        x = (touch.x - self.x) / u + self.view.x
        y = (self.height - (touch.y - self.y)) / u + self.view.y
        found = nearest_seat(self.layout.points, x, y, (ZOOM_PITCH_U / 2, ZOOM_ROW_U / 2))
        beside_names = x - self.view.x > ROW_NAME_WIDTH_U * 0.8
        if found is not None and beside_names and self.on_seat is not None:
            self.on_seat(found)
        return True

    # --- drawing ---------------------------------------------------------------------------

    def _draw(self) -> None:
        self.canvas.clear()
        look, size = self.look, (self.width_u, self.height_u)
        self.layout = lay_out_zoom(self.seats, self.sections)
        glyphs = {char for seat in self.seats for char in seat.number + seat.row}
        atlas = self._atlas((), "".join(sorted(glyphs)) or "0")
        self._sprites = dict(atlas.sprites)
        texture = atlas_texture(atlas)
        draw_plan_card(self)
        # Inside the border that cards have in the contrast theme.
        inset = look.px(look.stroke_u("part")) if look.theme == "contrast" else 0
        inside = {
            "pos": (inset, inset),
            "size": (self.width - 2 * inset, self.height - 2 * inset),
            "radius": [look.radius_u("card") * look.u - inset],
        }
        longest = max((len(seat.number) for seat in self.seats), default=1)
        self._mesh = QuadMesh(texture, len(self.seats), 2 + longest)
        with self.canvas:
            StencilPush()
            RoundedRectangle(**inside)
            StencilUse()
            Color(1, 1, 1, 1)
            PushMatrix()
            plan_shift = Translate(0, 0, 0)
        self._mesh.add_to(self.canvas)
        for label in self.layout.labels:
            words = [(label.section.name + "   ", "ink"), *label.section.prices]
            self._draw_words_at(words, label.y)
        with self.canvas:
            PopMatrix()
            PushMatrix()
            names_shift = Translate(0, 0, 0)
        self._draw_row_names(texture)
        with self.canvas:
            PopMatrix()
            StencilUnUse()
            RoundedRectangle(**inside)
            StencilPop()
        self._shifts = (plan_shift, names_shift)
        self._patch(self.layout.points)
        self.view = move_view(self.layout, View(0, self.view.y, *size), self.view.x, self.view.y)
        if self._centre_on is not None and self._centre_on in self.layout.points:
            self.view = centre_view(self.layout, self.view, self.layout.points[self._centre_on])
        self._follow_view()

    def _draw_words_at(self, words: list[tuple[str, str]], y_u: float) -> None:
        """Section name and prices, at the left of the widest row, in the plan's own coordinates."""
        x = self.layout.left + ROW_NAME_WIDTH_U + 20
        draw_words(self, words, (x, y_u + self.height_u), "left")

    def _draw_row_names(self, texture: Any) -> None:
        """A band at the left that stays, and the names that move up and down with their rows."""
        look = self.look
        band = look.px(ROW_NAME_WIDTH_U)
        fade = Texture.create(size=(64, 1), colorfmt="rgba")
        red, green, blue = (round(part * 255) for part in look.colour("surface")[:3])
        steps = [min(255, round((1 - column / 63) * 255 / 0.2)) for column in range(64)]
        fade.blit_buffer(
            bytes(part for alpha in steps for part in (red, green, blue, alpha)),
            colorfmt="rgba",
            bufferfmt="ubyte",
        )
        far = look.px(self.layout.bottom + self.height_u)
        names = QuadMesh(
            texture,
            len(self.layout.rows),
            max((len(name.row) for name in self.layout.rows), default=1),
        )
        for slot, name in enumerate(self.layout.rows):
            names.put(slot, self._glyphs("r.", name.row, ROW_NAME_AT_U, name.y))
        names.show()
        with self.canvas:
            Color(1, 1, 1, 1)
            Rectangle(texture=fade, pos=(0, -far), size=(band, 2 * far))
        names.add_to(self.canvas)

    def _patch(self, seat_ids: Iterable[int]) -> None:
        if self._mesh is None:
            return
        for seat_id in seat_ids:
            if seat_id in self._slots and seat_id in self.layout.points:
                slot = self._slots[seat_id]
                self._mesh.put(slot, self._seat_sprites(self.seats[slot]))
        self._mesh.show()

    def _seat_sprites(self, seat: PlanSeat) -> list[Placed]:
        u = self.look.u
        x, y = self.layout.points[seat.id]
        name = self._look_of(seat)
        placed: list[Placed] = [(self._sprites["z." + name], x * u, -y * u)]
        if name.startswith("free"):
            placed += self._glyphs("n.", seat.number, x, y)
            if seat.kind == "companion":
                badge = ((x + BADGE_AT_U[0]) * u, -(y + BADGE_AT_U[1]) * u)
                placed.append((self._sprites["z.companion"], *badge))
        return placed

    def _glyphs(self, prefix: str, text: str, x_u: float, y_u: float) -> list[Placed]:
        u = self.look.u
        sprites = [self._sprites[prefix + char] for char in text]
        x = x_u * u - sum(sprite.advance_px for sprite in sprites) / 2
        placed: list[Placed] = []
        for sprite in sprites:
            placed.append((sprite, x + sprite.advance_px / 2, -y_u * u))
            x += sprite.advance_px
        return placed

    def _follow_view(self) -> None:
        if self._shifts is None:
            return
        u = self.look.u
        down = round(self.height + self.view.y * u)
        plan, names = self._shifts
        plan.xyz = (round(-self.view.x * u), down, 0)
        names.xyz = (0, down, 0)


class SeatOverview(SeatPane):
    """The whole plan in a corner, with a frame around what a zoom shows; a touch moves the zoom.

    Attributes:
        frame: (x, y, width, height) in pixels of this pane.
    """

    def __init__(self, look: Look, zoom: SeatZoom) -> None:
        super().__init__(look)
        self.zoom = zoom
        zoom.watchers.append(self._follow_zoom)
        self.layout = WholeLayout()
        self._mesh: QuadMesh | None = None
        self._atlas_drawn: Atlas | None = None
        self._frame: Any = None
        self.frame = (0.0, 0.0, 0.0, 0.0)
        self._top_u = float(_INSET_U)

    def on_touch_down(self, touch: Any) -> bool:
        if not self.collide_point(*touch.pos):
            return False
        touch.grab(self)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        if self.collide_point(*touch.pos):
            u = self.look.u
            x, y = (touch.x - self.x) / u, (self.height - (touch.y - self.y)) / u
            found = nearest_seat(self.layout.points, x - _INSET_U, y - self._top_u)
            if found is not None:
                self.zoom.show_seat(found)
        return True

    def _draw(self) -> None:
        self.canvas.clear()
        look = self.look
        box = (0.0, 0.0, self.width_u, self.height_u)
        border, stroke = look.colour("outline"), look.stroke_u("part")
        draw_box(self, box, look.colour("surface"), look.radius_u("card"), border, stroke)
        inner = (self.width_u - 2 * _INSET_U, self.height_u - 2 * _INSET_U)
        self.layout = lay_out_whole(
            self.seats, self.sections, *inner, stage_u=_STAGE_U, label_gap_u=0
        )
        self._atlas_drawn = self._atlas((max(2.0, round(self.layout.dot_u * 1.15, 2)),))
        self._mesh = QuadMesh(atlas_texture(self._atlas_drawn), len(self.seats))
        left, width = look.px(_INSET_U + inner[0] * 0.22), look.px(inner[0] * 0.56)
        height = look.px(11)
        with self.canvas:
            Color(*look.colour("ink"))
            Rectangle(pos=(left, self.height - look.px(self._top_u) - height), size=(width, height))
            Color(1, 1, 1, 1)
        self._mesh.add_to(self.canvas)
        with self.canvas:
            Color(*look.colour("ink"))
            self._frame = SmoothLine(width=max(1.0, 2 * look.u))
        self._patch(self.layout.points)
        self._follow_zoom()

    def _patch(self, seat_ids: Iterable[int]) -> None:
        if self._mesh is None or self._atlas_drawn is None:
            return
        for seat_id in seat_ids:
            slot = self._slots[seat_id]
            sprite = self._atlas_drawn.sprites["0." + self._look_of(self.seats[slot])]
            self._mesh.put(slot, [(sprite, *self._pixel(*self.layout.points[seat_id]))])
        self._mesh.show()

    def _pixel(self, x_u: float, y_u: float) -> tuple[float, float]:
        u = self.look.u
        return (x_u + _INSET_U) * u, self.height - (y_u + self._top_u) * u

    def _follow_zoom(self) -> None:
        """Take the zoom's seats, states and frame."""
        if self._frame is None:
            return
        zoom = self.zoom
        if self.chosen != zoom.chosen:
            changed = set(self.chosen) ^ set(zoom.chosen)
            self.chosen = zoom.chosen
            self._patch(seat_id for seat_id in changed if seat_id in self._slots)
        self.update_states({seat.id: zoom.state_of(seat.id) for seat in self.seats})
        left, top, right, bottom = frame_around(self.layout, zoom.seats_shown())
        grown = (left - 5, top - 5, right + 5, bottom + 5)
        x, y = self._pixel(grown[0], grown[3])
        right_px, top_px = self._pixel(grown[2], grown[1])
        self.frame = (x, y, right_px - x, top_px - y)
        self._frame.rounded_rectangle = (*self.frame, 8 * self.look.u)


_INSET_U = 18
_STAGE_U = 16
