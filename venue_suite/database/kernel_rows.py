"""The two tables under everything: operations with their replies, and the feed."""

from __future__ import annotations

import peewee

from venue_suite.database.rows import JsonField, MomentField, Row
from venue_suite.database.statements import Statement, param


class OperationRow(Row):
    """One operation id, for ever. `reply` is the JSON that was answered."""

    operation_id = peewee.TextField(primary_key=True)
    fingerprint = peewee.BlobField()
    reply = peewee.BlobField()
    at = MomentField()

    class Meta:
        table_name = "operation"
        without_rowid = True


class FeedRow(Row):
    """One fact. `seq` counts 1, 2, 3 ... in the order of the commits; the writer gives it."""

    seq = peewee.AutoField()
    at = MomentField()
    kind = peewee.TextField()
    subject = peewee.TextField()
    data = JsonField()

    class Meta:
        table_name = "feed"


FIND_OPERATION = Statement(
    lambda: OperationRow.select(OperationRow.fingerprint, OperationRow.reply).where(
        OperationRow.operation_id == param("operation_id")
    )
)


def _find_operations(length: int) -> Statement:
    return Statement(
        lambda: OperationRow.select(
            OperationRow.operation_id, OperationRow.fingerprint, OperationRow.reply
        ).where(OperationRow.operation_id.in_([param(f"id_{index}") for index in range(length)]))
    )


# How many operations are looked for at once; a statement for each length, so few lengths.
LENGTHS = (1, 4, 16, 64, 256)
FIND_OPERATIONS = {length: _find_operations(length) for length in LENGTHS}
SAVE_OPERATION = Statement(
    lambda: OperationRow.insert(
        operation_id=param("operation_id"),
        fingerprint=param("fingerprint"),
        reply=param("reply"),
        at=param("at"),
    )
)
APPEND_FACT = Statement(
    lambda: FeedRow.insert(
        seq=param("seq"),
        at=param("at"),
        kind=param("kind"),
        subject=param("subject"),
        data=param("data"),
    )
)
LAST_SEQ = Statement(lambda: FeedRow.select(peewee.fn.COALESCE(peewee.fn.MAX(FeedRow.seq), 0)))
FACTS_FROM = Statement(
    lambda: (
        FeedRow.select(FeedRow.seq, FeedRow.at, FeedRow.kind, FeedRow.subject, FeedRow.data)
        .where(FeedRow.seq >= param("seq"))
        .order_by(FeedRow.seq)
        .limit(param("count"))
    )
)
