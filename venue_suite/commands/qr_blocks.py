"""A QR code for terminals: two modules a character."""

from __future__ import annotations

QUIET = 2


def qr_blocks(text: str) -> str:
    """The code as lines of half blocks, light on dark; "" where the package for it is missing."""
    try:
        import segno  # noqa: PLC0415 - an extra; the text alone will do
    except ModuleNotFoundError:
        return ""
    code = segno.make_qr(text, error="l", boost_error=False)
    rows = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    # What is dark in the code is left blank: most terminals write light on dark.
    halves = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return "\n".join(
        "".join(halves[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
