"""The seat plan's widgets in a window without a screen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from kivy.core.window import Window
from venue_kiosk.look import Look, Needs
from venue_kiosk.theme import Rgba
from venue_kiosk.typefaces import register_typefaces
from venue_kiosk.widgets.pane import Pane
from venue_kiosk.widgets.quad_mesh import QuadMesh
from venue_kiosk.widgets.seat_plan import PADDING_TOP_U, PADDING_X_U, SeatPane, SeatPlan, seat_look
from venue_kiosk.widgets.seat_plan_atlas import atlas_colours, build_atlas
from venue_kiosk.widgets.seat_plan_geometry import PlanSeat
from venue_kiosk.widgets.seat_zoom import SeatOverview, SeatZoom

from tests.kiosk.plans import SECTIONS, make_hall, make_studio

HALL = make_hall()
LEGEND = (("free1", "¥480"), ("access", "轮椅席"), ("held", "他人在选"), ("gone", "已售"))
U = 0.5  # a window of 540 x 960


class Plain:
    """Says everything in English."""

    def say(self, text: str, language: str, /, **params: Any) -> str:
        return text.format(**params)


@pytest.fixture
def look() -> Look:
    register_typefaces()
    Window.size = (540, 960)
    look = Look(Plain())
    look.fit(540, 960)
    return look


@pytest.fixture
def stage(look: Look) -> Iterator[Pane]:
    pane = Pane(look)
    pane.resize(1080, 1920)
    Window.add_widget(pane)
    yield pane
    Window.remove_widget(pane)


def put_plan(stage: Pane, seats: tuple[PlanSeat, ...] = HALL) -> tuple[SeatPlan, list[Any]]:
    asked: list[Any] = []
    plan = SeatPlan(stage.look, lambda x, y: asked.append((x, y)))
    plan.set_plan(seats, SECTIONS)
    plan.set_words("舞台", LEGEND)
    stage.put(plan, 32, 368, 1016, 1048)
    return plan, asked


def put_zoom(stage: Pane) -> tuple[SeatZoom, SeatOverview, list[int]]:
    touched: list[int] = []
    zoom = SeatZoom(stage.look, touched.append)
    overview = SeatOverview(stage.look, zoom)
    zoom.set_plan(HALL, SECTIONS)
    overview.set_plan(HALL, SECTIONS)
    stage.put(zoom, 32, 368, 1016, 848)
    stage.put(overview, 56, 1240, 288, 300)
    return zoom, overview, touched


def drawn(stage: Pane) -> Any:
    """The stage as a picture; row 0 is at the top."""
    image = stage.export_as_image()
    texture = image.texture
    pixels = texture.pixels
    width, height = texture.size

    def colour_at(x: float, y: float) -> Rgba:
        start = 4 * (round(y) * width + round(x))
        red, green, blue, alpha = (part / 255 for part in pixels[start : start + 4])
        return red, green, blue, alpha

    return SimpleNamespace(width=width, height=height, at=colour_at)


def centre(rect: tuple[float, float, float, float]) -> tuple[float, float]:
    return rect[0] + rect[2] / 2, rect[1] + rect[3] / 2


def is_near(one: Rgba, other: Rgba) -> bool:
    return all(abs(a - b) < 0.06 for a, b in zip(one[:3], other[:3], strict=True))


class Finger:
    """A touch as the window gives it to widgets, in the stage's coordinates."""

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y, self.ox, self.oy = x, y, x, y
        self.grab_current: Any = None
        self.grabbed: Any = None
        self.ud: dict[str, Any] = {}
        self._kept: list[tuple[float, ...]] = []

    @property
    def pos(self) -> tuple[float, float]:
        return self.x, self.y

    def push(self) -> None:
        self._kept.append((self.x, self.y, self.ox, self.oy))

    def pop(self) -> None:
        self.x, self.y, self.ox, self.oy = self._kept.pop()

    def apply_transform_2d(self, transform: Any) -> None:
        self.x, self.y = transform(self.x, self.y)
        self.ox, self.oy = transform(self.ox, self.oy)

    def grab(self, widget: Any) -> None:
        self.grabbed = widget

    def ungrab(self, widget: Any) -> None:
        self.grabbed = None

    def tap(self, widget: Any) -> bool:
        return self.drag(widget, 0, 0)

    def drag(self, widget: Any, across: float, up: float) -> bool:
        """Down, along, and up on one widget; says whether the widget wanted it."""
        if not widget.on_touch_down(self):
            return False
        self.grab_current = self.grabbed
        self.x, self.y = self.x + across, self.y + up
        widget.on_touch_move(self)
        widget.on_touch_up(self)
        self.grab_current = None
        return True


# --- the whole plan ----------------------------------------------------------------------------


