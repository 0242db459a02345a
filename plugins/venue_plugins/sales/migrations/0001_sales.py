"""The first tables of sales."""

import peewee


def up(migrator, db):
    halls, plans, seats = _create_halls(db)
    ticket_types, price_lists = _create_prices(db)
    performances = _create_programme(db, halls, plans, price_lists)
    orders = _create_orders(db, performances)
    _create_tickets(db, orders, ticket_types, seats)
    _create_claims(db, performances, orders, seats)


def _create_halls(db):
    class Hall(db.Model):
        code = peewee.TextField(unique=True)
        name = peewee.TextField()

        class Meta:
            table_name = "sales_hall"

    class Plan(db.Model):
        hall = peewee.ForeignKeyField(Hall)
        stage = peewee.TextField()
        sections = peewee.TextField()

        class Meta:
            table_name = "sales_plan"

    class Seat(db.Model):
        plan = peewee.ForeignKeyField(Plan)
        section = peewee.TextField()
        row = peewee.TextField()
        number = peewee.TextField()
        block = peewee.IntegerField()
        x = peewee.IntegerField()
        y = peewee.IntegerField()
        tier = peewee.TextField()
        kind = peewee.TextField()

        class Meta:
            table_name = "sales_seat"
            indexes = ((("plan", "section", "row", "number"), True),)

    db.create_tables([Hall, Plan, Seat], safe=False)
    return Hall, Plan, Seat


def _create_prices(db):
    class TicketType(db.Model):
        code = peewee.TextField(unique=True)
        key = peewee.TextField(unique=True)
        name = peewee.TextField()
        note = peewee.TextField()
        kinds = peewee.TextField()
        position = peewee.IntegerField()

        class Meta:
            table_name = "sales_ticket_type"

    class PriceList(db.Model):
        code = peewee.TextField(unique=True)
        tiers = peewee.TextField()
        promotions = peewee.TextField()
        best_value = peewee.TextField()
        notes = peewee.TextField()

        class Meta:
            table_name = "sales_price_list"

    class Price(db.Model):
        price_list = peewee.ForeignKeyField(PriceList)
        tier = peewee.TextField()
        ticket_type = peewee.ForeignKeyField(TicketType)
        price_minor = peewee.BigIntegerField(constraints=[peewee.Check("price_minor >= 0")])

        class Meta:
            table_name = "sales_price"
            indexes = ((("price_list", "tier", "ticket_type"), True),)

    db.create_tables([TicketType, PriceList, Price], safe=False)
    return TicketType, PriceList


def _create_programme(db, halls, plans, price_lists):
    class Event(db.Model):
        code = peewee.TextField(unique=True)
        kind = peewee.TextField()
        art = peewee.TextField()
        title = peewee.TextField()
        genre = peewee.TextField()
        about = peewee.TextField()
        length = peewee.TextField()
        position = peewee.IntegerField()

        class Meta:
            table_name = "sales_event"

    class Performance(db.Model):
        event = peewee.ForeignKeyField(Event)
        hall = peewee.ForeignKeyField(halls)
        plan = peewee.ForeignKeyField(plans, null=True)
        price_list = peewee.ForeignKeyField(price_lists)
        starts_at = peewee.BigIntegerField()
        ends_at = peewee.BigIntegerField(index=True)
        admits_from = peewee.BigIntegerField()
        admits_until = peewee.BigIntegerField()
        state = peewee.TextField()
        places_per_order_max = peewee.IntegerField()
        capacity = peewee.IntegerField()
        sold = peewee.IntegerField()
        held = peewee.IntegerField()
        leased = peewee.IntegerField()
        blocked = peewee.IntegerField()

        class Meta:
            table_name = "sales_performance"
            constraints = (
                peewee.Check("sold >= 0 AND held >= 0 AND leased >= 0 AND blocked >= 0"),
                peewee.Check("sold + held + leased + blocked <= capacity"),
            )

    db.create_tables([Event, Performance], safe=False)
    return Performance


def _create_orders(db, performances):
    class Order(db.Model):
        number = peewee.TextField(unique=True)
        pickup_code = peewee.TextField(unique=True)
        state = peewee.TextField()
        performance = peewee.ForeignKeyField(performances)
        currency = peewee.TextField()
        total_minor = peewee.BigIntegerField()
        tax_minor = peewee.BigIntegerField()
        prices = peewee.TextField()
        together = peewee.BooleanField()
        language = peewee.TextField()
        station = peewee.TextField()
        staff = peewee.TextField()
        placed_at = peewee.BigIntegerField(index=True)
        expires_at = peewee.BigIntegerField(null=True)
        paid_at = peewee.BigIntegerField(null=True)
        receipt_state = peewee.TextField()
        receipt_generation = peewee.IntegerField()
        paper_station = peewee.TextField()
        paper_at = peewee.BigIntegerField(null=True)

        class Meta:
            table_name = "sales_order"
            indexes = ((("state", "expires_at"), False),)

    db.create_tables([Order], safe=False)
    return Order


def _create_tickets(db, orders, ticket_types, seats):
    class Line(db.Model):
        order = peewee.ForeignKeyField(orders)
        ticket_type = peewee.ForeignKeyField(ticket_types)
        tier = peewee.TextField()
        seat = peewee.ForeignKeyField(seats, null=True)
        price_minor = peewee.BigIntegerField()
        net_minor = peewee.BigIntegerField()

        class Meta:
            table_name = "sales_line"

    class Ticket(db.Model):
        line = peewee.ForeignKeyField(Line, unique=True)
        order = peewee.ForeignKeyField(orders)
        generation = peewee.IntegerField()
        state = peewee.TextField()
        print_state = peewee.TextField()
        issued_at = peewee.BigIntegerField()

        class Meta:
            table_name = "sales_ticket"

    class Payment(db.Model):
        order = peewee.ForeignKeyField(orders)
        reference = peewee.TextField(unique=True)
        tender = peewee.TextField()
        state = peewee.TextField(index=True)
        amount_minor = peewee.BigIntegerField()
        received_minor = peewee.BigIntegerField()
        change_minor = peewee.BigIntegerField()
        qr_text = peewee.TextField()
        at = peewee.BigIntegerField()
        settled_at = peewee.BigIntegerField(null=True)
        misses = peewee.IntegerField()
        ask_at = peewee.BigIntegerField()
        late = peewee.BooleanField()

        class Meta:
            table_name = "sales_payment"

    db.create_tables([Line, Ticket, Payment], safe=False)


def _create_claims(db, performances, orders, seats):
    class SeatClaim(db.Model):
        performance = peewee.ForeignKeyField(performances, index=False)
        seat = peewee.ForeignKeyField(seats, index=False)
        state = peewee.TextField()
        order = peewee.ForeignKeyField(orders, null=True)
        reason = peewee.TextField()

        class Meta:
            table_name = "sales_seat_claim"
            indexes = ((("performance", "seat"), True),)

    db.create_tables([SeatClaim], safe=False)
