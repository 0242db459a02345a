"""What services, routes and jobs refuse can be read in Chinese."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from venue_plugins.sales.domain.errors import SeatTaken, SoldOut, WrongState
from venue_plugins.sales.jobs import NoProvider
from venue_plugins.sales.services.tickets import PrintedElsewhere

from venue_suite.domain.errors import BadRequest, VenueError
from venue_suite.texts import Texts
from venue_suite.translations import check_catalogue

SCREENS = ("kiosk/", "terminal/")  # these have catalogues of their own


def test_every_sentence_of_the_server_is_translated() -> None:
    with resources.as_file(resources.files("venue_plugins.sales")) as folder:
        faults = check_catalogue(Path(folder))
    assert [fault for fault in faults if not fault.startswith(SCREENS)] == []


@pytest.mark.parametrize(
    ("refusal", "chinese"),
    [
        (SoldOut(wanted=3, left=1), "需要 3 个位置，只剩 1 个。"),
        (SeatTaken(seats=[7]), "其中 1 个座位刚被别人选走了。"),
        (NoProvider(), "本场馆还没有开通扫码支付。"),
        (PrintedElsewhere(station="kiosk-1"), "kiosk-1 正在打印这张订单，请稍等一分钟。"),
        (WrongState(state="paid", verb="release"), "订单状态为 已付款，不能再做 放回。"),
        (BadRequest("Seat {seat} is not in this hall.", seat=9), "本厅没有座位 9。"),
        (BadRequest(reason="name each seat once"), "每个座位只写一次"),
    ],
    ids=lambda value: value.code if isinstance(value, VenueError) else "",
)
def test_refusals_are_said_in_chinese(refusal: VenueError, chinese: str) -> None:
    texts = Texts.load("venue_plugins.sales")
    assert chinese in texts.say_refusal(refusal.template, refusal.params, "zh")
