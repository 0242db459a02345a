"""The JSON shapes of sales, shared by server, kiosk and console. Amounts are minor units.

A station (kiosk) sees and changes only its own orders; staff with `sales.orders` see all.
Every POST carries the header `Idempotency-Key: <operation id>`.

Facts on the feed, with the subject `performance/17`:

- `sales.seats_changed`: `{"seats": {"1043": "held"}}`; only seats whose state is another now.
- `sales.places_changed`: `{"left": 41}`.

With the subject `order/88` and `{"order": 88, "number": ..., "state": ..., "station": ...}`:

- `sales.order_placed`, `sales.order_changed`, `sales.order_paid`, `sales.order_released` (its
  `state` says whether by somebody or by the clock).
- `sales.payment_waiting`, `sales.payment_changed`: `state` is the payment's.
- `sales.payment_late`: money for an order that holds no places any more, or is paid already; also
  `amount_minor`, which is owed to the payer.
- `sales.printed` (`results`: job id -> print state), `sales.reprinted` (`staff`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from venue_suite.domain.localized import Localized
from venue_suite.paging import PageQuery, Query

# What a request may name: no number that a database column can't hold, no text without an end.
Key = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
AmountMinor = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
ShortText = Annotated[str, msgspec.Meta(max_length=64)]


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what is received: unknown fields are refused."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what is answered: a newer server may add fields."""


# --- catalogue ---------------------------------------------------------------------------------


class AskPerformances(Query, frozen=True):
    """Which performances to list."""

    event: Annotated[Key, msgspec.Meta(description="of this event; 0: of all")] = 0
    day: Annotated[str, msgspec.Meta(max_length=10, description="local day, `2026-11-28`")] = ""


class EventCard(Reply, frozen=True):
    """One event that is on sale or coming.

    `kind`: film, show, exhibition, sport, open_admission. `art`: name of the poster drawing.
    `state`: plenty, few, sold_out, any_time (time slots), stopped.
    `next_*`: the next performance that can still be bought; 0 / None if there is none.
    """

    id: int
    kind: str
    art: str
    title: Localized
    genre: Localized
    about: Localized
    length: Localized
    state: str
    places_left: int
    from_price_minor: int
    next_performance_id: int
    next_starts_at: datetime | None
    next_hall: Localized
    last_ends_at: datetime | None
    days: list[str]  # local days with performances on sale, "2026-11-28"


class PerformanceCard(Reply, frozen=True):
    """One performance. `seating`: reserved (a seat plan) or open (places only)."""

    id: int
    event_id: int
    title: Localized
    hall: Localized
    starts_at: datetime
    ends_at: datetime
    seating: str
    state: str  # plenty, few, sold_out, stopped
    capacity: int
    places_left: int
    wheelchair_left: int
    from_price_minor: int
    to_price_minor: int


class TicketType(Reply, frozen=True):
    """`code` is the letter a cashier types. `prices_minor`: tier code -> price; an open performance
    has the one tier "open". `kinds`: the kinds of seats it is for (empty: all)."""

    id: int
    code: str
    name: Localized
    note: Localized
    prices_minor: dict[str, int]
    kinds: list[str] = []


class Tier(Reply, frozen=True):
    """A price level. `rank` 1 is the dearest; it picks the colour of the seats."""

    code: str
    name: Localized
    rank: int
    full_price_minor: int


class PerformanceDetail(Reply, frozen=True):
    card: PerformanceCard
    event: EventCard
    tiers: list[Tier]
    ticket_types: list[TicketType]
    places_per_order_max: int
    hold_s: int


class Section(Reply, frozen=True):
    """A floor of the plan, in the plan's own order from the stage."""

    code: str
    name: Localized
    short: Localized  # "Stalls" -> for the console
    level: str  # what the ticket prints as level


class Seat(Reply, frozen=True):
    """One seat of a plan.

    `x`, `y`: centre in centimetres from the middle of the stage's edge; x to the audience's right,
    y away from the stage. `kind`: seat, wheelchair, companion. `state`: free, held, sold, blocked.
    `block`: which run of seats between two aisles; neighbours in one block touch.
    """

    id: int
    section: str
    row: str
    number: str
    block: int
    x: int
    y: int
    tier: str
    kind: str
    state: str


class SeatPlan(Reply, frozen=True):
    performance_id: int
    stage: Localized
    sections: list[Section]
    seats: list[Seat]
    feed_seq: int  # states are as of this place in the feed; follow it from here


# --- orders ------------------------------------------------------------------------------------


class Wanted(Shape, frozen=True):
    """`count` places of one ticket type; `seat_ids` empty lets the server choose."""

    ticket_type_id: Key
    count: Count
    seat_ids: list[Key] = []


