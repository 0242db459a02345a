"""The visitor of a story: buys at the kiosk by touches, pays with a phone, takes the paper."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from pathlib import Path
from typing import Any

from venue_suite.demo.kiosk_hand import KioskHand
from venue_suite.demo.paper_eye import read_codes
from venue_suite.demo.record import Step, StepFailed
from venue_suite.demo.stage import Stage

PAPER_TIMEOUT_S = 20.0
CODE_TIMEOUT_S = 15.0
TICKET_PREFIX = "VS1:"


class Visitor:
    """Stands before the kiosk.

    Args:
        stage: running.
        kiosk: the kiosk's hand and eyes.
        out: folder for pictures.

    Attributes:
        tickets: pictures of the tickets that came out, in order.
    """

    def __init__(self, stage: Stage, kiosk: KioskHand, out: Path) -> None:
        self._stage = stage
        self._kiosk = kiosk
        self._out = out
        self._pictures = 0
        self._seen_papers: set[Path] = set()
        self.tickets: list[Path] = []

    def buy_two_seats(self, event: str, step: Step) -> None:
        """Two reserved seats, as the kiosk proposes them, in Chinese."""
        self.shoot("attract-zh")
        self._touch("service/buy", "events", step)
        self.shoot("events-zh")
        self._touch(self._event(event), "performance", step)
        self.shoot("performance-zh")
        self._touch("performance/", "seats", step)
        self._kiosk.wait(lambda scene: "take_seats" in _names(scene))
        self.shoot("seats-zh")
        self._touch("take_seats", "tickets", step)
        scene = self._kiosk.wait(lambda scene: "pay" in _names(scene))
        step.facts["types"] = sorted(one for one in _names(scene) if one.startswith("type/1/"))
        self.shoot("tickets-zh")
        self._pay_and_print(step, "zh", tickets=2)

    def buy_one_slot(self, event: str, step: Step) -> None:
        """One ticket for the time slot that runs now, in English."""
        self._kiosk.touch("rail/language")
        self._kiosk.wait(lambda scene: scene["language"] == "en")
        self.shoot("attract-en")
        self._touch("service/buy", "events", step)
        self.shoot("events-en")
        self._touch(self._event(event), "slots", step)
        self._kiosk.wait(lambda scene: "take_seats" in _names(scene))
        self.shoot("slots-en")
        self._kiosk.touch("take_seats")
        scene = self._kiosk.wait(lambda one: one["screen"] in ("tickets", "pay"))
        if scene["screen"] == "tickets":
            self.shoot("tickets-en")
        self._pay_and_print(step, "en", tickets=1)

    def shoot(self, name: str) -> Path:
        """Save a picture of the kiosk once nothing moves."""
        self._kiosk.settle()
        self._pictures += 1
        file = self._out / f"kiosk-{self._pictures:02}-{name}.png"
        self._kiosk.shoot(file)
        return file

    def _pay_and_print(self, step: Step, language: str, *, tickets: int) -> None:
        """From the ticket types to the thanks; the payer opens the page that the code names."""
        if self._kiosk.look()["screen"] == "tickets":
            self._touch("pay", "pay", step)
        url = self._read_payment_code(language)
        step.facts["payment_page"] = url
        paid_s = time.monotonic()
        pay_by_phone(url)
        papers = self._wait_papers(tickets + 1, language)
        step.facts["payment_to_last_paper_s"] = round(time.monotonic() - paid_s, 3)
        found = [paper for paper in papers if is_ticket(paper)]
        step.check(len(found) == tickets, f"{len(found)} tickets came out, not {tickets}")
        self.tickets += found
        self._kiosk.wait("thanks", 20)
        self.shoot(f"thanks-{language}")
        self._kiosk.touch("done")
        self._kiosk.wait("attract", 20)

    def _read_payment_code(self, language: str) -> str:
        """Photograph the screen until the code on it can be read."""
        end_s = time.monotonic() + CODE_TIMEOUT_S
        while time.monotonic() < end_s:
            self._kiosk.wait("pay")
            picture = self._out / "looking.png"
            self._kiosk.shoot(picture)
            codes = read_codes(picture)
            picture.unlink()
            if codes:
                self.shoot(f"pay-{language}")
                return codes[0]
            time.sleep(0.2)
        raise StepFailed(what="no payment code could be read from the kiosk's screen")

    def _wait_papers(self, count: int, language: str) -> list[Path]:
        """The next papers from the printer, with a picture of the printing screen if it is seen."""
        end_s = time.monotonic() + PAPER_TIMEOUT_S
        shot = False
        new: list[Path] = []
        while time.monotonic() < end_s:
            if not shot and self._kiosk.look()["screen"] == "printing":
                self.shoot(f"printing-{language}")
                shot = True
            new = sorted(set(self._stage.papers.glob("*.png")) - self._seen_papers)
            if len(new) >= count:
                self._seen_papers.update(new)
                return new
            time.sleep(0.02)
        raise StepFailed(what=f"{len(new)} of {count} papers came out of the printer")

    def _event(self, english: str) -> str:
        """The touch target of an event, by its English title."""

        async def ask() -> list[dict[str, Any]]:
            async with await self._stage.client("kiosk-1") as client:
                return await client.get("/sales/events", list[dict[str, Any]])

        events = asyncio.run(ask())
        return next(f"event/{one['id']}" for one in events if one["title"].get("en") == english)

    def _touch(self, target: str, screen: str, step: Step) -> None:
        lifted_s = self._kiosk.touch(target)
        self._kiosk.wait(screen)
        step.facts[f"touch_to_{screen}_ms"] = round((time.monotonic() - lifted_s) * 1000)


def is_ticket(paper: Path) -> bool:
    """Whether a printed paper carries a ticket code."""
    return any(code.startswith(TICKET_PREFIX) for code in read_codes(paper))


def pay_by_phone(url: str) -> None:
    """Pay as the payer's phone does: open the page, press its button."""
    with urllib.request.urlopen(url, timeout=5) as page:  # noqa: S310 - loopback
        page.read()
    request = urllib.request.Request(url, data=b"answer=pay", method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=5) as page:  # noqa: S310
        page.read()


def _names(scene: dict[str, Any]) -> set[str]:
    return {target["name"] for target in scene["targets"]}
