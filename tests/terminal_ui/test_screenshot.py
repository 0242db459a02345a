"""Pictures of the console: true to the cells, Chinese unsqueezed, codes readable."""

from __future__ import annotations

from pathlib import Path

import zxingcpp
from PIL import Image
from venue_terminal.screenshot import HIGH, MARGIN, WIDE, read_pieces, save_screenshot

from tests.terminal_ui.desk_play import played
from tests.terminal_ui.fake_venue import FakeVenue


def opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("L")


async def test_a_payment_code_is_readable_from_the_screen(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "3", "enter")
        picture = save_screenshot(play.app, tmp_path / "code.png")
    (found,) = zxingcpp.read_barcodes(opened(picture))
    assert found.text == "https://pay.example/q/7F3A91C2"


async def test_every_cell_is_where_the_terminal_has_it(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path, language="zh") as play:
        await play.press("2", "a", "enter")
        pieces = list(read_pieces(play.app.export_screenshot()))
        rows = [""] * 24
        for piece in sorted(pieces, key=lambda piece: (piece.row, piece.column)):
            if piece.text:
                rows[piece.row] += piece.text.replace(" ", "")
        wanted = [line.replace(" ", "") for line in play.lines()]
        assert rows == wanted
        picture = opened(save_screenshot(play.app, tmp_path / "sell.png", zoom=1.0))
    assert picture.size == (80 * WIDE + 2 * MARGIN, 24 * HIGH + 2 * MARGIN)


async def test_wide_characters_fill_their_two_cells(venue: FakeVenue, tmp_path: Path) -> None:
    """The first letter of the venue's name reaches over both of its cells, and no further."""
    async with played(venue, tmp_path, language="zh") as play:
        picture = opened(save_screenshot(play.app, tmp_path / "sell.png", zoom=1.0))
    column = MARGIN + WIDE  # the name begins in the second cell
    bar = picture.crop((column, MARGIN, column + 2 * WIDE, MARGIN + HIGH))
    ink = bar.point(lambda level: 255 if level > 160 else 0).getbbox()
    assert ink is not None
    assert ink[2] - ink[0] >= 14
    assert ink[3] - ink[1] >= 14
