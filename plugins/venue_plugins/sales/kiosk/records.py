"""What this kiosk has begun and not finished, on its own disk.

Entries: `{"do": "place", "op": ..., "body": ...}`, `{"do": "placed", "op": ..., "order": 88}`,
`{"do": "refused", "op": ...}`, `{"do": "printed", "order": 88, "job": ...}`,
`{"do": "closed", "order": 88}`.
"""

from __future__ import annotations

import msgspec
from venue_kiosk.journal import Entry, Journal

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m

ENTRIES_MAX = 400


class Records:
    """The sales entries of the kiosk's journal. Used on the link's thread only."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    # --- writing ---------------------------------------------------------------------------

    def placing(self, command: m.PlaceOrder) -> None:
        """An order is about to be asked for."""
        body = msgspec.to_builtins(command.body)
        self._journal.append({"do": "place", "op": command.operation_id, "body": body})

    def placed(self, operation_id: str, order: wire.Order) -> None:
        self._journal.append({"do": "placed", "op": operation_id, "order": order.id})
        self.saw(order)

    def refused(self, operation_id: str) -> None:
        self._journal.append({"do": "refused", "op": operation_id})

    def printed(self, order_id: int, job_id: str) -> None:
        """This sheet is surely out, whether or not the server knows yet."""
        self._journal.append({"do": "printed", "order": order_id, "job": job_id})

    def saw(self, order: wire.Order) -> None:
        """The server's word about an order; released and expired ones are settled."""
        if order.state in ("released", "expired") and order.id in self.open_orders():
            self.forget(order.id)

    def forget(self, order_id: int) -> None:
        """Nothing is open about this order any more."""
        self._journal.append({"do": "closed", "order": order_id})
        if len(self._journal.entries) > ENTRIES_MAX:
            self._journal.replace(self._still_open())

    # --- reading ---------------------------------------------------------------------------

    def unanswered(self) -> list[m.PlaceOrder]:
        """Orders that were asked for and whose answer never came."""
        answered = {
            entry.get("op")
            for entry in self._journal.entries
            if entry.get("do") in ("placed", "refused")
        }
        return [
            m.PlaceOrder(msgspec.convert(entry["body"], wire.PlaceOrder), str(entry["op"]))
            for entry in self._journal.entries
            if entry.get("do") == "place" and entry.get("op") not in answered
        ]

    def open_orders(self) -> list[int]:
        """Ids of orders that are not settled, the oldest first."""
        orders: dict[int, None] = {}
        for entry in self._journal.entries:
            if entry.get("do") == "placed":
                orders[int(entry["order"])] = None
            elif entry.get("do") == "closed":
                orders.pop(int(entry["order"]), None)
        return list(orders)

    def printed_jobs(self, order_id: int) -> list[str]:
        """Job ids of the sheets of an order that are surely out."""
        return [
            str(entry["job"])
            for entry in self._journal.entries
            if entry.get("do") == "printed" and entry.get("order") == order_id
        ]

    def _still_open(self) -> list[Entry]:
        orders = set(self.open_orders())
        waiting = {command.operation_id for command in self.unanswered()}
        return [
            entry
            for entry in self._journal.entries
            if entry.get("order") in orders or entry.get("op") in waiting
        ]
