"""The entrance of a story: papers are held before the gate's scanner."""

from __future__ import annotations

import time
from typing import Any

from venue_suite.demo.record import Step
from venue_suite.demo.stage import Stage

DECISION_TIMEOUT_S = 15.0
# Within two seconds the gate takes the same code for the same, impatient person.
SAME_PERSON_S = 2.5


class Entrance:
    """The one lane of the demo."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def admit(self, code: str, step: Step) -> None:
        """The gate opens for this code, and somebody goes through."""
        seen = self._scan(code)
        step.facts |= seen
        step.check(seen["result"] == "allowed", f"refused: {seen['reason']}")
        gate = self._stage.programs["gate"]
        passage = gate.wait_line(lambda one: one.get("event") == "passage", DECISION_TIMEOUT_S)
        step.check(passage.get("outcome") == "passed", f"nobody passed: {passage}")

    def refuse_copy(self, code: str, step: Step) -> None:
        """A second use is refused, and the refusal says when the first one was."""
        time.sleep(SAME_PERSON_S)
        seen = self._scan(code)
        step.facts |= seen
        step.check(seen["result"] == "refused" and seen["code"] == "A-01", f"answer: {seen}")
        step.check(":" in seen["reason"]["en"], "the refusal does not say when")

    def refuse_odd_codes(self, codes: dict[str, str], step: Step) -> None:
        """What is no ticket of this venue is refused in words. `codes`: what it is -> the code."""
        for name, code in codes.items():
            seen = self._scan(code)
            step.facts[name] = seen["reason"]
            step.check(seen["result"] == "refused" and seen["code"] == "A-09", f"{name}: {seen}")

    def _scan(self, code: str) -> dict[str, Any]:
        """Hold a code before the scanner; returns what the gate decided."""
        self._stage.work_bench(f"scan {code}")
        gate = self._stage.programs["gate"]
        seen = gate.wait_line(lambda one: one.get("event") == "decision", DECISION_TIMEOUT_S)
        return {key: value for key, value in seen.items() if key != "event"}
