"""QR codes for papers: full QR (never Micro), level M as asked for, shortest mode by content."""

from __future__ import annotations

from functools import lru_cache

import segno


@lru_cache(maxsize=64)
def qr_rows(text: str) -> tuple[bytes, ...]:
    """The modules of a QR code, a row each, one byte a module, 1 is dark, no quiet zone.

    Capital letters, digits and ` $%*+-./:` alone are coded in the alphanumeric mode, at two
    thirds of the size.

    Raises:
        ValueError: more text than the largest QR code holds.
    """
    try:
        code = segno.make_qr(text, error="m", boost_error=False)
    except segno.DataOverflowError as error:
        raise ValueError("too much text for a QR code") from error
    return tuple(bytes(row) for row in code.matrix)
