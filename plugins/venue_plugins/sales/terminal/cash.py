"""Cash at the counter: what was typed, quick amounts, and which notes make the change. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from venue_suite.domain.money import Currency

# Notes and coins in use, in minor units, largest first.
_NOTES: Mapping[str, tuple[int, ...]] = {
    "CNY": (10000, 5000, 2000, 1000, 500, 100, 50, 10),
    "JPY": (10000, 5000, 1000, 500, 100, 50, 10, 5, 1),
    "USD": (10000, 5000, 2000, 1000, 500, 100, 25, 10, 5, 1),
    "EUR": (20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "HKD": (100000, 50000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10),
}
_QUICK_STEP_MINOR = 5000


@dataclass(frozen=True, slots=True)
class QuickAmounts:
    """What people hand over: exactly, the next step, the one after it."""

    exact_minor: int
    plus_minor: int
    plus_plus_minor: int


def read_amount(text: str, currency: Currency) -> int | None:
    """`600`, `600.5` or `600.50` in minor units; None if it is no amount of this currency."""
    whole, dot, part = text.strip().partition(".")
    digits = currency.exponent
    if len(whole) > 9 or not (whole or part) or len(part) > digits or (dot and not digits):
        return None
    number = whole + part.ljust(digits, "0")
    return int(number) if number.isascii() and number.isdigit() else None


def quick_amounts(due_minor: int) -> QuickAmounts:
    """For 630.00: 650.00 and 700.00, that is the next fifty and the hundred after it."""
    plus = (due_minor // _QUICK_STEP_MINOR + 1) * _QUICK_STEP_MINOR
    hundred = 2 * _QUICK_STEP_MINOR
    return QuickAmounts(due_minor, plus, (plus // hundred + 1) * hundred)


def notes_to_give(change_minor: int, currency: Currency) -> list[tuple[int, int]]:
    """The change in as few notes and coins as possible: (value, pieces)."""
    given: list[tuple[int, int]] = []
    for value in _NOTES.get(currency.code, _NOTES["CNY"]):
        pieces, change_minor = divmod(max(0, change_minor), value)
        if pieces:
            given.append((value, pieces))
    return given


def chosen_tender(text: str, due_minor: int, currency: Currency) -> int | None:
    """The tender that a single digit on the line means.

    An amount begins with a digit too, so one chooses a tender only while it could not pay the sum.
    """
    if len(text) != 1 or not text.isascii() or not text.isdigit():
        return None
    amount_minor = int(text) * 10**currency.exponent
    return int(text) if amount_minor < due_minor else None
