"""What happened in sales, in words for the live line."""

from __future__ import annotations

from venue_terminal.console import Console
from venue_terminal.hookspecs import Note

from venue_suite.domain.facts import Fact
from venue_suite.texts import N_

_WORDS = {
    "sales.order_paid": (N_("{station} sold {order}"), "fine"),
    "sales.order_placed": (N_("{station} holds {order}"), "text"),
    "sales.payment_waiting": (N_("{station} waits for the money of {order}"), "text"),
    "sales.payment_late": (N_("late money for {order}: it is owed back"), "wrong"),
}


def note_of(console: Console, fact: Fact) -> Note | None:
    """`kiosk-1 sold A7K2-0931`; None for facts that nobody needs to read."""
    if fact.kind == "sales.order_released":
        if fact.data.get("state") != "expired":
            return None
        words, role = N_("the time of {order} is over"), "careful"
    elif fact.kind in _WORDS:
        words, role = _WORDS[fact.kind]
    else:
        return None
    number = str(fact.data.get("number") or fact.data.get("order", ""))
    station = str(fact.data.get("station") or console.say("the counter"))
    return Note(console.say(words, order=number, station=station), role)
