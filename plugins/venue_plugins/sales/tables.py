"""The tables of sales: catalogue, seats, stock, orders, payments, tickets."""

from __future__ import annotations

import peewee

from venue_suite.database import JsonField, MomentField, Row


class HallRow(Row):
    """A room, rink or exhibition with a capacity."""

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    name = JsonField()

    class Meta:
        table_name = "sales_hall"


class PlanRow(Row):
    """One seat plan of a hall; performances refer to it, their claims are their own."""

    id = peewee.AutoField()
    hall = peewee.ForeignKeyField(HallRow)
    stage = JsonField()
    sections = JsonField()  # in the plan's order: code, name, short, level

    class Meta:
        table_name = "sales_plan"


class SeatRow(Row):
    """One seat of a plan. `x`, `y` in centimetres; `block` is a run between two aisles."""

    id = peewee.AutoField()
    plan = peewee.ForeignKeyField(PlanRow, index=True)
    section = peewee.TextField()
    row = peewee.TextField()
    number = peewee.TextField()
    block = peewee.IntegerField()
    x = peewee.IntegerField()
    y = peewee.IntegerField()
    tier = peewee.TextField()
    kind = peewee.TextField()  # seat, wheelchair, companion

    class Meta:
        table_name = "sales_seat"
        indexes = ((("plan", "section", "row", "number"), True),)


class TicketTypeRow(Row):
    """Adult, child ... `code` is the letter that a cashier types.

    `key` names it in accounts (`adult`). `kinds`: kinds of seats it is for; empty means all.
    """

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    key = peewee.TextField(unique=True)
    name = JsonField()
    note = JsonField()
    kinds = JsonField()
    position = peewee.IntegerField()

    class Meta:
        table_name = "sales_ticket_type"


class PriceListRow(Row):
    """Prices of one kind of performance.

    `tiers`: code, name, rank, in order of rank. `best_value`: tier codes in the order in which a
    best-seats search offers them. `notes`: ticket type code -> note that replaces the type's own.
    """

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    tiers = JsonField()
    promotions = JsonField()
    best_value = JsonField()
    notes = JsonField()

    class Meta:
        table_name = "sales_price_list"


class PriceRevisionRow(Row):
    """The revision of a price list: drawn anew, by the database, by whatever changes a price.

    A table of its own, because the sale reads it each time and a price list is a long row.
    """

    price_list_id: int  # peewee adds it

    price_list = peewee.ForeignKeyField(PriceListRow, primary_key=True)
    revision = peewee.BigIntegerField()

    class Meta:
        table_name = "sales_price_revision"


class PriceRow(Row):
    """What one ticket type costs in one tier; no row means that it is not sold there."""

    ticket_type_id: int  # peewee adds it

    id = peewee.AutoField()
    price_list = peewee.ForeignKeyField(PriceListRow)
    tier = peewee.TextField()
    ticket_type = peewee.ForeignKeyField(TicketTypeRow)
    price_minor = peewee.BigIntegerField()

    class Meta:
        table_name = "sales_price"
        indexes = ((("price_list", "tier", "ticket_type"), True),)


class EventRow(Row):
    """What is put on. `kind`: film, show, exhibition, sport, open_admission."""

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    kind = peewee.TextField()
    art = peewee.TextField()
    title = JsonField()
    genre = JsonField()
    about = JsonField()
    length = JsonField()
    position = peewee.IntegerField()

    class Meta:
        table_name = "sales_event"


class PerformanceRow(Row):
    """One dated occurrence, with its stock.

    `sold + held + leased + blocked <= capacity`, always: the database refuses anything else.
    `blocked` are seats that the house keeps back.
    """

    id = peewee.AutoField()
    event = peewee.ForeignKeyField(EventRow, index=True)
    hall = peewee.ForeignKeyField(HallRow)
    plan = peewee.ForeignKeyField(PlanRow, null=True)
    price_list = peewee.ForeignKeyField(PriceListRow)
    starts_at = MomentField()
    ends_at = MomentField(index=True)
    admits_from = MomentField()
    admits_until = MomentField()
    state = peewee.TextField()  # on_sale, stopped
    places_per_order_max = peewee.IntegerField()
    capacity = peewee.IntegerField()
    sold = peewee.IntegerField(default=0)
    held = peewee.IntegerField(default=0)
    leased = peewee.IntegerField(default=0)
    blocked = peewee.IntegerField(default=0)

    class Meta:
        table_name = "sales_performance"


