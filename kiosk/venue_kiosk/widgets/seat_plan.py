"""The whole seat plan: every seat a dot, one mesh for all of them.

`SeatPlan` shows where is what; a touch asks for the zoom (`seat_zoom.SeatZoom`), and nothing is
chosen here. Plans of up to 2,400 seats; a change of states patches the mesh, it does not redraw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kivy.graphics import Color, InstructionGroup, Rectangle, Triangle

from venue_kiosk.art import draw_svg, make_texture
from venue_kiosk.look import Look
from venue_kiosk.theme import Rgba
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.quad_mesh import QuadMesh
from venue_kiosk.widgets.seat_plan_atlas import Atlas, atlas_colours, build_atlas
from venue_kiosk.widgets.seat_plan_geometry import (
    LABEL_GAP_U,
    PlanSeat,
    PlanSection,
    WholeLayout,
    lay_out_whole,
    nearest_seat,
    seat_token,
)
from venue_kiosk.widgets.seat_plan_words import (
    LEGEND_ROW_U,
    atlas_texture,
    draw_words,
    legend_rows,
    words_at,
    words_width,
)
from venue_kiosk.widgets.shapes import draw_box

PADDING_X_U, PADDING_TOP_U, PADDING_BOTTOM_U = 24, 20, 14
STAGE_EDGE_U = 64
LEGEND_DOT_U = 24
CAPTION_U = 28  # the size that the room for names is meant for
TAP_SLACK_U = 30  # a finger that moves less has touched, not dragged


def seat_look(seat: PlanSeat, state: str, is_chosen: bool) -> str:
    """The sprite of a seat: `mine`, `free1`..`free4`, `access`, `held` or `gone`."""
    if is_chosen:
        return "mine"
    if state == "held":
        return "held"
    if state != "free":
        return "gone"
    return "access" if seat.kind == "wheelchair" else seat_token(seat.rank).replace("seat", "free")


class SeatPane(Pane):
    """What both zooms share: the seats, their present states, and which are the visitor's."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.seats: tuple[PlanSeat, ...] = ()
        self.sections: tuple[PlanSection, ...] = ()
        self.chosen: tuple[int, ...] = ()
        self._states: dict[int, str] = {}
        self._slots: dict[int, int] = {}
        self._drawn_for: tuple[object, ...] = ()

    def set_plan(self, seats: Iterable[PlanSeat], sections: Iterable[PlanSection]) -> None:
        """Show a plan. The same values again cost nothing; states in `seats` win."""
        seats, sections = tuple(seats), tuple(sections)
        if sections == self.sections and seats == self.seats:
            return
        same_places = [_place(seat) for seat in seats] == [_place(seat) for seat in self.seats]
        states = {seat.id: seat.state for seat in seats}
        self.seats = seats
        if same_places and sections == self.sections:
            self.update_states(states)
            return
        self.sections, self._states, self.chosen = sections, states, ()
        self._slots = {seat.id: slot for slot, seat in enumerate(seats)}
        self._drawn_for = ()
        if self.width_u:
            self._redraw()

    def update_states(self, states: Mapping[int, str]) -> None:
        """New states of some seats: free, held, sold, blocked. Cheap: only those are touched."""
        changed = [
            seat_id
            for seat_id, state in states.items()
            if seat_id in self._slots and self._states.get(seat_id) != state
        ]
        for seat_id in changed:
            self._states[seat_id] = states[seat_id]
        self._patch(changed)

    def state_of(self, seat_id: int) -> str:
        """free, held, sold or blocked; empty for a seat that is not on the plan."""
        return self._states.get(seat_id, "")

    def resize(self, width_u: float, height_u: float) -> None:
        super().resize(width_u, height_u)
        self._redraw()

    def _redraw(self) -> None:
        """Draw anew if the size, the theme or the language is another one than last time."""
        look = self.look
        drawn_for = (*self.size, look.u, look.theme, look.language, look.needs)
        if drawn_for != self._drawn_for:
            self._drawn_for = drawn_for
            self._draw()

    def _draw(self) -> None:
        raise NotImplementedError

    def _patch(self, seat_ids: Iterable[int]) -> None:
        raise NotImplementedError

    def _look_of(self, seat: PlanSeat) -> str:
        return seat_look(seat, self._states[seat.id], seat.id in self.chosen)

    def _atlas(self, dots_u: tuple[float, ...], glyphs: str = "") -> Atlas:
        return build_atlas(atlas_colours(self.look.colour), self.look.u, dots_u, glyphs)

    def window_rect(
        self, x_u: float, y_u: float, width_u: float, height_u: float
    ) -> tuple[float, float, float, float]:
        """A rectangle of this pane (centre and size in u) as (x, y, width, height) in pixels of the
        window, counted from its lower left."""
        u = self.look.u
        left, bottom = self.to_window(
            (x_u - width_u / 2) * u, self.height - (y_u + height_u / 2) * u, initial=False
        )
        return left, bottom, width_u * u, height_u * u


