"""Every screen, in both languages, in every mode: reachable, readable, complete, and quick."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from kivy.core.window import Window
from PIL import Image
from venue_kiosk.inspection import describe, save_screenshot
from venue_kiosk.look import Needs
from venue_kiosk.screen import LOW_CONTROLS_U
from venue_kiosk.textures import measure_width
from venue_kiosk.widgets.target import Target
from venue_kiosk.widgets.text import Text
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.state import Screen

from tests.kiosk import sample, states
from tests.kiosk.kiosk_window import Kiosk

TARGET_MIN_U = 88
SCREEN_CHANGE_MAX_S = 0.15
STATES = states.all_states()
MODES = {
    "plain": Needs(),
    "contrast-large": Needs(large=True, contrast=True),
    "low": Needs(low=True),
}

every_state = pytest.mark.parametrize("state", STATES)
both_languages = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    kiosk = Kiosk(tmp_path_factory.mktemp("kiosk"))
    yield kiosk
    kiosk.close()


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest, kiosk: Kiosk) -> Iterator[str]:
    kiosk.look.change(needs=MODES[request.param])
    yield request.param
    kiosk.look.change(needs=Needs())


def all_texts(root: Any) -> Iterator[Text]:
    if isinstance(root, Text) and root.plain.strip():
        yield root
    for child in root.children:
        yield from all_texts(child)


@both_languages
@every_state
def test_screen_is_touchable_and_readable(
    kiosk: Kiosk, mode: str, language: str, state: str
) -> None:
    kiosk.show(STATES[state], language=language)
    assert kiosk.targets
    for name, target in kiosk.targets.items():
        check_target(kiosk, name, target)
    floor_px = int(28 * kiosk.look.u)
    for text in all_texts(kiosk.shell.deck.stage):
        for line in text.lines:
            used = sum(measure_width(part, style.face) for part, style in line)
            assert used <= text.width + 2, f"cut: {text.plain}"
            assert all(style.face.size_px >= floor_px for _, style in line), text.plain


def check_target(kiosk: Kiosk, name: str, target: Target) -> None:
    """Big enough for a finger, and wholly on the stage."""
    u, stage = kiosk.look.u, kiosk.shell.deck.stage
    assert target.width >= TARGET_MIN_U * u - 1, name
    assert target.height >= TARGET_MIN_U * u - 1, name
    x, y = target.to_window(target.x, target.y)
    assert x >= stage.x - 1, name
    assert x + target.width <= stage.right + 1, name
    assert y >= -1, name
    assert y + target.height <= stage.height + 1, name


@both_languages
@every_state
def test_low_controls_are_low(kiosk: Kiosk, language: str, state: str) -> None:
    """Seats one by one are not offered there; everything else is below the line."""
    if state == "seat_zoom":
        return
    kiosk.show(STATES[state], language=language)
    kiosk.look.change(needs=Needs(low=True))
    try:
        stage = kiosk.shell.deck.stage
        for name, target in kiosk.targets.items():
            _, y = target.to_window(target.x, target.y)
            top_u = (stage.height - y - target.height) / kiosk.look.u
            assert top_u >= LOW_CONTROLS_U - 2, name
    finally:
        kiosk.look.change(needs=Needs())


class Listening:
    """Says everything, and remembers what has no Chinese translation."""

    def __init__(self, speaker: Any) -> None:
        self.speaker = speaker
        self.missing: set[str] = set()

    def say(self, text: str, language: str, /, **params: Any) -> str:
        said: str = self.speaker.say(text, language, **params)
        if language == "zh" and text and said == text.format(**params):
            self.missing.add(text)
        return said


@every_state
def test_every_sentence_on_screen_has_a_chinese_translation(kiosk: Kiosk, state: str) -> None:
    speaker = kiosk.look.speaker
    listening = Listening(speaker)
    kiosk.look.speaker = listening
    try:
        kiosk.show(STATES[state], language="zh")
    finally:
        kiosk.look.speaker = speaker
    assert listening.missing == set()


@both_languages
@every_state
def test_every_screen_has_a_way_out_and_staff(kiosk: Kiosk, language: str, state: str) -> None:
    kiosk.show(STATES[state], language=language)
    names = set(kiosk.targets)
    if not kiosk.sheet:
        assert "rail/staff" in names
    if state not in ("attract", "printing") and not kiosk.sheet:
        assert names & {"back", "rail/home", "rail/end"}


# --- single screens ------------------------------------------------------------------------------


@pytest.mark.parametrize("needs", [Needs(), Needs(contrast=True, large=True)])
def test_the_payment_code_can_be_scanned_in_every_theme(
    kiosk: Kiosk, needs: Needs, tmp_path: Path
) -> None:
    kiosk.look.change(needs=needs)
    kiosk.show(states.paying())
    kiosk.frames(2)
    save_screenshot(tmp_path / "pay.png")
    kiosk.look.change(needs=Needs())
    with Image.open(tmp_path / "pay.png") as picture:
        found = zxingcpp.read_barcodes(picture)
    assert [code.text for code in found] == [sample.QR_TEXT]


def test_what_is_sold_out_can_not_be_touched(kiosk: Kiosk) -> None:
    kiosk.show(STATES["events"])
    assert "event/1" in kiosk.targets
    assert "event/6" not in kiosk.targets
    assert "售罄" in kiosk.texts
    kiosk.show(STATES["performance"])
    assert {"performance/17", "performance/18"} <= set(kiosk.targets)
    assert "performance/19" not in kiosk.targets


def test_the_price_is_explained_line_by_line(kiosk: Kiosk) -> None:
    kiosk.show(STATES["tickets"])
    texts = kiosk.texts
    for words in ("周末亲子优惠", "一大一小同行，减 ¥38", "−¥38", "¥532", "无"):
        assert words in texts


def test_six_tickets_are_turned_page_by_page(kiosk: Kiosk) -> None:
    kiosk.show(STATES["tickets-six"])
    assert "type/1/a" in kiosk.targets
    assert "type/6/a" not in kiosk.targets
    for _ in range(6):
        if "type/6/a" in kiosk.targets:
            break
        kiosk.shell.deck.stage._last = (0, 0, -1)
        kiosk.tap("pages/next")
    kiosk.tap("type/6/c")
    change = kiosk.commands[-1]
    assert isinstance(change, m.ChangeOrder)
    assert [(item.ticket_type_id, item.count) for item in change.body.wanted] == [(1, 5), (3, 1)]


def test_filters_show_only_what_fits(kiosk: Kiosk) -> None:
    kiosk.show(STATES["events"])
    kiosk.tap("filter/exhibitions")
    assert [name for name in kiosk.targets if name.startswith("event/")] == ["event/5"]
    kiosk.tap("filter/all")
    assert len([name for name in kiosk.targets if name.startswith("event/")]) == 4


def test_a_touch_on_the_plan_asks_for_the_zoom_there(kiosk: Kiosk) -> None:
    kiosk.show(STATES["seats"])
    shown = describe(kiosk.shell)
    seat = next(target for target in shown.targets if target.name.startswith("seat/"))
    kiosk.touch(seat.x + seat.width / 2, shown.height - seat.y - seat.height / 2)
    assert kiosk.screen == "seat_zoom"


def test_a_seat_is_chosen_in_the_zoom_and_given_back_by_its_chip(kiosk: Kiosk) -> None:
    kiosk.show(STATES["seat_zoom"])
    shown = describe(kiosk.shell)
    chosen, free = shown.state["chosen"], shown.state["free"]
    assert isinstance(chosen, list)
    assert isinstance(free, list)
    visible = {target.name: target for target in shown.targets}
    seat_id = next(i for i in free if f"seat/{i}" in visible and i not in chosen)
    seat = visible[f"seat/{seat_id}"]
    kiosk.touch(seat.x + seat.width / 2, shown.height - seat.y - seat.height / 2)
    assert seat_id in kiosk.buying.flow.chosen_seats
    kiosk.tap(f"chosen/{seat_id}")
    assert seat_id not in kiosk.buying.flow.chosen_seats


def test_other_people_taking_seats_redraws_the_dots_only(kiosk: Kiosk) -> None:
    kiosk.show(STATES["seats"])
    before = kiosk.targets["take_seats"]
    seat = next(seat for seat in states.PLAN.seats if seat.state == "free" and seat.row == "3")
    kiosk.buying.put(m.SeatsSeen(17, {seat.id: "sold"}))
    assert kiosk.targets["take_seats"] is before


def test_a_seat_taken_meanwhile_is_a_sheet_with_others(kiosk: Kiosk) -> None:
    kiosk.show(STATES["failure-S-01"])
    assert (kiosk.screen, kiosk.sheet) == ("seat_zoom", "failure")
    assert "15 座刚被别人选走了" in kiosk.texts
    kiosk.tap("option/takeseats")
    assert (kiosk.screen, kiosk.sheet) == ("tickets", "")


def test_a_failure_says_what_money_advice_and_code(kiosk: Kiosk) -> None:
    kiosk.show(STATES["failure-M-07"])
    texts = kiosk.texts
    assert "正在确认您的付款" in texts
    assert "请不要再付一次，您的钱是安全的。" in texts
    assert "4827 1093" in texts
    assert any("M-07" in text for text in texts)


def test_a_doubtful_print_is_asked_about_with_two_different_buttons(kiosk: Kiosk) -> None:
    kiosk.show(STATES["failure-P-04"])
    assert {"option/yes", "option/no"} <= set(kiosk.targets)


@every_state
def test_no_two_targets_have_one_name(kiosk: Kiosk, state: str) -> None:
    kiosk.show(STATES[state])
    names = [target.name for target in describe(kiosk.shell).targets]
    assert len(names) == len(set(names))


def test_countdowns_move_every_second(kiosk: Kiosk) -> None:
    kiosk.show(states.paying())
    assert any("9:42" in text for text in kiosk.texts)
    later = sample.NOW + (sample.local(0, 1) - sample.local(0, 0))
    kiosk.buying.server_now = lambda: later  # type: ignore[method-assign]
    kiosk.wait(1)
    kiosk.buying.server_now = lambda: sample.NOW  # type: ignore[method-assign]
    assert any("8:42" in text for text in kiosk.texts)


def test_the_attract_loop_goes_on_to_the_next_poster(kiosk: Kiosk) -> None:
    kiosk.show(STATES["attract"])
    first = [name for name in kiosk.targets if name.startswith("attract/event/")]
    kiosk.wait(9)
    second = [name for name in kiosk.targets if name.startswith("attract/event/")]
    assert len(first) == len(second) == 1
    assert first != second


# --- figures -------------------------------------------------------------------------------------


def test_the_next_screen_is_there_within_150_ms(kiosk: Kiosk) -> None:
    """From the state's change to the drawn frame, in software rendering at 540 x 960."""
    assert Window.size == (540, 960)
    walk = [STATES[name] for name in ("events", "performance", "seats", "tickets", "pay")]
    for flow in walk:
        kiosk.show(flow)
    took = []
    for _ in range(3):
        for flow in walk:
            begun = time.perf_counter()
            kiosk.show(flow)
            took.append(time.perf_counter() - begun)
    assert statistics.median(took) < SCREEN_CHANGE_MAX_S


def test_an_idle_screen_draws_no_frames(kiosk: Kiosk) -> None:
    kiosk.show(STATES["tickets"])
    kiosk.frames(3)
    flips: list[int] = []
    Window.bind(on_flip=lambda *_: flips.append(1))
    kiosk.frames(20)
    assert flips == []


def test_the_scene_names_every_target_in_window_pixels_from_the_top(kiosk: Kiosk) -> None:
    kiosk.show(STATES["tickets"], language="en")
    scene = describe(kiosk.shell)
    pay = next(target for target in scene.targets if target.name == "pay")
    assert (scene.screen, scene.sheet, scene.language) == ("tickets", "", "en")
    assert (scene.width, scene.height) == (540, 960)
    assert pay.y > 960 * 0.8
    assert pay.x + pay.width <= 540 - 27
    assert "To payment" in scene.texts
    assert Screen.TICKETS.value == scene.screen
