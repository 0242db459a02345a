"""Posters and icons from the shared drawings."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from venue_kiosk import art
from venue_kiosk.art import Picture, PictureUnknown, has_poster, icon, icon_names, poster
from venue_kiosk.poster_drawing import draw_poster

POSTERS = ("tide", "fold", "camellia", "ice", "win", "night")
KINDS = ("film", "show", "exhibition", "sport", "open_admission", "anything")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CACHE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "venue-suite" / "pictures"


def image_of(picture: Picture) -> Image.Image:
    assert len(picture.rgba) == 4 * picture.width_px * picture.height_px
    return Image.frombytes("RGBA", (picture.width_px, picture.height_px), picture.rgba)


def pixels(image: Image.Image) -> list[bytes]:
    """Four bytes each: red, green, blue, alpha."""
    data = image.tobytes()
    return [data[start : start + 4] for start in range(0, len(data), 4)]


def colours_in(picture: Picture) -> int:
    return len(image_of(picture).convert("RGB").getcolors(1 << 24) or ())


@pytest.mark.parametrize("name", POSTERS)
@pytest.mark.parametrize("size", [(118, 59), (66, 88), (108, 133), (90, 160)])
def test_a_poster_fills_its_box_with_colours(name: str, size: tuple[int, int]) -> None:
    for titled in (False, True):
        picture = poster(name, *size, titled=titled)
        assert (picture.width_px, picture.height_px) == size
        assert image_of(picture).getchannel("A").getextrema() == (255, 255)
        assert colours_in(picture) > 20


@pytest.mark.parametrize("name", POSTERS)
def test_the_upper_left_of_a_titled_poster_is_calm_and_dark(name: str) -> None:
    corner = image_of(poster(name, 108, 133, titled=True)).crop((7, 19, 47, 56)).convert("L")
    low, high = corner.getextrema()
    assert isinstance(high, int)
    assert isinstance(low, int)
    mean = sum(corner.tobytes()) / (corner.width * corner.height)
    assert mean < 120, "white words are not read on this"


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_without_a_drawing_gets_one(kind: str) -> None:
    for size in ((118, 59), (66, 88), (200, 20)):
        picture = poster("no-such-art", *size, title="湖畔", kind=kind)
        assert (picture.width_px, picture.height_px) == size
        assert colours_in(picture) > 5


def test_a_made_poster_is_the_same_each_time_and_another_for_another_title() -> None:
    assert draw_poster("湖畔", "show", 0.75) == draw_poster("湖畔", "show", 0.75)
    drawn = {draw_poster(title, "show", 0.75) for title in ("湖畔", "Derby", "瓷", "Night")}
    assert len(drawn) == 4


@pytest.mark.parametrize("title", ["", "<&>\"'", "😀", "a" * 500])
def test_no_title_breaks_a_poster(title: str) -> None:
    ElementTree.fromstring(draw_poster(title, "film", 1.0))
    assert poster("none", 60, 60, title=title, kind="film").width_px == 60


@pytest.mark.parametrize("name", ["../icons/bell", "TIDE", "tide.svg", "", "a b"])
def test_only_plain_names_reach_the_files(name: str) -> None:
    assert not has_poster(name)
    with pytest.raises(PictureUnknown):
        icon(name, 20)


def test_sold_out_is_pale_and_without_colour() -> None:
    plain, grey = image_of(poster("fold", 60, 60)), image_of(poster("fold", 60, 60, grey=True))
    assert grey.getchannel("A").getextrema() == (153, 153)

    def strongest(image: Image.Image) -> int:
        return max(max(pixel[:3]) - min(pixel[:3]) for pixel in pixels(image))

    assert strongest(grey) < 0.25 * strongest(plain)


def test_icons_are_white_on_nothing() -> None:
    names = icon_names()
    assert {"ticket", "wheel", "bell", "mark", "flame", "swap", "check"} <= set(names)
    for name in names:
        image = image_of(icon(name, 48))
        low, high = image.getchannel("A").getextrema()
        assert (low, high) == (0, 255), name
        solid = {pixel[:3] for pixel in pixels(image) if pixel[3] == 255}
        assert solid == {b"\xff\xff\xff"}, name


def test_a_thicker_stroke_covers_more() -> None:
    thin, thick = (sum(icon("check", 48, s).rgba[3::4]) for s in (4, 7))
    assert thick > 1.4 * thin


def test_pictures_are_kept_and_a_torn_file_is_made_anew(cache: Path) -> None:
    first = poster("tide", 50, 50)
    kept = list(cache.iterdir())
    assert [file.suffix for file in kept] == [".png"]
    kept[0].write_bytes(kept[0].read_bytes()[:40])
    assert poster("tide", 50, 50) == first
    with Image.open(kept[0]) as image:
        assert image.size == (50, 50)


def test_a_folder_that_can_not_be_written_is_no_fault(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = cache.parent
    blocked.mkdir(parents=True)
    cache.write_text("a file is in the way")
    assert poster("tide", 40, 40).width_px == 40
    assert cache.read_text() == "a file is in the way"


def test_another_drawing_is_not_mistaken_for_the_kept_one(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = icon("bell", 20)
    monkeypatch.setattr(art, "_rasterise", lambda *_: pytest.fail("rendered again"))
    assert icon("bell", 20) == first
    with pytest.raises(pytest.fail.Exception):
        icon("bell", 20, 6)