class OrderRow(Row):
    """What is being bought or was bought. `prices`: the explained lines as they were agreed.

    `receipt_state`: waiting, printing, printed, doubtful; `receipt_generation` counts its copies.
    `paper_station`, `paper_at`: who was handed sheets to print last, and when.
    """

    id = peewee.AutoField()
    number = peewee.TextField(unique=True)
    pickup_code = peewee.TextField(unique=True)
    state = peewee.TextField()  # held, paid, released, expired
    performance = peewee.ForeignKeyField(PerformanceRow, index=True)
    currency = peewee.TextField()
    total_minor = peewee.BigIntegerField()
    tax_minor = peewee.BigIntegerField()
    prices = JsonField()
    together = peewee.BooleanField()
    language = peewee.TextField()
    station = peewee.TextField()
    staff = peewee.TextField()
    placed_at = MomentField(index=True)
    expires_at = MomentField(null=True)
    paid_at = MomentField(null=True)
    receipt_state = peewee.TextField(default="waiting")
    receipt_generation = peewee.IntegerField(default=1)
    paper_station = peewee.TextField(default="")
    paper_at = MomentField(null=True)

    class Meta:
        table_name = "sales_order"
        indexes = ((("state", "expires_at"), False),)


class LineRow(Row):
    """One place in an order.

    `price_minor` is the listed price, `net_minor` what it really costs.
    """

    id = peewee.AutoField()
    order = peewee.ForeignKeyField(OrderRow, index=True)
    ticket_type = peewee.ForeignKeyField(TicketTypeRow)
    tier = peewee.TextField()
    seat = peewee.ForeignKeyField(SeatRow, null=True)
    price_minor = peewee.BigIntegerField()
    net_minor = peewee.BigIntegerField()

    class Meta:
        table_name = "sales_line"


class SeatClaimRow(Row):
    """A seat that is not free for a performance. One live claim a seat: the database says so.

    `state`: held, sold, blocked. A blocked seat has no order but a `reason`.
    """

    id = peewee.AutoField()
    performance = peewee.ForeignKeyField(PerformanceRow, index=False)
    seat = peewee.ForeignKeyField(SeatRow, index=False)
    state = peewee.TextField()
    order = peewee.ForeignKeyField(OrderRow, null=True, index=True)
    reason = peewee.TextField(default="")

    class Meta:
        table_name = "sales_seat_claim"
        indexes = ((("performance", "seat"), True),)


class TicketRow(Row):
    """One admission right. `generation` counts papers; only the newest is valid.

    `print_state`: waiting, printing, printed, doubtful.
    """

    id = peewee.AutoField()
    line = peewee.ForeignKeyField(LineRow, unique=True)
    order = peewee.ForeignKeyField(OrderRow, index=True)
    generation = peewee.IntegerField()
    state = peewee.TextField()  # valid, refunded, blocked
    print_state = peewee.TextField()
    issued_at = MomentField()

    class Meta:
        table_name = "sales_ticket"


class PaymentRow(Row):
    """One payment. `reference` names it at a provider; it is saved before the provider is asked.

    `misses` counts questions to the provider without an answer since the last one; until `ask_at`
    it is not asked again. `late`: it came when there was nothing to pay for, and is owed back.
    """

    id = peewee.AutoField()
    order = peewee.ForeignKeyField(OrderRow, index=True)
    reference = peewee.TextField(unique=True)
    tender = peewee.TextField()  # cash, qr
    state = peewee.TextField(index=True)  # asked, waiting, paid, declined, cancelled, unknown
    amount_minor = peewee.BigIntegerField()
    received_minor = peewee.BigIntegerField()
    change_minor = peewee.BigIntegerField()
    qr_text = peewee.TextField()
    at = MomentField()
    settled_at = MomentField(null=True)
    misses = peewee.IntegerField(default=0)
    ask_at = MomentField()
    late = peewee.BooleanField(default=False)

    class Meta:
        table_name = "sales_payment"
