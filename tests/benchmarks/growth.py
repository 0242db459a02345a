"""Five million tickets later: the same sales and scans beside those of an empty venue.

The history is made by SQL from one real sale of the sample venue, repeated: order, two lines, two
tickets, payment, ledger, feed, operations, and a scan of every second ticket. `venue verify` finds
nothing wrong with it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import apsw
import psutil
import uvloop
from venue_plugins.sales.domain.orders import make_order_number

from tests.benchmarks.load import (
    find_wish,
    make_roomy_venue,
    port_of,
    run,
    scanning,
    sell_codes,
    selling,
)
from tests.benchmarks.rows import Row
from tests.faults.serving import ServerProcess, run_venue
from venue_suite.testing import token_of

TICKETS = 5_000_000
SALES, SCANS, WARM = 6000, 6000, 500
AREA = "growth"
MANY = "5 million tickets"
YEAR_MS = 400 * 86_400_000


def measure(folder: Path) -> Iterator[Row]:
    """Sell and scan in an empty venue and in an old one, in turns."""
    empty, old = folder / "empty", folder / "old"
    ahead_s = make_roomy_venue(empty)
    shutil.copytree(empty, old)
    History(old / "venue.db").fill(TICKETS)
    verified_s = _verify(old, ahead_s)
    small, big = _rates(empty, ahead_s), _rates(old, ahead_s)
    yield Row(
        AREA, f"sales with {MANY}, of those without", 100 * big[0] / small[0], "%", 75, "higher"
    )
    yield Row(
        AREA, f"scans with {MANY}, of those without", 100 * big[1] / small[1], "%", 75, "higher"
    )
    yield Row(AREA, f"sales a second with {MANY}", big[0], "1/s", 2250.0, "higher")
    yield Row(AREA, f"scans a second with {MANY}", big[1], "1/s", 3750.0, "higher")
    yield Row(AREA, f"resident under load with {MANY}", big[2], "MB", 300.0)
    yield Row(AREA, f"venue verify of {MANY}", verified_s, "s", 300.0)


def _rates(folder: Path, ahead_s: float) -> tuple[float, float, float]:
    """Sales and scans a second by 32 clients, and the most memory the server had, in MB."""
    server = ServerProcess(folder, ahead_s)
    server.start()
    try:
        assert server.process is not None
        process = psutil.Process(server.process.pid)

        async def measure_rates() -> tuple[float, float]:
            wish = await find_wish(server.address)
            port, token, sell = port_of(server), token_of("cashier"), selling(wish)
            await run([port], token, sell, clients=8, count=WARM)
            _, sales = await run([port], token, sell, clients=32, count=SALES)
            bodies = await sell_codes(port, wish, SCANS)
            _, scans = await run([port], token, scanning(bodies), clients=32, count=SCANS)
            return sales, scans

        sales, scans = uvloop.run(measure_rates())
        return sales, scans, process.memory_info().rss / 2**20
    finally:
        server.terminate()


def _verify(folder: Path, ahead_s: float) -> float:
    began_s = time.monotonic()
    verified = run_venue(folder, "verify", ahead_s=ahead_s, timeout_s=900)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    return time.monotonic() - began_s


class History:
    """Repeats one paid order of two tickets, as if it had been sold again and again last year.

    Args:
        file: a sample venue's database, which nobody has open.
    """

    def __init__(self, file: Path) -> None:
        self._connection = apsw.Connection(str(file))
        self._connection.create_scalar_function("number_of", make_order_number, 1)
        for pragma in ("synchronous=off", "foreign_keys=off", "cache_size=-400000"):
            self._connection.execute(f"PRAGMA {pragma}")

    def fill(self, tickets: int) -> None:
        """Add so many tickets, with all that belongs to them."""
        triggers = self._rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        self._connection.execute("BEGIN")
        for name, _ in triggers:  # what they guard against is what this does
            self._connection.execute(f"DROP TRIGGER {name}")
        self._connection.execute(
            "CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n",
            (tickets // 2,),
        )
        self._repeat_sale(tickets)
        for _, sql in triggers:
            self._connection.execute(sql)
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def _repeat_sale(self, tickets: int) -> None:
        order, performance = self._rows(
            "SELECT o.id, o.performance_id FROM sales_order o "
            "JOIN sales_line l ON l.order_id = o.id "
            "JOIN sales_performance p ON p.id = o.performance_id "
            "JOIN sales_payment y ON y.order_id = o.id AND y.tender = 'cash' "
            "WHERE o.state = 'paid' AND p.plan_id IS NULL GROUP BY o.id HAVING count(*) = 2 "
            "ORDER BY o.id DESC LIMIT 1"
        )[0]
        orders = self._last("sales_order")
        number = f"{orders} + n.i"
        earlier = {name: f"o.{name} - {YEAR_MS} + n.i" for name in ("placed_at", "paid_at")}
        self._repeat(
            "sales_order",
            f"o.id = {order}",
            {
                "id": number,
                "number": f"number_of({number})",
                "pickup_code": "'P' || n.i",
                **earlier,
            },
        )
        lines, seats = self._last("sales_line"), self._last("sales_ticket")
        for place, (line,) in enumerate(
            self._rows(f"SELECT id FROM sales_line WHERE order_id = {order} ORDER BY id"), 1
        ):
            key = f"2 * n.i - 2 + {place}"
            its = {"id": f"{lines} + {key}", "order_id": number}
            self._repeat("sales_line", f"o.id = {line}", its)
            its = {"id": f"{seats} + {key}", "order_id": number, "line_id": f"{lines} + {key}"}
            self._repeat("sales_ticket", f"o.line_id = {line}", its)
        paid = {"id": f"{self._last('sales_payment')} + n.i", "order_id": number}
        self._repeat("sales_payment", f"o.order_id = {order}", {**paid, "reference": "'R' || n.i"})
        self._repeat_books(order, number, tickets)
        self._connection.execute(
            "UPDATE sales_performance SET sold = sold + ? WHERE id = ?", (tickets, performance)
        )
        self._tell(number)
        self._scan(seats)

    def _repeat_books(self, order: int, number: str, tickets: int) -> None:
        first = self._last("ledger_transaction")
        found = self._rows(
            f"SELECT id FROM ledger_transaction WHERE reference = 'order/{order}' ORDER BY id"
        )
        day = f"date('2025-10-01', '+' || (n.i * 300 / {tickets // 2}) || ' days')"
        for place, (transaction,) in enumerate(found, 1):
            key = f"{first} + {len(found)} * (n.i - 1) + {place}"
            its = {"id": key, "reference": f"'order/' || ({number})", "business_day": day}
            self._repeat(
                "ledger_transaction",
                f"o.id = {transaction}",
                {**its, "at": f"o.at - {YEAR_MS} + n.i"},
            )
            for (posting,) in self._rows(
                f"SELECT id FROM ledger_posting WHERE transaction_id = {transaction}"
            ):
                its = {"id": "NULL", "transaction_id": key}
                self._repeat("ledger_posting", f"o.id = {posting}", its)
        self._connection.execute(
            "UPDATE ledger_balance SET amount_minor = (SELECT sum(amount_minor) FROM "
            "ledger_posting p WHERE p.account_id = ledger_balance.account_id)"
        )

    def _tell(self, number: str) -> None:
        """What the feed and the operations keep of each sale."""
        last = self._rows("SELECT coalesce(max(seq), 0) FROM feed")[0][0]
        data = (
            f"json_object('order', {number}, 'number', number_of({number}), "
            "'state', 'paid', 'station', 'window-1')"
        )
        for place, kind in enumerate(("sales.order_placed", "sales.order_paid"), 1):
            self._connection.execute(
                f"INSERT INTO feed (seq, at, kind, subject, data) SELECT {last} + 2 * (n.i - 1) + "
                f"{place}, 1700000000000 + n.i, '{kind}', 'order/' || ({number}), {data} FROM n"
            )
        reply = '{"order_id":1,"number":"A7K5-0931","total_minor":24000,"tickets":[]}'
        self._connection.execute(
            "INSERT INTO operation SELECT printf('01HZZZZZZZZZZZ%012d', n.i), randomblob(32), "
            f"CAST('{reply}' AS BLOB), 1700000000000 + n.i FROM n"
        )

    def _scan(self, tickets: int) -> None:
        """Every second ticket was used."""
        right = f"'ticket/' || ({tickets} + 2 * n.i)"
        answer = (
            "json_object('lane', 'front-a', 'result', 'allowed', 'passage', 'passed', "
            f"'right_id', {right})"
        )
        scans = self._last("admission_scan")
        self._connection.execute(
            "INSERT INTO admission_scan (id, at, lane_id, station, right_id, result, code, answer, "
            f"passage) SELECT {scans} + n.i, 1700000000000 + n.i, 1, 'gate-1', {right}, 'allowed', "
            f"'', {answer}, 'passed' FROM n"
        )
        self._connection.execute(
            "INSERT INTO admission_entry (right_id, number, scan_id, lane_id, at) "
            f"SELECT {right}, 1, {scans} + n.i, 1, 1700000000000 + n.i FROM n"
        )

    def _repeat(self, table: str, which: str, differing: Mapping[str, str]) -> None:
        """One row for each i, like the row `which` names but for these columns."""
        columns = [row[1] for row in self._rows(f"PRAGMA table_info({table})")]
        values = ", ".join(differing.get(column, f"o.{column}") for column in columns)
        self._connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM n, {table} o "
            f"WHERE {which}"
        )

    def _last(self, table: str) -> int:
        key: int = self._rows(f"SELECT coalesce(max(id), 0) FROM {table}")[0][0]
        return key

    def _rows(self, text: str) -> list[Any]:
        return self._connection.execute(text).fetchall()
