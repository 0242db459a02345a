"""Typefaces are found in order, prepared once, and missed with a clear word."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageFont

from venue_suite.typefaces import (
    TypefaceMissing,
    TypefaceUnusable,
    Weight,
    find_face,
    typeface,
    typeface_path,
)

DEBIAN = Path("/usr/share/fonts")
COLLECTION = "NotoSansCJK-Regular.ttc"


def _folder(place: Path, *names: str) -> Path:
    """A folder with files of these names; their content is only looked at by some tests."""
    place.mkdir()
    for name in names:
        (place / name).write_bytes(b"")
    return place


def test_the_chinese_face_of_a_collection_is_chosen() -> None:
    assert typeface("sans", "regular", 24).getname() == ("Noto Sans CJK SC", "Regular")
    assert typeface("sans", "bold", 24).getname() == ("Noto Sans CJK SC", "Bold")
    assert typeface("serif", "bold", 24).getname() == ("Noto Serif CJK SC", "Bold")
    assert typeface("latin", "regular", 24).getname() == ("Roboto", "Regular")


def test_typefaces_are_loaded_once() -> None:
    assert typeface("sans", "regular", 31) is typeface("sans", "regular", 31)


def test_a_standalone_file_draws_chinese_not_japanese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "cache"))
    path = typeface_path("sans", "regular", standalone=True)
    source = typeface_path("sans", "regular")

    assert path.parent == tmp_path / "cache" / "typefaces"
    assert path.read_bytes()[:4] == b"OTTO"
    drawn = bytes(ImageFont.truetype(path, 60).getmask("直骨"))
    assert drawn == bytes(ImageFont.truetype(source, 60, index=2).getmask("直骨"))
    assert drawn != bytes(ImageFont.truetype(source, 60, index=0).getmask("直骨"))


def test_a_standalone_file_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path))
    first = typeface_path("sans", "bold", standalone=True)
    made = first.stat().st_mtime_ns
    assert typeface_path("sans", "bold", standalone=True) == first
    assert first.stat().st_mtime_ns == made
    assert [file.name for file in first.parent.iterdir()] == [first.name]


def test_a_single_face_needs_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path))
    path = typeface_path("latin", "regular", standalone=True)
    assert path == typeface_path("latin", "regular")
    assert list(tmp_path.iterdir()) == []


def test_the_venues_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = _folder(tmp_path / "own", "wqy-microhei.ttc")
    monkeypatch.setenv("VENUE_FONT_DIR", str(own))
    assert typeface_path("sans", "regular") == own / "wqy-microhei.ttc"
    assert typeface_path("sans", "bold") == own / "wqy-microhei.ttc"


@pytest.mark.parametrize(
    ("weight", "files", "expected"),
    [
        ("regular", ["wqy-zenhei.ttc", "wqy-microhei.ttc"], "wqy-microhei.ttc"),
        ("regular", ["wqy-microhei.ttc", "NotoSansSC-Regular.otf"], "NotoSansSC-Regular.otf"),
        ("bold", ["NotoSansCJK-Regular.ttc", "wqy-microhei.ttc"], "NotoSansCJK-Regular.ttc"),
    ],
)
def test_the_next_best_chinese_face_stands_in(
    tmp_path: Path, weight: Weight, files: list[str], expected: str
) -> None:
    folder = _folder(tmp_path / "fonts", *files)
    assert find_face("sans", weight, (folder,)).path.name == expected


def test_latin_falls_back_on_dejavu_then_on_the_chinese_face(tmp_path: Path) -> None:
    both = _folder(tmp_path / "both", "DejaVuSans.ttf", COLLECTION)
    chinese = _folder(tmp_path / "chinese", COLLECTION)
    assert find_face("latin", "regular", (both,)).path.name == "DejaVuSans.ttf"
    assert find_face("latin", "regular", (chinese,)).path.name == COLLECTION
    assert find_face("latin", "regular", (both, DEBIAN)).path.name == "Roboto-Regular.ttf"


def test_serif_falls_back_on_sans(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "fonts", COLLECTION)
    assert find_face("serif", "regular", (folder,)).path.name == COLLECTION


def test_a_missing_chinese_face_names_the_package(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "fonts", "DejaVuSans.ttf")
    with pytest.raises(TypefaceMissing, match="fonts-noto-cjk") as caught:
        find_face("sans", "regular", (folder, tmp_path / "absent"))
    assert caught.value.code == "typeface_missing"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"ttcf" + bytes(40), id="cut off"),
        pytest.param(b"not a font" * 100, id="something else"),
    ],
)
def test_a_damaged_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    own = _folder(tmp_path / "own", COLLECTION)
    (own / COLLECTION).write_bytes(content)
    monkeypatch.setenv("VENUE_FONT_DIR", str(own))
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "cache"))
    with pytest.raises(TypefaceUnusable, match=COLLECTION):
        typeface("sans", "regular", 24)
    with pytest.raises(TypefaceUnusable, match=COLLECTION):
        typeface_path("sans", "regular", standalone=True)
    assert list((tmp_path / "cache" / "typefaces").iterdir()) == []


def test_a_cache_that_cant_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "file"))
    with pytest.raises(TypefaceUnusable):
        typeface_path("sans", "regular", standalone=True)
