"""The shell: touches, language, access, idle, banner, plugins."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from venue_kiosk.hookspecs import KioskHooks, hookimpl
from venue_kiosk.journey import Journey
from venue_kiosk.plugins import KioskPlugins
from venue_kiosk.shell import Shell
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.state import Screen

from tests.kiosk import states
from tests.kiosk.kiosk_window import Kiosk


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    kiosk = Kiosk(tmp_path)
    yield kiosk
    kiosk.close()


# --- touch ---------------------------------------------------------------------------------------


def test_a_touch_acts_when_the_finger_is_lifted_inside(kiosk: Kiosk) -> None:
    kiosk.tap("service/buy", lambda: kiosk.frames(1))
    assert kiosk.screen == "events"


def test_a_finger_that_leaves_the_button_does_nothing(kiosk: Kiosk) -> None:
    from kivy.tests.common import UnitTestTouch  # noqa: PLC0415 - opens the window

    finger = UnitTestTouch(*kiosk.centre("service/buy"))
    finger.touch_down()
    finger.touch_move(5, 955)
    finger.touch_up()
    assert kiosk.screen == "attract"


def test_a_pressed_button_is_darker_until_it_is_released(kiosk: Kiosk) -> None:
    target = kiosk.targets["service/buy"]
    fill, normal = target._fill or (None, ())
    assert fill is not None
    seen = []
    kiosk.tap("service/buy", lambda: seen.append(tuple(fill.rgba)))
    assert seen[0] != normal
    assert tuple(fill.rgba) == pytest.approx(normal)


def test_two_touches_at_one_place_within_a_moment_count_once(kiosk: Kiosk) -> None:
    place = kiosk.centre("rail/language")
    kiosk.touch(*place)
    kiosk.touch(*place)
    assert kiosk.look.language == "en"


def test_a_screen_that_changes_under_a_finger_waits_for_the_finger(kiosk: Kiosk) -> None:
    """The seats of others change all the time: no button may vanish while it is pressed."""
    kiosk.show(states.at(Screen.TICKETS))
    kiosk.tap("pay", kiosk.shell.deck.refresh)
    assert isinstance(kiosk.commands[-1], m.StartQr)


def test_nothing_below_a_sheet_can_be_touched(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.EVENTS))
    below = kiosk.centre("event/1")
    kiosk.tap("rail/access")
    kiosk.touch(*below)
    assert (kiosk.screen, kiosk.sheet) == ("events", "access")


# --- language and access -------------------------------------------------------------------------


def test_language_can_be_switched_anywhere_and_keeps_the_screen(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.TICKETS))
    kiosk.tap("rail/language")
    assert kiosk.screen == "tickets"
    assert "Who is each ticket for?" in kiosk.texts
    assert kiosk.buying.flow.language == "en"
    assert "中文" in kiosk.texts


def test_large_text_works_at_once_behind_the_sheet(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.TICKETS))
    kiosk.tap("rail/access")
    kiosk.tap("access/large")
    assert kiosk.look.needs.large
    assert "第 3 步，共 5 步" in kiosk.texts
    kiosk.tap("access/done")
    assert kiosk.sheet == ""


def test_contrast_is_another_theme(kiosk: Kiosk) -> None:
    kiosk.tap("rail/access")
    kiosk.tap("access/contrast")
    assert kiosk.look.theme == "contrast"


def test_staff_are_called_and_the_visitor_is_told(kiosk: Kiosk) -> None:
    kiosk.tap("rail/staff")
    assert kiosk.commands[-1] == m.CallStaff()
    assert "已通知员工" in kiosk.texts
    kiosk.tap("staff/close")
    kiosk.shell.deck.stage._last = (0, 0, -1)
    kiosk.tap("rail/staff")
    assert "已经通知，马上到" in kiosk.texts


# --- idle ----------------------------------------------------------------------------------------


def test_it_asks_after_a_minute_and_any_touch_goes_on(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.TICKETS))
    kiosk.wait(59)
    assert kiosk.sheet == ""
    kiosk.wait(9)
    assert kiosk.sheet == "idle"
    assert "22" in kiosk.texts
    kiosk.tap("idle/stay")
    assert (kiosk.screen, kiosk.sheet) == ("tickets", "")


def test_nobody_there_gives_back_and_forgets(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.TICKETS), language="en")
    kiosk.look.toggle("large")
    kiosk.wait(91)
    assert (kiosk.screen, kiosk.sheet, kiosk.look.language) == ("attract", "", "zh")
    assert not kiosk.look.needs.large
    assert any(isinstance(command, m.ReleaseOrder) for command in kiosk.commands)
    assert kiosk.buying.flow.order is None


def test_paying_never_idles_out(kiosk: Kiosk) -> None:
    kiosk.show(states.paying())
    kiosk.wait(200)
    assert (kiosk.screen, kiosk.sheet) == ("pay", "")


def test_more_time_doubles_the_wait(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.TICKETS))
    kiosk.look.toggle("slow")
    kiosk.wait(119)
    assert kiosk.sheet == ""
    kiosk.wait(2)
    assert kiosk.sheet == "idle"


def test_a_language_left_on_the_home_screen_goes_back_by_itself(kiosk: Kiosk) -> None:
    kiosk.tap("rail/language")
    kiosk.wait(91)
    assert (kiosk.screen, kiosk.look.language) == ("attract", "zh")


# --- the way home --------------------------------------------------------------------------------


def test_end_asks_before_seats_go_back(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.SEATS))
    kiosk.tap("rail/end")
    assert kiosk.sheet == "end"
    kiosk.tap("end/stay")
    assert (kiosk.screen, kiosk.sheet) == ("seats", "")
    kiosk.tap("rail/end")
    kiosk.tap("end/confirm")
    assert (kiosk.screen, kiosk.sheet) == ("attract", "")


def test_a_notice_says_what_happened(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.SEATS))
    kiosk.tap("back")
    assert kiosk.screen == "performance"
    assert "座位已放回，未扣款。" in kiosk.texts


# --- server --------------------------------------------------------------------------------------


def test_the_banner_says_that_the_server_is_away_and_that_it_is_back(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.SEATS))
    kiosk.shell._server_changed(True)
    assert "网络中断，本机暂时不能售票" in kiosk.texts
    kiosk.shell._server_changed(False)
    assert "网络已恢复。" in kiosk.texts


def test_a_kiosk_without_a_valid_key_says_so(kiosk: Kiosk) -> None:
    kiosk.link.refusal = "not_signed_in"
    kiosk.shell._server_changed(True)
    assert "本场馆还不认识这台自助机" in kiosk.texts
    kiosk.link.refusal = ""
    kiosk.shell._server_changed(False)
    assert kiosk.shell.banner is None


def test_stepping_back_to_the_posters_keeps_what_the_visitor_needs(kiosk: Kiosk) -> None:
    kiosk.show(states.at(Screen.EVENTS), language="en")
    kiosk.look.toggle("large")
    kiosk.tap("back")
    assert (kiosk.screen, kiosk.look.language, kiosk.look.needs.large) == ("attract", "en", True)
    kiosk.show(states.at(Screen.EVENTS), language="en")
    kiosk.tap("rail/home")
    assert (kiosk.screen, kiosk.look.language, kiosk.look.needs.large) == ("attract", "zh", False)


def test_a_landscape_window_does_not_crash(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, (960, 540))
    kiosk.show(states.at(Screen.SEATS))
    kiosk.tap("take_seats")
    assert kiosk.screen == "tickets"
    kiosk.close()


# --- plugins -------------------------------------------------------------------------------------


class Broken(KioskHooks):
    @hookimpl
    def kiosk_register_screens(self, shell: Shell) -> Journey:
        raise ZeroDivisionError


class Whole(KioskHooks):
    @hookimpl
    def kiosk_register_screens(self, shell: Shell) -> Journey:
        return Journey("whole", {})


broken, whole = Broken(), Whole()


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, "venue_suite.kiosk")


def test_hook_kiosk_register_screens(kiosk: Kiosk, caplog: pytest.LogCaptureFixture) -> None:
    """Each plugin is asked for its screens; one that crashes is left out and the kiosk goes on."""
    plugins = KioskPlugins(
        entries=[
            entry("broken", "tests.kiosk.test_shell:broken"),
            entry("missing", "tests.kiosk.no_such_module:plugin"),
            entry("whole", "tests.kiosk.test_shell:whole"),
        ]
    )
    with caplog.at_level(logging.ERROR):
        journeys = plugins.register_screens(kiosk.shell)
    assert [journey.name for journey in journeys] == ["whole"]
    assert plugins.names == ["whole"]


def test_a_plugin_that_is_switched_off_is_not_loaded() -> None:
    one = entry("whole", "tests.kiosk.test_shell:whole")
    assert KioskPlugins(["whole"], [one]).names == []


def test_services_of_plugins_are_tiles_on_the_attract_screen(kiosk: Kiosk) -> None:
    assert [name for name in kiosk.targets if name.startswith("service/")] == ["service/buy"]
    kiosk.show(replace(kiosk.buying.flow))
    assert "买票" in kiosk.texts
