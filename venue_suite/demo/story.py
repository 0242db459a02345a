"""One visitor from the street to the seat, played without a person; every promise is checked.

The kiosk is operated by real touches in a real window, payment by opening the page that the
kiosk's own QR code names, the gate by the codes read from the printed paper, the console in a real
terminal, the books by the public API and by `venue verify`.
"""

from __future__ import annotations

import asyncio
import shutil
import time
import urllib.request
from pathlib import Path
from typing import Any

import msgspec

from venue_suite.client import VenueClient
from venue_suite.demo.console_hand import ConsoleHand
from venue_suite.demo.display import Finger
from venue_suite.demo.kiosk_hand import KioskHand
from venue_suite.demo.paper_eye import read_code, read_codes
from venue_suite.demo.record import Record, Step
from venue_suite.demo.stage import Stage

CASHIER, PIN = "C01", "246801"
PAPER_TIMEOUT_S = 20.0
TICKET_PREFIX = "VS1:"


class Story:
    """Plays on a stage and writes into `out`.

    Args:
        stage: prepared, nothing started.
        out: folder for pictures, papers, the report and `story.json`.
    """

    def __init__(self, stage: Stage, out: Path) -> None:
        self.stage = stage
        self.out = out
        self.record = Record(out / "story.json")
        self._pictures = 0
        self._tickets: list[Path] = []
        self._seen_papers: set[Path] = set()
        self._kiosk: KioskHand | None = None

    @property
    def kiosk(self) -> KioskHand:
        assert self._kiosk is not None
        return self._kiosk

    def play(self) -> None:
        """Play to the end. Raises what did not hold; the record has it too."""
        self._open_the_house()
        self._buy_two_seats()
        self._buy_exhibition_ticket()
        self._enter()
        self._sell_at_console()
        self._read_the_books()
        self._close_the_house()

    # --- opening ---------------------------------------------------------------------------

    def _open_the_house(self) -> None:
        stage = self.stage
        with self.record.step("set up a sample venue"):
            stage.prepare()
        with self.record.step("start the simulated devices"):
            stage.start_devices()
        with self.record.step("start the server") as step:
            stage.start_server()
            step.facts["ready_s"] = round(stage.server_ready_s, 3)
        with self.record.step("start the gate, found by zeroconf"):
            stage.start_gate()
        with self.record.step("start the kiosk, found by zeroconf") as step:
            stage.start_kiosk()
            self._kiosk = KioskHand(stage.inspect_port, Finger(stage.display))
            self.kiosk.wait(lambda one: one["screen"] == "attract" and not one["server_away"], 40)
            step.facts["started_s"] = round(time.monotonic() - stage.programs["kiosk"].started_s, 3)
            time.sleep(1)
            self._shoot("attract-zh")

    # --- the kiosk ---------------------------------------------------------------------------

    def _buy_two_seats(self) -> None:
        with self.record.step("buy two reserved seats at the kiosk, in Chinese") as step:
            self._touch("service/buy", "events", step)
            self._shoot("events-zh")
            self._touch(self._event("The Camellia Tale"), "performance", step)
            self._shoot("performance-zh")
            self._touch("performance/", "seats", step, of_state="order")
            self._shoot("seats-zh")
            self._touch("take_seats", "tickets", step)
            self._shoot("tickets-zh")
            self._pay_and_print(step, "zh", tickets=2)

    def _buy_exhibition_ticket(self) -> None:
        with self.record.step("buy an exhibition ticket at the kiosk, in English") as step:
            self.kiosk.touch("rail/language")
            self.kiosk.wait(lambda one: one["language"] == "en")
            self._shoot("attract-en")
            self._touch("service/buy", "events", step)
            self._shoot("events-en")
            self._touch(self._event("A Thousand Windows"), "slots", step)
            self._shoot("slots-en")
            self.kiosk.touch("take_seats")
            scene = self.kiosk.wait(lambda one: one["screen"] in ("tickets", "pay"))
            if scene["screen"] == "tickets":
                self._shoot("tickets-en")
            self._pay_and_print(step, "en", tickets=1)

    def _pay_and_print(self, step: Step, language: str, *, tickets: int) -> None:
        """From the ticket types to the thanks; the payer opens the page that the code names."""
        if self.kiosk.look()["screen"] == "tickets":
            self._touch("pay", "pay", step)
        url = self._read_payment_code(language)
        step.facts["payment_page"] = url
        pressed_s = time.monotonic()
        pay(url)
        papers = self._wait_papers(tickets + 1)
        step.facts["payment_to_paper_s"] = round(time.monotonic() - pressed_s, 3)
        found = [paper for paper in papers if is_ticket(paper)]
        step.check(len(found) == tickets, f"{len(found)} tickets came out, not {tickets}")
        self._tickets += found
        self.kiosk.wait("thanks", 20)
        self._shoot(f"thanks-{language}")
        self.kiosk.touch("done")
        self.kiosk.wait("attract", 20)

    def _read_payment_code(self, language: str) -> str:
        """Photograph the screen until the code on it can be read."""
        self.kiosk.wait("pay")
        end_s = time.monotonic() + 15
        while time.monotonic() < end_s:
            picture = self.out / "shown-code.png"
            self.kiosk.shoot(picture)
            codes = read_codes(picture)
            picture.unlink()
            if codes:
                self._shoot(f"pay-{language}")
                return codes[0]
            time.sleep(0.2)
        self._shoot(f"pay-{language}")
        return read_code(self.out / f"kiosk-{self._pictures:02}-pay-{language}.png")

    def _wait_papers(self, count: int) -> list[Path]:
        """The next papers from the printer, with a picture of the printing screen if it is seen."""
        end_s = time.monotonic() + PAPER_TIMEOUT_S
        shot = False
        while time.monotonic() < end_s:
            new = sorted(set(self.stage.papers.glob("*.png")) - self._seen_papers)
            if not shot and self.kiosk.look()["screen"] == "printing":
                self._shoot(f"printing-{self.kiosk.look()['language']}")
                shot = True
            if len(new) >= count:
                self._seen_papers.update(new)
                return new
            time.sleep(0.05)
        missing = Step("papers")
        missing.check(False, f"{len(new)} of {count} papers came out of the printer")
        return new

    def _event(self, english: str) -> str:
        """The touch target of an event, by its English title."""
        client = VenueClient(self.stage.address, self.stage.keys["kiosk-1"])
        events = asyncio.run(_get_once(client, "/sales/events"))
        return next(f"event/{one['id']}" for one in events if one["title"].get("en") == english)

    def _touch(self, target: str, screen: str, step: Step, of_state: str = "") -> None:
        """Touch and wait for the next screen, and for its data where a state key is named."""
        lifted_s = self.kiosk.touch(target)
        self.kiosk.wait(screen)
        step.facts[f"touch_to_{screen}_ms"] = round((time.monotonic() - lifted_s) * 1000)
        if of_state:
            self.kiosk.wait(lambda one: bool(one["state"].get(of_state)))

    def _shoot(self, name: str) -> None:
        self.kiosk.settle()
        self._pictures += 1
        self.kiosk.shoot(self.out / f"kiosk-{self._pictures:02}-{name}.png")

    # --- the gate ----------------------------------------------------------------------------

    def _enter(self) -> None:
        codes = [read_code(paper) for paper in self._tickets]
        for number, (paper, code) in enumerate(zip(self._tickets, codes, strict=True), start=1):
            shutil.copy(paper, self.out / f"ticket-{number}.png")
            with self.record.step(f"ticket {number} opens the gate") as step:
                seen = self._scan(code)
                step.facts |= seen
                step.check(seen["result"] == "allowed", f"refused: {seen['reason']}")
                gate = self.stage.programs["gate"]
                passage = gate.wait_line(lambda one: one.get("event") == "passage", 15)
                step.check(passage.get("outcome") == "passed", f"nobody passed: {passage}")
        with self.record.step("a copy of ticket 1 is refused, with the time of first use") as step:
            time.sleep(2.2)  # the gate takes the same code within two seconds for the same person
            seen = self._scan(codes[0])
            step.facts |= seen
            step.check(seen["result"] == "refused" and seen["code"] == "A-01", f"{seen}")
            step.check(":" in str(seen["reason"]), "the refusal does not say when")
        with self.record.step("garbage, truncated and foreign codes are refused in words") as step:
            for name, code in (("garbage", "HELLO"), ("truncated", codes[0][:-9])):
                seen = self._scan(code)
                step.facts[name] = seen["reason"]
                step.check(seen["result"] == "refused" and seen["code"] == "A-09", f"{seen}")

    def _scan(self, code: str) -> dict[str, Any]:
        """Hold a code before the gate's scanner; returns what the gate decided."""
        self.stage.work_bench(f"scan {code}")
        gate = self.stage.programs["gate"]
        return gate.wait_line(lambda one: one.get("event") == "decision", 15)

    # --- the console -------------------------------------------------------------------------

    def _sell_at_console(self) -> None:
        with self.record.step("sell one more at the console") as step:
            before = len(list(self.stage.papers.glob("*.png")))
            hand = ConsoleHand(
                self.stage.console_config(),
                self.stage.environment | {"VENUE_LANGUAGE": "en"},
                self.stage.wish.folder,
            )
            try:
                self._work_console(hand, step)
            finally:
                hand.stop()
            step.facts["papers"] = len(list(self.stage.papers.glob("*.png"))) - before

    def _work_console(self, hand: ConsoleHand, step: Step) -> None:
        hand.wait("PIN")
        hand.shoot(self.out / "console-1-sign-in.png")
        hand.type(CASHIER)
        hand.press("Enter")
        hand.type(PIN)
        hand.press("Enter")
        hand.wait("10")
        time.sleep(1.5)
        hand.shoot(self.out / "console-2-sell.png")
        started_s = time.monotonic()
        hand.type("1a")
        hand.press("Enter")
        time.sleep(0.8)
        hand.shoot(self.out / "console-3-held.png")
        hand.press("Enter")
        time.sleep(0.8)
        hand.shoot(self.out / "console-4-tender.png")
        hand.press("Enter")
        order = self._wait_console_order()
        step.facts["sale_s"] = round(time.monotonic() - started_s, 3)
        step.facts["order"] = order["number"]
        time.sleep(1.0)
        hand.shoot(self.out / "console-5-sold.png")
        hand.press("F3")
        time.sleep(0.6)
        hand.type(order["number"][-4:])
        hand.press("Enter")
        hand.wait(order["number"])
        hand.shoot(self.out / "console-6-order.png")
        hand.press("F5")
        time.sleep(0.6)
        hand.shoot(self.out / "console-7-admit.png")
        hand.press("F9")
        time.sleep(1.0)
        hand.shoot(self.out / "console-8-report.png")

    def _wait_console_order(self) -> dict[str, Any]:
        """The order that the console sold, as the server has it."""
        end_s = time.monotonic() + 15
        while time.monotonic() < end_s:
            orders = self._as_cashier("/sales/orders")
            for order in orders:
                if order["station"] == "window-1" and order["staff"] == CASHIER:
                    if order["placed_at"] > self._started_at():
                        found: dict[str, Any] = order
                        return found
            time.sleep(0.2)
        Step("console").check(False, "the console sold nothing")
        raise AssertionError("unreachable")

    def _started_at(self) -> str:
        """The venue's time at which this story began, as the API writes it."""
        venue = self._as_cashier("/venue")
        return str(venue["server_time"])[:10]

    # --- the books ---------------------------------------------------------------------------

    def _read_the_books(self) -> None:
        with self.record.step("the day report agrees with the ledger") as step:
            report = self._as_cashier("/reports/day")
            (self.out / "report.json").write_bytes(
                msgspec.json.format(msgspec.json.encode(report), indent=2)
            )
            step.facts |= {"total_minor": report["total_minor"], "tickets": report["tickets"]}
            step.check(report["agrees"], f"they differ by {report['difference_minor']}")
            step.check(report["tickets"] >= len(self._tickets) + 1, "tickets are missing")

    def _as_cashier(self, path: str) -> Any:
        async def ask() -> Any:
            async with VenueClient(self.stage.address) as client:
                await client.sign_in(CASHIER, PIN, "story")
                return await client.get(path, object)

        return asyncio.run(ask())

    def _close_the_house(self) -> None:
        with self.record.step("every program stops in good order") as step:
            statuses = self.stage.stop()
            step.facts |= statuses
            step.check(not any(statuses.values()), f"exit statuses {statuses}")
        with self.record.step("venue verify is clean") as step:
            step.facts["verify"] = self.stage.run_venue("verify").splitlines()


async def _get_once(client: VenueClient, path: str) -> Any:
    async with client:
        return await client.get(path, object)


def is_ticket(paper: Path) -> bool:
    """Whether a printed paper carries a ticket code."""
    return any(code.startswith(TICKET_PREFIX) for code in read_codes(paper))


def pay(url: str) -> None:
    """Pay as the payer's phone does: open the page, press its button."""
    with urllib.request.urlopen(url, timeout=5) as page:  # noqa: S310 - loopback
        page.read()
    request = urllib.request.Request(url, data=b"answer=pay", method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=5) as page:  # noqa: S310
        page.read()