def test_all_seats_are_one_mesh(stage: Pane) -> None:
    plan, _ = put_plan(stage)
    assert plan._mesh is not None
    assert [len(mesh.vertices) for mesh in plan._mesh.meshes] == [16 * 1200]
    assert plan.children == []


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_seats_have_the_colour_of_their_tier_and_state(look: Look, theme: str) -> None:
    look.change(theme="dark" if theme == "dark" else "light")
    look.change(needs=Needs(contrast=theme == "contrast"))
    stage = Pane(look)
    stage.resize(1080, 1920)
    seats = make_studio()
    states = {1: "sold", 2: "held", 3: "free"}
    seats = tuple(replace(seat, state=states.get(seat.id, "free")) for seat in seats)
    plan, _ = put_plan(stage, seats)
    plan.set_chosen([20], "9 排 14 座")
    picture = drawn(stage)

    def colour_of(seat_id: int, off_u: float = 0) -> Rgba:
        x, y = plan.layout.points[seat_id]
        return picture.at(  # type: ignore[no-any-return]
            (32 + PADDING_X_U + x + off_u) * U, (368 + PADDING_TOP_U + y) * U
        )

    assert is_near(colour_of(3), look.colour("seat1"))
    assert is_near(colour_of(1), look.colour("seat_gone"))
    assert is_near(colour_of(1, plan.layout.dot_u * 0.4), look.colour("surface"))
    assert is_near(colour_of(2), look.colour("surface"))
    assert is_near(colour_of(20), look.colour("ink"))


def test_a_change_of_states_costs_less_than_ten_milliseconds(stage: Pane) -> None:
    plan, _ = put_plan(stage)
    zoom, overview, _ = put_zoom(stage)
    for widget in (plan, zoom, overview):
        all_sold = {seat.id: "sold" for seat in HALL}
        all_free = {seat.id: "free" for seat in HALL}
        times = []
        for states in (all_sold, all_free, all_sold):
            begun = time.process_time()
            widget.update_states(states)
            times.append(time.process_time() - begun)
        assert min(times) < 0.010
        begun = time.process_time()
        widget.update_states({5: "held", 6: "held"})
        assert time.process_time() - begun < 0.010


def test_states_of_unknown_seats_are_nobodys(stage: Pane) -> None:
    plan, _ = put_plan(stage)
    plan.update_states({999_999: "sold", 1: "held"})
    assert plan.state_of(1) == "held"
    assert plan.state_of(999_999) == ""


def test_the_same_plan_again_keeps_the_drawing_and_new_states_show(stage: Pane) -> None:
    plan, _ = put_plan(stage)
    mesh = plan._mesh
    plan.set_plan(HALL, SECTIONS)
    assert plan._mesh is mesh
    plan.set_plan(tuple(replace(seat, state="sold") for seat in HALL), SECTIONS)
    assert plan._mesh is mesh
    assert plan.state_of(7) == "sold"
    plan.set_plan(make_studio(), SECTIONS)
    assert plan._mesh is not mesh


def test_a_touch_asks_for_the_zoom_there_and_chooses_nothing(stage: Pane) -> None:
    plan, asked = put_plan(stage)
    for seat in (HALL[0], HALL[400], HALL[-1]):
        rect = plan.seat_target_rect(seat.id)
        assert rect is not None
        x, y = centre(rect)
        assert Finger(x, y).tap(plan)
        assert asked[-1] == (seat.x_cm, seat.y_cm)
    assert plan.chosen == ()
    assert not Finger(20, 20).tap(plan)


def test_a_drag_over_the_plan_is_no_touch(stage: Pane) -> None:
    plan, asked = put_plan(stage)
    Finger(*plan.center).drag(plan, 100, 0)
    assert asked == []


def test_a_call_out_at_the_edge_stays_inside(stage: Pane) -> None:
    plan, _ = put_plan(stage)
    background = drawn(stage)
    corner = HALL[-38]  # the leftmost seat of the last row
    plan.set_chosen([corner.id], "三层楼座 7 排 1 座，您的座位")
    picture = drawn(stage)
    left_of_card = [(x, y) for x in range(15) for y in range(0, 900, 7)]
    assert all(picture.at(x, y) == background.at(x, y) for x, y in left_of_card)


# --- the zoom ----------------------------------------------------------------------------------


def test_every_seat_can_be_brought_into_view_and_touched(stage: Pane) -> None:
    zoom, _, touched = put_zoom(stage)
    for seat in HALL[::97]:
        zoom.show_seat(seat.id)
        rect = zoom.seat_target_rect(seat.id)
        assert rect is not None
        assert rect[2:] == (44, 50)
        x, y = centre(rect)
        assert zoom.x <= x <= zoom.right
        assert zoom.y <= y <= zoom.top
        Finger(x, y).tap(zoom)
        assert touched[-1] == seat.id


