"""Reading codes from pictures as a scanner does: by a library that did not make them."""

from __future__ import annotations

from pathlib import Path

from venue_suite.domain.errors import ExtraMissing, NotFound


def read_codes(picture: Path) -> list[str]:
    """The texts of all QR codes in a picture, from top to bottom.

    Raises ExtraMissing where zxing-cpp is not installed.
    """
    try:
        import zxingcpp  # noqa: PLC0415 - only demos read pictures
        from PIL import Image  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ExtraMissing(program="venue demo", extra="demo", reason=error) from error
    with Image.open(picture) as image:
        found = zxingcpp.read_barcodes(image.convert("L"))
    codes = [one for one in found if "QR" in str(one.format).upper() and one.text]
    return [one.text for one in sorted(codes, key=lambda one: one.position.top_left.y)]


def read_code(picture: Path) -> str:
    """The one QR code of a picture. Raises NotFound."""
    codes = read_codes(picture)
    if not codes:
        raise NotFound(what="A QR code in", key=picture.name)
    return codes[0]
