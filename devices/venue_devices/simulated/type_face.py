"""Text as dots, for a simulated printer that is sent text instead of pictures."""

from __future__ import annotations

import functools
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

CELL_DOTS = 24  # height of one line of single-size text
# Faces with Chinese, as Debian's packages install them; without one, Chinese prints as boxes.
_FACES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)


@functools.lru_cache(maxsize=1)
def _face() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for path in _FACES:
        if Path(path).is_file():
            return ImageFont.truetype(path, CELL_DOTS - 4)
    return ImageFont.load_default(CELL_DOTS - 4)


def draw_text(text: str, times: tuple[int, int], bold: bool, inverted: bool) -> Image.Image:
    """`text` as a picture of mode "1", 0 is black; `times`: how many times wider and higher."""
    face = _face()
    length = max(1, round(face.getlength(text)) + int(bold))
    picture = Image.new("1", (length, CELL_DOTS), 0 if inverted else 1)
    pen = ImageDraw.Draw(picture)
    for shift in (0, 1) if bold else (0,):
        pen.text((shift, -4), text, font=face, fill=1 if inverted else 0)
    return picture.resize((length * times[0], CELL_DOTS * times[1]))
