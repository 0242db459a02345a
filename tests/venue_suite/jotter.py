"""Services of a small imaginary plugin over the kernel's own tables, for tests of the kernel."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from venue_suite.database import Statement, View, Work, param
from venue_suite.database.kernel_rows import FeedRow, OperationRow
from venue_suite.domain.errors import Refused
from venue_suite.settings import SettingRow, put_setting, read_setting

KINDS_FROM = Statement(
    lambda: (
        FeedRow.select(FeedRow.seq, FeedRow.kind)
        .where(FeedRow.seq >= param("seq"))
        .order_by(FeedRow.seq)
    )
)
COUNT_OPERATIONS = Statement(lambda: OperationRow.select(OperationRow.operation_id))
ADD_SETTING = Statement(
    lambda: SettingRow.insert(key=param("key"), value="1", changed_at=param("at"))
)


class Reluctant(Refused):
    code = "reluctant"
    default_template = "Not {what}."


def jot(work: Work, name: str, count: int = 1) -> dict[str, object]:
    """Count `name` up and tell `count` facts about it."""
    times = read_setting(work, name, int, 0) + 1
    put_setting(work, name, times)
    for index in range(count):
        work.record(f"jotter.{name}", f"jot/{name}", times=times, index=index)
    return {"name": name, "times": times}


def jot_then_refuse(work: Work, name: str) -> None:
    jot(work, name)
    raise Reluctant(what=name)


def jot_then_raise(work: Work, name: str, error: BaseException) -> None:
    jot(work, name)
    raise error


def jot_twice_the_same_key(work: Work, name: str) -> None:
    jot(work, name)
    work.run(ADD_SETTING, key=name, at=work.now_ms)


def put_number(work: Work, number: int) -> None:
    work.run(ADD_SETTING, key="number", at=number)


def jot_bad_sql(work: Work, name: str) -> None:
    jot(work, name)
    work.connection.execute("SELECT * FROM no_such_table")


def wait_for(work: Work, gate: threading.Event) -> None:
    """Keep the writer busy until the test opens the gate."""
    assert gate.wait(10)


def times_of(view: View, name: str) -> int:
    return read_setting(view, name, int, 0)


def feed_of(view: View, from_seq: int = 1) -> list[tuple[int, str]]:
    return [(seq, kind) for seq, kind in view.all(KINDS_FROM, seq=from_seq)]


def operations_of(view: View) -> Sequence[str]:
    return [row[0] for row in view.all(COUNT_OPERATIONS)]