def draw_plan_card(pane: Pane) -> None:
    """The ground of a plan; in the contrast theme every card has a border."""
    look = pane.look
    is_contrast = look.theme == "contrast"
    draw_box(
        pane,
        (0, 0, pane.width_u, pane.height_u),
        look.colour("surface"),
        look.radius_u("card"),
        look.colour("line") if is_contrast else None,
        look.stroke_u("part"),
    )


def _place(seat: PlanSeat) -> tuple[object, ...]:
    return (
        seat.id,
        seat.section,
        seat.row,
        seat.number,
        seat.x_cm,
        seat.y_cm,
        seat.rank,
        seat.kind,
    )


class SeatPlan(SeatPane):
    """The plan as a card with stage, dots, section names, our seats with a call-out, and a legend.

    Args:
        look: sizes, colours, language.
        on_zoom_request: called with the place of the plan that was touched, in centimetres.
    """

    def __init__(
        self, look: Look, on_zoom_request: Callable[[float, float], object] | None = None
    ) -> None:
        super().__init__(look)
        self.on_zoom_request = on_zoom_request
        self.layout = WholeLayout()
        self._stage = ""
        self._legend: tuple[tuple[str, str], ...] = ()
        self._callout = ""
        self._mesh: QuadMesh | None = None
        self._sprites: Atlas | None = None
        self._texture: Any = None
        self._on_top = InstructionGroup()

    def set_words(self, stage: str, legend: Iterable[tuple[str, str]] = ()) -> None:
        """The word on the stage, and what the legend explains.

        Args:
            legend: (sprite, words): `free1` .. `free4`, `access`, `held`, `gone`.
        """
        legend = tuple(legend)
        if (stage, legend) != (self._stage, self._legend):
            self._stage, self._legend, self._drawn_for = stage, legend, ()
            if self.width_u:
                self._redraw()

    def set_chosen(self, seat_ids: Iterable[int], words: str = "") -> None:
        """Mark the visitor's seats, with a call-out above them ("9 排 14、15 座")."""
        self.chosen, self._callout = tuple(seat_ids), words
        self._draw_on_top()

    def seat_target_rect(self, seat_id: int) -> tuple[float, float, float, float] | None:
        """Where a seat's dot is, in pixels of the window: (x, y, width, height) from the lower
        left. None if it is not on the plan."""
        if seat_id not in self.layout.points:
            return None
        x, y = self.layout.points[seat_id]
        dot = self.layout.dot_u
        return self.window_rect(x + PADDING_X_U, y + PADDING_TOP_U, dot, dot)

    # --- touch -----------------------------------------------------------------------------

    def on_touch_down(self, touch: Any) -> bool:
        if not self.collide_point(*touch.pos) or self.on_zoom_request is None:
            return False
        touch.grab(self)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        moved = max(abs(touch.x - touch.ox), abs(touch.y - touch.oy))
        if moved > TAP_SLACK_U * self.look.u or not self.collide_point(*touch.pos):
            return True
        u = self.look.u
        x = (touch.x - self.x) / u - PADDING_X_U
        y = (self.height - (touch.y - self.y)) / u - PADDING_TOP_U
        found = nearest_seat(self.layout.points, x, y)
        if found is not None and self.on_zoom_request is not None:
            seat = self.seats[self._slots[found]]
            self.on_zoom_request(seat.x_cm, seat.y_cm)
        return True

    # --- drawing ---------------------------------------------------------------------------

    def _draw(self) -> None:
        self.canvas.clear()
        look = self.look
        draw_plan_card(self)
        legend = legend_rows(look, self._legend, self.width_u - 2 * PADDING_X_U)
        plan_u = self.height_u - PADDING_TOP_U - PADDING_BOTTOM_U - len(legend) * LEGEND_ROW_U
        inner_u = self.width_u - 2 * PADDING_X_U
        gap_u = LABEL_GAP_U * look.size_u("caption") / CAPTION_U
        self.layout = lay_out_whole(self.seats, self.sections, inner_u, plan_u, STAGE_EDGE_U, gap_u)
        self._sprites = self._atlas((round(self.layout.dot_u, 2), LEGEND_DOT_U))
        self._texture = atlas_texture(self._sprites)
        self._draw_stage(inner_u)
        for label in self.layout.labels:
            self._draw_label(label.section, label.x, label.y, inner_u if label.spread else 0)
        with self.canvas:
            Color(1, 1, 1, 1)
        self._mesh = QuadMesh(self._texture, len(self.seats))
        self._patch(self.layout.points)
        self._mesh.add_to(self.canvas)
        self._draw_legend(legend, self.height_u - PADDING_BOTTOM_U - len(legend) * LEGEND_ROW_U)
        self.canvas.add(self._on_top)
        self._draw_on_top()

    def _patch(self, seat_ids: Iterable[int]) -> None:
        if self._mesh is None or self._sprites is None:
            return
        sprites = self._sprites.sprites
        for seat_id in seat_ids:
            slot = self._slots[seat_id]
            seat = self.seats[slot]
            sprite = sprites["0." + seat_look(seat, self._states[seat_id], False)]
            self._mesh.put(slot, [(sprite, *self._pixel(*self.layout.points[seat_id]))])
        self._mesh.show()

    def _pixel(self, x_u: float, y_u: float) -> tuple[float, float]:
        """From the plan's box to pixels of this pane."""
        u = self.look.u
        return (x_u + PADDING_X_U) * u, self.height - (y_u + PADDING_TOP_U) * u

    def _draw_stage(self, width_u: float) -> None:
        look = self.look
        height_u = STAGE_EDGE_U + 144
        size = (look.px(width_u), look.px(height_u))
        svg = _stage_svg(width_u, height_u, look.colour("ink"), look.colour("accent"))
        x, y = self._pixel(0, height_u)
        with self.canvas:
            Color(1, 1, 1, 1)
            Rectangle(
                texture=make_texture(draw_svg(svg, *size)), pos=(round(x), round(y)), size=size
            )
        spaced = " ".join(self._stage) if look.language == "zh" else self._stage.upper()
        draw_words(
            self, [(spaced, "bg")], (width_u / 2 + PADDING_X_U, PADDING_TOP_U + 30), "center"
        )

    def _draw_label(self, section: PlanSection, x: float, y: float, spread_u: float) -> None:
        """A name in the middle with its prices beside it, or spread to both edges."""
        prices = [(words + "  ", token) for words, token in section.prices]
        top = y + PADDING_TOP_U
        if spread_u:
            if self.look.needs.large:  # beside the stage, for the first row begins below
                top = PADDING_TOP_U + 28
            draw_words(self, [(section.name, "ink")], (PADDING_X_U, top), "left")
            right = prices[:-1] + [(words.strip(), token) for words, token in prices[-1:]]
            draw_words(self, right, (PADDING_X_U + spread_u, top), "right", is_latin=True)
            return
        middle = x + PADDING_X_U
        if not prices:
            draw_words(self, [(section.name, "ink")], (middle, top), "center")
            return
        draw_words(self, [(section.name, "ink")], (middle - 14, top), "right")
        draw_words(self, prices, (middle + 14, top), "left", is_latin=True)

    def _draw_legend(self, rows: Sequence[Sequence[tuple[str, str, float]]], top_u: float) -> None:
        if self._sprites is None:
            return
        inner_u = self.width_u - 2 * PADDING_X_U
        mesh = QuadMesh(self._texture, sum(map(len, rows)))
        slot = 0
        for index, row in enumerate(rows):
            used = sum(width for _, _, width in row)
            gap = (inner_u - used) / max(1, len(row) - 1)
            x, y = float(PADDING_X_U), top_u + (index + 0.5) * LEGEND_ROW_U
            for sprite, words, width in row:
                place = ((x + 16) * self.look.u, self.height - y * self.look.u)
                mesh.put(slot, [(self._sprites.sprites["1." + sprite], *place)])
                draw_words(self, [(words, "ink")], (x + 42, y), "left", is_bold=False)
                x, slot = x + width + min(gap, 48), slot + 1
        mesh.show()
        with self.canvas:
            Color(1, 1, 1, 1)
        mesh.add_to(self.canvas)

    def _draw_on_top(self) -> None:
        """Our seats and their call-out, above everything else."""
        self._on_top.clear()
        ours = [seat_id for seat_id in self.chosen if seat_id in self.layout.points]
        if not ours or self._sprites is None:
            return
        mesh = QuadMesh(self._texture, len(ours))
        for slot, seat_id in enumerate(ours):
            place = self._pixel(*self.layout.points[seat_id])
            mesh.put(slot, [(self._sprites.sprites["0.mine"], *place)])
        mesh.show()
        self._on_top.add(Color(1, 1, 1, 1))
        mesh.add_to(self._on_top)
        if self._callout:
            self._draw_callout(ours)

    def _draw_callout(self, ours: Sequence[int]) -> None:
        look = self.look
        places = [self.layout.points[seat_id] for seat_id in ours]
        x = sum(place[0] for place in places) / len(places) + PADDING_X_U
        tip = min(place[1] for place in places) + PADDING_TOP_U - self.layout.dot_u / 2 - 8
        size_u = look.size_u("caption")
        width = words_width(look, self._callout, "caption", is_bold=True) + 56
        height = size_u * 2.07
        middle = min(max(x, PADDING_X_U + width / 2), self.width_u - PADDING_X_U - width / 2)
        group, u = self._on_top, look.u
        pill = Pane(look)  # lends its measures to the shape only
        pill.resize(self.width_u, self.height_u)
        draw_box(
            pill, (middle - width / 2, tip - 14 - height, width, height), look.colour("ink"), height
        )
        group.add(pill.canvas)
        group.add(Color(*look.colour("ink")))
        corners = ((x - 16, tip - 16), (x + 16, tip - 16), (x, tip))
        points = [part for a, b in corners for part in (a * u, self.height - b * u)]
        group.add(Triangle(points=points))
        for step in words_at(
            self, [(self._callout, "bg")], (middle, tip - 14 - height / 2), "center"
        ):
            group.add(step)


def _stage_svg(width_u: float, height_u: float, ink: Rgba, light: Rgba) -> str:
    """The stage with its bent edge, and its light on the first rows."""
    css = [
        "#" + "".join(f"{round(part * 255):02x}" for part in colour[:3]) for colour in (ink, light)
    ]
    w = width_u
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:g} {height_u:g}">'
        '<defs><linearGradient id="light" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{css[1]}" stop-opacity=".42"/>'
        f'<stop offset="1" stop-color="{css[1]}" stop-opacity="0"/></linearGradient></defs>'
        f'<path d="M{w * 0.24:g} 8H{w * 0.76:g}L{w * 0.9:g} {height_u:g}H{w * 0.1:g}z"'
        ' fill="url(#light)"/>'
        f'<path d="M{w * 0.24:g} 4H{w * 0.76:g}v44q{-w * 0.26:g} 30 {-w * 0.52:g} 0z"'
        f' fill="{css[0]}"/></svg>'
    )
