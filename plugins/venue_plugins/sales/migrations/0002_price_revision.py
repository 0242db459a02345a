"""A price list has a revision, which whatever changes a price changes too.

The sale keeps what it made of a price list for as long as its revision stays. The number is drawn,
not counted: a change that is undone and followed by another can't have the same one.
"""

import peewee


def up(migrator, db):
    class PriceList(db.Model):
        class Meta:
            table_name = "sales_price_list"

    class Revision(db.Model):
        price_list = peewee.ForeignKeyField(PriceList, primary_key=True)
        revision = peewee.BigIntegerField()

        class Meta:
            table_name = "sales_price_revision"

    db.create_tables([Revision], safe=False)
    draw = (
        "floor(random() * 9007199254740991)::bigint"
        if isinstance(db, peewee.PostgresqlDatabase)
        else "random()"
    )
    add = f"INSERT INTO sales_price_revision (price_list_id, revision) SELECT id, {draw}"
    db.execute_sql(f"{add} FROM sales_price_list")
    _then(db, "sales_price_list_insert", "INSERT ON sales_price_list", f"{add} FROM {{rows}}")
    renew = f"UPDATE sales_price_revision SET revision = {draw}"
    for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        name = f"sales_price_{event.lower()}_{row.lower()}"
        which = f"WHERE price_list_id = {row}.price_list_id"
        _then(db, name, f"{event} ON sales_price", f"{renew} {which}")
    _then(db, "sales_ticket_type_update", "UPDATE ON sales_ticket_type", renew)
    _then(
        db,
        "sales_price_list_update",
        "UPDATE ON sales_price_list",
        f"{renew} WHERE price_list_id = NEW.id",
    )


def _then(db, name, event, change):
    """After the event, the change."""
    change = change.format(rows="(SELECT NEW.id AS id) AS fresh")
    if isinstance(db, peewee.PostgresqlDatabase):
        db.execute_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {change}; RETURN NULL; END $$"
        )
        body = f"FOR EACH ROW EXECUTE FUNCTION {name}()"
    else:
        body = f"BEGIN {change}; END"
    db.execute_sql(f"CREATE TRIGGER {name} AFTER {event} {body}")
