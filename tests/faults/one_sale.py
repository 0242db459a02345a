"""One sale from its first request to the entrance, step by step, on a server that may fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from venue_plugins.admission import wire as admission_wire
from venue_plugins.sales import wire

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.domain.errors import ServerAway
from venue_suite.testing import token_of

ENOUGH_MINOR = 1_000_000
DONE = "done"
AWAY = "server_away"


class Sale:
    """Place, pay, print, tell what the printer said, scan; then another sale in one step.

    A step keeps its operation id until it is done, as a station does.

    Args:
        performance: an id.
        ticket_type: an id.
        lane: where it is scanned.

    Attributes:
        ended: step -> how it ended at its last try.
    """

    def __init__(self, performance: int, ticket_type: int, lane: str) -> None:
        self.ended: dict[str, str] = {}
        self._lane = lane
        self._wanted = wire.PlaceOrder(
            performance_id=performance, wanted=[wire.Wanted(ticket_type_id=ticket_type, count=2)]
        )
        self._ids: dict[str, str] = {}
        self._order: wire.Order | None = None
        self._sheets: list[wire.Sheet] = []

    @property
    def is_done(self) -> bool:
        return list(self.ended.values()) == [DONE] * len(self._steps)

    async def go_on(self, address: str) -> str:
        """Do what is not done yet; returns how it ended: `done`, or the code of what stopped it."""
        clients = {role: VenueClient(address, token_of(role)) for role in ("cashier", "gate")}
        try:
            for name, step in self._steps.items():
                if self.ended.get(name) != DONE:
                    self.ended[name] = await self._try(name, step, clients)
                if self.ended[name] != DONE:
                    return self.ended[name]
        finally:
            for client in clients.values():
                await client.close()
        return DONE

    @property
    def _steps(self) -> dict[str, Callable[[], tuple[str, str, object]]]:
        """Step -> what asks for it: role, path, body."""
        return {
            "place": lambda: ("cashier", "/sales/orders", self._wanted),
            "pay": lambda: ("cashier", self._of_order("cash"), self._payment()),
            "print": lambda: ("cashier", self._of_order("print"), wire.StartPrint()),
            "printed": lambda: ("cashier", self._of_order("print-result"), self._word()),
            "scan": lambda: ("gate", "/admission/scans", self._scan()),
            "sell": lambda: ("cashier", "/sales/orders/sell", self._at_once()),
        }

    async def _try(
        self,
        name: str,
        step: Callable[[], tuple[str, str, object]],
        clients: dict[str, VenueClient],
    ) -> str:
        role, path, body = step()
        client = clients[role]
        key = self._ids.setdefault(name, client.make_operation_id())
        try:
            answer = await client.post(path, body, msgspec.Raw, operation_id=key, retry=False)
        except ServerRefused as refusal:
            return refusal.code
        except ServerAway:
            return AWAY
        self._remember(name, bytes(answer))
        return DONE

    def _remember(self, name: str, answer: bytes) -> None:
        if name in ("place", "pay"):
            self._order = msgspec.json.decode(answer, type=wire.Order)
        elif name == "print":
            self._sheets = msgspec.json.decode(answer, type=wire.PrintSheet).sheets

    def _at_once(self) -> wire.SellNow:
        return wire.SellNow(
            performance_id=self._wanted.performance_id,
            wanted=self._wanted.wanted,
            received_minor=ENOUGH_MINOR,
        )

    def _of_order(self, verb: str) -> str:
        assert self._order is not None
        return f"/sales/orders/{self._order.id}/{verb}"

    def _payment(self) -> wire.PayCash:
        assert self._order is not None
        return wire.PayCash(received_minor=self._order.total_minor)

    def _word(self) -> wire.PrintResult:
        return wire.PrintResult(results={sheet.job_id: "printed" for sheet in self._sheets})

    def _scan(self) -> Any:
        code = next(str(sheet.values["token"]) for sheet in self._sheets if sheet.line_id)
        return admission_wire.Scan(lane=self._lane, code=code, commit=True)
