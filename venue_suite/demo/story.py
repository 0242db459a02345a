"""One visitor from the street to the seat, played without a person; every promise is checked.

The kiosk is operated by real touches in a real window, payment by opening the page that the
kiosk's own QR code names, the gate by the codes read from the printed paper, the console in a real
terminal, the books by the public API and by `venue verify`.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import msgspec

from venue_suite.demo.counter import Counter
from venue_suite.demo.display import Finger
from venue_suite.demo.entrance import Entrance
from venue_suite.demo.kiosk_hand import KioskHand
from venue_suite.demo.paper_eye import read_code
from venue_suite.demo.record import Record, Step
from venue_suite.demo.stage import Stage
from venue_suite.demo.visitor import Visitor

KIOSK_TIMEOUT_S = 40.0
SEATED_EVENT, SLOT_EVENT = "The Camellia Tale", "A Thousand Windows"
COUNTER_EVENT = "山茶记"


class Story:
    """Plays on a stage and writes into `out`.

    Args:
        stage: nothing prepared, nothing started.
        out: folder for pictures, papers, the report and `story.json`.
    """

    def __init__(self, stage: Stage, out: Path) -> None:
        self.stage = stage
        self.out = out
        self.record = Record(out / "story.json")

    def play(self) -> None:
        """Play to the end. Raises what did not hold; the record has it too."""
        visitor = self.open_the_house()
        with self.record.step("buy two reserved seats at the kiosk, in Chinese") as step:
            visitor.buy_two_seats(SEATED_EVENT, step)
        with self.record.step("buy an exhibition ticket at the kiosk, in English") as step:
            visitor.buy_one_slot(SLOT_EVENT, step)
        codes = self._enter(visitor.tickets)
        counter = Counter(self.stage, self.out)
        with self.record.step("sell one more at the console, in Chinese") as step:
            counter.sell_one(COUNTER_EVENT, step)
        with self.record.step("find it, check a ticket and read the day, in English") as step:
            counter.read_the_day(codes[0], step)
        with self.record.step("the day report agrees with the ledger") as step:
            self._compare_books(counter, step, tickets=len(codes) + 1)
        self._close_the_house()

    def open_the_house(self) -> Visitor:
        """Set up and start everything; returns a visitor before the kiosk."""
        stage = self.stage
        with self.record.step("set up a sample venue"):
            stage.prepare()
        with self.record.step("start the simulated devices"):
            stage.start_devices()
        with self.record.step("start the server") as step:
            stage.start_server()
            step.facts["ready_s"] = round(stage.server_ready_s, 3)
        with self.record.step("start the gate, which finds the server by zeroconf"):
            stage.start_gate()
        with self.record.step("start the kiosk, which finds the server by zeroconf") as step:
            stage.start_kiosk()
            kiosk = KioskHand(stage.inspect_port, Finger(stage.display))
            kiosk.wait(lambda one: one["screen"] == "attract" and _is_filled(one), KIOSK_TIMEOUT_S)
            program = stage.programs["kiosk"]
            step.facts["started_s"] = round(time.monotonic() - program.started_s, 3)
        return Visitor(stage, kiosk, self.out)

    def _enter(self, tickets: list[Path]) -> list[str]:
        """Hold every ticket before the gate once, then a copy, then what is no ticket."""
        entrance = Entrance(self.stage)
        codes = [read_code(paper) for paper in tickets]
        for number, (paper, code) in enumerate(zip(tickets, codes, strict=True), start=1):
            shutil.copy(paper, self.out / f"ticket-{number}.png")
            with self.record.step(f"ticket {number} opens the gate") as step:
                entrance.admit(code, step)
        with self.record.step("a copy is refused, with the time of its first use") as step:
            entrance.refuse_copy(codes[0], step)
        with self.record.step("what is no ticket is refused in words") as step:
            odd = {"garbage": "HELLO", "truncated": codes[1][:-9], "changed": _change(codes[1])}
            entrance.refuse_odd_codes(odd, step)
        return codes

    def _compare_books(self, counter: Counter, step: Step, *, tickets: int) -> None:
        report = counter.ask("/reports/day")
        text = msgspec.json.format(msgspec.json.encode(report), indent=2)
        (self.out / "report.json").write_bytes(text)
        step.facts |= {"total_minor": report["total_minor"], "tickets": report["tickets"]}
        step.check(report["agrees"], f"they differ by {report['difference_minor']}")
        step.check(report["tickets"] >= tickets, "tickets of this story are missing in the report")

    def _close_the_house(self) -> None:
        with self.record.step("every program stops in good order") as step:
            statuses = self.stage.stop()
            step.facts |= statuses
            step.check(not any(statuses.values()), f"exit statuses {statuses}")
        with self.record.step("venue verify is clean") as step:
            step.facts["verify"] = self.stage.run_venue("verify").splitlines()


def _is_filled(scene: dict[str, object]) -> bool:
    """The kiosk reached the server and knows what is on."""
    targets = scene["targets"]
    assert isinstance(targets, list)
    names = [target["name"] for target in targets]
    return not scene["server_away"] and "service/buy" in names


def _change(code: str) -> str:
    """The code with one character changed, as a forger or a scratch would."""
    middle = len(code) // 2
    return code[:middle] + ("0" if code[middle] != "0" else "1") + code[middle + 1 :]
