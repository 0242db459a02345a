"""What stations and gates want once an order is paid: paper and the way in."""

from __future__ import annotations

from typing import Any

import msgspec
from venue_plugins.admission import services as admission
from venue_plugins.admission import wire as admission_wire
from venue_plugins.sales import wire
from venue_plugins.sales.services import tickets

from tests.faults.day_model import ADMITS_MIN
from tests.faults.day_steps import Step
from tests.faults.day_wisher import SELLERS, Wish, Wisher
from tests.plugins.sales.house import MANAGER, NOW
from venue_suite.database.rows import from_ms, to_ms
from venue_suite.domain.actors import Actor
from venue_suite.ticket_tokens import TicketToken

LANE = "1"
GATES = (
    Actor("station", "gate-1", "gate-1", "gate-1", "gate", frozenset({"admission.scan"})),
    Actor("station", "gate-2", "gate-2", "gate-2", "gate", frozenset({"admission.scan"})),
)
PRINTER_WORDS = ("printed", "printed", "printed", "doubtful", "failed")
OUTCOMES = ("passed", "timed_out", "unknown")
MINUTE_MS = 60_000


class PaperWishes(Wisher):
    """Sheets and what printers say about them; scans and what gates see."""

    @property
    def weights(self) -> dict[Wish, int]:
        """How often each comes."""
        return {self._print: 5, self._printer_says: 5, self._scan: 6, self._pass: 4}

    # --- paper -------------------------------------------------------------------------------

    def _print(self) -> Step | None:
        order = self.pick("paid")
        if order is None:
            return None
        actor = self.chance.choice(SELLERS)
        reprint = self.chance.random() < 0.25
        receipt = self.chance.random() < 0.7

        def apply(reply: bytes) -> None:
            sheets = msgspec.json.decode(reply, type=wire.PrintSheet).sheets
            named = [int(one.job_id.split("-")[1]) for one in sheets if one.line_id]
            jobs = self.model.print(order, actor.station, reprint, receipt, named)
            assert [one.job_id for one in sheets] == jobs
            assert not order.seats or len(named) <= len(order.seats)
            for sheet in sheets:
                if sheet.line_id:
                    assert sheet.values["token"] == self._token(sheet.job_id, order.performance)

        return Step(
            "reprint" if reprint else "print",
            tickets.start_print,
            (order.id, wire.StartPrint(reprint=reprint, receipt=receipt), self.house.signer),
            actor,
            lambda: self.model.check_print(order, actor.station, reprint, actor is MANAGER),
            apply,
        )

    def _printer_says(self) -> Step | None:
        handed = [key for key, one in self.model.papers.items() if one.tickets][-8:]
        if not handed:
            return None
        order = self.model.orders[self.chance.choice(handed)]
        jobs = list(self.model.paper(order).jobs(order.id))
        results = {}
        for job in self.chance.sample(jobs, self.chance.randint(1, len(jobs))):
            sheet, _, generation = job.rpartition("-")
            step = self.chance.choices([0, -1, 1], [14, 2, 1])[0]
            if int(generation) + step:
                named = f"{sheet}-{int(generation) + step}"
                results[named] = self.chance.choice(PRINTER_WORDS)
        if not results:
            return None
        actor = self.chance.choice(SELLERS)

        def apply(reply: bytes) -> None:
            self.model.note_word(order, actor.station, results)
            self.compare(reply)

        return Step(
            "printer says",
            tickets.note_print,
            (order.id, wire.PrintResult(results=results)),
            actor,
            lambda: self.model.check_word(order, results),
            apply,
        )

    def _token(self, job: str, performance: int) -> str:
        """The code on the paper of a job, signed here once more."""
        _, ticket, generation = job.split("-")
        opens, closes = (
            from_ms(to_ms(NOW) + minute * MINUTE_MS) for minute in ADMITS_MIN[performance]
        )
        token = TicketToken(int(ticket), int(generation), performance, opens, closes)
        return self.house.signer.sign(token)

    # --- entrance ----------------------------------------------------------------------------

    def _scan(self) -> Step | None:
        known = list(self.model.tickets.items())[-30:]
        if not known:
            return None
        ticket, order = self.chance.choice(known)
        newest = self.model.papers[order].tickets[ticket].generation
        generation = max(1, newest - (self.chance.random() < 0.2))
        performance = self.model.orders[order].performance
        code = self._token(f"ticket-{ticket}-{generation}", performance)
        commit = self.chance.random() < 0.4
        actor = self.chance.choice(GATES)

        def apply(reply: bytes) -> None:
            decision = msgspec.json.decode(reply, type=admission_wire.Decision)
            expected = self.model.answer_scan(ticket, generation)
            assert (decision.result, decision.code) == (
                ("refused", expected) if expected else ("allowed", "")
            )
            if not expected:
                self.model.enter(decision.scan_id, ticket, actor.station, commit)

        asked = admission_wire.Scan(lane=LANE, code=code, commit=commit)
        questions: Any = self.house.plugins
        return Step("scan", admission.scan, (asked, questions), actor, apply=apply)

    def _pass(self) -> Step | None:
        if not self.model.scans:
            return None
        scan = self.chance.choice(list(self.model.scans)[-8:])
        outcome = self.chance.choice(OUTCOMES)
        station = self.model.scans[scan].station
        others = [one for one in GATES if one.station != station]
        own = [one for one in GATES if one.station == station]
        actor = self.chance.choice(own * 5 + others)

        def apply(reply: bytes) -> None:
            decision = msgspec.json.decode(reply, type=admission_wire.Decision)
            assert decision.passage == self.model.pass_through(scan, outcome)

        return Step(
            "pass",
            admission.note_passage,
            (admission_wire.Passed(scan_id=scan, outcome=outcome),),
            actor,
            lambda: self.model.check_passage(scan, actor.station),
            apply,
        )
