"""Orders: the number and the code that people read, and the states they pass through."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from venue_plugins.sales.domain.errors import WrongState

HELD = "held"
PAID = "paid"
RELEASED = "released"
EXPIRED = "expired"

# (state, verb) -> next state. What is not here can't be done.
TRANSITIONS: dict[tuple[str, str], str] = {
    (HELD, "change"): HELD,  # other places or ticket types; the clock goes on
    (HELD, "ask_payment"): HELD,  # a code is shown, a terminal works
    (HELD, "pay"): PAID,
    (HELD, "release"): RELEASED,  # by the visitor or the cashier
    (HELD, "expire"): EXPIRED,  # by the clock
    (PAID, "print"): PAID,
    (PAID, "reprint"): PAID,
    (PAID, "refund"): PAID,  # tickets are refunded; the order remains as it was paid
}
STATES = (HELD, PAID, RELEASED, EXPIRED)
VERBS = tuple(dict.fromkeys(verb for _, verb in TRANSITIONS))

# Letters that can't be taken for a digit or for another letter, on thermal paper or the telephone.
LETTERS = "ACEFHJKMNPRTVWXY"
DIGITS = "0123456789"
SYMBOLS = DIGITS + LETTERS  # 26

COUNTS_PER_PREFIX = 10_000
PREFIXES = len(LETTERS) * len(DIGITS) * len(LETTERS)
COUNTER_MAX = PREFIXES * COUNTS_PER_PREFIX - 1
# Neighbouring prefixes should not look alike; the step has no factor in common with PREFIXES.
PREFIX_STEP = 1009
PREFIX_START = 118  # A7K

PICKUP_DIGITS = 8


def next_state(state: str, verb: str) -> str:
    """Where an order goes.

    Raises:
        WrongState: if an order in that state can't do it.
        ValueError: if there is no such state or verb at all.
    """
    if state not in STATES or verb not in VERBS:
        raise ValueError(f"no state {state!r} or verb {verb!r}")
    if (state, verb) not in TRANSITIONS:
        raise WrongState(state=state, verb=verb)
    return TRANSITIONS[state, verb]


def make_order_number(counter: int) -> str:
    """The number of an order for people: `A7K5-0931`.

    The last four digits count up, so that a person finds today's order by them; the first three
    characters change every 10,000 orders; the fourth is a check character over the others.

    Args:
        counter: 0 to `COUNTER_MAX`, each used once in a venue.

    Raises:
        ValueError: if the counter is out of range.
    """
    if not 0 <= counter <= COUNTER_MAX:
        raise ValueError(f"order counter {counter} is not between 0 and {COUNTER_MAX}")
    high, low = divmod(counter, COUNTS_PER_PREFIX)
    mixed = (PREFIX_START + high * PREFIX_STEP) % PREFIXES
    first, rest = divmod(mixed, len(DIGITS) * len(LETTERS))
    middle, last = divmod(rest, len(LETTERS))
    prefix = f"{LETTERS[first]}{DIGITS[middle]}{LETTERS[last]}"
    tail = f"{low:04}"
    return f"{prefix}{check_character(prefix + tail, SYMBOLS)}-{tail}"


def read_order_number(text: str) -> str | None:
    """An order number as typed or scanned, in its proper form.

    Takes small and full-width letters, missing or other dashes and blanks.

    Returns:
        The number as `make_order_number` writes it, or None if it is none. One wrong character is
        always noticed.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())
    if len(plain) != 8 or any(c not in SYMBOLS for c in plain):
        return None
    prefix, check, tail = plain[:3], plain[3], plain[4:]
    shaped = prefix[0] in LETTERS and prefix[1] in DIGITS and prefix[2] in LETTERS
    if not shaped or not tail.isdigit() or check_character(prefix + tail, SYMBOLS) != check:
        return None
    return f"{prefix}{check}-{tail}"


def make_pickup_code(random_bytes: Callable[[int], bytes]) -> str:
    """A pick-up code: seven random digits, all equally likely, and a check digit.

    The venue keeps codes unique among orders that wait to be collected; ten million of them and a
    limit of tries at the kiosk make guessing hopeless.

    Args:
        random_bytes: n -> n unpredictable bytes.
    """
    span = 10 ** (PICKUP_DIGITS - 1)
    fair = (1 << 32) // span * span
    number = fair
    while number >= fair:
        number = int.from_bytes(random_bytes(4), "big")
    digits = f"{number % span:0{PICKUP_DIGITS - 1}}"
    return digits + check_character(digits, DIGITS)


def is_pickup_code(text: str) -> bool:
    """Whether this can be a pick-up code: eight digits of which the last fits the others."""
    return (
        len(text) == PICKUP_DIGITS
        and all(c in DIGITS for c in text)
        and check_character(text[:-1], DIGITS) == text[-1]
    )


def check_character(text: str, symbols: str) -> str:
    """The check character of ISO/IEC 7064, hybrid system MOD (n+1, n) over `symbols`.

    For digits it is MOD 11,10; for the 26 symbols of order numbers it is MOD 27,26 over our own
    alphabet. It notices every single wrong character, and nearly every swap of two neighbours.
    """
    size = len(symbols)
    product = size
    for character in text:
        total = (product + symbols.index(character)) % size or size
        product = total * 2 % (size + 1)
    return symbols[(1 - product) % size]
