"""Finds the typefaces that papers and screens are set in, and prepares them.

Chinese collections (`.ttc`) hold one face a country: the same character is drawn differently for
Japan and for China. Pillow can pick a face by its number; Kivy can't and would draw the first one,
which is the Japanese. For it the Simplified Chinese face is copied once into a file of its own.

Environment:
    VENUE_FONT_DIR: a folder that is searched before the system's folders.
    CACHE_DIRECTORY (systemd), XDG_CACHE_HOME: where prepared files are kept.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

from PIL import ImageFont

from venue_suite.domain.errors import VenueError

Family = Literal["sans", "serif", "latin", "mono"]
Weight = Literal["regular", "bold"]

CHINESE_PACKAGE = "fonts-noto-cjk"


class TypefaceMissing(VenueError):
    """No Chinese typeface is installed, so neither screens nor papers can be set."""

    code: ClassVar[str] = "typeface_missing"
    exit_status: ClassVar[int] = 9
    default_template: ClassVar[str] = (
        "No Chinese typeface was found. Please install the package {package},"
        " or put one into the folder that VENUE_FONT_DIR names."
    )


class TypefaceUnusable(VenueError):
    """A typeface was found but can't be read, or its prepared copy can't be written."""

    code: ClassVar[str] = "typeface_unusable"
    exit_status: ClassVar[int] = 9
    default_template: ClassVar[str] = "The typeface {path} can't be used: {reason}"


@dataclass(frozen=True, slots=True)
class Face:
    """One face in a font file. `index` is its number in a collection, else 0."""

    path: Path
    index: int = 0


# File name -> number of the Simplified Chinese face, best first. Debian and Arch ship collections,
# others one file a language; WenQuanYi has one weight only and serves as both.
_NOTO_SANS = {
    "regular": {
        "NotoSansCJK-Regular.ttc": 2,
        "NotoSansCJKsc-Regular.otf": 0,
        "NotoSansSC-Regular.otf": 0,
        "SourceHanSansSC-Regular.otf": 0,
    },
    "bold": {
        "NotoSansCJK-Bold.ttc": 2,
        "NotoSansCJKsc-Bold.otf": 0,
        "NotoSansSC-Bold.otf": 0,
        "SourceHanSansSC-Bold.otf": 0,
    },
}
_NOTO_SERIF = {
    "regular": {
        "NotoSerifCJK-Regular.ttc": 2,
        "NotoSerifCJKsc-Regular.otf": 0,
        "SourceHanSerifSC-Regular.otf": 0,
    },
    "bold": {
        "NotoSerifCJK-Bold.ttc": 2,
        "NotoSerifCJKsc-Bold.otf": 0,
        "SourceHanSerifSC-Bold.otf": 0,
    },
}
_ONE_WEIGHT = {"wqy-microhei.ttc": 0, "wqy-zenhei.ttc": 0}
_ROBOTO = {
    "regular": {"Roboto-Regular.ttf": 0, "Roboto-Regular.otf": 0},
    "bold": {"Roboto-Bold.ttf": 0, "Roboto-Bold.otf": 0},
}
_MONO = {
    "regular": {"DejaVuSansMono.ttf": 0, "NotoSansCJK-Regular.ttc": 7},
    "bold": {"DejaVuSansMono-Bold.ttf": 0, "NotoSansCJK-Bold.ttc": 7},
}
_DEJAVU = {"regular": {"DejaVuSans.ttf": 0}, "bold": {"DejaVuSans-Bold.ttf": 0}}


def _candidates(family: Family, weight: Weight) -> Iterator[dict[str, int]]:
    """Groups of file names, best group first; a group is looked for in all folders in turn."""
    if family == "latin":
        yield _ROBOTO[weight]
        yield _DEJAVU[weight]
    if family == "mono":
        yield _MONO[weight]
    if family == "serif":
        yield _NOTO_SERIF[weight]
    chinese = dict(_NOTO_SANS[weight])
    if weight == "bold":
        chinese |= _NOTO_SANS["regular"]
    yield chinese | _ONE_WEIGHT


def font_folders() -> tuple[Path, ...]:
    """The folders that are searched, in order: the venue's, the system's, the user's, Kivy's."""
    folders = [Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]
    if override := os.environ.get("VENUE_FONT_DIR"):
        folders.insert(0, Path(override))
    data_home = os.environ.get("XDG_DATA_HOME")
    folders.append(Path(data_home) / "fonts" if data_home else _home() / ".local/share/fonts")
    # Only looked up, not imported: Kivy brings a Roboto of its own.
    if (kivy := importlib.util.find_spec("kivy")) and kivy.submodule_search_locations:
        folders.append(Path(kivy.submodule_search_locations[0]) / "data/fonts")
    return tuple(folders)


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a service user without a home
        return Path("/nonexistent")


@lru_cache(maxsize=32)
def _files(folder: Path) -> dict[str, Path]:
    """All font files under a folder by name. A folder that is not there has none."""
    found: dict[str, Path] = {}
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            if name.endswith((".ttf", ".otf", ".ttc")):
                found.setdefault(name, Path(root) / name)
    return found


def find_face(family: Family, weight: Weight, folders: tuple[Path, ...]) -> Face:
    """The best face of `family` and `weight` in `folders`.

    A family that is missing is replaced by the Chinese sans face, a missing bold by the regular.

    Raises:
        TypefaceMissing: not even a Chinese sans face is there.
    """
    for group in _candidates(family, weight):
        for folder in folders:
            files = _files(folder)
            for name, index in group.items():
                if path := files.get(name):
                    return Face(path, index)
    raise TypefaceMissing(package=CHINESE_PACKAGE)


def typeface_path(family: Family, weight: Weight, *, standalone: bool = False) -> Path:
    """The font file of a typeface.

    Args:
        family: `sans` and `serif` hold Chinese and Latin letters, `latin` only the latter.
        weight: `regular` or `bold`.
        standalone: the first face of the file must be the right one, as Kivy needs; a face inside
            a collection is then copied out (a third of a second, once a machine).

    Raises:
        TypefaceMissing: no Chinese face is installed.
        TypefaceUnusable: the face can't be read, or its copy can't be written.
    """
    face = find_face(family, weight, font_folders())
    return _extracted(face, cache_folder()) if standalone and face.index else face.path


@lru_cache(maxsize=256)
def _loaded(face: Face, size_px: int) -> ImageFont.FreeTypeFont:
    # The basic layout gives one glyph a character and the same result with or without raqm. The
    # class itself, because `ImageFont.truetype` looks for a namesake elsewhere if a file is bad.
    try:
        return ImageFont.FreeTypeFont(
            face.path, size_px, index=face.index, layout_engine=ImageFont.Layout.BASIC
        )
    except OSError as error:
        raise TypefaceUnusable(path=str(face.path), reason=str(error)) from error


def typeface(family: Family, weight: Weight, size_px: int) -> ImageFont.FreeTypeFont:
    """A typeface for Pillow; `size_px` is the height of the em in pixels or printer dots.

    Raises:
        TypefaceMissing: no Chinese face is installed.
        TypefaceUnusable: the file is damaged.
    """
    return _loaded(_face(family, weight, os.environ.get("VENUE_FONT_DIR")), size_px)


@lru_cache(maxsize=32)
def _face(family: Family, weight: Weight, _override: str | None) -> Face:
    """`find_face` remembered, for it is asked for every piece of text."""
    return find_face(family, weight, font_folders())


def cache_folder() -> Path:
    """Where prepared typefaces are kept: systemd's cache folder, else the user's."""
    if systemd := os.environ.get("CACHE_DIRECTORY"):
        return Path(systemd.split(":")[0]) / "typefaces"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else _home() / ".cache") / "venue-suite" / "typefaces"


@lru_cache(maxsize=16)
def _extracted(face: Face, folder: Path) -> Path:
    """A file that holds only this face of its collection."""
    try:
        status = face.path.stat()
        mark = f"{face.path}|{face.index}|{status.st_size}|{status.st_mtime_ns}"
        digest = hashlib.sha256(mark.encode()).hexdigest()[:12]
        target = folder / f"{face.path.stem}-{face.index}-{digest}.otf"
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _copy_face(face, target)
    except OSError as error:
        raise TypefaceUnusable(path=str(face.path), reason=str(error)) from error
    return target


def _copy_face(face: Face, target: Path) -> None:
    """Write one face beside its final name and move it there, so that no reader sees a half."""
    from fontTools.ttLib import TTFont, TTLibError  # noqa: PLC0415 - needed once a machine

    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        # Lazy: the tables are copied as bytes. Cutting the face down to the characters of GB 18030
        # takes 37 s instead of 0.4 s and makes Kivy's first text only 1 ms faster.
        with (
            face.path.open("rb") as source,
            TTFont(source, fontNumber=face.index, lazy=True) as font,
        ):
            font.save(part)
        part.chmod(0o644)
        part.replace(target)
    except (TTLibError, AssertionError, struct.error) as error:
        # The library checks headers by assertions and unpacks what is cut off.
        raise TypefaceUnusable(path=str(face.path), reason=str(error)) from error
    finally:
        part.unlink(missing_ok=True)
