"""The counter of a story: a cashier sells at the console by keys, then reads the day."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

from venue_suite.demo.console_hand import ConsoleHand
from venue_suite.demo.record import Step, StepFailed
from venue_suite.demo.stage import Stage

CASHIER, PIN = "C01", "246801"
LINKED = "●"
SALE_TIMEOUT_S = 15.0


class Counter:
    """The window with its console, and the cashier's own look at the server."""

    def __init__(self, stage: Stage, out: Path) -> None:
        self._stage = stage
        self._out = out
        self._pictures = 0

    def sell_one(self, title: str, step: Step) -> None:
        """Sell one seat of the event with this title for cash, in Chinese."""
        hand = self._open("zh")
        try:
            self._sign_in(hand, "zh")
            shown = hand.wait(title[:4])
            number = _show_number(shown, title)
            started_s = time.monotonic()
            hand.type(f"{number}.1a")
            hand.press("Enter")
            hand.wait("A7")  # the order's number stands in the cart's answer or the feed line
            self._shoot(hand, "held-zh")
            hand.press("Enter")
            time.sleep(0.6)
            self._shoot(hand, "tender-zh")
            hand.press("Enter")
            order = self._wait_sale()
            step.facts |= {"sale_s": round(time.monotonic() - started_s, 3)}
            step.facts |= {"order": order["number"], "total_minor": order["total_minor"]}
            time.sleep(1.0)  # the printer and the feed line follow
            self._shoot(hand, "sold-zh")
            hand.press("F4")
            time.sleep(1.0)
            self._shoot(hand, "seats-zh")
        finally:
            hand.stop()

    def read_the_day(self, code: str, step: Step) -> None:
        """Find an order, check a used ticket, and read the day report, in English."""
        hand = self._open("en")
        try:
            self._sign_in(hand, "en")
            hand.press("F3")
            time.sleep(0.5)
            hand.type(self._newest_order()["number"][-4:])
            hand.press("Enter")
            time.sleep(1.0)
            self._shoot(hand, "order-en")
            hand.press("F5")
            time.sleep(0.5)
            hand.paste(code)
            shown = hand.wait("Please ask")
            step.facts["refusal"] = next(
                line.strip() for line in shown.splitlines() if "Already used" in line
            )
            self._shoot(hand, "admit-en")
            hand.press("F9")
            time.sleep(1.0)
            self._shoot(hand, "report-en")
            step.facts["report"] = hand.read().splitlines()
        finally:
            hand.stop()

    def ask(self, path: str) -> Any:
        """GET something as the cashier."""

        async def ask() -> Any:
            async with await self._stage.client("window-1") as client:
                await client.sign_in(CASHIER, PIN, "window-1")
                return await client.get(path, object)

        return asyncio.run(ask())

    def _open(self, language: str) -> ConsoleHand:
        environment = self._stage.environment | {"VENUE_LANGUAGE": language}
        config = self._stage.console_config()
        return ConsoleHand(config, environment, self._stage.wish.folder, language)

    def _sign_in(self, hand: ConsoleHand, language: str) -> None:
        hand.wait(self._stage.address.partition("://")[2])
        self._shoot(hand, f"sign-in-{language}")
        hand.type(CASHIER)
        hand.press("Enter")
        hand.type(PIN)
        hand.press("Enter")
        hand.wait(f"{CASHIER}")
        hand.wait("5")
        time.sleep(1.5)  # lists arrive
        self._shoot(hand, f"sell-{language}")

    def _wait_sale(self) -> dict[str, Any]:
        """The order that this window has just sold, as the server has it."""
        end_s = time.monotonic() + SALE_TIMEOUT_S
        while time.monotonic() < end_s:
            newest = self._newest_order()
            if newest["station"] == "window-1" and newest["state"] == "paid":
                return newest
            time.sleep(0.2)
        raise StepFailed(what="the console sold nothing")

    def _newest_order(self) -> dict[str, Any]:
        orders: list[dict[str, Any]] = self.ask("/sales/orders")["items"]
        return orders[0]

    def _shoot(self, hand: ConsoleHand, name: str) -> None:
        self._pictures += 1
        hand.shoot(self._out / f"console-{self._pictures:02}-{name}.png")


def _show_number(shown: str, title: str) -> str:
    """The number before a title in the list of shows. Raises StepFailed."""
    for line in shown.splitlines():
        found = re.search(r"(\d+)\s+\d\d:\d\d\s+(\S+)", line)
        if found and title[:3] in line:
            return found.group(1)
    raise StepFailed(what=f"{title} is not in the console's list:\n{shown}")
