"""How codes and names of people are spelt."""

from __future__ import annotations

from venue_suite.domain.errors import Refused

CODE_CHARS_MAX = 32
NAME_CHARS_MAX = 64


def spell_code(text: str) -> str:
    """A code as it is stored, out of what somebody typed. What can't be one stays none."""
    return text.replace("\0", "").encode(errors="replace").decode().strip().upper()


def check_code(text: str) -> str:
    """A code that somebody shall have. Raises Refused: none, too long, or hard to type."""
    code = text.strip().upper()
    if not code:
        raise Refused(reason="a member of staff needs a code")
    plain = code.isascii() and code.replace("-", "").replace("_", "").isalnum()
    if len(code) > CODE_CHARS_MAX or not plain:
        raise Refused(reason="a code has at most 32 letters, digits, - and _")
    return code


def check_name(text: str) -> str:
    """A person's name. Raises Refused: empty, too long, or not printable."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_CHARS_MAX or not name.isprintable():
        raise Refused(reason="a name has between 1 and 64 printable characters")
    return name
