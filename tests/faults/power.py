"""A day on a disk whose power is cut, again and again, and what is found on it afterwards."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.day import Day, SeededClock, find_all, read_feed
from tests.faults.day_steps import Step
from tests.faults.disk import Disk
from tests.plugins.sales.house import House, open_house
from venue_suite.database import View
from venue_suite.database.kernel_rows import OperationRow
from venue_suite.domain.errors import VenueError

BATCH_MAX = 6
TURNS = 3  # of the event loop, until an answer has come to whoever waits for it
EVENTS_BETWEEN = (0, 0, 1, 2, 5, 20, 60, 120)  # writes and syncs from one cut to the next
OFTEN = {"sync wal": 0.1, "sync file": 0.8, "truncate file": 0.5, "truncate wal": 0.5}
FILE = "house.db"


@dataclass
class Image:
    """What a cut left, and what had been answered and told before it.

    Attributes:
        answered: operation id -> reply.
        told: (seq, kind) of each fact.
    """

    folder: Path
    answered: dict[str, bytes]
    told: list[tuple[int, str]]


class PowerDay:
    """One day of many lives: each ends with a cut, and the next begins with what that left.

    Args:
        folder: to work in; `folder/life-0` holds the house as it was laid.
        seed: of all chance.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.day = Day(folder / "life-0" / FILE, seed)
        self.chance = Random(f"cuts {seed}")
        self.events = 0
        self.faults: Counter[str] = Counter()
        self._folder = folder
        self._lives = 0
        self._answered: dict[str, bytes] = {}
        self._unanswered: list[Step] = []
        self._images: list[Image] = []
        self._wanted = 0
        self._wait_for = 0
        # Answers of the batch under way that came, and those that came before the last cut.
        self._heard = 0
        self._heard_before = 0

    async def live(self, cuts: int) -> list[Image]:
        """Live until the power was cut so often; returns what each cut left.

        What was asked and not answered in the life before is asked again first.
        """
        here = self._folder / f"life-{self._lives}"
        self._images, self._wanted = [], cuts
        loop = asyncio.get_running_loop()
        with Disk(here) as disk:
            await self.day.open()
            disk.before_event = lambda what: self._tick(loop, disk, what)
            try:
                while len(self._images) < cuts:
                    draw = self.chance.randint(1, BATCH_MAX)
                    await self._send(self._unanswered or self.day.wishes.draw(draw))
            finally:
                disk.before_event = lambda what: None
                self.day.close()
            self.events += disk.events
        self._begin_anew(here)
        return self._images

    async def end(self) -> None:
        """The day after the last cut: what was not answered is asked again, and all is well."""
        await self.day.open()
        try:
            await self.day.run_batch(self._unanswered)
            await self.day.check()
        finally:
            self.day.close()

    def _begin_anew(self, here: Path) -> None:
        """The next life finds what the last cut left, and everybody knows what they knew then."""
        last = self._images[-1]
        self._lives += 1
        following = self._folder / f"life-{self._lives}"
        shutil.copytree(last.folder, following)
        shutil.rmtree(here)
        self.day.place = following / FILE
        self.day.told[:] = last.told

    async def _send(self, steps: list[Step]) -> None:
        """One batch. An answer that came after the last cut never came."""
        self._heard = 0
        answers = await asyncio.gather(*(self._ask(step) for step in steps))
        over = len(self._images) >= self._wanted
        known = self._heard_before if over else len(steps)
        for step, (reply, refusal) in list(zip(steps, answers, strict=True))[:known]:
            self.day.judge(step, reply, refusal)
        self._unanswered = steps[known:]
        if not over and self.chance.random() < 0.3:
            self.day.turn_clock()

    async def _ask(self, step: Step) -> tuple[bytes | None, str]:
        reply, refusal = await self.day.ask(step)
        self._heard += 1
        if reply is not None and len(self._images) < self._wanted:
            self._answered[step.operation.operation_id] = reply
        return reply, refusal

    def _tick(self, loop: asyncio.AbstractEventLoop, disk: Disk, what: str) -> None:
        """Before each event of the disk, in the writer's thread: is it time for a cut?"""
        if len(self._images) >= self._wanted:
            return
        self._wait_for -= 1
        # Most events write to the log; the rare ones shall be met as well.
        if self._wait_for >= 0 and self.chance.random() >= OFTEN.get(what, 0):
            return
        self._wait_for = self.chance.choice(EVENTS_BETWEEN)
        heard = threading.Event()
        loop.call_soon_threadsafe(_after_turns, loop, TURNS, heard)
        assert heard.wait(10), "the stations do not hear their answers"
        target = self._folder / f"cut-{self._lives}-{len(self._images)}"
        disk.cut(target, self.chance)
        self.faults[f"cut before {what}"] += 1
        self._heard_before = self._heard
        self._images.append(Image(target, dict(self._answered), list(self.day.told)))


def _after_turns(loop: asyncio.AbstractEventLoop, turns: int, then: threading.Event) -> None:
    if turns:
        loop.call_soon(_after_turns, loop, turns - 1, then)
    else:
        then.set()


async def examine(image: Image, clock: SeededClock) -> list[str]:
    """What is wrong with what a cut left; it is used up by that."""
    try:
        house = await open_house(image.folder / FILE, clock, fill=False)
    except VenueError as refusal:
        return [f"it does not open: {refusal}"]
    try:
        return await house.read(lambda view: _find_wrong(house, view, image))  # type: ignore[no-any-return]
    finally:
        house.database.close()
        shutil.rmtree(image.folder)


def _find_wrong(house: House, view: View, image: Image) -> list[str]:
    kept = {
        row.operation_id: bytes(row.reply)
        for row in OperationRow.select(OperationRow.operation_id, OperationRow.reply)
    }
    lost = [key for key, reply in image.answered.items() if kept.get(key) != reply]
    wrong = [f"lost: {key}" for key in lost]
    if read_feed(view)[: len(image.told)] != image.told:
        wrong.append("lost: facts that had been told")
    return [*wrong, *find_all(house, view)]
