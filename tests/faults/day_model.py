"""What a day in the small house should come to, in the plainest words: sales, paper and entrance.

It shares no code with the services. A refusal is the code of its error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.plugins.sales.house import NOW, SLOT, TONIGHT
from tests.plugins.sales.house_model import Model, ModelOrder, No

OUT = ("printed", "doubtful")
PRINTING_S = 60
GENERATION_MAX = 255
# When each performance admits, in minutes from the opening of the house.
ADMITS_MIN = {TONIGHT: (60, 210), SLOT: (0, 150)}


@dataclass
class Sheet:
    """One piece of paper: which generation is the newest, and what became of it."""

    generation: int = 1
    state: str = "waiting"

    def becomes(self, result: str) -> str:
        """What a printer's word makes of it; says so."""
        if self.state != "printed" and not (self.state == "doubtful" and result == "failed"):
            self.state = "waiting" if result == "failed" else result
        return self.state


@dataclass
class Paper:
    """The paper of a paid order. `tickets`: ticket -> sheet, known once they were handed over."""

    tickets: dict[int, Sheet] = field(default_factory=dict)
    receipt: Sheet = field(default_factory=Sheet)
    station: str = ""
    at: datetime | None = None

    def jobs(self, order: int) -> dict[str, Sheet]:
        """Job id -> sheet, of the newest generation."""
        known = {f"ticket-{key}-{one.generation}": one for key, one in self.tickets.items()}
        return known | {f"receipt-{order}-{self.receipt.generation}": self.receipt}


@dataclass
class Scan:
    """One scan that let somebody in."""

    ticket: int
    station: str
    passage: str


@dataclass
class DayModel(Model):
    """The house with its paper and its entrance.

    Attributes:
        tickets: ticket -> its order.
        inside: tickets that were used.
        scans: scan -> what it let in.
    """

    papers: dict[int, Paper] = field(default_factory=dict)
    tickets: dict[int, int] = field(default_factory=dict)
    inside: set[int] = field(default_factory=set)
    scans: dict[int, Scan] = field(default_factory=dict)

    def paper(self, order: ModelOrder) -> Paper:
        return self.papers.setdefault(order.id, Paper())

    # --- paper -----------------------------------------------------------------------------

    def check_print(self, order: ModelOrder, station: str, reprint: bool, may: bool) -> None:
        """Whether a station is handed the paper of an order."""
        if order.state != "paid":
            raise No("wrong_state")
        if reprint and not may:
            raise No("not_allowed")
        paper = self.paper(order)
        states = {paper.receipt.state, *(one.state for one in paper.tickets.values())}
        fresh = paper.at is not None and self.now - paper.at < timedelta(seconds=PRINTING_S)
        if not reprint and "printing" in states and fresh and paper.station != station:
            raise No("printed_elsewhere")
        newest = max((one.generation for one in paper.tickets.values()), default=1)
        if reprint and newest >= GENERATION_MAX:
            raise No("refused")

    def print(
        self, order: ModelOrder, station: str, reprint: bool, receipt: bool, tickets: list[int]
    ) -> list[str]:
        """Hand the paper over; returns the jobs in order.

        Args:
            tickets: those of the order, as the first handing over named them.
        """
        paper = self.paper(order)
        if not paper.tickets:
            paper.tickets = {key: Sheet() for key in tickets}
            self.tickets |= dict.fromkeys(tickets, order.id)
        jobs = []
        for key, sheet in paper.tickets.items():
            if reprint or sheet.state not in OUT:
                sheet.generation += reprint
                sheet.state = "printing"
                jobs.append(f"ticket-{key}-{sheet.generation}")
        if receipt and (reprint or paper.receipt.state not in OUT):
            paper.receipt.generation += reprint
            paper.receipt.state = "printing"
            jobs.append(f"receipt-{order.id}-{paper.receipt.generation}")
        if jobs:
            paper.station, paper.at = station, self.now
        return jobs

    def check_word(self, order: ModelOrder, results: dict[str, str]) -> None:
        """Whether a printer may speak about these jobs."""
        jobs = self.paper(order).jobs(order.id)
        newest = {job.rpartition("-")[0]: sheet.generation for job, sheet in jobs.items()}
        for job in results:
            sheet, _, generation = job.rpartition("-")
            if int(generation) > newest.get(sheet, 0):
                raise No("printer_job_unknown")

    def note_word(self, order: ModelOrder, station: str, results: dict[str, str]) -> None:
        """The printer has spoken."""
        paper = self.paper(order)
        jobs = paper.jobs(order.id)
        words = {jobs[job].becomes(result) for job, result in results.items() if job in jobs}
        if paper.station == station and words - {"printed"}:
            paper.station, paper.at = "", None

    # --- entrance --------------------------------------------------------------------------

    def answer_scan(self, ticket: int, generation: int) -> str:
        """The code of the refusal; empty if the scan lets somebody in."""
        order = self.orders[self.tickets[ticket]]
        if generation != self.papers[order.id].tickets[ticket].generation:
            return "A-06"
        if ticket in self.inside:
            return "A-01"
        opens, closes = ADMITS_MIN[order.performance]
        if self.now < NOW + timedelta(minutes=opens):
            return "A-02"
        return "A-03" if self.now >= NOW + timedelta(minutes=closes) else ""

    def enter(self, scan: int, ticket: int, station: str, commit: bool) -> None:
        self.inside.add(ticket)
        self.scans[scan] = Scan(ticket, station, "passed" if commit else "waiting")

    def check_passage(self, scan: int, station: str) -> None:
        if self.scans[scan].station != station:
            raise No("not_found")

    def pass_through(self, scan: int, outcome: str) -> str:
        """What the gate saw; the first word counts. Returns what stands then."""
        known = self.scans[scan]
        if known.passage == "waiting":
            known.passage = outcome
            if outcome == "timed_out":
                self.inside.discard(known.ticket)
        return known.passage
