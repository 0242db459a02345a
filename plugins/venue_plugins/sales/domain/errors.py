"""Everything that selling refuses, each with a stable code. The English sentence is the msgid."""

from __future__ import annotations

from venue_suite.domain.errors import Refused


class SoldOut(Refused):
    """No places, or not enough, are left. Params: `wanted`, `left`."""

    code = "sold_out"
    default_template = "{wanted} places were asked for; {left} are left."


class SeatTaken(Refused):
    """Somebody else was quicker. Params: `seats`, the ids of the seats that are gone."""

    code = "seat_taken"
    default_template = "Somebody else has just taken {count} of these seats."

    def __init__(self, template: str = "", /, **params: object) -> None:
        seats = params.get("seats", ())
        if not isinstance(seats, list | tuple | set | frozenset):
            raise TypeError("seats are a collection of seat ids")
        params["seats"] = sorted(seats)
        params["count"] = len(seats)
        super().__init__(template, **params)


class HoldExpired(Refused):
    """The time to pay has run out and the places went back. Params: `number`."""

    code = "hold_expired"
    default_template = "The time for order {number} ran out and its places went back."


class WrongState(Refused):
    """The order is past the point where this could be done. Params: `state`, `verb`."""

    code = "wrong_state"
    default_template = "The order is {state}: {verb} is not possible any more."


class TooManyPlaces(Refused):
    """More places than one order may hold. Params: `count`, `limit`."""

    code = "too_many_places"
    default_template = "{count} places were asked for; one order holds at most {limit}."


class PaymentShort(Refused):
    """Less was handed over than is due. Params: `received`, `due`, both ready to read."""

    code = "payment_short"
    default_template = "{received} were received; {due} are due."


class PaymentUnknown(Refused):
    """The provider has not said whether it was paid: ask it again, never charge twice.

    Params: `payment`.
    """

    code = "payment_unknown"
    default_template = (
        "Whether payment {payment} went through is not known yet. Please do not pay again."
    )


class TicketTypeNotSold(Refused):
    """This performance or these seats don't come at that kind of ticket. Params: `ticket_type`."""

    code = "ticket_type_not_sold"
    default_template = "The ticket type {ticket_type} is not sold here."


class PerformanceNotOnSale(Refused):
    """It is over, stopped, or not yet on sale. Params: `performance`."""

    code = "performance_not_on_sale"
    default_template = "{performance} is not on sale."


class PrinterJobUnknown(Refused):
    """A station reported on a piece of paper that it was never asked to print. Params: `job`."""

    code = "printer_job_unknown"
    http_status = 404
    default_template = "The print job {job} does not exist."
