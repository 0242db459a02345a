"""One thing that somebody wants of the house, and how its answer compares with the model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from venue_plugins.sales import wire

from tests.faults.day_model import DayModel
from tests.plugins.sales.house import COMPANION_SEAT, WHEELCHAIR_SEAT
from tests.plugins.sales.house_model import ModelOrder, No
from venue_suite.database.work import Operation
from venue_suite.domain.actors import SYSTEM, Actor

# What the model calls `asked` is shown as `waiting`.
SHOWN = {"asked": "waiting"}


def always() -> None:
    """Nothing speaks against it."""


def nothing(reply: bytes) -> None:
    """The answer changes nothing in the model."""


@dataclass
class Step:
    """One operation: saved before it is sent, judged by its answer.

    Attributes:
        expect: raises `No` with the code of the refusal that the model expects.
        apply: compares the answer with the model, and lets the model do the same.
        reply: the JSON that was answered, once it was.
    """

    name: str
    service: Callable[..., Any]
    arguments: tuple[Any, ...]
    actor: Actor = SYSTEM
    expect: Callable[[], None] = always
    apply: Callable[[bytes], None] = nothing
    operation: Operation = field(default_factory=lambda: Operation("", b""))
    reply: bytes | None = None

    def save(self, operation_id: str) -> None:
        """Give it its operation id, as a client does before it sends anything."""
        arguments = [one for one in self.arguments if isinstance(one, int | str | msgspec.Struct)]
        content = msgspec.json.encode((self.service.__qualname__, arguments, self.actor.code))
        self.operation = Operation(operation_id, hashlib.sha256(content).digest())

    def judge(self, reply: bytes | None, refusal: str) -> None:
        """Compare an answer with what the model expects. Raises AssertionError."""
        try:
            self.expect()
            expected = ""
        except No as no:
            expected = str(no)
        assert refusal == expected, f"{self.name}: {refusal or 'done'}, not {expected or 'done'}"
        if reply is not None:
            self.apply(reply)
            self.reply = reply


def repeat(first: Step) -> Step:
    """The same operation again: the same answer; what was refused is simply tried anew."""

    def expect() -> None:
        if first.reply is None:
            first.expect()

    def apply(reply: bytes) -> None:
        if first.reply is None:
            first.apply(reply)
            first.reply = reply
        assert reply == first.reply, f"{first.name}: answered, then lost or changed"

    return Step(
        first.name.removesuffix(" again") + " again",
        first.service,
        first.arguments,
        first.actor,
        expect,
        apply,
        first.operation,
    )


def reuse(first: Step) -> Step:
    """The id of an operation that was done, for something else."""

    def expect() -> None:
        raise No("operation_reused")

    other = Operation(first.operation.operation_id, b"something else")
    return Step(
        f"{first.name} reused",
        first.service,
        first.arguments,
        first.actor,
        expect,
        operation=other,
    )


def check_seats(
    model: DayModel, got: list[int], named: list[int], wheelchair: bool, own: ModelOrder | None
) -> None:
    """Seats that the house chose are free, and of the right kind."""
    assert not set(got) & model.taken(own), "a seat was given twice"
    if named:
        assert got == named
    elif wheelchair and got:
        assert WHEELCHAIR_SEAT in got
    elif got:
        assert not {WHEELCHAIR_SEAT, COMPANION_SEAT} & set(got)


def compare(model: DayModel, order: wire.Order) -> None:
    """An order as it is shown is the model's."""
    known = model.orders[order.id]
    assert order.state == known.state
    assert order.total_minor == known.total_minor
    assert [line.seat_id for line in order.lines if line.seat_id] == known.seats
    assert len(order.lines) == known.count
    assert [(one.tender, one.state, one.late) for one in order.payments] == [
        (one.tender, SHOWN.get(one.state, one.state), one.late) for one in known.payments
    ]
    assert order.expires_at == (known.expires_at if known.state == "held" else None)
    if order.state == "paid":
        paper = model.paper(known)
        states = [sheet.state for sheet in paper.tickets.values()] or ["waiting"] * known.count
        assert [line.print_state for line in order.lines] == states
        assert order.receipt_state == paper.receipt.state