def test_numbers_stand_on_free_seats_and_a_tick_on_ours(stage: Pane) -> None:
    zoom, _, _ = put_zoom(stage)
    seat = next(seat for seat in HALL if seat.state == "free" and seat.number == "14")
    other = next(seat for seat in HALL if seat.state == "sold" and seat.number == "14")
    names = [len(zoom._seat_sprites(one)) for one in (seat, other)]
    assert names == [3, 1]
    zoom.set_chosen([seat.id])
    assert zoom._seat_sprites(seat) == [(zoom._sprites["z.mine"], *zoom._seat_sprites(seat)[0][1:])]


def test_a_drag_moves_the_view_and_touches_nothing(stage: Pane) -> None:
    zoom, _, touched = put_zoom(stage)
    seen: list[tuple[str, str, str]] = []
    zoom.on_view = lambda *rows: seen.append(rows)
    zoom.show_place(0, 900)
    before = zoom.view
    Finger(*zoom.center).drag(zoom, -88 * U, 300 * U)
    assert zoom.view.x == pytest.approx(before.x + 88, abs=1)
    assert zoom.view.y == pytest.approx(before.y + 300, abs=1)
    assert touched == []
    assert seen[-1] != seen[0]


def test_the_row_names_are_no_seats(stage: Pane) -> None:
    zoom, _, touched = put_zoom(stage)
    zoom.show_seat(HALL[0].id)
    Finger(zoom.x + 20 * U, zoom.center_y).tap(zoom)
    assert touched == []


def test_the_overview_follows_and_leads(stage: Pane) -> None:
    zoom, overview, _ = put_zoom(stage)
    frames = []
    for seat in (HALL[0], HALL[-1]):
        zoom.show_seat(seat.id)
        frames.append(overview.frame)
    assert frames[0] != frames[1]
    x, y = overview._pixel(*overview.layout.points[HALL[0].id])
    Finger(overview.x + x, overview.y + y).tap(overview)
    assert HALL[0].id in zoom.seats_shown()


def test_the_overview_shows_states_and_choice_of_the_zoom(stage: Pane) -> None:
    zoom, overview, _ = put_zoom(stage)
    zoom.update_states({9: "held"})
    zoom.set_chosen([11])
    assert overview.state_of(9) == "held"
    assert overview.chosen == (11,)


# --- parts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state", "is_chosen", "sprite"),
    [
        ("seat", "free", False, "free2"),
        ("seat", "held", False, "held"),
        ("seat", "sold", False, "gone"),
        ("seat", "blocked", False, "gone"),
        ("wheelchair", "free", False, "access"),
        ("wheelchair", "sold", False, "gone"),
        ("companion", "free", False, "free2"),
        ("seat", "held", True, "mine"),
    ],
)
def test_looks(kind: str, state: str, is_chosen: bool, sprite: str) -> None:
    assert seat_look(PlanSeat(1, "S", "1", "1", 0, 0, 2, kind), state, is_chosen) == sprite


def test_sprites_do_not_overlap(look: Look) -> None:
    atlas = build_atlas(atlas_colours(look.colour), 1.0, (16.0, 24.0), "0123456789ABC排")
    places = [
        (sprite.left, sprite.top, sprite.right, sprite.bottom) for sprite in atlas.sprites.values()
    ]
    for index, (left, top, right, bottom) in enumerate(places):
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
        for other in places[index + 1 :]:
            apart = other[0] >= right - 1e-9 or other[2] <= left + 1e-9
            above = other[1] >= bottom - 1e-9 or other[3] <= top + 1e-9
            assert apart or above


def test_more_quads_than_one_mesh_holds_are_drawn_by_several(look: Look) -> None:
    atlas = build_atlas(atlas_colours(look.colour), 1.0, (16.0,), "")
    mesh = QuadMesh(None, 9_000, 4)
    assert [len(part.vertices) for part in mesh.meshes] == [256_000, 256_000, 64_000]
    mesh.put(8_999, [(atlas.sprites["0.free1"], 50, 60)])
    mesh.show()
    assert list(mesh.meshes[2].vertices[-64:-62]) == [41, 51]


def test_both_languages_and_large_text_can_be_drawn(look: Look) -> None:
    for language in ("zh", "en"):
        look.change(language=language, needs=Needs(large=language == "en"))
        stage = Pane(look)
        stage.resize(1080, 1920)
        plan, _ = put_plan(stage)
        plan.set_chosen([300, 301], "Row 9 · 14, 15")
        assert isinstance(plan, SeatPane)
        assert drawn(stage).width == 540