class PlaceOrder(Shape, frozen=True):
    """Hold places for some minutes.

    `avoid_seat_ids`: "others, please": a best-seats search leaves these out.
    `wheelchair`: a best-seats search takes a wheelchair place and its companion seats.
    `language`: the visitor's, for the paper.
    """

    performance_id: Key
    wanted: list[Wanted]
    avoid_seat_ids: list[Key] = []
    wheelchair: bool = False
    language: ShortText = "zh"


class ChangeOrder(Shape, frozen=True):
    """Replace what an unpaid order holds; places that stay are kept, the clock goes on."""

    wanted: list[Wanted]
    avoid_seat_ids: list[Key] = []
    wheelchair: bool = False


class SellNow(Shape, frozen=True):
    """Sell places at once for the cash that lies on the desk. Fields as in `PlaceOrder`."""

    performance_id: Key
    wanted: list[Wanted]
    received_minor: AmountMinor
    avoid_seat_ids: list[Key] = []
    wheelchair: bool = False
    language: ShortText = "zh"


class SoldTicket(Reply, frozen=True):
    """One ticket. `token` is the text of the QR code on its first paper."""

    ticket_number: str
    ticket_type_id: int
    seat_id: int
    price_minor: int
    token: str


class Sold(Reply, frozen=True):
    """What was sold. The whole order can be read at any time."""

    order_id: int
    number: str
    total_minor: int
    change_minor: int
    currency: str
    tickets: list[SoldTicket]


class PayCash(Shape, frozen=True):
    """`received_minor` is what was handed over; change is worked out by the server."""

    received_minor: AmountMinor


class FindOrders(PageQuery, frozen=True):
    """Which orders to find."""

    find: Annotated[
        str,
        msgspec.Meta(
            max_length=200,
            description="order number, its last four digits, pick-up code, ticket number, or the "
            "code on a ticket; empty: the newest that are paid",
        ),
    ] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=50, description="how many orders at most")] = 20


class OrderLine(Reply, frozen=True):
    """One ticket. `ticket_*` fields are empty until the order is paid.

    `ticket_state`: "", valid, entered, refunded.
    `print_state`: "", waiting, printing, printed, doubtful.
    """

    id: int
    ticket_type_id: int
    ticket_type_code: str
    ticket_type: Localized
    tier: str
    seat_id: int
    section: Localized
    row: str
    number: str
    price_minor: int
    ticket_number: str
    ticket_state: str
    print_state: str
    entered_at: datetime | None


class PriceLine(Reply, frozen=True):
    """One line of the explanation: `2 × ¥380`; a promotion has a negative amount and its rule."""

    text: Localized
    detail: Localized
    count: int
    unit_minor: int
    amount_minor: int
    kind: str  # tickets, promotion, fee


class Payment(Reply, frozen=True):
    """`tender`: cash, qr. `state`: waiting, paid, declined, cancelled, unknown.

    `late`: paid when there was nothing to pay for any more; the money is owed back.
    """

    id: int
    tender: str
    state: str
    amount_minor: int
    received_minor: int
    change_minor: int
    qr_text: str
    at: datetime
    late: bool = False


class Order(Reply, frozen=True):
    """`state`: held, paid, released, expired.

    `number` is for people ("A7K2-0931"), `pickup_code` has eight digits.
    `together`: the seats are neighbours. `expires_at` is None once paid.
    `paid_minor`: what was paid for it, without late payments.
    `receipt_state`: as `print_state` of a line; "" until paid.
    """

    id: int
    number: str
    pickup_code: str
    state: str
    performance: PerformanceCard
    lines: list[OrderLine]
    prices: list[PriceLine]
    payments: list[Payment]
    total_minor: int
    paid_minor: int
    tax_included_minor: int
    currency: str
    together: bool
    placed_at: datetime
    expires_at: datetime | None
    paid_at: datetime | None
    station: str
    staff: str
    language: str
    receipt_state: str = ""


# --- paper -------------------------------------------------------------------------------------


class StartPrint(Shape, frozen=True):
    """Ask for the paper of tickets that are not printed yet; `reprint` needs `sales.reprint`
    and gives each ticket a new code, which makes the old paper void."""

    reprint: bool = False
    receipt: bool = True


class Sheet(Reply, frozen=True):
    """One piece of paper.

    `job_id` is stable per ticket and generation; `line_id` 0 is the receipt.
    """

    job_id: str
    line_id: int
    design: str
    values: dict[str, object]


class PrintSheet(Reply, frozen=True):
    order_id: int
    sheets: list[Sheet]


class PrintResult(Shape, frozen=True):
    """What the printer said: job id -> printed, doubtful, or failed (it surely did not come out).

    A sheet that was not even tried, because one before it failed, has failed.
    """

    results: dict[ShortText, ShortText]
